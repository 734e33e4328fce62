//! What XPM should hold for an entry, or why it should hold nothing yet.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::entry::EntryRecord;
use super::push::{Call, Push, State};
use super::rounding::minutes;
use crate::firm::{Deleted, LateLink, Settings};
use crate::ids::XpmUuid;
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
    if record.entry.deleted {
        let ask = settings.time.deleted == Deleted::Ask && !record.released;
        return if ask && record.push.known.is_some() {
            Target::Held(Reason::DeletionAsks)
        } else {
            Target::Nothing
        };
    }
    if entry.running {
        return Target::Held(Reason::Running);
    }
    if entry.task_id.is_none() {
        return Target::Held(Reason::NoTask);
    }
    let Some(task) = task else { return Target::Held(Reason::TaskUnknown) };
    let Some((place, linked_at)) = task.link.linked() else {
        let gone = task.link.state == LinkState::Broken;
        return Target::Held(if gone { Reason::JobMissing } else { Reason::TaskUnlinked });
    };
    if changed_at.is_some_and(|it| linked_at < it) {
        return Target::Held(Reason::FormerOrganisation);
    }
    // An entry that XPM holds already has passed this question.
    let late = entry.when.started_at().unwrap_or(record.received_at) < linked_at;
    let settled = record.released || record.push.known.is_some();
    if late && !settled && settings.time.late_link != LateLink::Release {
        return Target::Held(Reason::LateLink);
    }
    let staff = match staff {
        Ok(staff) => staff,
        Err(reason) => return Target::Held(reason),
    };
    let minutes = minutes(entry.seconds, settings.time.rounding);
    if minutes == 0 && record.push.known.is_none() {
        return Target::Held(Reason::NoMinutes);
    }
    Target::Sheet(Timesheet {
        job: place.job_number.clone(),
        job_task: place.job_task_uuid.clone(),
        staff,
        date: entry.when.day(zone),
        minutes,
        note: clean_note(&entry.note),
    })
}

/// The smallest step from what XPM holds to what it should hold.
pub fn next(push: &Push, target: Target) -> Next {
    let call = match (target, &push.known) {
        (Target::Held(reason), _) => return Next::Rest(State::Held { reason, again: None }),
        (Target::Nothing, None) => return Next::Rest(State::Deleted),
        // Edited to nothing is as good as deleted (XB-78).
        (Target::Sheet(sheet), Some(known)) if sheet.minutes == 0 => {
            Call::Delete { uuid: known.uuid.clone() }
        }
        (Target::Nothing, Some(known)) => Call::Delete { uuid: known.uuid.clone() },
        (Target::Sheet(sheet), Some(known)) if known.sheet == sheet && !known.doubtful => {
            return Next::Rest(State::Confirmed);
        }
        (Target::Sheet(sheet), Some(known)) => Call::Update { uuid: known.uuid.clone(), sheet },
        (Target::Sheet(sheet), None) => Call::Create { sheet },
    };
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
