//! Linking the practice app's tasks to tasks on XPM jobs.

pub mod auto;
pub mod bulk;
pub mod by_hand;
pub mod link;
pub mod period;
pub mod process;
pub mod rule;
pub mod task;
pub mod year;

use jiff::Timestamp;

use crate::ids::{ContactId, FirmId, JobNumber, ProcessId, TaskId};
use crate::lanes::revisit;
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
    revisit::<TaskRecord>(store, firm, Kind::TaskOf, &format!("contact:{contact}#"), now).await
}

/// Has the link of a task looked at afresh, because XPM said of a booking that it does not know this
/// job (XB-35).
pub async fn doubt(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    job: &JobNumber,
    now: Timestamp,
) -> Result<(), Down> {
    store.mark(firm, Lane::Time, now).await?;
    records::amend(store, firm, task.as_str(), |it: Option<TaskRecord>| match it {
        Some(mut it) if it.link.linked().is_some_and(|(place, _)| place.job_number == *job) => {
            it.link.doubted = Some(now);
            it.look_at = Some(now);
            Edit::Write(it, vec![], ())
        }
        Some(_) | None => Edit::Leave(()),
    })
    .await
}

/// Has the tasks of a process looked at again, because its mapping changed.
pub async fn revisit_process(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    process: &ProcessId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit::<TaskRecord>(store, firm, Kind::TaskOf, &format!("process:{process}#"), now).await
}
