//! Linking the practice app's tasks to tasks on XPM jobs.

pub mod auto;
pub mod by_hand;
pub mod process;
pub mod rule;
pub mod task;
pub mod year;

use jiff::Timestamp;

use crate::ids::{ContactId, FirmId, ProcessId};
use crate::ports::{Down, Kind, Lane, Lanes, Store};
use crate::records::{self, Edit};
use task::TaskRecord;

/// Has the tasks of a contact looked at again, because its match changed.
pub async fn revisit_contact(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    contact: &ContactId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit(store, firm, &format!("contact:{contact}#"), now).await
}

/// Has the tasks of a process looked at again, because its mapping changed.
pub async fn revisit_process(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    process: &ProcessId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit(store, firm, &format!("process:{process}#"), now).await
}

async fn revisit(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    prefix: &str,
    now: Timestamp,
) -> Result<(), Down> {
    let tasks = records::pointed(store, firm, Kind::TaskOf, prefix).await?;
    if tasks.is_empty() {
        return Ok(());
    }
    store.mark(firm, Lane::Time, now).await?;
    for task in tasks {
        records::amend(store, firm, &task, |it: Option<TaskRecord>| match it {
            Some(it) => Edit::Write(TaskRecord { look_at: Some(now), ..it }, vec![], ()),
            None => Edit::Leave(()),
        })
        .await?;
    }
    Ok(())
}
