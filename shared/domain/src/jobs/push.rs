//! The requests of a draft: protocol P1, one at a time. The rules are those of [`crate::time::push`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::draft::{JobDraft, MadeCost, MadeJob, Refused, Undo};
use crate::gate::CALL;
use crate::ids::{JobNumber, LineId, XpmUuid};
use crate::practice::{CostSheet, JobOrder};
use crate::reason::Reason;
use crate::time::push::{BETWEEN_LOOKS, QUIET, START, wait};

/// How the one request of a draft stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Wire {
    /// None is under way.
    Idle {
        /// Why the next one waits, if it does.
        waiting: Option<Reason>,
        /// Tries in a row that were proven unprocessed.
        tries: u32,
        /// Not before this, because an older request may still take effect in XPM.
        not_before: Option<Timestamp>,
    },
    /// One may be on the wire until the deadline.
    Sending {
        /// What is asked.
        call: Call,
        /// The client's jobs that were there before a job was asked for, as far as known.
        before: Vec<JobNumber>,
        /// When it has ended, one way or another.
        deadline: Timestamp,
    },
    /// A create ended without an answer to rely on.
    Unknown {
        /// What was asked.
        call: Call,
        /// As in `Sending`.
        before: Vec<JobNumber>,
        /// When the request had ended.
        deadline: Timestamp,
        /// Looks after `deadline` + [`QUIET`] that found nothing.
        misses: u32,
        /// When to look next.
        look_at: Timestamp,
    },
    /// XPM holds more of it than can be ours; a person must say which it is.
    Ambiguous {
        /// What was asked.
        call: Call,
        /// What could be it: numbers of jobs, or ids of costs.
        candidates: Vec<String>,
    },
}

/// A request that changes XPM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Call {
    /// Adds the job: must not be repeated blindly.
    Add {
        /// Which.
        order: JobOrder,
    },
    /// Puts people on it.
    Assign {
        /// Whom.
        staff: Vec<XpmUuid>,
    },
    /// Adds a cost: must not be repeated blindly.
    AddCost {
        /// The line.
        line: LineId,
        /// What it says.
        sheet: CostSheet,
    },
    /// Makes a cost say something else.
    UpdateCost {
        /// The line.
        line: LineId,
        /// Which cost.
        uuid: XpmUuid,
        /// What it is to say.
        sheet: CostSheet,
    },
    /// Puts the job in a state.
    SetState {
        /// Its code.
        code: String,
    },
    /// Removes the job.
    Delete,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// XPM did it.
    Done(Created),
    /// XPM refused for good, in its words.
    Refused(Reason, String),
    /// Proven unprocessed; it can be tried again.
    NotProcessed(Reason),
    /// It may have been done.
    Uncertain,
}

/// What a request brought into being.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// A job.
    Job(JobNumber),
    /// A cost.
    Cost(XpmUuid),
    /// Nothing.
    Nothing,
}

impl Default for Wire {
    fn default() -> Self {
        Self::Idle { waiting: None, tries: 0, not_before: None }
    }
}

impl Wire {
    /// Waiting for a reason to end.
    pub(super) fn waiting(reason: Reason) -> Self {
        Self::Idle { waiting: Some(reason), tries: 0, not_before: None }
    }

    /// Whether no request is under way, nor one's fate unknown.
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle { .. })
    }

    /// Tries in a row that were proven unprocessed.
    pub(super) fn tries(&self) -> u32 {
        if let Self::Idle { tries, .. } = self { *tries } else { 0 }
    }
}

impl Call {
    fn creates(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::AddCost { .. })
    }
}

impl JobDraft {
    /// Begins a request: the state that must be durable before the first byte leaves.
    pub(super) fn begin(&mut self, call: Call, before: Vec<JobNumber>, now: Timestamp) {
        self.attempts += 1;
        let deadline = now + START + CALL;
        self.wire = Wire::Sending { call, before, deadline };
        self.look_at = Some(deadline);
    }

