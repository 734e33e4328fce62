//! Linking the practice app's tasks to tasks on XPM jobs.

pub mod auto;
pub mod by_hand;
pub mod process;
pub mod rule;
pub mod task;
pub mod year;

use jiff::Timestamp;

use crate::ids::{ContactId, FirmId, ProcessId};
use crate::lanes::revisit;
use crate::ports::{Down, Kind, Lanes, Store};
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

/// Has the tasks of a process looked at again, because its mapping changed.
pub async fn revisit_process(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    process: &ProcessId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit::<TaskRecord>(store, firm, Kind::TaskOf, &format!("process:{process}#"), now).await
}
