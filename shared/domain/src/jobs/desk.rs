//! What people and the practice app do with drafts.

mod costs;
mod rescue;

pub use costs::{confirm, put_costs};
pub use rescue::{AT_ONCE, resolve, retry, retry_all};

use jiff::Timestamp;

use super::draft::{Action, Delivery, JobDraft, Plan, Undo};
use super::kept::{self, Noted, Turn};
use super::push::Call;
use crate::ids::{DocumentSetId, FirmId, JobNumber};
use crate::invalid::Invalid;
use crate::journal::{Actor, Event};
use crate::ports::{Down, Lane, Lanes, Store};
use crate::reason::Reason;

/// A delivery that comes before its draft commits the draft if that follows within this.
pub const EARLY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Not {
    /// There is no such draft.
    Missing,
    /// As things stand it cannot be done.
    Now(Reason),
    /// What was sent is wrong.
    Wrong(Vec<Invalid>),
}

/// Who does it, and when.
#[derive(Clone, Debug)]
pub struct Hand<'a> {
    /// Of which firm.
    pub firm: &'a FirmId,
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
}

/// How it ended.
pub type Ruling = Result<Result<JobDraft, Not>, Down>;

/// A draft, unless there is none. One that was discarded is still there.
pub async fn get(
    store: &impl Store,
    firm: &FirmId,
    id: &DocumentSetId,
) -> Result<Option<JobDraft>, Down> {
    let kept = kept::read(store, firm, id).await?;
    Ok(kept.map(|it| it.record).filter(|it| it.plan.is_some()))
}

/// Makes a draft. The same draft made again is the same; says whether it is new. A document set whose
/// draft was discarded, or whose job was taken back, may have another.
pub async fn open(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    plan: &Plan,
) -> Result<Result<(JobDraft, bool), Not>, Down> {
    store.mark(hand.firm, Lane::Jobs, hand.now).await?;
    kept::change(store, hand.firm, id, hand.now, |it| {
        match (opening(it.as_ref(), plan), &it) {
            (Err(reason), _) => return Turn::Leave(Err(Not::Now(reason))),
            (Ok(Opening::Same), Some(it)) => return Turn::Leave(Ok((it.clone(), false))),
            (Ok(Opening::New | Opening::Same), _) => {}
        }
        let attempts = it.as_ref().map_or(0, |it| it.attempts);
        let early = it.filter(|it| it.plan.is_none()).and_then(|it| it.delivered);
        let delivered = early.filter(|it| hand.now < it.at + EARLY);
        let draft = JobDraft {
            plan: Some(plan.clone()),
            delivered,
            attempts,
            look_at: delivered.map(|_| hand.now),
            ..JobDraft::of(id.clone())
        };
        let after = serde_json::to_value(plan).ok();
        let noted = Noted { after, ..Noted::new(Event::JobDraftCreated, hand.actor.clone()) };
        Turn::Write(draft.clone().into(), Some(noted), Ok((draft, true)))
    })
    .await
}

/// What asking for a draft comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// There is none yet, or none that is wanted any more.
    New,
    /// It is there, and says the same.
    Same,
}

/// What asking for this draft comes to, given what is known of its document set; or why it cannot be made.
///
/// # Errors
/// There is a draft that says something else.
pub fn opening(known: Option<&JobDraft>, plan: &Plan) -> Result<Opening, Reason> {
    match known.filter(|it| !it.discarded).and_then(|it| it.plan.as_ref()) {
        None => Ok(Opening::New),
        Some(there) if there == plan => Ok(Opening::Same),
        Some(_) => Err(Reason::DocumentSetTaken),
    }
}

/// Changes what is asked for. What XPM has already can only be changed there.
pub async fn revise(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    plan: &Plan,
) -> Ruling {
    edit(store, hand, id, |it| {
        let Some(old) = it.plan.replace(plan.clone()) else { return Err(Not::Missing) };
        if old == *plan {
            return Ok(None);
        }
        if !it.wire.is_idle() {
            return Err(Not::Now(Reason::DraftUnderWay));
        }
        let job =
            Plan { staff: old.staff.clone(), state_code: old.state_code.clone(), ..plan.clone() };
        let staff_given = !it.made.staff.is_empty() && old.staff != plan.staff;
        let state_given = it.made.state.is_some() && old.state_code != plan.state_code;
        if it.made.job.is_some() && (job != old || staff_given || state_given) {
            return Err(Not::Now(Reason::JobExists));
        }
        let (before, after) = (serde_json::to_value(old).ok(), serde_json::to_value(plan).ok());
        let noted = Noted::new(Event::JobDraftUpdated, hand.actor.clone());
        Ok(Some(Noted { before, after, ..noted }))
    })
    .await
}

