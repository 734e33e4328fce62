//! The costs that XPM put on a job by itself: its template's.
//!
//! They are noted before the first of ours is sent, so that a cost whose answer was lost is never mistaken
//! for an equal one of the template. Most templates bring none; that one does so is remembered for as long
//! as any copy of XPM is believed, so that not every job is asked about.

use super::advance::replace;
use super::draft::{JobDraft, Plan};
use super::refusal;
use super::send::ROOM;
use crate::copies::{BELIEVED, Unavailable};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL};
use crate::ids::{FirmId, JobNumber, XpmUuid};
use crate::ports::{Cache, CacheKey, Cached, Clock, Down, Expect, Fault, Jobs, Lane, Ports, Shelf};
use crate::reason::Reason;
use crate::records::Kept;
use crate::time::advance::Stop;

/// Notes which costs the job has that are not ours.
pub(super) async fn survey<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: Kept<JobDraft>,
) -> Result<(), Stop> {
    let draft = &kept.record;
    let (Some(plan), Some(job)) = (&draft.plan, &draft.made.job) else { return Ok(()) };
    let given = if is_bare(ports, &firm.id, plan).await? {
        Vec::new()
    } else {
        if !deadline.allows(ports.clock().now(), CALL + ROOM) {
            return Err(Stop::NoTime);
        }
        let costs = costs_of(ports, firm, &job.number).await?;
        let ours = |uuid: &XpmUuid| draft.made.costs.iter().any(|it| it.uuid == *uuid);
        let given: Vec<XpmUuid> = costs.into_iter().filter(|it| !ours(it)).collect();
        if given.is_empty() {
            note_bare(ports, &firm.id, plan).await?;
        }
        given
    };
    let now = ports.clock().now();
    let note = |it: &mut JobDraft| {
        it.made.given = Some(given);
        it.look_at = Some(now);
    };
    Ok(replace(ports, firm, &kept, None, note).await?)
}

async fn costs_of<P: Ports>(
    ports: &P,
    firm: &Firm,
    number: &JobNumber,
) -> Result<Vec<XpmUuid>, Stop> {
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Jobs, CALL).await?;
    let reply = ports.practice().costs_of(&pass.access, number).await;
    match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(costs) => Ok(costs.into_iter().map(|it| it.uuid).collect()),
        // XPM does not know the job, so it holds no cost on it; adding one says so.
        Err(Fault::Refused { words, .. })
            if refusal::reason(&words) == Reason::CreatedJobMissing =>
        {
            Ok(Vec::new())
        }
        Err(fault) => Err(Unavailable::Fault(fault).into()),
    }
}

/// Whether jobs of this template are known to come without costs.
async fn is_bare<P: Ports>(ports: &P, firm: &FirmId, plan: &Plan) -> Result<bool, Down> {
    Ok(ports.cache().fetch(&key(firm, plan), ports.clock().now()).await?.is_some())
}

async fn note_bare<P: Ports>(ports: &P, firm: &FirmId, plan: &Plan) -> Result<(), Down> {
    let now = ports.clock().now();
    let item = Cached { version: 0, body: true.into(), expires_at: now + BELIEVED };
    let _ = ports.cache().keep(&key(firm, plan), item, Expect::Any, now).await?;
    Ok(())
}

fn key(firm: &FirmId, plan: &Plan) -> CacheKey {
    let id = format!("bare-template:{}:{}", plan.tenant, plan.template.uuid);
    CacheKey::new(firm, Shelf::Xpm, id)
}
