//! The keys that a store has, in memory.

use std::collections::HashMap;

use domain::contacts::keys::{MOST, blocking_keys};
use domain::contacts::matching::{Traits, score};

/// Records by what they can be found by.
pub(super) struct Index(HashMap<String, Vec<usize>>);

impl Index {
    /// Of records, by their places.
    pub(super) fn of(all: &[Traits]) -> Self {
        let mut index: HashMap<String, Vec<usize>> = HashMap::with_capacity(all.len() * 5);
        for (n, it) in all.iter().enumerate() {
            for key in blocking_keys(it) {
                index.entry(key).or_default().push(n);
            }
        }
        Self(index)
    }

    /// Looks up each key of a record; says how many there are.
    pub(super) fn look_up(&self, record: &Traits) -> usize {
        let keys = blocking_keys(record);
        for it in &keys {
            std::hint::black_box(self.0.get(it));
        }
        keys.len()
    }

    /// Scores everyone who shares a key with a record, each once.
    pub(super) fn search(
        &self,
        record: &Traits,
        all: &[Traits],
        mut found: impl FnMut(usize, f64),
    ) {
        let mut sharing: Vec<usize> = Vec::new();
        for key in blocking_keys(record) {
            sharing.extend(self.0.get(&key).into_iter().flatten().take(MOST));
        }
        sharing.sort_unstable();
        sharing.dedup();
        for n in sharing {
            found(n, score(record, &all[n]).value());
        }
    }
}
