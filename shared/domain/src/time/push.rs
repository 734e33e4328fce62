//! The push of one entry: protocol P1 as a state machine.
//!
//! XPM has no idempotency key. A creating request may be on the wire only in [`State::Sending`], which
//! is durable before it leaves; whatever is not proven unprocessed becomes [`State::Unknown`] and is
//! looked for in XPM before anything is sent again.

mod held;

pub use held::{Known, Lost};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::gate::CALL;
use crate::ids::XpmUuid;
use crate::practice::{Booked, Timesheet};
use crate::reason::Reason;

/// How long after a request's deadline XPM may still carry it out (`Q`; assumptions A1 and A2).
pub const QUIET: SignedDuration = SignedDuration::from_secs(120);
/// Between the two looks that must both find nothing before a create is planned again.
pub const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(30);
/// A request starts within this of its intent, or not at all.
pub const START: SignedDuration = SignedDuration::from_secs(5);
/// Waits between tries that proved unprocessed, doubling from one second up to this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(300);

/// How an entry stands with XPM.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Push {
    /// Where it is in the protocol.
    pub state: State,
    /// What XPM holds, as far as it has told us.
    pub known: Option<Known>,
    /// Requests made so far; numbers and fences each.
    pub attempts: u32,
    /// The entry's version that XPM holds.
    pub pushed_version: Option<u64>,
    /// XPM's own words for its last refusal.
    pub words: Option<String>,
    /// Creates given up as never carried out. Should XPM carry one out after all, it is told by these.
    #[serde(default)]
    pub lost: Vec<Lost>,
    /// The marker that the last create carried.
    #[serde(default)]
    pub marker: Option<String>,
    /// Entries of XPM that are this one once more, and are to be removed.
    #[serde(default)]
    pub discard: Vec<XpmUuid>,
}

/// Where a push is in the protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum State {
    /// To be sent. `waiting` says what for, when a try had to be put off.
    Planned {
        /// What it waits for.
        waiting: Option<Reason>,
        /// Tries in a row that were proven unprocessed.
        tries: u32,
        /// Not before this, because an older request may still take effect in XPM.
        #[serde(default)]
        not_before: Option<Timestamp>,
    },
    /// Cannot be sent as it is.
    Held {
        /// Why.
        reason: Reason,
        /// When it is looked at again of itself, where XPM alone may end the reason.
        #[serde(default)]
        again: Option<Timestamp>,
    },
    /// A request may be on the wire until the deadline.
    Sending {
        /// What is asked.
        call: Call,
        /// The entry's version it was made from.
        version: u64,
        /// When it has ended, one way or another.
        deadline: Timestamp,
    },
    /// A create ended without an answer to rely on.
    Unknown {
        /// What was asked.
        sheet: Timesheet,
        /// The entry's version it was made from.
        version: u64,
        /// When the request had ended.
        deadline: Timestamp,
        /// Looks after `deadline` + [`QUIET`] that found nothing.
        misses: u32,
        /// When to look next.
        look_at: Timestamp,
    },
    /// XPM holds more such entries than can be ours; a person must say which it is.
    Ambiguous {
        /// What was asked.
        sheet: Timesheet,
        /// What could be it; all of them say the same.
        candidates: Vec<XpmUuid>,
    },
    /// XPM holds it as it should be.
    Confirmed,
    /// XPM refused for good.
    Rejected {
        /// Why.
        reason: Reason,
        /// What was asked.
        call: Call,
    },
    /// Gone on both sides.
    Deleted,
}

/// A request that changes time in XPM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Call {
    /// Books time: must not be repeated blindly.
    Create {
        /// What to book.
        sheet: Timesheet,
    },
    /// Makes an entry say something else; may be repeated.
    Update {
        /// Which entry.
        uuid: XpmUuid,
        /// What it is to say.
        sheet: Timesheet,
    },
    /// Removes an entry; may be repeated.
    Delete {
        /// Which entry.
        uuid: XpmUuid,
    },
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// XPM did it; unless it was a deletion, this is the entry now.
    Done(Option<Booked>),
    /// XPM refused for good, in its words.
    Refused(Reason, String),
    /// Proven unprocessed; it can be tried again.
    NotProcessed(Reason),
    /// XPM does not have the entry any more, and we may have removed it ourselves.
    Gone,
    /// It may have been done.
    Uncertain,
}

impl Default for State {
    fn default() -> Self {
        Self::Planned { waiting: None, tries: 0, not_before: None }
    }
}

impl Push {
    /// Begins a request: the state that must be durable before the first byte leaves.
    pub fn begin(&mut self, call: Call, version: u64, now: Timestamp) {
        self.attempts += 1;
        self.state = State::Sending { call, version, deadline: now + START + CALL };
    }

