//! Trying again everything that one cause holds up, in the background (BY-06): tasks are linked anew
//! where the rule may, time is sent.
//!
//! The order to do so is a record of its own, due in the lane `time`: each look at it takes the next
//! handful and notes how far it came, so that it survives a worker's death. The entries themselves are
//! then pushed like any others, within the call budget.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::EntryRecord;
use crate::ids::FirmId;
use crate::issues;
use crate::lanes::{Waiting, look_again};
use crate::linking::task::TaskRecord;
use crate::ports::{Clock, Down, Due, Kind, Lane, Lanes, Ports, Range, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Record};

/// So many are tried again at one look.
const HANDFUL: usize = 25;

/// An order to try again everything that a cause holds up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Redrive {
    /// The cause.
    pub cause: Reason,
    /// When it was given.
    pub asked_at: Timestamp,
    /// How many were tried again so far.
    pub done: u64,
    /// Behind which pointer it goes on.
    pub after: Option<String>,
    /// When it goes on; `None` when it is carried out.
    pub look_at: Option<Timestamp>,
}

impl Record for Redrive {
    const KIND: Kind = Kind::Redrive;

    fn id(&self) -> String {
        self.cause.code().into()
    }

    fn due(&self) -> Option<Due> {
        self.look_at.map(|at| Due { lane: Lane::Time, at })
    }

    fn ended(&self) -> Option<Timestamp> {
        self.look_at.is_none().then_some(self.asked_at)
    }
}

impl Waiting for Redrive {
    const LANE: Lane = Lane::Time;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(at);
    }
}

/// Orders it. One that is under way for the same cause begins anew.
pub async fn order(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    cause: Reason,
    now: Timestamp,
) -> Result<Redrive, Down> {
    store.mark(firm, Lane::Time, now).await?;
    records::amend(store, firm, cause.code(), |_: Option<Redrive>| {
        let it = Redrive { cause, asked_at: now, done: 0, after: None, look_at: Some(now) };
        Edit::Write(it.clone(), vec![], it)
    })
    .await
}

/// Tries the next handful again; says whether anything was due.
pub(super) async fn carry_on<P: Ports>(ports: &P, firm: &FirmId, id: &str) -> Result<bool, Down> {
    let (store, now) = (ports.store(), ports.clock().now());
    let Some(kept) = records::get::<Redrive>(store, firm, id).await? else { return Ok(false) };
    if kept.record.look_at.is_none_or(|it| it > now) {
        return Ok(false);
    }
    let prefix = issues::all(kept.record.cause);
    let mut range = Range::of(firm, Kind::Cause, &prefix, HANDFUL);
    range.after.clone_from(&kept.record.after);
    let page = store.list(&range).await?;
    let mut next = kept.record.clone();
    for item in &page.items {
        match item.key.id[prefix.len()..].split_once('#') {
            Some(("time_entry", id)) => again(store, firm, id, now).await?,
            Some(("task", id)) => look_again::<TaskRecord>(store, firm, id, now).await?,
            // Whatever else waits is another lane's.
            Some(_) | None => continue,
        }
        next.done += 1;
    }
    next.look_at = page.next.is_some().then_some(now);
    next.after = page.next;
    let _ = store.commit(records::replace(firm, Some(&kept), &next)?).await?;
    Ok(true)
}

async fn again(store: &impl Store, firm: &FirmId, id: &str, now: Timestamp) -> Result<(), Down> {
    records::amend(store, firm, id, |it: Option<EntryRecord>| match it {
        Some(mut it) => {
            it.push.retry();
            it.look_at = Some(now);
            Edit::Write(it, vec![], ())
        }
        None => Edit::Leave(()),
    })
    .await
}
