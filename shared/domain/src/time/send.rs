//! One request to XPM, from its intent to its ending.

use jiff::Timestamp;

use super::advance::{ROOM, Stop};
use super::entry::EntryRecord;
use super::marker::{self, marked};
use super::push::{Call, Ending, START, State};
use super::told::told;
use super::{read_back, refusal};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL, Pass, Shut};
use crate::ids::FirmId;
use crate::journal::{self, Sort, Subject};
use crate::linking::doubt;
use crate::metric::{Metric, count};
use crate::ports::{Clock, Committed, Down, Fault, Kind, Lane, Ports, Reply, Store, Timesheets};
use crate::practice::{Booked, Timesheet};
use crate::reason::Reason;
use crate::records::{self, Edit, Kept};

/// Sends one request under protocol P1: its intent is durable before the first byte leaves, and its
/// ending is written on whatever the entry has become meanwhile.
pub(super) async fn send<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: Kept<EntryRecord>,
    call: Call,
) -> Result<(), Stop> {
    if !deadline.allows(ports.clock().now(), CALL + ROOM) {
        return Err(Stop::NoTime);
    }
    let tries = match &kept.record.push.state {
        State::Planned { tries, .. } => *tries,
        State::Held { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Ambiguous { .. }
        | State::Confirmed
        | State::Rejected { .. }
        | State::Deleted => 0,
    };
    let marker = match firm.settings.time.note_marker {
        true => Some(marker::of(ports, &firm.id, &kept.record.entry.value.id).await?),
        false => None,
    };
    let doubtful = kept.record.push.known.as_ref().is_some_and(|it| it.doubtful);
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Time, CALL).await?;
    let began = ports.clock().now();
    let mut sending = kept.record.clone();
    sending.push.begin(call.clone(), sending.entry.version, began);
    if matches!(call, Call::Create { .. }) {
        sending.push.marker.clone_from(&marker);
    }
    sending.look_at = sending.push.expire(began);
    let mut changes = records::replace(&firm.id, Some(&kept), &sending)?;
    if let Call::Create { sheet } | Call::Update { sheet, .. } = &call {
        let place = format!("{}{}", read_back::place(sheet), sending.entry.value.id);
        changes.push(records::pointer(&firm.id, Kind::EntryOf, place));
    }
    let ending = match ports.store().commit(changes).await? {
        // Checked again right before the bytes leave: a worker that was paused sends nothing.
        Committed::Done if ports.clock().now() < began + START => {
            let subject = Subject::new(Sort::TimeEntry, &sending.entry.value.id);
            gate::asking(&firm.id, &subject, sending.push.attempts);
            let ending = request(ports, firm, pass, &call, doubtful, marker.as_deref()).await?;
            assigned(ports, firm, deadline, &kept.record, &call, ending).await?
        }
        Committed::Done => {
            gate::unused(ports, &firm.id, pass).await?;
            Ending::NotProcessed(Reason::XpmUnreachable)
        }
        Committed::Conflict => {
            gate::unused(ports, &firm.id, pass).await?;
            return Ok(());
        }
    };
    if let Ending::Refused(Reason::JobMissing, _) = &ending
        && let Call::Create { sheet } | Call::Update { sheet, .. } = &call
        && let Some(task) = &sending.entry.value.task_id
    {
        doubt(ports.store(), &firm.id, task, &sheet.job, ports.clock().now()).await?;
    }
    let attempt = sending.push.attempts;
    let now = ports.clock().now();
    journal::open(ports.store(), &firm.id, now).await?;
    let id = &kept.record.entry.value.id;
    records::amend_kept(ports.store(), &firm.id, id.as_str(), |it| {
        end(&firm.id, it, attempt, tries, &ending, now)
    })
    .await?;
    match ending {
        Ending::Done(_) => count(Metric::PushesConfirmed, 1),
        Ending::Refused(..) => count(Metric::PushesRejected, 1),
        Ending::Uncertain => count(Metric::PushesUncertain, 1),
        Ending::NotProcessed(_) | Ending::Gone => {}
    }
    Ok(())
}

