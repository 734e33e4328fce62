//! The breaker of one firm's XPM: whoever does not answer is not asked by everyone (G27).
//!
//! A silent XPM costs each call its whole time-out, and a create without an answer its entry a wait.
//! So after five silences in a row one call at a time finds out whether XPM is back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Throttled;
use crate::ports::Fault;

/// So many calls in a row without an answer open the breaker.
const ENOUGH: u32 = 5;
/// While it is open, one call begins within this time, at most.
const INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// What a firm's last calls say of its XPM.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Breaker {
    /// Calls in a row without an answer.
    silent: u32,
    /// While it is open: when the next call may find out.
    next: Option<Timestamp>,
}

/// What came back from a call, as far as the budget goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// No call was made.
    Nothing,
    /// XPM answered, whatever it said.
    Answer,
    /// XPM asked to slow down.
    Throttled(Throttled),
    /// No answer to rely on: time-out, reset, 5xx, or nobody there.
    Silence,
}

impl Heard {
    /// What an outcome says.
    pub fn of<T>(outcome: &Result<T, Fault>) -> Self {
        match outcome {
            Err(Fault::NotProcessed(_) | Fault::Uncertain(_)) => Self::Silence,
            Err(fault) => Throttled::in_fault(fault).map_or(Self::Answer, Self::Throttled),
            Ok(_) => Self::Answer,
        }
    }
}

impl Breaker {
    /// Until when no call may begin, while it is open.
    pub(super) fn shut(&self, now: Timestamp) -> Option<Timestamp> {
        self.next.filter(|it| *it > now)
    }

    /// Notes that a call begins. While it is open that is the only one until it has ended, or must have.
    pub(super) fn begin(&mut self, now: Timestamp, lease: SignedDuration) {
        if self.next.is_some() {
            self.next = Some(now + lease.max(INTERVAL));
        }
    }

    /// Notes what came of a call.
    pub(super) fn hear(&mut self, heard: Heard, now: Timestamp) {
        match heard {
            Heard::Nothing => {}
            Heard::Answer | Heard::Throttled(_) => *self = Self::default(),
            Heard::Silence => {
                self.silent = self.silent.saturating_add(1);
                if self.silent >= ENOUGH {
                    self.next.get_or_insert(now + INTERVAL);
                }
            }
        }
    }
}
