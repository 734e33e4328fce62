//! Time entries of the practice app, each with its push.

use domain::firm::Firm;
use domain::ids::{EntryId, TaskId, UserId};
use domain::reason::Reason;
use domain::time::entry::{EntryRecord, TimeEntry, When};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError, Statement};
use crate::check::Check;
use crate::pushes::PushView;

/// What the practice app says of a time entry: `date`, or `started_at` with or without `ended_at`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeEntryBody {
    /// What was worked on; none for time outside a task.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    task_id: Option<String>,
    /// Who worked.
    #[schema(value_type = String, required, pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    user_id: Option<String>,
    /// The day, in the firm's time zone; not together with `started_at`.
    #[schema(format = "date")]
    #[serde(default)]
    date: Option<String>,
    /// When the work began; not together with `date`.
    #[schema(format = "date-time")]
    #[serde(default)]
    started_at: Option<String>,
    /// When the work ended; at most a week after it began.
    #[schema(format = "date-time")]
    #[serde(default)]
    ended_at: Option<String>,
    /// How long the work took. May be left out while the timer runs, or where `ended_at` tells it.
    #[schema(value_type = Option<u64>, maximum = 86400)]
    #[serde(default)]
    seconds: Option<Number>,
    /// What was done.
    #[schema(max_length = 10000)]
    #[serde(default)]
    note: Option<String>,
    /// Whether the practice app would bill it.
    #[serde(default)]
    billable: Option<bool>,
    /// Whether the timer still runs.
    #[serde(default)]
    running: Option<bool>,
    /// The app's version of it: a lower one than the stored changes nothing.
    #[schema(value_type = Option<u64>, maximum = 9007199254740991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// A time entry as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = TimeEntry)]
pub struct TimeEntryView {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: EntryId,
    /// What was worked on.
    #[schema(value_type = Option<String>, required)]
    pub task_id: Option<TaskId>,
    /// Who worked.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// The day, where the app gave one.
    #[schema(required)]
    pub date: Option<Date>,
    /// When the work began, where the app said so.
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    /// When the work ended.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// How long the work took.
    pub seconds: u32,
    /// What was done.
    pub note: String,
    /// Whether the practice app would bill it.
    #[schema(required)]
    pub billable: Option<bool>,
    /// Whether the timer still runs.
    pub running: bool,
    /// How it stands with XPM.
    pub push: PushView,
    /// The version stored.
    pub version: u64,
    /// Whether the request was news; only in the answer to a `PUT` or `DELETE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applied: Option<bool>,
}

/// Reads a time entry.
pub fn read_entry(id: &str, body: Body<'_>) -> Result<Statement<TimeEntry>, BodyError> {
    let body: TimeEntryBody = body.read()?;
    let mut check = Check::default();
    let id = check.id("/id", id, EntryId::parse);
    let task_id = check.optional_id("/task_id", body.task_id, TaskId::parse);
    let user_id = check.required_id("/user_id", body.user_id, UserId::parse);
    let running = body.running.unwrap_or_default();
    let untold = body.seconds.is_none();
    // The longest entry is the domain's to judge.
    let seconds = check.whole("/seconds", body.seconds, 0, u64::from(u32::MAX));
    let when = when(&mut check, body.date, body.started_at, body.ended_at);
    let taken = when.as_ref().and_then(lasting);
    if untold && taken.is_none() && !running && when.is_some() {
        check.wrong("/seconds", "required", "seconds are required where no end is told");
    }
    let version = check.version(body.version);
    let value = id.map(|id| TimeEntry {
        id,
        task_id,
        user_id: user_id.unwrap_or_else(UserId::nobody),
        when: when.unwrap_or(When::Day { date: Date::ZERO }),
        seconds: seconds.or(taken).map_or(0, |it| u32::try_from(it).unwrap_or(u32::MAX)),
        note: body.note.unwrap_or_default(),
        billable: body.billable,
        running,
    });
    check.also(value.iter().flat_map(TimeEntry::check).collect());
    check.finish(value.map(|value| Statement { value, version }))
}

fn when(
    check: &mut Check,
    date: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
) -> Option<When> {
    match (&date, &started_at, &ended_at) {
        (Some(_), Some(_), _) => {
            check.wrong("/date", "one_of_two", "either date or started_at, not both");
        }
        (_, None, Some(_)) => {
            check.wrong("/ended_at", "needs_start", "an end needs started_at");
        }
        (None, None, None) => {
            check.wrong("/date", "required", "either date or started_at is required");
        }
        (Some(_), None, None) | (None, Some(_), _) => {}
    }
    let date = check.date("/date", date);
    let started_at = check.instant("/started_at", started_at);
    let ended_at = check.instant("/ended_at", ended_at);
    match (date, started_at) {
        (Some(date), None) => Some(When::Day { date }),
        (None, Some(started_at)) => Some(When::Span { started_at, ended_at }),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// The seconds between beginning and end, where there is an end after the beginning.
fn lasting(when: &When) -> Option<u64> {
    match when {
        When::Span { started_at, ended_at: Some(ended_at) } => {
            Some(u64::try_from(ended_at.duration_since(*started_at).as_secs()).unwrap_or(0))
        }
        When::Span { ended_at: None, .. } | When::Day { .. } => None,
    }
}

impl TimeEntryView {
    /// An entry as it stands, at a firm with this obstacle to pushing; `applied` in the answer to a change.
    pub fn of(
        record: EntryRecord,
        firm: &Firm,
        obstacle: Option<Reason>,
        applied: Option<bool>,
    ) -> Self {
        let push = PushView::of(&record, firm.settings.time.rounding, obstacle);
        let version = record.entry.version;
        let it = record.entry.value;
        let (date, started_at, ended_at) = match it.when {
            When::Day { date } => (Some(date), None, None),
            When::Span { started_at, ended_at } => (None, Some(started_at), ended_at),
        };
        Self {
            id: it.id,
            task_id: it.task_id,
            user_id: it.user_id,
            date,
            started_at,
            ended_at,
            seconds: it.seconds,
            note: it.note,
            billable: it.billable,
            running: it.running,
            push,
            version,
            applied,
        }
    }
}

#[cfg(test)]
#[path = "entries/tests.rs"]
mod tests;
