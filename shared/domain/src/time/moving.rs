//! Moving time that XPM holds to where its task is linked now: never of itself (XB-83).

use jiff::Timestamp;

use super::entry::EntryRecord;
use crate::ids::{FirmId, TaskId};
use crate::linking::task::TaskRecord;
use crate::ports::{Down, Kind, Lane, Lanes, Store};
use crate::records::{self, Edit};

/// The task's entries that XPM holds elsewhere than where the task is linked now. Reads all entries
/// of the task.
pub async fn elsewhere(
    store: &impl Store,
    firm: &FirmId,
    task: &TaskRecord,
) -> Result<Vec<EntryRecord>, Down> {
    let ids = of(store, firm, &task.task.value.id).await?;
    let kept = records::get_many::<EntryRecord>(store, firm, &ids).await?;
    let mut found: Vec<EntryRecord> =
        kept.into_iter().map(|it| it.record).filter(|it| stays_behind(it, task)).collect();
    found.sort_by(|a, b| a.entry.value.id.cmp(&b.entry.value.id));
    Ok(found)
}

/// Has those entries follow their task; says which.
pub async fn follow(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskRecord,
    now: Timestamp,
) -> Result<Vec<EntryRecord>, Down> {
    let found = elsewhere(store, firm, task).await?;
    store.mark(firm, Lane::Time, now).await?;
    for entry in &found {
        records::amend(store, firm, entry.entry.value.id.as_str(), |it: Option<EntryRecord>| {
            match it.filter(|it| stays_behind(it, task)) {
                Some(it) => {
                    let it = EntryRecord { moves: true, look_at: Some(now), ..it };
                    Edit::Write(it, vec![], ())
                }
                None => Edit::Leave(()),
            }
        })
        .await?;
    }
    Ok(found)
}

async fn of(store: &impl Store, firm: &FirmId, task: &TaskId) -> Result<Vec<String>, Down> {
    records::pointed(store, firm, Kind::EntryOf, &format!("task:{task}#")).await
}

fn stays_behind(entry: &EntryRecord, task: &TaskRecord) -> bool {
    let Some((place, _)) = task.link.linked() else { return false };
    let there = entry.push.known.as_ref().is_some_and(|it| {
        it.sheet.job != place.job_number || it.sheet.job_task != place.job_task_uuid
    });
    there && !entry.moves && !entry.entry.deleted
}
