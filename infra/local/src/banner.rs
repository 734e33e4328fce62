//! What a person sees when the stack is up.

use std::fmt;

use crate::demo;
use crate::stack::Addresses;

/// A table of addresses that ends with the line `ready`.
pub struct Banner<'a> {
    /// Where everything is.
    pub addresses: &'a Addresses,
    /// Whether there is a demo firm to tell of.
    pub demo_data: bool,
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Addresses { public, simulator, dynamo, sqs, .. } = self.addresses;
        let mut row = |name: &str, value: &str| writeln!(f, "{name:<16}{value}");
        row("console, API", public)?;
        row("simulator", simulator)?;
        row("DynamoDB", dynamo)?;
        row("SQS", sqs)?;
        if self.demo_data {
            row("firm", demo::FIRM)?;
            row("API key", demo::API_KEY)?;
            row("webhook secret", demo::WEBHOOK_SECRET)?;
        }
        f.write_str("ready")
    }
}

/// Prints the table.
#[expect(clippy::print_stdout, reason = "people and scripts wait for these lines")]
pub fn print(banner: &Banner<'_>) {
    println!("{banner}");
}
