//! What a person decides about a task's link (XB-50 to XB-55).

use jiff::Timestamp;

use super::task::{Link, LinkState, Place, TaskRecord};
use crate::ids::{FirmId, TaskId};
use crate::ports::{Down, Lane, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Edit};

/// Links a task to a place that a person chose.
pub async fn link(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    place: Place,
    now: Timestamp,
) -> Result<Option<TaskRecord>, Down> {
    change(store, firm, task, now, |it| it.to(LinkState::Manual, place.clone(), now)).await
}

/// Takes a link away for good: auto-link does not touch the task again (XB-51).
pub async fn unlink(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    now: Timestamp,
) -> Result<Option<TaskRecord>, Down> {
    let unlinked =
        |it: &Link| it.without(LinkState::UnmappedByUser, Reason::StickyUnmapped, vec![]);
    change(store, firm, task, now, unlinked).await
}

/// Lets auto-link try again (XB-54). A link that stands is left alone.
pub async fn allow(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    now: Timestamp,
) -> Result<Option<TaskRecord>, Down> {
    change(store, firm, task, now, |it| match it.state {
        LinkState::UnmappedByUser | LinkState::Broken => {
            Link { version: it.version + 1, ..Link::default() }
        }
        LinkState::Never | LinkState::Auto | LinkState::Manual => it.clone(),
    })
    .await
}

async fn change(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    now: Timestamp,
    change: impl Fn(&Link) -> Link + Send + Sync,
) -> Result<Option<TaskRecord>, Down> {
    store.mark(firm, Lane::Time, now).await?;
    records::amend(store, firm, task.as_str(), |it: Option<TaskRecord>| match it {
        Some(it) => {
            let next = TaskRecord { link: change(&it.link), look_at: Some(now), ..it };
            Edit::Write(next.clone(), vec![], Some(next))
        }
        None => Edit::Leave(None),
    })
    .await
}
