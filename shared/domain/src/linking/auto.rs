//! Working a task's link off: by rule, at once and by sweep.

use jiff::{SignedDuration, Timestamp};

use super::link;
use super::period::named;
use super::process::ProcessRecord;
use super::rule::{self, Answer, Question};
use super::task::{Basis, Link, LinkState, Place, TaskRecord};
use crate::connection::Ready;
use crate::contacts::matches::{self, client_of, dead};
use crate::copies::{self, Asker, BELIEVED, Unavailable};
use crate::ids::{FirmId, XpmUuid};
use crate::journal::{self, Actor};
use crate::ports::{Clock, Down, Lane, Ports};
use crate::practice::Job;
use crate::reason::Reason;
use crate::records::{self, Edit, Kept};
use crate::time::revisit_task;

/// Brings a task's link up to date; says whether it was due at all.
pub async fn relink<P: Ports>(ports: &P, ready: &Ready<'_>, id: &str) -> Result<bool, Unavailable> {
    let (firm, now) = (&ready.firm.id, ports.clock().now());
    let Some(Kept { record, .. }) = records::get::<TaskRecord>(ports.store(), firm, id).await?
    else {
        return Ok(false);
    };
    if record.look_at.is_none_or(|it| it > now) {
        return Ok(false);
    }
    let link = next(ports, ready, &record).await?;
    settle(ports, firm, &record, link).await?;
    Ok(true)
}

/// What the link should be.
async fn next<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    record: &TaskRecord,
) -> Result<Link, Unavailable> {
    let link = &record.link;
    if record.task.deleted {
        return Ok(link.clone());
    }
    match link.state {
        LinkState::Never | LinkState::UnmappedByUser => {
            let (answer, basis) = ask(ports, ready, record, Lane::Time).await?;
            let now = ports.clock().now();
            Ok(match answer {
                Answer::Keep => link.clone(),
                Answer::Link(place) => link.to(LinkState::Auto, place, basis, now),
                Answer::None(reason, candidates) => link.without(link.state, reason, candidates),
            })
        }
        LinkState::Auto | LinkState::Manual => {
            let client = client(ports, &ready.firm.id, record).await?;
            if let Some(since) = link.doubted
                && gone(ports, ready, link, since).await?
            {
                let instead = instead(ports, ready, record, client.as_ref(), since).await?;
                return Ok(link.broken(instead));
            }
            let flag = flag(ports, &ready.firm.id, link, client.as_ref()).await?;
            Ok(link.flagged(flag))
        }
        LinkState::Broken => Ok(link.clone()),
    }
}

/// What a person should know of a link that stands: its contact's client is another now, or none, or
/// put away in XPM (XB-24). Its time still goes where it went.
async fn flag<P: Ports>(
    ports: &P,
    firm: &FirmId,
    link: &Link,
    client: Option<&XpmUuid>,
) -> Result<Option<Reason>, Down> {
    Ok(match (&link.basis.client, client) {
        (Some(was), Some(is)) if was != is => Some(Reason::ClientRelinked),
        (Some(_), None) => Some(Reason::ClientUnlinked),
        (None, None) => None,
        (_, Some(is)) => {
            let it = matches::get(ports.store(), firm, is).await?.map(|it| it.record);
            it.filter(dead).and_then(|it| it.reason)
        }
    })
}

/// Asks the rule as if the task had never been linked, unless a person took its link away.
pub(super) async fn ask<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    record: &TaskRecord,
    lane: Lane,
) -> Result<(Answer, Basis), Unavailable> {
    let firm = ready.firm;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane };
    let (task, auto_link) = (&record.task.value, &firm.settings.auto_link);
    let state = match record.link.state {
        LinkState::UnmappedByUser => LinkState::UnmappedByUser,
        LinkState::Never | LinkState::Auto | LinkState::Manual | LinkState::Broken => {
            LinkState::Never
        }
    };
    let process = match &task.process_id {
        Some(id) => records::get::<ProcessRecord>(ports.store(), &firm.id, id.as_str()).await?,
        None => None,
    };
    let process = process.map(|it| it.record.process);
    let mapping = process.as_ref().map(|it| it.version);
    let mut mapped = process.and_then(|it| it.value.xpm_task_uuid);
    let client = client(ports, &firm.id, record).await?;
    // XPM is asked only when the answer depends on it.
    let wanted = state == LinkState::Never && auto_link.enabled && !task.rolled_over;
    let said = named(&task.name, auto_link.names, auto_link.year_starts);
    let mut jobs = Vec::new();
    let mut mapped_exists = true;
    if wanted && client.is_some() && (mapped.is_some() || said.is_some()) {
        let types = copies::tasks(ports, asker).await?.items;
        if let (None, Some(said)) = (&mapped, said) {
            let mut fitting =
                types.iter().filter(|it| it.name.trim().eq_ignore_ascii_case(said.base));
            mapped = match (fitting.next(), fitting.next()) {
                (Some(only), None) => Some(only.uuid.clone()),
                (None | Some(_), _) => None,
            };
        }
        mapped_exists = types.iter().any(|it| mapped.as_ref().is_none_or(|uuid| it.uuid == *uuid));
        if let (Some(client), true) = (client.as_ref().filter(|_| mapped.is_some()), mapped_exists)
        {
            jobs = copies::jobs_of(ports, asker, client).await?.items;
        }
    }
    let answer = rule::decide(&Question {
        task,
        state,
        enabled: auto_link.enabled,
        client: client.as_ref(),
        mapped: mapped.as_ref(),
        mapped_exists,
        jobs: &jobs,
        year: auto_link.year_starts,
        names: auto_link.names,
        today: ports.clock().now().to_zoned(ready.zone.clone()).date(),
    });
    Ok((answer, Basis { client, mapped, mapping }))
}

