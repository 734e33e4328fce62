//! Taking a created job back, while nobody has worked on it (CA-20).

use jiff::civil::{Date, date};

use super::advance::replace;
use super::draft::{JobDraft, MadeJob, Undo};
use super::push::{Call, Wire};
use super::refusal;
use super::send::{ROOM, send};
use crate::copies::Unavailable;
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL};
use crate::ports::{Clock, Down, Fault, Jobs, Lane, Ports, Timesheets};
use crate::reason::Reason;
use crate::records::Kept;
use crate::time::advance::Stop;

/// Days between which all time lies.
const EVER: (Date, Date) = (date(2000, 1, 1), date(2099, 12, 31));
/// How many questions there are.
const QUESTIONS: u8 = 3;

/// Asks XPM for everything that would be lost with the job, one question at a time, and deletes it
/// only if there is nothing.
pub(super) async fn take_back<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: Kept<JobDraft>,
    passed: u8,
) -> Result<(), Stop> {
    let Some(job) = kept.record.made.job.clone().filter(|_| passed < QUESTIONS) else {
        return send(ports, firm, deadline, kept, Call::Delete).await;
    };
    if !deadline.allows(ports.clock().now(), CALL + ROOM) {
        return Err(Stop::NoTime);
    }
    let undo = match question(ports, firm, &kept.record, &job, passed).await? {
        Ok(None) => Undo::Asked { passed: passed + 1 },
        Ok(Some(reason)) => Undo::Kept(reason),
        // Gone already: there is nothing that could be lost.
        Err(Fault::Refused { words, .. })
            if refusal::reason(&words) == Reason::CreatedJobMissing =>
        {
            Undo::Asked { passed: QUESTIONS }
        }
        Err(fault) => return Err(Unavailable::Fault(fault).into()),
    };
    let now = ports.clock().now();
    replace(ports, firm, &kept, None, |it| {
        it.undo = Some(undo);
        it.wire = Wire::default();
        it.look_at = Some(now);
    })
    .await?;
    Ok(())
}

/// One question: why the job must stay, if its answer says so.
async fn question<P: Ports>(
    ports: &P,
    firm: &Firm,
    draft: &JobDraft,
    job: &MadeJob,
    which: u8,
) -> Result<Result<Option<Reason>, Fault>, Stop> {
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Jobs, CALL).await?;
    let (xpm, access, number) = (ports.practice(), pass.access.clone(), &job.number);
    let ours = |uuid| draft.made.costs.iter().any(|it| it.uuid == uuid);
    let (found, reason): (Result<Result<bool, Fault>, Down>, Reason) = match which {
        0 => {
            let reply = xpm.times_of_job(&access, number, EVER.0, EVER.1).await;
            let times = gate::leave(ports, &firm.id, pass, reply).await;
            (times.map(|it| it.map(|it| !it.is_empty())), Reason::JobHasTime)
        }
        1 => {
            let reply = xpm.costs_of(&access, number).await;
            let costs = gate::leave(ports, &firm.id, pass, reply).await;
            let strange =
                |it: Vec<_>| it.into_iter().any(|it: crate::practice::JobCost| !ours(it.uuid));
            (costs.map(|it| it.map(strange)), Reason::JobHasCosts)
        }
        _ => {
            let reply = xpm.invoices_of(&access, number).await;
            let invoices = gate::leave(ports, &firm.id, pass, reply).await;
            (invoices.map(|it| it.map(|it| it > 0)), Reason::JobInvoiced)
        }
    };
    Ok(found?.map(|found| found.then_some(reason)))
}
