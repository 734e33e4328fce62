//! What the practice app wants: the newest version of a record, however it arrived.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The newest statement about a record, with what is needed to know an older one when it comes late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Desired<T> {
    /// What it says.
    pub value: T,
    /// The app's version, or our count of changes where it gives none.
    pub version: u64,
    /// Whether the app gave the version.
    pub explicit: bool,
    /// When it was said: the event's own time, or the time of the request.
    pub as_of: Timestamp,
    /// Whether it says that the record is gone.
    pub deleted: bool,
}

/// When a statement was made, and which version it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The app's version, if it gives one.
    pub version: Option<u64>,
    /// When it was said.
    pub as_of: Timestamp,
}

impl<T: PartialEq + Clone> Desired<T> {
    /// The first statement about a record.
    pub fn first(value: T, stamp: Stamp) -> Self {
        Self {
            value,
            version: stamp.version.unwrap_or(1),
            explicit: stamp.version.is_some(),
            as_of: stamp.as_of,
            deleted: false,
        }
    }

    /// Takes a newer value; says `false` and changes nothing when the statement is an older one.
    pub fn update(&mut self, value: T, stamp: Stamp) -> bool {
        let newer = self.gives_way_to(stamp, false);
        if newer {
            self.stamp(stamp);
            self.value = value;
            self.deleted = false;
        }
        newer
    }

    /// Takes the news that the record is gone; says `false` when something newer is known.
    pub fn delete(&mut self, stamp: Stamp) -> bool {
        let newer = self.gives_way_to(stamp, true);
        if newer {
            self.stamp(stamp);
            self.deleted = true;
        }
        newer
    }

    /// Versions decide where both sides have one, otherwise time; a deletion wins a draw.
    fn gives_way_to(&self, stamp: Stamp, deletion: bool) -> bool {
        let order = match stamp.version {
            Some(version) if self.explicit => version.cmp(&self.version),
            Some(_) | None => stamp.as_of.cmp(&self.as_of),
        };
        order.is_gt() || (order.is_eq() && (deletion || !self.deleted))
    }

    fn stamp(&mut self, stamp: Stamp) {
        self.version = stamp.version.unwrap_or(self.version + 1);
        self.explicit = stamp.version.is_some();
        self.as_of = self.as_of.max(stamp.as_of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G6: whatever the order and however often, the newest version stays.
    #[test]
    fn g06_the_newest_version_wins_in_every_order() {
        for order in permutations(&[1, 2, 3, 4]) {
            let mut it = Desired::first(order[0], at(Some(order[0]), 0));
            for version in order.iter().chain(&order) {
                it.update(*version, at(Some(*version), 0));
            }
            assert_eq!((it.value, it.version), (4, 4), "{order:?}");
        }
    }

    /// XB-77: an older edit that arrives after the deletion does not bring the record back.
    #[test]
    fn xb_77_an_older_edit_does_not_undo_a_deletion() {
        let mut it = Desired::first("a", at(Some(1), 10));
        assert!(it.delete(at(Some(3), 30)));
        assert!(!it.update("b", at(Some(2), 20)));
        assert!(!it.update("b", at(Some(3), 30)));
        assert!(it.deleted);
        assert!(it.update("c", at(Some(4), 40)));
        assert!(!it.deleted);
    }

    #[test]
    fn without_versions_the_time_decides() {
        let mut it = Desired::first("a", at(None, 10));
        assert!(it.delete(at(None, 30)));
        assert!(!it.update("late", at(None, 20)));
        assert!(it.deleted);
        assert_eq!(it.version, 2);
    }

    #[test]
    fn a_deletion_without_a_version_stands_against_edits_made_before_it() {
        let mut it = Desired::first("a", at(Some(1), 10));
        assert!(it.delete(at(None, 30)));
        assert!(!it.update("b", at(Some(2), 20)));
        assert!(it.deleted);
    }

    fn at(version: Option<u64>, second: i64) -> Stamp {
        Stamp { version, as_of: Timestamp::from_second(second).unwrap() }
    }

    fn permutations(of: &[u64]) -> Vec<Vec<u64>> {
        if of.is_empty() {
            return vec![vec![]];
        }
        let with = |first: u64| {
            let rest: Vec<u64> = of.iter().copied().filter(|it| *it != first).collect();
            permutations(&rest).into_iter().map(move |it| [vec![first], it].concat())
        };
        of.iter().flat_map(|first| with(*first)).collect()
    }
}
