//! One request to XPM, from its intent to its ending.

use jiff::SignedDuration;
use serde_json::json;

use super::draft::JobDraft;
use super::kept::{self, Noted, Turn};
use super::push::{Call, Created, Ending, Wire};
use super::refusal;
use crate::copies;
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL, Pass};
use crate::ids::{ContactId, FirmId, JobNumber, XpmUuid};
use crate::journal::{Actor, Event, Sort, Subject};
use crate::lanes::revisit;
use crate::linking::task::TaskRecord;
use crate::ports::{
    Clock, Committed, Down, Fault, Jobs, Kind, Lane, Left, Ports, Reply, Wake, Wakes,
};
use crate::reason::Reason;
use crate::records::{self, Kept};
use crate::time::advance::Stop;
use crate::time::push::START;

/// What a request needs of the invocation beside its own time.
pub(super) const ROOM: SignedDuration = SignedDuration::from_secs(5);

/// Sends one request under protocol P1: its intent is durable before the first byte leaves, and its
/// ending is written on whatever the draft has become meanwhile.
pub(super) async fn send<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: Kept<JobDraft>,
    call: Call,
) -> Result<(), Stop> {
    if !deadline.allows(ports.clock().now(), CALL + ROOM) {
        return Err(Stop::NoTime);
    }
    let tries = kept.record.wire.tries();
    let (before, pointers) = match &call {
        Call::Add { order } => {
            let before = copies::known_jobs(ports, &firm.id, &order.client).await?;
            let place = format!("{}{}", place(&order.client), kept.record.id);
            (before, vec![records::pointer(&firm.id, Kind::JobDraftOf, place)])
        }
        Call::Assign { .. }
        | Call::AddCost { .. }
        | Call::UpdateCost { .. }
        | Call::SetState { .. }
        | Call::Delete => (Vec::new(), Vec::new()),
    };
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Jobs, CALL).await?;
    let began = ports.clock().now();
    let mut sending = kept.record.clone();
    sending.begin(call.clone(), before, began);
    let over = Some(&kept);
    let ending =
        match kept::write(ports.store(), &firm.id, &sending, over, None, pointers, began).await? {
            // Checked again right before the bytes leave: a worker that was paused sends nothing.
            Committed::Done if ports.clock().now() < began + START => {
                let subject = Subject::new(Sort::JobDraft, &sending.id);
                gate::asking(&firm.id, &subject, sending.attempts);
                request(ports, firm, pass, &sending, &call).await?
            }
            Committed::Done => {
                give_back(ports, firm, pass).await?;
                Ending::NotProcessed(Reason::XpmUnreachable)
            }
            Committed::Conflict => {
                give_back(ports, firm, pass).await?;
                return Ok(());
            }
        };
    if let (Ending::Done(_), Some(plan)) = (&ending, &sending.plan) {
        // Before the ending is durable: dying in between, it is done again.
        match &call {
            Call::Add { order } => notice(ports, &firm.id, &order.client, &plan.contact).await?,
            Call::Delete | Call::SetState { .. } | Call::Assign { .. } => {
                if let Some(job) = &sending.made.job {
                    notice(ports, &firm.id, &job.client, &plan.contact).await?;
                }
            }
            Call::AddCost { .. } | Call::UpdateCost { .. } => {}
        }
    }
    let now = ports.clock().now();
    let told = kept::change(ports.store(), &firm.id, &sending.id, now, |it| match it {
        Some(mut it)
            if it.attempts == sending.attempts && matches!(it.wire, Wire::Sending { .. }) =>
        {
            it.end(tries, ending.clone(), now);
            let noted = noted(&call, &ending);
            let told = noted.is_some();
            Turn::Write(it.into(), noted, told)
        }
        Some(_) | None => Turn::Leave(false),
    })
    .await?;
    if told {
        wake(ports, &firm.id, Lane::Events).await;
    }
    Ok(())
}

/// Where the drafts that were ever sent for a client are found.
pub(super) fn place(client: &XpmUuid) -> String {
    format!("client:{client}#")
}

