//! Asking XPM what became of a create without an answer, and acting on it.

use jiff::{SignedDuration, Timestamp};

use super::advance::{ROOM, Stop, replace};
use super::decide::claim;
use super::entry::EntryRecord;
use super::push::State;
use super::read_back::{self, Verdict};
use super::refusal::reason;
use super::told::told;
use crate::copies::Unavailable;
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL};
use crate::journal;
use crate::metric::{Metric, count};
use crate::ports::{Clock, Committed, Down, Fault, Lane, Ports, Store, Timesheets};
use crate::practice::{Booked, Timesheet};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// After so long something is amiss: two looks that find nothing take less than three minutes.
const LONG: SignedDuration = SignedDuration::from_mins(10);

/// Looks for an uncertain create in XPM.
pub(super) async fn look_back<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<EntryRecord>,
    sheet: &Timesheet,
) -> Result<(), Stop> {
    if !deadline.allows(ports.clock().now(), CALL + ROOM) {
        return Err(Stop::NoTime);
    }
    let asked = ports.clock().now();
    if let State::Unknown { deadline, .. } = &kept.record.push.state
        && asked > *deadline + LONG
    {
        count(Metric::PushesLongUnknown, 1);
    }
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Time, CALL).await?;
    let reply =
        ports.practice().times_of_job(&pass.access, &sheet.job, sheet.date, sheet.date).await;
    let in_xpm = match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(in_xpm) => in_xpm,
        // XPM does not know the job, so it holds no time on it.
        Err(Fault::Refused { words, .. }) if reason(&words) == Reason::JobMissing => Vec::new(),
        Err(fault) => return Err(Unavailable::Fault(fault).into()),
    };
    let ours = read_back::ours(ports.store(), &firm.id, sheet).await?;
    let now = ports.clock().now();
    match read_back::verdict(sheet, &in_xpm, &ours, &kept.record.entry.value.id, asked) {
        Verdict::Landed(booked) => adopt(ports, firm, kept, booked, now).await?,
        Verdict::Missing => {
            replace(ports, firm, kept, |it| it.look_at = it.push.missed(asked)).await?;
        }
        Verdict::Wait(until) => {
            replace(ports, firm, kept, |it| it.look_at = it.push.look_later(until)).await?;
        }
        Verdict::Ambiguous(candidates) => {
            replace(ports, firm, kept, |it| {
                let sheet = sheet.clone();
                it.push.state = State::Ambiguous { sheet, candidates: candidates.clone() };
                it.look_at = None;
            })
            .await?;
        }
    }
    Ok(())
}

/// Takes the entry for ours, unless a twin took it first: then the count is made again.
async fn adopt<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<EntryRecord>,
    booked: Booked,
    now: Timestamp,
) -> Result<(), Down> {
    let mut adopted = kept.record.clone();
    let claim = claim(&firm.id, &booked.uuid);
    adopted.push.adopt(booked);
    adopted.look_at = Some(now);
    journal::open(ports.store(), &firm.id, now).await?;
    let mut changes = records::replace(&firm.id, Some(kept), &adopted)?;
    changes.push(claim);
    changes.extend(told(&firm.id, kept, &adopted, now)?);
    if ports.store().commit(changes).await? == Committed::Done {
        count(Metric::PushesConfirmed, 1);
    }
    Ok(())
}
