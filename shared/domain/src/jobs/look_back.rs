//! Asking XPM what became of a create without an answer, by counting (protocol P1).
//!
//! Twins (jobs of one client with the same name and dates, equal costs of one job) are interchangeable,
//! so it is enough to compare how many XPM holds with how many are accounted for. The costs that a
//! template brought are accounted for before the first of ours is sent (`given`).

use std::collections::HashSet;

use jiff::Timestamp;

use super::advance::replace;
use super::cost;
use super::draft::JobDraft;
use super::kept;
use super::push::{Call, Created, Wire};
use super::refusal::reason;
use super::send::{ROOM, created, notice, place, wake};
use crate::copies::Unavailable;
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL};
use crate::ids::{JobNumber, XpmUuid};
use crate::ports::{
    Change, Clock, Committed, Down, Expect, Fault, Item, Jobs, Key, Kind, Lane, Ports,
};
use crate::practice::{CostSheet, Job, JobOrder};
use crate::reason::Reason;
use crate::records::{self, Kept};
use crate::time::advance::Stop;

/// What the count says.
enum Verdict {
    /// XPM holds one that nobody accounts for.
    Landed(Created),
    /// XPM holds none so far.
    Missing,
    /// A twin is being sent; what XPM holds may be its. Until then.
    Wait(Timestamp),
    /// XPM holds more than all uncertain ones together.
    Ambiguous(Vec<String>),
}

/// Looks for an uncertain create in XPM.
pub(super) async fn look_back<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<JobDraft>,
    call: &Call,
    before: &[JobNumber],
) -> Result<(), Stop> {
    if !deadline.allows(ports.clock().now(), CALL + ROOM) {
        return Err(Stop::NoTime);
    }
    let asked = ports.clock().now();
    let verdict = match (call, &kept.record.made.job) {
        (Call::Add { order }, _) => job(ports, firm, &kept.record, order, before).await?,
        (Call::AddCost { sheet, .. }, Some(it)) => {
            cost(ports, firm, &kept.record, &it.number, sheet).await?
        }
        // Only creates become uncertain for long.
        (_, _) => Verdict::Missing,
    };
    match verdict {
        Verdict::Landed(found) => adopt(ports, firm, kept, call, found).await?,
        Verdict::Missing => replace(ports, firm, kept, None, |it| it.missed(asked)).await?,
        Verdict::Wait(until) => {
            replace(ports, firm, kept, None, |it| it.look_later(until)).await?;
        }
        Verdict::Ambiguous(candidates) => {
            replace(ports, firm, kept, None, |it| {
                it.wire = Wire::Ambiguous { call: call.clone(), candidates };
                it.look_at = None;
            })
            .await?;
        }
    }
    Ok(())
}

async fn job<P: Ports>(
    ports: &P,
    firm: &Firm,
    draft: &JobDraft,
    order: &JobOrder,
    before: &[JobNumber],
) -> Result<Verdict, Stop> {
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Jobs, CALL).await?;
    let reply = ports.practice().jobs_of(&pass.access, &order.client).await;
    let in_xpm = match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(in_xpm) => in_xpm,
        // XPM does not know the client, so it holds no job of it.
        Err(Fault::Refused { words, .. }) if reason(&words) == Reason::ClientMissing => Vec::new(),
        Err(fault) => return Err(Unavailable::Fault(fault).into()),
    };
    // Read after XPM was: what was sent meanwhile shows as being sent.
    let ids =
        records::pointed(ports.store(), &firm.id, Kind::JobDraftOf, &place(&order.client)).await?;
    let sent = records::get_many::<JobDraft>(ports.store(), &firm.id, &ids).await?;
    let sent: Vec<JobDraft> = sent.into_iter().map(|it| it.record).collect();
    let twins = sent.iter().filter(|it| it.id != draft.id);
    let being_sent = |it: &JobDraft| match &it.wire {
        Wire::Sending { call: Call::Add { order: of }, deadline, .. } if twin(of, order) => {
            Some(*deadline)
        }
        Wire::Sending { .. }
        | Wire::Idle { .. }
        | Wire::Unknown { .. }
        | Wire::Ambiguous { .. } => None,
    };
    if let Some(until) = twins.filter_map(being_sent).max() {
        return Ok(Verdict::Wait(until));
    }
    let known: HashSet<&JobNumber> = sent
        .iter()
        .filter_map(|it| it.made.job.as_ref())
        .map(|it| &it.number)
        .chain(before)
        .collect();
    let fits = |it: &&Job| is_of(it, order) && !known.contains(&it.number);
    let extra: Vec<JobNumber> = in_xpm.iter().filter(fits).map(|it| it.number.clone()).collect();
    let uncertain = |it: &&JobDraft| match &it.wire {
        Wire::Unknown { call: Call::Add { order: of }, .. } => twin(of, order),
        Wire::Unknown { .. }
        | Wire::Sending { .. }
        | Wire::Idle { .. }
        | Wire::Ambiguous { .. } => false,
    };
    Ok(count(extra, sent.iter().filter(uncertain).count(), Created::Job))
}

