//! Why a contact has no counterpart in XPM, or why that is not as it should be.

use super::{Check, ordered};
use crate::reason::Reason;

/// What the checks go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Why nothing can be sent for the firm now, if so.
    pub obstacle: Option<Reason>,
    /// Whether the contact is put away.
    pub archived: bool,
    /// Whether something of XPM is matched with it.
    pub matched: bool,
    /// What stands in its way to XPM, if anything does.
    pub push: Option<Reason>,
}

/// The checks of a contact: the firm's obstacle, whether something of XPM is matched with it, and whether
/// what it says goes there.
pub fn checks(it: Facts) -> Vec<Check> {
    let unmatched = (!it.matched).then(|| it.push.unwrap_or(Reason::ContactUnmatched));
    ordered([
        ("connection", it.obstacle),
        ("archived", (it.archived && !it.matched).then_some(Reason::ContactArchived)),
        ("match", unmatched),
        ("push", it.push),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::why::{Verdict, failure};

    #[test]
    fn by_03_a_contact_tells_the_first_thing_that_stands_in_its_way() {
        let push = Some(Reason::SeveralRecords);
        let none = Facts::default();
        let failed = |it| failure(&checks(it));
        assert_eq!(failed(none), Some(Reason::ContactUnmatched));
        assert_eq!(failed(Facts { push, ..none }), push);
        assert_eq!(failed(Facts { push, archived: true, ..none }), Some(Reason::ContactArchived));
        let matched = Facts { matched: true, archived: true, ..none };
        assert_eq!(failed(matched), None);
        assert_eq!(failed(Facts { push, ..matched }), push);
        assert_eq!(checks(Facts { push, ..none })[3].verdict, Verdict::NotReached);
    }
}
