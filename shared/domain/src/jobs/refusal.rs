//! XPM's words for refusing a job, sorted into reasons (xpm-api 1.3). Whatever is not recognised keeps
//! XPM's own words and is final all the same.

use crate::reason::Reason;

/// The reason behind XPM's words.
pub(super) fn reason(words: &str) -> Reason {
    let words = words.to_lowercase();
    let invalid = |what: &str| words.contains("invalid") && words.contains(what);
    if invalid("template") {
        Reason::TemplateMissing
    } else if invalid("client identifier") {
        Reason::ClientMissing
    } else if invalid("staff") {
        Reason::StaffMissing
    } else if invalid("state code") {
        Reason::StateUnknown
    } else if invalid("cost identifier") {
        Reason::CostMissing
    } else if invalid("job identifier") {
        Reason::CreatedJobMissing
    } else {
        Reason::XpmRefused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sh_06_each_refusal_has_its_reason() {
        for (words, expected) in [
            ("Invalid job template identifier", Reason::TemplateMissing),
            ("Invalid client identifier", Reason::ClientMissing),
            ("Invalid staff identifier for add request", Reason::StaffMissing),
            ("Invalid state code", Reason::StateUnknown),
            ("Invalid job identifier", Reason::CreatedJobMissing),
            ("Invalid cost identifier", Reason::CostMissing),
            ("Computer says no", Reason::XpmRefused),
        ] {
            assert_eq!(reason(words), expected, "{words}");
        }
    }
}
