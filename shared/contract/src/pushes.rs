//! Pushes: how a time entry stands with XPM.

use domain::firm::Rounding;
use domain::ids::{JobNumber, XpmUuid};
use domain::practice::Timesheet;
use domain::reason::Reason;
use domain::time::entry::{Drift, EntryRecord};
use domain::time::push::State;
use domain::time::rounding::minutes;
use domain::time::standing::{Stage, Standing, billable_mismatch};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ReasonView;

/// How a time entry stands with XPM.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Push)]
pub struct PushView {
    /// Where it is.
    pub state: PushState,
    /// Why it is not in XPM, or not as it should be.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// XPM's own words for a refusal.
    #[schema(required)]
    pub detail: Option<String>,
    /// XPM's id of the entry, once it has one.
    #[schema(value_type = Option<String>, required)]
    pub xpm_uuid: Option<XpmUuid>,
    /// The minutes that XPM holds, or is to hold.
    pub minutes: i64,
    /// The version that XPM holds.
    #[schema(required)]
    pub pushed_version: Option<u64>,
    /// Requests made so far.
    pub attempts: u32,
    /// Where XPM holds several entries that could be this one: all of them.
    #[schema(value_type = Vec<String>)]
    pub candidates: Vec<XpmUuid>,
    /// How XPM's entry differs from what we last made it say, as a comparison found.
    #[schema(required)]
    pub drift: Option<DriftView>,
    /// Entries of XPM that are this one once more.
    #[schema(value_type = Vec<String>)]
    pub surplus: Vec<XpmUuid>,
    /// Whether XPM bills what the practice app would not, or the other way round.
    pub billable_mismatch: bool,
}

/// A change that was made in XPM.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Drift)]
pub struct DriftView {
    /// Whether the entry is gone from XPM.
    pub gone: bool,
    /// What it says there now.
    #[schema(required)]
    pub entry: Option<XpmTime>,
}

/// A time entry as XPM holds it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct XpmTime {
    /// The job.
    #[schema(value_type = String)]
    pub job_number: JobNumber,
    /// The task on the job.
    #[schema(value_type = String)]
    pub job_task_uuid: XpmUuid,
    /// Who worked.
    #[schema(value_type = String)]
    pub staff_uuid: XpmUuid,
    /// The day.
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    /// How long.
    pub minutes: i64,
    /// What was done.
    pub note: String,
}

impl From<Timesheet> for XpmTime {
    fn from(it: Timesheet) -> Self {
        Self {
            job_number: it.job,
            job_task_uuid: it.job_task,
            staff_uuid: it.staff,
            date: it.date,
            minutes: it.minutes,
            note: it.note,
        }
    }
}

/// Where a push is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushState {
    /// To be looked at, or under way.
    Pending,
    /// XPM holds it as it should be.
    Pushed,
    /// It cannot be sent as it is.
    Held,
    /// XPM refused it for good.
    Rejected,
    /// XPM did not say whether it took it.
    Unknown,
    /// XPM holds several that could be it.
    Ambiguous,
    /// It is gone on both sides.
    Deleted,
}

impl PushState {
    /// Every state with its word.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("pending", Self::Pending),
        ("pushed", Self::Pushed),
        ("held", Self::Held),
        ("rejected", Self::Rejected),
        ("unknown", Self::Unknown),
        ("ambiguous", Self::Ambiguous),
        ("deleted", Self::Deleted),
    ];

    /// The state behind a word.
    pub fn named(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|it| it.0 == word).map(|it| it.1)
    }

    /// Where the push of an entry is.
    pub fn of(record: &EntryRecord) -> Self {
        Standing::of(record).stage.into()
    }
}

impl From<Stage> for PushState {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Pending => Self::Pending,
            Stage::Pushed => Self::Pushed,
            Stage::Held => Self::Held,
            Stage::Rejected => Self::Rejected,
            Stage::Unknown => Self::Unknown,
            Stage::Ambiguous => Self::Ambiguous,
            Stage::Deleted => Self::Deleted,
        }
    }
}

impl PushView {
    /// The push of an entry, at a firm with this obstacle to pushing.
    pub fn of(record: &EntryRecord, rounding: Rounding, obstacle: Option<Reason>) -> Self {
        let push = &record.push;
        let standing = Standing::of(record);
        let state = PushState::from(standing.stage);
        let reason = match (&push.state, state) {
            (State::Planned { waiting, .. }, PushState::Pending) => obstacle.or(*waiting),
            (_, PushState::Pending) => obstacle,
            (_, _) => standing.reason,
        };
        let candidates = match &push.state {
            State::Ambiguous { candidates, .. } => candidates.clone(),
            State::Planned { .. }
            | State::Held { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Confirmed
            | State::Rejected { .. }
            | State::Deleted => Vec::new(),
        };
        let drift = match &record.drift {
            Some(Drift::Changed(sheet)) => {
                Some(DriftView { gone: false, entry: Some(sheet.clone().into()) })
            }
            Some(Drift::Gone) => Some(DriftView { gone: true, entry: None }),
            None => None,
        };
        let known = push.known.as_ref();
        let planned = minutes(record.entry.value.seconds, rounding);
        let held_in_xpm = known.filter(|_| state == PushState::Pushed).map(|it| it.sheet.minutes);
        let refused = state == PushState::Rejected;
        Self {
            state,
            reason: reason.map(Into::into),
            detail: push.words.clone().filter(|_| refused),
            xpm_uuid: known.map(|it| it.uuid.clone()),
            minutes: held_in_xpm.unwrap_or(planned),
            pushed_version: push.pushed_version,
            attempts: push.attempts,
            candidates,
            drift,
            surplus: record.extra.clone(),
            billable_mismatch: billable_mismatch(record),
        }
    }
}
