//! XPM's words for refusing time, sorted into reasons.
//!
//! The texts for bad identifiers are documented (xpm-api 1.3); those for locked, invoiced and closed
//! work are not (xpm-api 6, 14), so they are known by the words they must contain. Whatever is not
//! recognised keeps XPM's own words and is final all the same.

use crate::reason::Reason;

/// The reason behind XPM's words.
pub fn reason(words: &str) -> Reason {
    let words = words.to_lowercase();
    let says = |parts: &[&str]| parts.iter().all(|it| words.contains(it));
    if says(&["invalid job"]) {
        Reason::JobMissing
    } else if says(&["invoice"]) {
        Reason::Invoiced
    } else if says(&["lock"]) {
        Reason::PeriodLocked
    } else if says(&["complete"]) || says(&["cancel"]) || says(&["closed"]) || says(&["archived"]) {
        Reason::JobClosed
    } else if says(&["staff", "assign"]) || says(&["staff", "not on"]) {
        Reason::StaffNotOnJob
    } else if says(&["invalid time"]) {
        Reason::EntryMissing
    } else {
        Reason::XpmRefused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XB-80: terminal refusals have their own reasons; an unknown text is XPM's refusal, not an error.
    #[test]
    fn xb_80_each_refusal_has_its_reason() {
        for (words, expected) in [
            ("Invalid job identifier", Reason::JobMissing),
            ("The time entry has been invoiced", Reason::Invoiced),
            ("Time cannot be added to a locked period", Reason::PeriodLocked),
            ("The job has been completed", Reason::JobClosed),
            ("The job is cancelled", Reason::JobClosed),
            ("Staff member is not assigned to the task", Reason::StaffNotOnJob),
            ("Time cannot be recorded on a completed task", Reason::JobClosed),
            ("The time entry has been invoiced and cannot be changed", Reason::Invoiced),
            ("Time cannot be changed in a locked period", Reason::PeriodLocked),
            ("Invalid time identifier", Reason::EntryMissing),
            ("Computer says no", Reason::XpmRefused),
        ] {
            assert_eq!(reason(words), expected, "{words}");
        }
    }
}