/// Ends the attempt on the newest state of the entry, unless the attempt is not the newest any more.
fn end(
    firm: &FirmId,
    kept: Option<Kept<EntryRecord>>,
    attempt: u32,
    tries: u32,
    ending: &Ending,
    now: Timestamp,
) -> Result<Edit<EntryRecord, ()>, Down> {
    let sending = |it: &Kept<EntryRecord>| {
        let push = &it.record.push;
        push.attempts == attempt && matches!(push.state, State::Sending { .. })
    };
    let Some(kept) = kept.filter(sending) else { return Ok(Edit::Leave(())) };
    let mut ended = kept.record.clone();
    ended.look_at = ended.push.end(tries, ending.clone(), now);
    let told = told(firm, &kept, &ended, now)?;
    Ok(Edit::Write(ended, told.into_iter().collect(), ()))
}

async fn request<P: Ports>(
    ports: &P,
    firm: &Firm,
    pass: Pass,
    call: &Call,
    doubtful: bool,
    marker: Option<&str>,
) -> Result<Ending, Down> {
    let access = pass.access.clone();
    let xpm = ports.practice();
    let wire = |sheet: &Timesheet| match marker {
        Some(it) => Timesheet { note: marked(&sheet.note, it), ..sheet.clone() },
        None => sheet.clone(),
    };
    let reply = match call {
        Call::Create { sheet } => done(xpm.add_time(&access, &wire(sheet)).await, Some),
        Call::Update { uuid, sheet } => {
            done(xpm.update_time(&access, uuid, &wire(sheet)).await, Some)
        }
        Call::Delete { uuid } => done(xpm.delete_time(&access, uuid).await, |()| None),
    };
    Ok(match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(booked) => Ending::Done(booked),
        Err(Fault::Refused { words, .. }) => match (refusal::reason(&words), call) {
            // What is to be removed is gone already.
            (Reason::EntryMissing, Call::Delete { .. }) => Ending::Done(None),
            (Reason::EntryMissing, Call::Update { .. }) if doubtful => Ending::Gone,
            (reason, _) => Ending::Refused(reason, words),
        },
        Err(Fault::Throttled { .. }) => Ending::NotProcessed(Reason::OverLimit),
        Err(Fault::Disconnected) => Ending::NotProcessed(Reason::ReconnectRequired),
        Err(Fault::NotProcessed(_) | Fault::Unauthorised) => {
            Ending::NotProcessed(Reason::XpmUnreachable)
        }
        Err(Fault::Uncertain(cause)) => {
            tracing::warn!(firm.id = %firm.id, error = %cause, "XPM did not say whether it took the time");
            Ending::Uncertain
        }
    })
}

/// Where the firm wants it, someone whose time was refused because they are not on the task is put on
/// it, and the time is sent again; once.
async fn assigned<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    record: &EntryRecord,
    call: &Call,
    ending: Ending,
) -> Result<Ending, Down> {
    let again = Ending::NotProcessed(Reason::StaffNotOnJob);
    let tried =
        matches!(record.push.state, State::Planned { waiting: Some(Reason::StaffNotOnJob), .. });
    let (Call::Create { sheet } | Call::Update { sheet, .. }) = call else { return Ok(ending) };
    let refused = matches!(ending, Ending::Refused(Reason::StaffNotOnJob, _));
    let now = ports.clock().now();
    if !refused || tried || !firm.settings.time.assign_staff || !deadline.allows(now, CALL + ROOM) {
        return Ok(ending);
    }
    let pass = match gate::enter(ports, &firm.id, firm.settings.budget, Lane::Time, CALL).await {
        Ok(pass) => pass,
        Err(Shut::Down(down)) => return Err(down),
        // Nothing was booked, so it may all be done again.
        Err(Shut::Until { reason, .. }) => return Ok(Ending::NotProcessed(reason)),
        Err(Shut::Closed) => return Ok(Ending::NotProcessed(Reason::NotConnected)),
    };
    let access = pass.access.clone();
    let reply =
        ports.practice().assign_to_task(&access, &sheet.job, &sheet.job_task, &sheet.staff).await;
    Ok(match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(()) => again,
        Err(Fault::Refused { .. }) => ending,
        // Putting someone on a task twice does no harm.
        Err(fault) => {
            tracing::warn!(firm.id = %firm.id, error = %fault, "nobody could be put on the task");
            Ending::NotProcessed(Reason::XpmUnreachable)
        }
    })
}

fn done<T>(reply: Reply<T>, booked: impl Fn(T) -> Option<Booked>) -> Reply<Option<Booked>> {
    Reply { outcome: reply.outcome.map(booked), left: reply.left }
}
