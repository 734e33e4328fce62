//! How a contact stands with XPM: protocol P1 for clients and their contacts.
//!
//! XPM has no idempotency key. A request may be on the wire only in [`State::Sending`], which is durable
//! before it leaves; a create that is not proven unprocessed becomes [`State::Unknown`] and is looked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contacts::fields::Field;
use crate::gate::CALL;
use crate::ids::XpmUuid;
use crate::reason::Reason;
use crate::time::push::{BETWEEN_LOOKS, QUIET, START, wait};

/// How a contact stands with XPM.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Where it is in the protocol.
    #[serde(default)]
    pub state: State,
    /// Requests made so far; numbers and fences each.
    #[serde(default)]
    pub attempts: u32,
    /// XPM's own words for its last refusal.
    #[serde(default)]
    pub words: Option<String>,
    /// The client of which the contact's people and tasks have been told.
    #[serde(default)]
    pub told: Option<XpmUuid>,
}

/// Where a contact is in the protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum State {
    /// Never looked at.
    #[default]
    Idle,
    /// To be sent.
    Planned {
        /// What it waits for, when a try had to be put off.
        waiting: Option<Reason>,
        /// Tries in a row that were proven unprocessed.
        tries: u32,
        /// Not before this, because an older request may still take effect in XPM.
        not_before: Option<Timestamp>,
    },
    /// Not to be sent.
    Held {
        /// Why.
        reason: Reason,
    },
    /// A request may be on the wire until the deadline.
    Sending {
        /// What is asked.
        call: Call,
        /// Tries in a row before it that were proven unprocessed.
        tries: u32,
        /// When it has ended, one way or another.
        deadline: Timestamp,
    },
    /// A create ended without an answer to rely on.
    Unknown {
        /// What was asked.
        create: Create,
        /// When the request had ended.
        deadline: Timestamp,
        /// Looks after `deadline` + [`QUIET`] that found nothing.
        misses: u32,
        /// When to look next.
        look_at: Timestamp,
    },
    /// XPM holds several that could be it; a person matches one of them.
    Ambiguous {
        /// What could be it.
        candidates: Vec<XpmUuid>,
    },
    /// XPM says what it should.
    Settled {
        /// What a person may want to know all the same.
        flag: Option<Reason>,
    },
    /// XPM refused for good.
    Rejected {
        /// Why.
        reason: Reason,
    },
}

/// A request that changes XPM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Call {
    /// Adds a client, or a contact of one: must not be repeated blindly.
    Create(Create),
    /// Changes a client, or a contact of one; may be repeated.
    Update {
        /// Which.
        uuid: XpmUuid,
    },
    /// Has a contact stand at one more client; may be repeated.
    Link {
        /// Which client.
        client: XpmUuid,
        /// Which contact.
        contact: XpmUuid,
    },
}

/// Something that is added to XPM, with what it takes to find it there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// The client to which a contact is added; none where it is a client itself.
    pub at: Option<XpmUuid>,
    /// Its name.
    pub name: String,
    /// Those of the same name that were there before.
    pub before: Vec<XpmUuid>,
    /// What the practice app said of each field then, as compared.
    pub said: BTreeMap<Field, String>,
}

/// How a request without success ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// XPM refused for good, in its words.
    Refused(String),
    /// Proven unprocessed; it can be tried again.
    NotProcessed(Reason),
    /// It may have been done.
    Uncertain,
}

impl State {
    /// To be looked at and sent.
    pub fn planned() -> Self {
        Self::Planned { waiting: None, tries: 0, not_before: None }
    }

    /// Why the contact is not in XPM, or not as it should be; none where nothing stands in its way.
    pub fn obstacle(&self) -> Option<Reason> {
        match self {
            Self::Planned { waiting, .. } => *waiting,
            Self::Held { reason } | Self::Rejected { reason } => Some(*reason),
            Self::Unknown { .. } => Some(Reason::Uncertain),
            Self::Ambiguous { .. } => Some(Reason::SeveralRecords),
            Self::Idle | Self::Sending { .. } | Self::Settled { .. } => None,
        }
    }

    /// Whether a person has yet to say whether this XPM record is what was added for the contact.
    pub fn asks_about(&self, uuid: &XpmUuid) -> bool {
        matches!(self, Self::Ambiguous { candidates } if candidates.contains(uuid))
    }
}

impl Outgoing {
    /// Begins a request: the state that must be durable before the first byte leaves. Answers when the
    /// request has ended at the latest.
    pub fn begin(&mut self, call: Call, now: Timestamp) -> Timestamp {
        let tries = match &self.state {
            State::Planned { tries, .. } => *tries,
            State::Idle
            | State::Held { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Ambiguous { .. }
            | State::Settled { .. }
            | State::Rejected { .. } => 0,
        };
        let deadline = now + START + CALL;
        self.attempts += 1;
        self.state = State::Sending { call, tries, deadline };
        deadline
    }

    /// Ends a request without success, and says when to look again.
    pub fn end(&mut self, ending: Ending, now: Timestamp) -> Option<Timestamp> {
        let State::Sending { call, tries, deadline } = self.state.clone() else { return None };
        match (ending, call) {
            (Ending::Refused(words), _) => {
                self.words = Some(words);
                self.state = State::Rejected { reason: Reason::XpmRefused };
                None
            }
            (Ending::NotProcessed(reason), _) => {
                let (waiting, tries) = (Some(reason), tries + 1);
                self.state = State::Planned { waiting, tries, not_before: None };
                Some(now + wait(tries - 1))
            }
            (Ending::Uncertain, Call::Create(create)) => {
                self.state = State::Unknown { create, deadline, misses: 0, look_at: now };
                Some(now)
            }
            (Ending::Uncertain, Call::Update { .. } | Call::Link { .. }) => {
                // Until the quiet time is over, the older request could still win over a newer one.
                let not_before = Some(deadline + QUIET);
                let (waiting, tries) = (Some(Reason::Uncertain), tries + 1);
                self.state = State::Planned { waiting, tries, not_before };
                not_before
            }
        }
    }

    /// Notes a look that found nothing, and says when to look again. Only the second look after the
    /// quiet time plans the create anew (protocol P3).
    pub fn missed(&mut self, now: Timestamp) -> Option<Timestamp> {
        let State::Unknown { deadline, misses, look_at, .. } = &mut self.state else { return None };
        let quiet = *deadline + QUIET;
        if now < quiet {
            *look_at = quiet;
        } else if *misses == 0 {
            *misses = 1;
            *look_at = now + BETWEEN_LOOKS;
        } else {
            self.state = State::planned();
            return Some(now);
        }
        Some(*look_at)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    /// G5: after an uncertain create, two looks after the quiet time come before another one.
    #[test]
    fn g05_an_uncertain_create_is_planned_anew_only_after_two_late_looks() {
        let start = Timestamp::from_second(0).unwrap();
        let mut it = Outgoing { state: State::planned(), ..Outgoing::default() };
        let (at, said) = (None, BTreeMap::new());
        let create = Create { at, name: "Acme".into(), before: vec![], said };
        let deadline = it.begin(Call::Create(create), start);
        assert_eq!(it.end(Ending::Uncertain, start), Some(start));
        let quiet = deadline + QUIET;
        assert_eq!(it.missed(start), Some(quiet));
        assert_eq!(it.missed(quiet), Some(quiet + BETWEEN_LOOKS));
        let late = quiet + SignedDuration::from_secs(30);
        assert!(matches!(it.state, State::Unknown { misses: 1, .. }));
        assert_eq!(it.missed(late), Some(late));
        assert_eq!(it.state, State::planned());
    }
}
