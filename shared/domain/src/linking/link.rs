//! The link of a task: where its time goes in XPM, how that came about, and why it goes nowhere.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::{FirmId, JobNumber, TaskId, XpmUuid};
use crate::journal::{Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Down};
use crate::reason::Reason;

/// Where a task's time goes in XPM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How it came about.
    pub state: LinkState,
    /// The task on the job; of a broken link, the one that is gone.
    pub place: Option<Place>,
    /// Since when.
    pub linked_at: Option<Timestamp>,
    /// Why there is no link, or what a person should know of the one there is.
    pub reason: Option<Reason>,
    /// What could be chosen.
    pub candidates: Vec<Place>,
    /// Grows with every change of the link.
    pub version: u64,
    /// What it was made from.
    #[serde(default)]
    pub basis: Basis,
    /// When XPM said of a booking that it does not know the job; a fresh look is to settle it.
    #[serde(default)]
    pub doubted: Option<Timestamp>,
}

/// What a link was made from. Empty for links from before this was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The XPM client that the task's contact was matched with.
    pub client: Option<XpmUuid>,
    /// The XPM task type that the rule looked for.
    pub mapped: Option<XpmUuid>,
    /// The version of the process that was mapped to it (XB-42).
    pub mapping: Option<u64>,
}

/// How a link came about. Auto-link touches only [`LinkState::Never`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Not linked so far.
    #[default]
    Never,
    /// By rule.
    Auto,
    /// By a person.
    Manual,
    /// A person took the link away; only a person links it again (XB-51).
    UnmappedByUser,
    /// The job or its task is gone.
    Broken,
}

/// A task on a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The job.
    pub job_number: JobNumber,
    /// The task on it.
    pub job_task_uuid: XpmUuid,
    /// The job's name.
    pub name: String,
    /// The job's first day.
    pub start_date: Option<Date>,
}

impl Link {
    /// Whether time can go anywhere.
    pub fn linked(&self) -> Option<(&Place, Timestamp)> {
        match self.state {
            LinkState::Auto | LinkState::Manual => self.place.as_ref().zip(self.linked_at),
            LinkState::Never | LinkState::UnmappedByUser | LinkState::Broken => None,
        }
    }

    /// The link once this place is chosen.
    pub fn to(&self, state: LinkState, place: Place, basis: Basis, now: Timestamp) -> Self {
        Self {
            state,
            place: Some(place),
            linked_at: Some(now),
            version: self.version + 1,
            basis,
            ..Self::default()
        }
    }

    /// The link when there is none, and why.
    pub fn without(&self, state: LinkState, reason: Reason, candidates: Vec<Place>) -> Self {
        let (reason, version) = (Some(reason), self.version);
        self.grown(Self { state, reason, candidates, version, ..Self::default() })
    }

    /// The same link, with what a person should know of it.
    pub(super) fn flagged(&self, reason: Option<Reason>) -> Self {
        self.grown(Self { reason, doubted: None, ..self.clone() })
    }

    /// The link when its job or the task on it is gone, and what could be chosen instead (XB-53).
    pub(super) fn broken(&self, candidates: Vec<Place>) -> Self {
        let reason = Some(Reason::JobMissing);
        self.grown(Self {
            state: LinkState::Broken,
            reason,
            candidates,
            doubted: None,
            ..self.clone()
        })
    }

    /// With the next version, if it says anything new.
    fn grown(&self, next: Self) -> Self {
        if next == *self { next } else { Self { version: self.version + 1, ..next } }
    }

    /// What happened to it, if it is worth telling.
    fn event(&self, after: &Self) -> Option<Event> {
        if (self.state, &self.place) == (after.state, &after.place) {
            return None;
        }
        Some(match after.state {
            LinkState::Auto | LinkState::Manual => Event::TaskLinked,
            LinkState::UnmappedByUser => Event::TaskUnlinked,
            LinkState::Broken => Event::TaskLinkBroken,
            LinkState::Never => Event::TaskLinkAllowed,
        })
    }
}

/// What the journal is told of a change of a task's link that gives its record this version.
pub(super) fn journal(
    firm: &FirmId,
    task: &TaskId,
    version: u64,
    [before, after]: [&Link; 2],
    by: &Actor,
    now: Timestamp,
) -> Result<Option<Change>, Down> {
    let Some(event) = before.event(after) else { return Ok(None) };
    Entry::new(Subject::new(Sort::Task, task), version, event, by.clone(), now)
        .because(after.reason)
        .between(Some(before), Some(after))?
        .change(firm)
        .map(Some)
}