/// Lets everything know that a client's jobs have changed: our copies of them are dropped, and the
/// contact's tasks are linked anew.
pub(super) async fn notice<P: Ports>(
    ports: &P,
    firm: &FirmId,
    client: &XpmUuid,
    contact: &ContactId,
) -> Result<(), Down> {
    copies::forget(ports, firm, &copies::jobs_key(client)).await?;
    let (prefix, now) = (format!("contact:{contact}#"), ports.clock().now());
    revisit::<TaskRecord>(ports.store(), firm, Kind::TaskOf, &prefix, now).await?;
    wake(ports, firm, Lane::Time).await;
    Ok(())
}

/// Wakes a lane that has something to do because of us. It is marked: should this message not be sent,
/// the sweep finds the work.
pub(super) async fn wake<P: Ports>(ports: &P, firm: &FirmId, lane: Lane) {
    let wake = Wake { firm: firm.clone(), lane };
    if let Err(error) = ports.wakes().wake(&wake).await {
        tracing::warn!(firm.id = %firm, lane = lane.as_str(), %error, "a lane was not woken");
    }
}

/// What the journal says of an ending.
fn noted(call: &Call, ending: &Ending) -> Option<Noted> {
    match (call, ending) {
        (_, Ending::Refused(reason, words)) => {
            let after = Some(json!({ "words": words }));
            let noted = Noted::new(Event::JobFailed, Actor::Rule);
            Some(Noted { reason: Some(*reason), after, ..noted })
        }
        (Call::Add { .. }, Ending::Done(Created::Job(number))) => Some(created(number)),
        (Call::Delete, Ending::Done(_)) => Some(Noted::new(Event::JobDeleted, Actor::Rule)),
        (_, Ending::Done(_) | Ending::NotProcessed(_) | Ending::Uncertain) => None,
    }
}

/// What the journal says of a job that XPM has now.
pub(super) fn created(number: &JobNumber) -> Noted {
    let after = Some(json!({ "job_number": number }));
    Noted { after, ..Noted::new(Event::JobCreated, Actor::Rule) }
}

async fn request<P: Ports>(
    ports: &P,
    firm: &Firm,
    pass: Pass,
    draft: &JobDraft,
    call: &Call,
) -> Result<Ending, Down> {
    let (access, xpm) = (pass.access.clone(), ports.practice());
    let reply = match (call, draft.made.job.as_ref().map(|it| &it.number)) {
        (Call::Add { order }, _) => {
            done(xpm.add_job(&access, order).await, |it| Created::Job(it.number))
        }
        (Call::Assign { staff }, Some(job)) => {
            done(xpm.assign(&access, job, staff).await, |()| Created::Nothing)
        }
        (Call::AddCost { sheet, .. }, Some(job)) => {
            done(xpm.add_cost(&access, job, sheet).await, Created::Cost)
        }
        (Call::UpdateCost { uuid, sheet, .. }, Some(_)) => {
            done(xpm.update_cost(&access, uuid, sheet).await, |()| Created::Nothing)
        }
        (Call::SetState { code }, Some(job)) => {
            done(xpm.set_state(&access, job, code).await, |()| Created::Nothing)
        }
        (Call::Delete, Some(job)) => {
            done(xpm.delete_job(&access, job).await, |()| Created::Nothing)
        }
        // No such step is planned before the job exists.
        (_, None) => Reply {
            outcome: Err(Fault::NotProcessed("there is no job yet".into())),
            left: Left::default(),
        },
    };
    Ok(match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(created) => Ending::Done(created),
        Err(Fault::Refused { words, .. }) => Ending::Refused(refusal::reason(&words), words),
        Err(Fault::Throttled { .. }) => Ending::NotProcessed(Reason::OverLimit),
        Err(Fault::Disconnected) => Ending::NotProcessed(Reason::ReconnectRequired),
        Err(Fault::NotProcessed(_) | Fault::Unauthorised) => {
            Ending::NotProcessed(Reason::XpmUnreachable)
        }
        Err(Fault::Uncertain(cause)) => {
            tracing::warn!(firm.id = %firm.id, error = %cause, "XPM did not say whether it did the step");
            Ending::Uncertain
        }
    })
}

fn done<T>(reply: Reply<T>, created: impl Fn(T) -> Created) -> Reply<Created> {
    Reply { outcome: reply.outcome.map(created), left: reply.left }
}

async fn give_back<P: Ports>(ports: &P, firm: &Firm, pass: Pass) -> Result<(), Down> {
    let unused = Reply { outcome: Ok(()), left: Left::default() };
    let _ = gate::leave(ports, &firm.id, pass, unused).await?;
    Ok(())
}
