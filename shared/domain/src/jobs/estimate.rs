//! What a number of drafts will cost in calls and time, before anything is sent (CA-22).

use jiff::{SignedDuration, Timestamp};

use super::draft::{JobDraft, Plan};
use super::plan::tail;
use crate::budget::Meter;
use crate::firm::Limits;
use crate::ids::FirmId;
use crate::ports::{Down, Kind, Lane, Store};
use crate::records;

/// So many waiting drafts are counted: more than a day has calls for.
pub const MOST: usize = 1_000;

/// What is to be expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Calls to XPM, if all goes well.
    pub calls: usize,
    /// How long they take at the firm's limits, once all documents went out.
    pub lasting: SignedDuration,
    /// Calls that the day has left for jobs.
    pub left_today: u32,
    /// Whether the day has enough left.
    pub fits_today: bool,
}

/// The calls of one job: the job, its staff in one, each cost, its state.
pub fn calls(plan: &Plan, costs: usize) -> usize {
    1 + usize::from(!plan.staff.is_empty()) + costs + usize::from(plan.state_code.is_some())
}

/// The calls that a draft still takes, whether its documents went out or not.
pub fn calls_left(draft: &JobDraft) -> usize {
    let Some(plan) = draft.plan.as_ref().filter(|_| !draft.discarded) else { return 0 };
    if draft.made.job.is_none() {
        return calls(plan, draft.confirmed.len());
    }
    let state = plan.state_code.is_some() && plan.state_code != draft.made.state;
    tail(draft, plan).count() + usize::from(state)
}

/// The firm's drafts that are on their way or wait for something, as far as the first [`MOST`].
///
/// # Errors
/// The store does not answer.
pub async fn waiting(store: &impl Store, firm: &FirmId) -> Result<Vec<JobDraft>, Down> {
    let due = store.due(firm, Lane::Jobs, Timestamp::MAX, MOST).await?;
    let ids = due.into_iter().filter(|(_, key)| key.kind == Kind::JobDraft).map(|(_, key)| key.id);
    let kept = records::get_many::<JobDraft>(store, firm, &ids.collect::<Vec<_>>()).await?;
    Ok(kept.into_iter().map(|it| it.record).collect())
}

/// What so many calls take. The budget lets five sixths of the limit through when work is queued.
pub fn estimate(calls: usize, limits: Limits, meter: Meter) -> Estimate {
    let each = SignedDuration::from_millis(60_000 * 6 / (5 * i64::from(limits.per_minute.max(1))));
    let burst = usize::try_from(limits.per_minute / 12).unwrap_or(0).max(1);
    let waits = i32::try_from(calls.saturating_sub(burst)).unwrap_or(i32::MAX);
    let left_today = meter.left_today.saturating_sub(limits.reserved_per_day);
    let fits_today = usize::try_from(left_today).is_ok_and(|left| calls <= left);
    Estimate { calls, lasting: each.saturating_mul(waits), left_today, fits_today }
}