async fn client<P: Ports>(
    ports: &P,
    firm: &FirmId,
    record: &TaskRecord,
) -> Result<Option<XpmUuid>, Down> {
    match &record.task.value.contact_id {
        Some(contact) => client_of(ports.store(), firm, contact).await,
        None => Ok(None),
    }
}

/// Whether XPM, asked anew, knows the job or the task on it no more (XB-35, XB-53).
async fn gone<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    link: &Link,
    since: Timestamp,
) -> Result<bool, Unavailable> {
    let Some(place) = &link.place else { return Ok(false) };
    let firm = ready.firm;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Time };
    copies::outdate(ports, &firm.id, &copies::job_key(&place.job_number), since).await?;
    let copy = copies::job(ports, asker, &place.job_number).await?;
    let there = |it: &Job| match &it.tasks {
        Some(tasks) => tasks.iter().any(|it| it.uuid == place.job_task_uuid),
        None => true,
    };
    Ok(!copy.items.first().is_some_and(there))
}

/// What could stand in for a job that is gone: what the rule would choose, or choose from.
async fn instead<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    record: &TaskRecord,
    client: Option<&XpmUuid>,
    since: Timestamp,
) -> Result<Vec<Place>, Unavailable> {
    if let Some(client) = client {
        copies::outdate(ports, &ready.firm.id, &copies::jobs_key(client), since).await?;
    }
    Ok(match ask(ports, ready, record, Lane::Time).await?.0 {
        Answer::Link(place) => vec![place],
        Answer::None(_, candidates) => candidates,
        Answer::Keep => Vec::new(),
    })
}

/// Writes the link down, tells the task's time of it, and only then is done with the task. Whoever
/// changed the task meanwhile has set it due again (XB-55).
async fn settle<P: Ports>(
    ports: &P,
    firm: &FirmId,
    seen: &TaskRecord,
    link: Link,
) -> Result<(), Down> {
    let now = ports.clock().now();
    let look_at = again(&link, now);
    let decided = TaskRecord { link, look_at: Some(now), ..seen.clone() };
    if decided.link != seen.link {
        journal::open(ports.store(), firm, now).await?;
        if !replace(ports, firm, seen, &decided, &Actor::Rule).await? {
            return Ok(());
        }
    }
    if decided.told != decided.link.version {
        revisit_task(ports.store(), firm, &seen.task.value.id, now).await?;
    }
    let done = TaskRecord { told: decided.link.version, look_at, ..decided.clone() };
    let before = if decided.link == seen.link { seen } else { &decided };
    replace(ports, firm, before, &done, &Actor::Rule).await?;
    Ok(())
}

/// Writes the record over the one that was seen, and tells the journal; says whether it still stood.
pub(super) async fn replace<P: Ports>(
    ports: &P,
    firm: &FirmId,
    before: &TaskRecord,
    after: &TaskRecord,
    by: &Actor,
) -> Result<bool, Down> {
    if before == after {
        return Ok(true);
    }
    let (task, now) = (&before.task.value.id, ports.clock().now());
    records::amend_kept(ports.store(), firm, task.as_str(), |kept: Option<Kept<TaskRecord>>| {
        let version = kept.as_ref().map_or(1, |it| it.version + 1);
        let it = kept.map(|it| it.record);
        if it.as_ref() != Some(before) {
            return Ok(Edit::Leave(false));
        }
        let links = [&before.link, &after.link];
        let told = link::journal(firm, task, version, links, by, now)?;
        Ok(Edit::Write(after.clone(), told.into_iter().collect(), true))
    })
    .await
}

/// What XPM or the setting may yet change is looked at again when XPM's copy is no longer believed
/// (XB-20, XB-22).
fn again(link: &Link, now: Timestamp) -> Option<Timestamp> {
    use Reason::{
        Ambiguous, AutoLinkOff, MappedTaskMissing, NoJobInPeriod, NoOpenJob, TaskNotOnJob,
    };
    let open = [Ambiguous, AutoLinkOff, MappedTaskMissing, NoJobInPeriod, NoOpenJob, TaskNotOnJob];
    let waits = link.state == LinkState::Never && link.reason.is_some_and(|it| open.contains(&it));
    waits.then_some(now + BELIEVED + SignedDuration::from_secs(1))
}
