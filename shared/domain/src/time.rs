//! Time: from the practice app's entries to XPM's, each booked once.

pub mod advance;
pub mod compare;
pub mod decide;
pub mod entry;
pub mod health;
pub mod intake;
mod look_back;
pub mod marker;
pub mod moving;
pub mod nightly;
pub mod plan;
pub mod push;
pub mod read_back;
pub mod redrive;
pub mod refusal;
pub mod rounding;
mod send;
pub mod standing;
pub mod summary;
mod told;
pub mod user;
pub mod work;

use jiff::Timestamp;

use crate::ids::{FirmId, TaskId, UserId};
use crate::lanes::revisit;
use crate::ports::{Down, Kind, Lanes, Store};
use entry::EntryRecord;

/// Has the entries of a task looked at again, because its link changed.
pub async fn revisit_task(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: &TaskId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit::<EntryRecord>(store, firm, Kind::EntryOf, &format!("task:{task}#"), now).await
}

/// Has the entries of a person looked at again, because their mapping changed.
pub async fn revisit_user(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    user: &UserId,
    now: Timestamp,
) -> Result<(), Down> {
    revisit::<EntryRecord>(store, firm, Kind::EntryOf, &format!("user:{user}#"), now).await
}
