//! Why a contact has no counterpart in XPM.

use super::{Check, ordered};
use crate::reason::Reason;

/// The checks of a contact: the firm's obstacle, and whether something of XPM is matched with it.
pub fn checks(obstacle: Option<Reason>, archived: bool, matched: bool) -> Vec<Check> {
    ordered([
        ("connection", obstacle),
        ("archived", (archived && !matched).then_some(Reason::ContactArchived)),
        ("match", (!matched).then_some(Reason::ContactUnmatched)),
    ])
}
