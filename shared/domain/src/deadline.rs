//! When an invocation ends.

use jiff::{SignedDuration, Timestamp};

/// The instant at which the invocation is stopped, wherever it is.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
}

impl Deadline {
    /// Whether something that takes up to `need` may still be begun at `now`.
    pub fn allows(&self, now: Timestamp, need: SignedDuration) -> bool {
        now + need <= self.at
    }
}