    /// Ends the request, and says when the entry needs looking at again.
    pub fn end(&mut self, tries: u32, ending: Ending, now: Timestamp) -> Option<Timestamp> {
        let State::Sending { call, version, deadline } = self.state.clone() else { return None };
        match ending {
            Ending::Done(booked) => {
                self.words = None;
                self.done(call, version, booked);
                // Once more, for what was edited meanwhile.
                Some(now)
            }
            Ending::Refused(reason, words) => {
                self.words = Some(words);
                self.state = State::Rejected { reason, call };
                None
            }
            Ending::NotProcessed(reason) => {
                self.state =
                    State::Planned { waiting: Some(reason), tries: tries + 1, not_before: None };
                Some(now + wait(tries))
            }
            Ending::Gone => {
                self.forget();
                Some(now)
            }
            Ending::Uncertain => match call {
                Call::Create { sheet } => {
                    self.state =
                        State::Unknown { sheet, version, deadline, misses: 0, look_at: now };
                    Some(now)
                }
                Call::Update { .. } | Call::Delete { .. } => {
                    // Until the quiet time is over, the older request could still win over a newer one.
                    let quiet = deadline + QUIET;
                    self.state = State::Planned {
                        waiting: Some(Reason::Uncertain),
                        tries: tries + 1,
                        not_before: Some(quiet),
                    };
                    if let Some(known) = &mut self.known {
                        known.doubtful = true;
                    }
                    Some(quiet)
                }
            },
        }
    }

    /// Gives up waiting for a request whose worker died, once its deadline has passed.
    pub fn expire(&mut self, now: Timestamp) -> Option<Timestamp> {
        match &self.state {
            State::Sending { deadline, .. } if *deadline > now => Some(*deadline),
            State::Sending { .. } => self.end(0, Ending::Uncertain, now),
            State::Planned { .. }
            | State::Held { .. }
            | State::Unknown { .. }
            | State::Ambiguous { .. }
            | State::Confirmed
            | State::Rejected { .. }
            | State::Deleted => None,
        }
    }

    /// Takes an entry found in XPM for the one whose create was uncertain.
    pub fn adopt(&mut self, booked: Booked) {
        if let State::Unknown { sheet, version, .. } = self.state.clone() {
            self.done(Call::Create { sheet }, version, Some(booked));
        }
    }

    /// Notes a look that found nothing, and says when to look at the entry again. Only the second
    /// look after the quiet time plans the create anew (protocol P3).
    pub fn missed(&mut self, now: Timestamp) -> Option<Timestamp> {
        let State::Unknown { sheet, deadline, misses, look_at, .. } = &mut self.state else {
            return None;
        };
        let quiet = *deadline + QUIET;
        if now < quiet {
            *look_at = quiet;
        } else if *misses == 0 {
            *misses = 1;
            *look_at = now + BETWEEN_LOOKS;
        } else {
            self.lost.push(Lost { sheet: sheet.clone(), at: now });
            self.state = State::default();
            return Some(now);
        }
        Some(*look_at)
    }

    /// Puts the next look off; says until when.
    pub fn look_later(&mut self, until: Timestamp) -> Option<Timestamp> {
        if let State::Unknown { look_at, .. } = &mut self.state {
            *look_at = until;
        }
        Some(until)
    }

    /// Lets a refused push be tried once more; one whose entry XPM has lost is booked anew.
    pub fn retry(&mut self) {
        if let State::Rejected { reason, .. } = &self.state {
            if *reason == Reason::EntryMissing {
                self.known = None;
            }
            self.state = State::default();
        }
    }

    /// Notes that XPM does not have the entry after all: a deletion without an answer was done.
    pub fn forget(&mut self) {
        self.known = None;
        self.state = State::default();
    }

    fn done(&mut self, call: Call, version: u64, booked: Option<Booked>) {
        self.pushed_version = Some(version);
        match (call, booked) {
            (Call::Create { sheet }, Some(Booked { uuid, billable, .. })) => {
                self.known = Some(Known { uuid, sheet, doubtful: false, billable });
                self.state = State::Confirmed;
            }
            (Call::Update { uuid, sheet }, booked) => {
                let billable = booked.and_then(|it| it.billable);
                self.known = Some(Known { uuid, sheet, doubtful: false, billable });
                self.state = State::Confirmed;
            }
            (Call::Delete { uuid }, _) => {
                self.discard.retain(|it| *it != uuid);
                // What was there once too often is gone; the entry itself stays.
                self.known = self.known.take().filter(|it| it.uuid != uuid);
                let stays = self.known.is_some();
                self.state = if stays { State::Confirmed } else { State::Deleted };
            }
            // An answer without an id proves nothing.
            (Call::Create { .. }, None) => {}
        }
    }
}

/// One second, doubling up to five minutes.
pub fn wait(tries: u32) -> SignedDuration {
    SignedDuration::from_secs(1 << tries.min(9)).min(LONGEST_WAIT)
}
