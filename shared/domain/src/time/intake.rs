//! Taking in what is said of time entries: by the practice app, and by people.

use jiff::Timestamp;
use jiff::civil::Date;

use super::entry::{EntryRecord, TimeEntry, When};
use super::push::Push;
use crate::desired::{Desired, Stamp};
use crate::ids::{EntryId, FirmId, UserId};
use crate::ports::{Change, Down, Expect, Key, Kind, Lane, Lanes, Store};
use crate::records::{self, Edit};

/// Takes what the practice app says of an entry, to be pushed soon; says whether it was news.
pub async fn put(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    entry: TimeEntry,
    stamp: Stamp,
    now: Timestamp,
) -> Result<(EntryRecord, bool), Down> {
    // Marked before it is written: see `ports::Lanes`.
    store.mark(firm, Lane::Time, now).await?;
    let id = entry.id.clone();
    records::amend(store, firm, id.as_str(), |it: Option<EntryRecord>| match it {
        None => {
            let it = EntryRecord {
                entry: Desired::first(entry.clone(), stamp),
                received_at: now,
                released: false,
                push: Push::default(),
                look_at: Some(now),
            };
            Edit::Write(it.clone(), repoint(firm, None, &it), (it, true))
        }
        Some(it) => {
            let mut next = it.clone();
            let applied = next.entry.update(entry.clone(), stamp);
            if !applied && it.is_tombstone() {
                // Too late to be wanted, but it tells what was deleted.
                next.entry.value = entry.clone();
            }
            change(firm, it, next, applied, now)
        }
    })
    .await
}

/// Takes the news that an entry is gone. Of one never heard of, a tombstone is kept, so that an
/// older edit that arrives later books nothing.
pub async fn delete(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    stamp: Stamp,
    now: Timestamp,
) -> Result<(EntryRecord, bool), Down> {
    store.mark(firm, Lane::Time, now).await?;
    records::amend(store, firm, id.as_str(), |it: Option<EntryRecord>| match it {
        None => {
            let mut it = EntryRecord {
                entry: Desired::first(unknown(id), stamp),
                received_at: now,
                released: false,
                push: Push::default(),
                look_at: Some(now),
            };
            it.entry.deleted = true;
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(it) => {
            let mut next = it.clone();
            let applied = next.entry.delete(stamp);
            change(firm, it, next, applied, now)
        }
    })
    .await
}

/// Releases time that was held because its task was linked later.
pub async fn release(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    now: Timestamp,
) -> Result<Option<EntryRecord>, Down> {
    again(store, firm, id, now, |it| it.released = true).await
}

/// Has an entry that XPM refused tried once more.
pub async fn retry(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    now: Timestamp,
) -> Result<Option<EntryRecord>, Down> {
    again(store, firm, id, now, |it| it.push.retry()).await
}

async fn again(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    now: Timestamp,
    change: impl Fn(&mut EntryRecord) + Send + Sync,
) -> Result<Option<EntryRecord>, Down> {
    store.mark(firm, Lane::Time, now).await?;
    records::amend(store, firm, id.as_str(), |it: Option<EntryRecord>| match it {
        Some(mut it) => {
            change(&mut it);
            it.look_at = Some(now);
            Edit::Write(it.clone(), vec![], Some(it))
        }
        None => Edit::Leave(None),
    })
    .await
}

fn change(
    firm: &FirmId,
    before: EntryRecord,
    mut after: EntryRecord,
    applied: bool,
    now: Timestamp,
) -> Edit<EntryRecord, (EntryRecord, bool)> {
    if after == before {
        return Edit::Leave((after, applied));
    }
    after.look_at = Some(now);
    Edit::Write(after.clone(), repoint(firm, Some(&before), &after), (after, applied))
}

fn repoint(firm: &FirmId, before: Option<&EntryRecord>, after: &EntryRecord) -> Vec<Change> {
    let old = before.map(|it| it.entry.value.pointers()).unwrap_or_default();
    let new = after.entry.value.pointers();
    let gone = old
        .iter()
        .filter(|it| !new.contains(it))
        .map(|it| Change::Delete(Key::new(firm, Kind::EntryOf, it.as_str()), Expect::Any));
    let come = new
        .iter()
        .filter(|it| before.is_none() || !old.contains(it))
        .map(|it| records::pointer(firm, Kind::EntryOf, it.as_str()));
    gone.chain(come).collect()
}

/// What stands for an entry of which only the deletion is known.
fn unknown(id: &EntryId) -> TimeEntry {
    TimeEntry {
        id: id.clone(),
        task_id: None,
        user_id: UserId::nobody(),
        when: When::Day { date: Date::ZERO },
        seconds: 0,
        note: String::new(),
        billable: None,
        running: false,
    }
}
