//! Taking in what the practice app says of time entries.

use jiff::Timestamp;
use jiff::civil::Date;

use super::entry::{EntryRecord, TimeEntry, When};
use crate::desired::{Desired, Stamp};
use crate::ids::{EntryId, FirmId, UserId};
use crate::ports::{Down, Lane, Lanes, Store};
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
            let it = EntryRecord::new(Desired::first(entry.clone(), stamp), now);
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(it) => {
            let mut next = it.clone();
            let applied = next.entry.update(entry.clone(), stamp);
            if !applied && it.is_tombstone() {
                // Too late to be wanted, but it tells what was deleted.
                next.entry.value = entry.clone();
            }
            change(it, next, applied, now)
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
            let mut it = EntryRecord::new(Desired::first(unknown(id), stamp), now);
            it.entry.deleted = true;
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(it) => {
            let mut next = it.clone();
            let applied = next.entry.delete(stamp);
            change(it, next, applied, now)
        }
    })
    .await
}

fn change(
    before: EntryRecord,
    mut after: EntryRecord,
    applied: bool,
    now: Timestamp,
) -> Edit<EntryRecord, (EntryRecord, bool)> {
    if after == before {
        return Edit::Leave((after, applied));
    }
    let (old, new) = (&before.entry, &after.entry);
    if (&old.value, old.deleted) != (&new.value, new.deleted) {
        after.decided = None;
        after.moves |= old.value.task_id != new.value.task_id;
    }
    after.look_at = Some(now);
    Edit::Write(after.clone(), vec![], (after, applied))
}

/// What stands for an entry of which only the deletion is known.
pub(crate) fn unknown(id: &EntryId) -> TimeEntry {
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
