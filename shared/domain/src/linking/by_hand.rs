//! What a person decides about a task's link (XB-50 to XB-55).

use jiff::Timestamp;

use super::link;
use super::task::{Basis, Link, LinkState, Place, TaskRecord};
use crate::contacts::matches::client_of;
use crate::ids::{FirmId, TaskId};
use crate::journal::{self, Actor};
use crate::ports::{Down, Lane, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Kept};

/// Links a task to a place that a person chose.
pub async fn link(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    place: Place,
    by: &Actor,
    now: Timestamp,
) -> Result<Option<TaskRecord>, Down> {
    let known = records::get::<TaskRecord>(store, firm, task.as_str()).await?;
    let client = match known.and_then(|it| it.record.task.value.contact_id) {
        Some(contact) => client_of(store, firm, &contact).await?,
        None => None,
    };
    let basis = Basis { client, ..Basis::default() };
    let linked = |it: &Link| it.to(LinkState::Manual, place.clone(), basis.clone(), now);
    change(store, firm, task, by, now, linked).await
}

/// Takes a link away for good: auto-link does not touch the task again (XB-51).
pub async fn unlink(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    by: &Actor,
    now: Timestamp,
) -> Result<Option<TaskRecord>, Down> {
    let unlinked =
        |it: &Link| it.without(LinkState::UnmappedByUser, Reason::StickyUnmapped, vec![]);
    change(store, firm, task, by, now, unlinked).await
}

/// Lets auto-link try again (XB-54). A link that stands is left alone.
pub async fn allow(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    by: &Actor,
    now: Timestamp,
) -> Result<Option<TaskRecord>, Down> {
    change(store, firm, task, by, now, |it| {
        if allowable(it) { Link { version: it.version + 1, ..Link::default() } } else { it.clone() }
    })
    .await
}

/// Whether there is anything to allow: a link that a person took away, or one whose job is gone.
pub fn allowable(link: &Link) -> bool {
    match link.state {
        LinkState::UnmappedByUser | LinkState::Broken => true,
        LinkState::Never | LinkState::Auto | LinkState::Manual => false,
    }
}

async fn change(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    by: &Actor,
    now: Timestamp,
    change: impl Fn(&Link) -> Link + Send + Sync,
) -> Result<Option<TaskRecord>, Down> {
    store.mark(firm, Lane::Time, now).await?;
    journal::open(store, firm, now).await?;
    records::amend_kept(store, firm, task.as_str(), |kept: Option<Kept<TaskRecord>>| {
        let version = kept.as_ref().map_or(1, |it| it.version + 1);
        let it = kept.map(|it| it.record);
        let Some(it) = it else { return Ok(Edit::Leave(None)) };
        let next = TaskRecord { link: change(&it.link), look_at: Some(now), ..it.clone() };
        let told = link::journal(firm, task, version, [&it.link, &next.link], by, now)?;
        Ok(Edit::Write(next.clone(), told.into_iter().collect(), Some(next)))
    })
    .await
}
