//! Why not? The checks in the order in which a person would make them, up to the first that failed
//! (BY-03). Pure: what is known is gathered by whoever asks.

pub mod contact;
pub mod draft;
pub mod task;
pub mod time;

use crate::reason::Reason;

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing stands in the way here.
    Passed,
    /// This does.
    Failed(Reason),
    /// An earlier check failed.
    NotReached,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// The stable word for what is checked.
    pub name: &'static str,
    /// What became of it.
    pub verdict: Verdict,
}

/// The checks in their order, given what each would find: none is reached after the first that fails.
pub fn ordered(found: impl IntoIterator<Item = (&'static str, Option<Reason>)>) -> Vec<Check> {
    let mut failed = false;
    found
        .into_iter()
        .map(|(name, obstacle)| {
            let verdict = match obstacle {
                _ if failed => Verdict::NotReached,
                Some(reason) => Verdict::Failed(reason),
                None => Verdict::Passed,
            };
            failed |= obstacle.is_some();
            Check { name, verdict }
        })
        .collect()
}

/// Why the last check that was reached failed, if it did.
pub fn failure(checks: &[Check]) -> Option<Reason> {
    checks.iter().find_map(|it| match it.verdict {
        Verdict::Failed(reason) => Some(reason),
        Verdict::Passed | Verdict::NotReached => None,
    })
}
