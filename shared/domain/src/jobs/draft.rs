//! A job to be created, and what has become of it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cost::Line;
use super::push::{Call, Wire};
use super::steps::causes;
use crate::ids::{ContactId, DocumentSetId, JobNumber, LineId, TenantId, XpmUuid};
use crate::issues;
use crate::journal::Sort;
use crate::ports::{Due, Kind, Lane};
use crate::practice::{CostSheet, Named};
use crate::reason::Reason;
use crate::records::{Pointer, Record};

/// What is wanted of a document set, and what XPM has of it. One request is under way at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobDraft {
    /// The document set: one set, one draft, one job.
    pub id: DocumentSetId,
    /// What is to be created; `None` while only the delivery has been heard of.
    pub plan: Option<Plan>,
    /// When the documents first went out, if they have.
    pub delivered: Option<Delivery>,
    /// Whether no job is wanted any more.
    #[serde(default)]
    pub discarded: bool,
    /// The grid as it was last put; `None` where it is as confirmed.
    #[serde(default)]
    pub grid: Option<Vec<Line>>,
    /// The costs that the job is to have.
    #[serde(default)]
    pub confirmed: Vec<Line>,
    /// What XPM has of it.
    #[serde(default)]
    pub made: Made,
    /// Whether the job is to be taken back, and what became of that.
    #[serde(default)]
    pub undo: Option<Undo>,
    /// What XPM refused, until something else is asked of it.
    #[serde(default)]
    pub refused: Vec<Refused>,
    /// The request under way, if one is.
    #[serde(default)]
    pub wire: Wire,
    /// Requests made so far; numbers and fences each.
    #[serde(default)]
    pub attempts: u32,
    /// When it needs looking at.
    pub look_at: Option<Timestamp>,
}

/// What a person asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The organisation whose template, staff and client these are.
    pub tenant: TenantId,
    /// For whom; becomes an XPM client by the contact's match when the job is created.
    pub contact: ContactId,
    /// The template.
    pub template: Named,
    /// The job's name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// First day.
    pub start_date: Date,
    /// Last day; not before the first.
    pub due_date: Date,
    /// Who is put on the job.
    pub staff: Vec<XpmUuid>,
    /// The code of the state it ends in; `None` leaves it in XPM's first.
    pub state_code: Option<String>,
}

/// That the documents went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How.
    pub action: Action,
    /// When we heard of it.
    pub at: Timestamp,
}

/// How documents go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A person downloaded them.
    Download,
    /// They were sent.
    Send,
}

/// What XPM has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The job.
    pub job: Option<MadeJob>,
    /// Who of the plan is on it.
    pub staff: Vec<XpmUuid>,
    /// The costs that are ours.
    pub costs: Vec<MadeCost>,
    /// The costs that were there before the first of ours was sent, such as the template's; `None`
    /// until that is known.
    #[serde(default)]
    pub given: Option<Vec<XpmUuid>>,
    /// The code of the state it was put in.
    pub state: Option<String>,
}

/// A job in XPM that is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeJob {
    /// Its number.
    pub number: JobNumber,
    /// Whose it is.
    pub client: XpmUuid,
    /// Where people see it, once somebody asked.
    #[serde(default)]
    pub url: Option<String>,
}

/// A cost in XPM that is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeCost {
    /// The line it belongs to.
    pub line: LineId,
    /// XPM's id.
    pub uuid: XpmUuid,
    /// What we last made it say; `None` when XPM did not answer a change.
    pub sheet: Option<CostSheet>,
}

/// What XPM refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// What was asked.
    pub call: Call,
    /// Why it was refused.
    pub reason: Reason,
    /// In XPM's words.
    pub words: String,
}

/// Taking a created job back (CA-20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// It is asked for.
    Asked {
        /// How many of the questions have been answered in its favour.
        passed: u8,
    },
    /// The job stays.
    Kept(Reason),
    /// The job is gone.
    Done,
}

impl Record for JobDraft {
    const KIND: Kind = Kind::JobDraft;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn due(&self) -> Option<Due> {
        self.look_at.map(|at| Due { lane: Lane::Jobs, at })
    }

    fn pointers(&self) -> Vec<Pointer> {
        let Some(delivery) = &self.delivered else { return Vec::new() };
        let issue =
            |cause| issues::pointer(cause, Sort::JobDraft.as_str(), self.id.as_str(), delivery.at);
        causes(self).into_iter().map(issue).collect()
    }
}

impl JobDraft {
    /// A document set of which nothing is known.
    pub(super) fn of(id: DocumentSetId) -> Self {
        Self {
            id,
            plan: None,
            delivered: None,
            discarded: false,
            grid: None,
            confirmed: Vec::new(),
            made: Made::default(),
            undo: None,
            refused: Vec::new(),
            wire: Wire::default(),
            attempts: 0,
            look_at: None,
        }
    }

    /// The grid as a person sees it.
    pub fn lines(&self) -> &[Line] {
        self.grid.as_deref().unwrap_or(&self.confirmed)
    }

    /// XPM's cost for a line, if it has one.
    pub fn cost_of(&self, line: &LineId) -> Option<&MadeCost> {
        self.made.costs.iter().find(|it| it.line == *line)
    }

    /// The lines that XPM has, or may have: none of them can be taken back.
    pub(super) fn lines_sent(&self) -> impl Iterator<Item = &LineId> {
        let asked = match &self.wire {
            Wire::Sending { call, .. }
            | Wire::Unknown { call, .. }
            | Wire::Ambiguous { call, .. } => Some(call),
            Wire::Idle { .. } => None,
        };
        let under_way = asked.and_then(|it| match it {
            Call::AddCost { line, .. } => Some(line),
            Call::Add { .. }
            | Call::Assign { .. }
            | Call::UpdateCost { .. }
            | Call::SetState { .. }
            | Call::Delete => None,
        });
        self.made.costs.iter().map(|it| &it.line).chain(under_way)
    }

    /// Whether XPM has a line, or may have it.
    pub(super) fn is_sent(&self, line: &LineId) -> bool {
        self.lines_sent().any(|it| it == line)
    }
}
