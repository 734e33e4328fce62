//! Bringing one draft a step further: at most one request that changes XPM.

use jiff::{SignedDuration, Timestamp};

use super::draft::{JobDraft, Plan, Undo};
use super::given;
use super::kept::{self, Noted};
use super::look_back::look_back;
use super::plan::{self, Next};
use super::push::{Call, Wire};
use super::send::{send, wake};
use super::steps::is_whole;
use super::undo;
use crate::connection::Connection;
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::ids::DocumentSetId;
use crate::journal::{Actor, Event};
use crate::ports::{Clock, Committed, Down, Lane, Ports};
use crate::reason::Reason;
use crate::records::Kept;
use crate::time::advance::Stop;

/// What may end without our hearing of it is looked at again after this.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// Brings a draft one step further; says whether it was due at all.
pub(super) async fn advance<P: Ports>(
    ports: &P,
    firm: &Firm,
    connection: &Connection,
    deadline: Deadline,
    id: &str,
) -> Result<bool, Stop> {
    let now = ports.clock().now();
    let Ok(id) = DocumentSetId::parse(id) else { return Ok(false) };
    let Some(kept) = kept::read(ports.store(), &firm.id, &id).await? else { return Ok(false) };
    if kept.record.look_at.is_none_or(|it| it > now) {
        return Ok(false);
    }
    match &kept.record.wire {
        Wire::Sending { .. } => {
            replace(ports, firm, &kept, None, |it| it.expire(now)).await?;
        }
        Wire::Unknown { look_at, .. } if *look_at > now => {
            let look_at = Some(*look_at);
            replace(ports, firm, &kept, None, |it| it.look_at = look_at).await?;
        }
        Wire::Unknown { call, before, .. } => {
            look_back(ports, firm, deadline, &kept, call, before).await?;
        }
        Wire::Ambiguous { .. } => replace(ports, firm, &kept, None, |it| it.look_at = None).await?,
        Wire::Idle { not_before: Some(then), .. } if *then > now => {
            let look_at = Some(*then);
            replace(ports, firm, &kept, None, |it| it.look_at = look_at).await?;
        }
        Wire::Idle { .. } => step(ports, firm, connection, deadline, kept, now).await?,
    }
    Ok(true)
}

async fn step<P: Ports>(
    ports: &P,
    firm: &Firm,
    connection: &Connection,
    deadline: Deadline,
    kept: Kept<JobDraft>,
    now: Timestamp,
) -> Result<(), Stop> {
    let draft = &kept.record;
    let (Some(plan), Some(_), false) = (&draft.plan, &draft.delivered, draft.discarded) else {
        return Ok(replace(ports, firm, &kept, None, |it| it.look_at = None).await?);
    };
    if let Some(reason) = obstacle(firm, connection, plan) {
        let until = now + AGAIN;
        return Ok(replace(ports, firm, &kept, None, |it| it.wait(reason, until)).await?);
    }
    if let Some(Undo::Asked { passed }) = draft.undo {
        return undo::take_back(ports, firm, deadline, kept, passed).await;
    }
    let client = match &draft.made.job {
        Some(job) => Ok(job.client.clone()),
        None => plan::client(ports.store(), &firm.id, plan).await?,
    };
    match plan::next(draft, client) {
        Next::Send(Call::AddCost { .. }) if draft.made.given.is_none() => {
            Box::pin(given::survey(ports, firm, deadline, kept)).await
        }
        // Boxed, as the survey is: what stands above would else hold both on its stack, many times over.
        Next::Send(call) => Box::pin(send(ports, firm, deadline, kept, call)).await,
        Next::Wait(reason) => {
            let until = now + AGAIN;
            Ok(replace(ports, firm, &kept, None, |it| it.wait(reason, until)).await?)
        }
        Next::Rest => {
            let whole = is_whole(draft, plan);
            let noted = whole.then(|| Noted::new(Event::JobCompleted, Actor::Rule));
            let rest = |it: &mut JobDraft| {
                it.wire = Wire::default();
                it.look_at = None;
            };
            Ok(replace(ports, firm, &kept, noted, rest).await?)
        }
    }
}

/// Why nothing of this draft may be sent now.
fn obstacle(firm: &Firm, connection: &Connection, plan: &Plan) -> Option<Reason> {
    let organisation = connection.organisation.as_ref().map(|it| &it.tenant);
    if organisation != Some(&plan.tenant) {
        Some(Reason::DraftOfFormerOrganisation)
    } else if !firm.settings.jobs.enabled {
        Some(Reason::JobsOff)
    } else {
        None
    }
}

/// Changes the draft as it was read; whoever changed it meanwhile has set it due again.
pub(super) async fn replace<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<JobDraft>,
    noted: Option<Noted>,
    change: impl FnOnce(&mut JobDraft),
) -> Result<(), Down> {
    let mut next = kept.record.clone();
    change(&mut next);
    if next == kept.record {
        return Ok(());
    }
    let (now, told) = (ports.clock().now(), noted.is_some());
    let (store, over) = (ports.store(), Some(kept));
    let written = kept::write(store, &firm.id, &next, over, noted, vec![], now).await?;
    if told && written == Committed::Done {
        wake(ports, &firm.id, Lane::Events).await;
    }
    Ok(())
}