async fn cost<P: Ports>(
    ports: &P,
    firm: &Firm,
    draft: &JobDraft,
    number: &JobNumber,
    sheet: &CostSheet,
) -> Result<Verdict, Stop> {
    let pass = gate::enter(ports, &firm.id, firm.settings.budget, Lane::Jobs, CALL).await?;
    let reply = ports.practice().costs_of(&pass.access, number).await;
    let in_xpm = match gate::leave(ports, &firm.id, pass, reply).await? {
        Ok(in_xpm) => in_xpm,
        // XPM does not know the job, so it holds no cost on it.
        Err(Fault::Refused { words, .. }) if reason(&words) == Reason::CreatedJobMissing => {
            Vec::new()
        }
        Err(fault) => return Err(Unavailable::Fault(fault).into()),
    };
    let given = draft.made.given.iter().flatten();
    let known: HashSet<&XpmUuid> =
        draft.made.costs.iter().map(|it| &it.uuid).chain(given).collect();
    let extra = in_xpm
        .into_iter()
        .filter(|it| cost::same(sheet, &it.sheet) && !known.contains(&it.uuid))
        .map(|it| it.uuid);
    // A draft has one request under way, and nobody else's are on its job.
    Ok(count(extra.collect(), 1, Created::Cost))
}

fn count<T: Ord + ToString>(
    mut extra: Vec<T>,
    uncertain: usize,
    created: impl Fn(T) -> Created,
) -> Verdict {
    extra.sort();
    match extra.len() {
        0 => Verdict::Missing,
        n if n <= uncertain => Verdict::Landed(created(extra.swap_remove(0))),
        _ => Verdict::Ambiguous(extra.iter().map(T::to_string).collect()),
    }
}

/// Takes what was found for ours, unless a twin took it first: then the count is made again.
async fn adopt<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<JobDraft>,
    call: &Call,
    found: Created,
) -> Result<(), Down> {
    let now = ports.clock().now();
    let (claim, noted) = match &found {
        Created::Job(number) => (format!("job:{number}"), Some(created(number))),
        Created::Cost(uuid) => (format!("cost:{uuid}"), None),
        Created::Nothing => return Ok(()),
    };
    if let (Call::Add { order }, Some(plan)) = (call, &kept.record.plan) {
        notice(ports, &firm.id, &order.client, &plan.contact).await?;
    }
    let mut adopted = kept.record.clone();
    adopted.adopt(found, now);
    let key = Key::new(&firm.id, Kind::JobDraftOf, claim);
    let body = serde_json::Value::Object(serde_json::Map::new());
    let claim =
        Change::Put(Item { key, version: 1, body, due: None, expires: None }, Expect::Absent);
    let told = noted.is_some();
    let (store, over) = (ports.store(), Some(kept));
    let written = kept::write(store, &firm.id, &adopted, over, noted, vec![claim], now).await?;
    if told && written == Committed::Done {
        wake(ports, &firm.id, Lane::Events).await;
    }
    Ok(())
}

/// Whether two drafts ask for jobs that cannot be told apart in XPM's list.
fn twin(one: &JobOrder, other: &JobOrder) -> bool {
    let face = |it: &JobOrder| (it.client.clone(), tidy(&it.name), it.start_date, it.due_date);
    face(one) == face(other)
}

/// Whether a job of the client's is what was asked for. XPM does not say of which template it was made.
fn is_of(job: &Job, order: &JobOrder) -> bool {
    tidy(&job.name) == tidy(&order.name)
        && job.start_date == Some(order.start_date)
        && job.due_date == Some(order.due_date)
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
