//! Printing an error together with everything that caused it.

use std::error::Error;
use std::fmt;

/// Displays an error and its causes on one line, colon-separated.
pub struct Chain<'a>(pub &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::ports::Down;

    use super::*;

    #[test]
    fn every_layer_speaks_once() {
        let silent = Down { what: "the table", cause: "connection refused".into() };
        let error = Down { what: "the store", cause: silent.into() };
        assert_eq!(
            Chain(&error).to_string(),
            "the store did not answer: the table did not answer: connection refused"
        );
    }
}
