//! What XPM should hold for an entry, or why it should hold nothing yet.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::entry::{Decided, EntryRecord};
use super::push::{Call, Push, State};
use super::rounding::minutes;
use crate::firm::{Deleted, LateLink, Settings};
use crate::ids::{JobNumber, XpmUuid};
use crate::linking::task::{LinkState, TaskRecord};
use crate::practice::Timesheet;
use crate::reason::Reason;
use crate::text::clean_note;

/// What XPM should hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// This.
    Sheet(Timesheet),
    /// Nothing: the entry is deleted.
    Nothing,
    /// Not decided, and why.
    Held(Reason),
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This request.
    Send(Call),
    /// No request, but this state.
    Rest(State),
}

/// What XPM should hold for an entry. `changed_at` is since when the firm has been connected to another
/// organisation than before, if it ever was. The checks stand in the order in which a person would make them.
pub fn target(
    record: &EntryRecord,
    task: Option<&TaskRecord>,
    staff: Result<XpmUuid, Reason>,
    changed_at: Option<Timestamp>,
    settings: &Settings,
    zone: &TimeZone,
) -> Target {
    let entry = &record.entry.value;
    match &record.decided {
        Some(Decided::Keep(sheet)) => return Target::Sheet(sheet.clone()),
        Some(Decided::Remove) => return Target::Nothing,
        None => {}
    }
    if record.entry.deleted {
        return remove(record, settings);
    }
    if entry.running {
        return Target::Held(Reason::Running);
    }
    let (job, job_task) = match place(record, task, changed_at, settings) {
        Ok(place) => place,
        Err(reason) => return Target::Held(reason),
    };
    let staff = match staff {
        Ok(staff) => staff,
        Err(reason) => return Target::Held(reason),
    };
    let minutes = minutes(entry.seconds, settings.time.rounding);
    // Edited to nothing is as good as deleted (XB-78).
    match (minutes, &record.push.known) {
        (0, None) => return Target::Held(Reason::NoMinutes),
        (0, Some(_)) => return remove(record, settings),
        (_, _) => {}
    }
    Target::Sheet(Timesheet {
        job,
        job_task,
        staff,
        date: entry.when.day(zone),
        minutes,
        note: clean_note(&entry.note),
    })
}

/// Nothing, unless the firm wants to be asked and XPM holds something.
fn remove(record: &EntryRecord, settings: &Settings) -> Target {
    if settings.time.deleted == Deleted::Ask && record.push.known.is_some() {
        Target::Held(Reason::DeletionAsks)
    } else {
        Target::Nothing
    }
}

/// Where the time belongs. What XPM holds stays where it is, although its task has been linked
/// elsewhere since, until it is to move (XB-83).
fn place(
    record: &EntryRecord,
    task: Option<&TaskRecord>,
    changed_at: Option<Timestamp>,
    settings: &Settings,
) -> Result<(JobNumber, XpmUuid), Reason> {
    let entry = &record.entry.value;
    if entry.task_id.is_none() {
        return Err(Reason::NoTask);
    }
    let task = task.ok_or(Reason::TaskUnknown)?;
    let known = record.push.known.as_ref();
    let link = task.link.linked();
    if let (Some((_, linked_at)), Some(changed_at)) = (link, changed_at)
        && linked_at < changed_at
    {
        return Err(Reason::FormerOrganisation);
    }
    if let Some(known) = known.filter(|_| !record.moves) {
        return Ok((known.sheet.job.clone(), known.sheet.job_task.clone()));
    }
    let gone = task.link.state == LinkState::Broken;
    let unlinked = if gone { Reason::JobMissing } else { Reason::TaskUnlinked };
    let (place, linked_at) = link.ok_or(unlinked)?;
    // An entry that XPM holds already has passed this question.
    let late = entry.when.started_at().unwrap_or(record.received_at) < linked_at;
    let settled = record.released || known.is_some();
    if late && !settled && settings.time.late_link != LateLink::Release {
        return Err(Reason::LateLink);
    }
    Ok((place.job_number.clone(), place.job_task_uuid.clone()))
}

/// The smallest step from what XPM holds to what it should hold. What was changed in XPM is not
/// written over before a person has said which side is to hold.
pub fn next(push: &Push, target: Target, drifted: bool) -> Next {
    let rest = match (&target, &push.known) {
        (Target::Held(reason), _) => State::Held { reason: *reason, again: None },
        (Target::Nothing, None) => State::Deleted,
        (Target::Sheet(sheet), Some(known)) if known.sheet == *sheet && !known.doubtful => {
            State::Confirmed
        }
        (Target::Nothing | Target::Sheet(_), Some(_)) if drifted => {
            State::Held { reason: Reason::ChangedInXpm, again: None }
        }
        (Target::Nothing, Some(known)) => {
            return send(push, Call::Delete { uuid: known.uuid.clone() });
        }
        (Target::Sheet(sheet), Some(known)) => {
            let (uuid, sheet) = (known.uuid.clone(), sheet.clone());
            return send(push, Call::Update { uuid, sheet });
        }
        (Target::Sheet(sheet), None) => return send(push, Call::Create { sheet: sheet.clone() }),
    };
    match push.discard.first() {
        Some(uuid) => send(push, Call::Delete { uuid: uuid.clone() }),
        None => Next::Rest(rest),
    }
}

/// What XPM refused is not asked again.
fn send(push: &Push, call: Call) -> Next {
    match &push.state {
        State::Rejected { call: refused, .. } if *refused == call => Next::Rest(push.state.clone()),
        State::Rejected { .. }
        | State::Planned { .. }
        | State::Held { .. }
        | State::Confirmed
        | State::Deleted
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Ambiguous { .. } => Next::Send(call),
    }
}