    /// Ends the request.
    pub(super) fn end(&mut self, tries: u32, ending: Ending, now: Timestamp) {
        let Wire::Sending { call, before, deadline } = self.wire.clone() else { return };
        self.look_at = Some(now);
        if call == Call::Delete {
            // Whatever comes of it, nothing is deleted on old answers.
            self.undo = Some(Undo::Asked { passed: 0 });
        }
        match ending {
            Ending::Done(created) => self.done(call, created),
            Ending::Refused(reason, words) => self.refuse(call, reason, words),
            Ending::NotProcessed(reason) => {
                let waiting = Some(reason);
                self.wire = Wire::Idle { waiting, tries: tries + 1, not_before: None };
                self.look_at = Some(now + wait(tries));
            }
            Ending::Uncertain if call.creates() => {
                self.wire = Wire::Unknown { call, before, deadline, misses: 0, look_at: now };
            }
            Ending::Uncertain => {
                // Until the quiet time is over, the older request could still win over a newer one.
                let not_before = Some(deadline + QUIET);
                self.wire = Wire::Idle { waiting: Some(Reason::Uncertain), tries: 0, not_before };
                self.look_at = not_before;
                if let Call::UpdateCost { line, .. } = &call
                    && let Some(made) = self.made.costs.iter_mut().find(|it| it.line == *line)
                {
                    made.sheet = None;
                }
            }
        }
    }

    /// Gives up waiting for a request whose worker died, once its deadline has passed.
    pub(super) fn expire(&mut self, now: Timestamp) {
        match &self.wire {
            Wire::Sending { deadline, .. } if *deadline > now => self.look_at = Some(*deadline),
            Wire::Sending { .. } => self.end(0, Ending::Uncertain, now),
            Wire::Idle { .. } | Wire::Unknown { .. } | Wire::Ambiguous { .. } => {}
        }
    }

    /// Takes what was found in XPM for what was asked for.
    pub(super) fn adopt(&mut self, created: Created, now: Timestamp) {
        if let Wire::Unknown { call, .. } | Wire::Ambiguous { call, .. } = self.wire.clone() {
            self.done(call, created);
            self.look_at = Some(now);
        }
    }

    /// Notes a look that found nothing. Only the second one after the quiet time lets the create be
    /// planned anew (protocol P3).
    pub(super) fn missed(&mut self, asked: Timestamp) {
        let Wire::Unknown { deadline, misses, look_at, .. } = &mut self.wire else { return };
        let quiet = *deadline + QUIET;
        if asked < quiet {
            *look_at = quiet;
        } else if *misses == 0 {
            *misses = 1;
            *look_at = asked + BETWEEN_LOOKS;
        } else {
            self.wire = Wire::default();
            self.look_at = Some(asked);
            return;
        }
        self.look_at = Some(*look_at);
    }

    /// Puts the next look off.
    pub(super) fn look_later(&mut self, until: Timestamp) {
        if let Wire::Unknown { look_at, .. } = &mut self.wire {
            *look_at = until;
        }
        self.look_at = Some(until);
    }

    fn refuse(&mut self, call: Call, reason: Reason, words: String) {
        self.wire = Wire::default();
        if call == Call::Delete {
            self.undo = Some(Undo::Kept(reason));
        }
        self.refused.retain(|it| !same_step(&it.call, &call));
        self.refused.push(Refused { call, reason, words });
    }

    fn done(&mut self, call: Call, created: Created) {
        self.wire = Wire::default();
        self.refused.retain(|it| !same_step(&it.call, &call));
        match (call, created) {
            (Call::Add { order }, Created::Job(number)) => {
                self.made.job = Some(MadeJob { number, client: order.client, url: None });
            }
            (Call::AddCost { line, sheet }, Created::Cost(uuid)) => {
                self.made.costs.push(MadeCost { line, uuid, sheet: Some(sheet) });
            }
            (Call::UpdateCost { line, sheet, .. }, _) => {
                if let Some(made) = self.made.costs.iter_mut().find(|it| it.line == line) {
                    made.sheet = Some(sheet);
                }
            }
            (Call::Assign { staff }, _) => self.made.staff.extend(staff),
            (Call::SetState { code }, _) => self.made.state = Some(code),
            (Call::Delete, _) => {
                self.undo = Some(Undo::Done);
                self.discarded = true;
            }
            // An answer that does not name what it created proves nothing: the adapters give none such.
            (Call::Add { .. } | Call::AddCost { .. }, _) => {}
        }
    }
}

/// Whether two requests are for the same step of the saga.
pub(super) fn same_step(one: &Call, other: &Call) -> bool {
    match (one, other) {
        (
            Call::AddCost { line, .. } | Call::UpdateCost { line, .. },
            Call::AddCost { line: same, .. } | Call::UpdateCost { line: same, .. },
        ) => line == same,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
