//! Working a task's link off: by rule, at once and by sweep.

use jiff::{SignedDuration, Timestamp};

use super::process::ProcessRecord;
use super::rule::{self, Answer, Question};
use super::task::{LinkState, TaskRecord};
use crate::connection::Ready;
use crate::contacts::matches::client_of;
use crate::copies::{self, Asker, BELIEVED, Unavailable};
use crate::ids::{FirmId, XpmUuid};
use crate::ports::{Clock, Down, Lane, Ports};
use crate::practice::Job;
use crate::reason::Reason;
use crate::records::{self, Edit, Kept};
use crate::time::revisit_task;

/// Brings a task's link up to date; says whether it was due at all.
pub async fn relink<P: Ports>(ports: &P, ready: &Ready<'_>, id: &str) -> Result<bool, Unavailable> {
    let firm = ready.firm;
    let now = ports.clock().now();
    let Some(Kept { record, .. }) = records::get::<TaskRecord>(ports.store(), &firm.id, id).await?
    else {
        return Ok(false);
    };
    if record.look_at.is_none_or(|it| it > now) {
        return Ok(false);
    }
    let answer =
        if record.task.deleted { Answer::Keep } else { ask(ports, ready, &record).await? };
    settle(ports, &firm.id, &record, answer).await?;
    Ok(true)
}

async fn ask<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    record: &TaskRecord,
) -> Result<Answer, Unavailable> {
    let firm = ready.firm;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Time };
    let task = &record.task.value;
    let mapped = match &task.process_id {
        Some(id) => records::get::<ProcessRecord>(ports.store(), &firm.id, id.as_str())
            .await?
            .and_then(|it| it.record.process.value.xpm_task_uuid),
        None => None,
    };
    let client = match &task.contact_id {
        Some(contact) => client_of(ports.store(), &firm.id, contact).await?,
        None => None,
    };
    // XPM is asked only when the answer depends on it.
    let wanted = record.link.state == LinkState::Never
        && firm.settings.auto_link.enabled
        && !task.rolled_over;
    let (mapped_exists, jobs) = match (&mapped, &client) {
        (Some(mapped), Some(client)) if wanted => {
            let types = copies::tasks(ports, asker).await?;
            let exists = types.items.iter().any(|it| it.uuid == *mapped);
            (exists, if exists { jobs(ports, asker, client).await? } else { Vec::new() })
        }
        _ => (true, Vec::new()),
    };
    Ok(rule::decide(&Question {
        task,
        state: record.link.state,
        enabled: firm.settings.auto_link.enabled,
        client: client.as_ref(),
        mapped: mapped.as_ref(),
        mapped_exists,
        jobs: &jobs,
        year: firm.settings.auto_link.year_starts,
        today: ports.clock().now().to_zoned(ready.zone.clone()).date(),
    }))
}

async fn jobs<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    client: &XpmUuid,
) -> Result<Vec<Job>, Unavailable> {
    Ok(copies::jobs_of(ports, asker, client).await?.items)
}

/// Writes the answer down, tells the task's time of it, and only then is done with the task. Whoever
/// changed the task meanwhile has set it due again.
async fn settle<P: Ports>(
    ports: &P,
    firm: &FirmId,
    seen: &TaskRecord,
    answer: Answer,
) -> Result<(), Down> {
    let now = ports.clock().now();
    let (link, look_at) = match answer {
        Answer::Keep => (seen.link.clone(), None),
        Answer::Link(place) => (seen.link.to(LinkState::Auto, place, now), None),
        Answer::None(reason, candidates) => {
            (seen.link.without(seen.link.state, reason, candidates), again(reason, now))
        }
    };
    let decided = TaskRecord { link, look_at: Some(now), ..seen.clone() };
    if decided.link != seen.link && !replace(ports, firm, seen, &decided).await? {
        return Ok(());
    }
    if decided.told != decided.link.version {
        revisit_task(ports.store(), firm, &seen.task.value.id, now).await?;
    }
    let done = TaskRecord { told: decided.link.version, look_at, ..decided.clone() };
    let before = if decided.link == seen.link { seen } else { &decided };
    replace(ports, firm, before, &done).await?;
    Ok(())
}

async fn replace<P: Ports>(
    ports: &P,
    firm: &FirmId,
    before: &TaskRecord,
    after: &TaskRecord,
) -> Result<bool, Down> {
    if before == after {
        return Ok(true);
    }
    let id = before.task.value.id.as_str();
    records::amend(ports.store(), firm, id, |it: Option<TaskRecord>| match it {
        Some(it) if it == *before => Edit::Write(after.clone(), vec![], true),
        Some(_) | None => Edit::Leave(false),
    })
    .await
}

/// What XPM or the setting may yet change is looked at again when XPM's copy is no longer believed
/// (XB-20, XB-22).
fn again(reason: Reason, now: Timestamp) -> Option<Timestamp> {
    use Reason::{
        Ambiguous, AutoLinkOff, MappedTaskMissing, NoJobInPeriod, NoOpenJob, TaskNotOnJob,
    };
    [Ambiguous, AutoLinkOff, MappedTaskMissing, NoJobInPeriod, NoOpenJob, TaskNotOnJob]
        .contains(&reason)
        .then_some(now + BELIEVED + SignedDuration::from_secs(1))
}
