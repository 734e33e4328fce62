//! Time: from the practice app's entries to XPM's, each booked once.

pub mod advance;
pub mod entry;
mod look_back;
pub mod plan;
pub mod push;
pub mod read_back;
pub mod refusal;
pub mod rounding;
mod send;
pub mod user;
pub mod work;

use jiff::Timestamp;

use crate::ids::{FirmId, TaskId, UserId};
use crate::ports::{Down, Kind, Lane, Lanes, Store};
use crate::records::{self, Edit};
use entry::EntryRecord;

/// Has the entries of a task looked at again, because its link changed.
pub async fn revisit_task(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit(store, firm, &format!("task:{task}#"), now).await
}

/// Has the entries of a person looked at again, because their mapping changed.
pub async fn revisit_user(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    user: &UserId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit(store, firm, &format!("user:{user}#"), now).await
}

async fn revisit(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    prefix: &str,
    now: Timestamp,
) -> Result<(), Down> {
    let entries = records::pointed(store, firm, Kind::EntryOf, prefix).await?;
    if entries.is_empty() {
        return Ok(());
    }
    store.mark(firm, Lane::Time, now).await?;
    for entry in entries {
        records::amend(store, firm, &entry, |it: Option<EntryRecord>| match it {
            Some(it) => Edit::Write(EntryRecord { look_at: Some(now), ..it }, vec![], ()),
            None => Edit::Leave(()),
        })
        .await?;
    }
    Ok(())
}