/// Discards a draft of which XPM has nothing.
pub async fn discard(store: &(impl Store + Lanes), hand: &Hand<'_>, id: &DocumentSetId) -> Ruling {
    change(store, hand, id, |it| {
        if it.made.job.is_some() && !it.discarded {
            return Err(Not::Now(Reason::JobExists));
        }
        if it.discarded {
            return Ok(None);
        }
        if !it.wire.is_idle() {
            return Err(Not::Now(Reason::DraftUnderWay));
        }
        it.discarded = true;
        it.look_at = None;
        Ok(Some(Noted::new(Event::JobDraftDiscarded, hand.actor.clone())))
    })
    .await
}

/// Notes that the documents went out: the draft is committed, once, however often it is said (CA-15).
/// With `early`, a delivery that comes before its draft is remembered for it.
pub async fn deliver(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    action: Action,
    early: bool,
) -> Ruling {
    store.mark(hand.firm, Lane::Jobs, hand.now).await?;
    let delivery = Delivery { action, at: hand.now };
    kept::change(store, hand.firm, id, hand.now, |it| match it {
        Some(it) if it.plan.is_some() => {
            if it.discarded {
                return Turn::Leave(Err(Not::Now(Reason::Discarded)));
            }
            if it.delivered.is_some() {
                return Turn::Leave(Ok(it));
            }
            let it = JobDraft { delivered: Some(delivery), look_at: Some(hand.now), ..it };
            let after = serde_json::to_value(delivery).ok();
            let noted = Noted { after, ..Noted::new(Event::JobDraftCommitted, hand.actor.clone()) };
            Turn::Write(it.clone().into(), Some(noted), Ok(it))
        }
        Some(_) | None if !early => Turn::Leave(Err(Not::Missing)),
        it => {
            let known = it.unwrap_or_else(|| JobDraft::of(id.clone()));
            let it = JobDraft { delivered: Some(delivery), ..known };
            Turn::Write(it.into(), None, Err(Not::Missing))
        }
    })
    .await
}

/// Has a created job taken back, as long as nobody has worked on it (CA-20).
pub async fn undo(store: &(impl Store + Lanes), hand: &Hand<'_>, id: &DocumentSetId) -> Ruling {
    edit(store, hand, id, |it| {
        if it.made.job.is_none() {
            let why = if it.wire.is_idle() { Reason::NoJobYet } else { Reason::DraftUnderWay };
            return Err(Not::Now(why));
        }
        it.undo = Some(Undo::Asked { passed: 0 });
        it.refused.retain(|it| it.call != Call::Delete);
        Ok(None)
    })
    .await
}

/// Notes where people see the job.
pub async fn note_url(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &DocumentSetId,
    number: &JobNumber,
    url: &str,
    now: Timestamp,
) -> Result<(), Down> {
    kept::change(store, firm, id, now, |it| match it {
        Some(mut it) => match &mut it.made.job {
            Some(job) if job.number == *number && job.url.is_none() => {
                job.url = Some(url.to_owned());
                Turn::Write(it.into(), None, ())
            }
            Some(_) | None => Turn::Leave(()),
        },
        None => Turn::Leave(()),
    })
    .await
}

/// As `change`, of a draft that is wanted and has no request under way that the change could meet.
async fn edit(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    mut act: impl FnMut(&mut JobDraft) -> Result<Option<Noted>, Not> + Send,
) -> Ruling {
    store.mark(hand.firm, Lane::Jobs, hand.now).await?;
    change(store, hand, id, |it| {
        if it.discarded {
            return Err(Not::Now(Reason::Discarded));
        }
        let noted = act(it)?;
        if it.wire.is_idle() && it.delivered.is_some() {
            it.look_at = Some(hand.now);
        }
        Ok(noted)
    })
    .await
}

async fn change(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    mut act: impl FnMut(&mut JobDraft) -> Result<Option<Noted>, Not> + Send,
) -> Ruling {
    kept::change(store, hand.firm, id, hand.now, |it| {
        let Some(before) = it.filter(|it| it.plan.is_some()) else {
            return Turn::Leave(Err(Not::Missing));
        };
        let mut after = before.clone();
        match act(&mut after) {
            Err(not) => Turn::Leave(Err(not)),
            Ok(_) if after == before => Turn::Leave(Ok(after)),
            Ok(noted) => Turn::Write(after.clone().into(), noted, Ok(after)),
        }
    })
    .await
}
