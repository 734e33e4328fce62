//! Writing a run down: when it is asked for, and when there is something to say of it.

use jiff::{SignedDuration, Timestamp};

use super::run::SyncRun;
use super::track::{SyncState, track};
use super::work::Turn;
use crate::ids::{FirmId, SyncId};
use crate::ports::{Change, Committed, Down, Ports, Store};
use crate::records::{self, Kept};

/// The version of a run that is not written down yet.
pub(super) const UNSAVED: u64 = 0;
/// When the lane is looked at again because somebody else has just started a run.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// Saves the run as it stands; `false` when another worker has saved it meanwhile, or has started one.
pub(super) async fn save<P: Ports>(
    ports: &P,
    firm: &FirmId,
    run: &mut Kept<SyncRun>,
) -> Result<bool, Down> {
    let mut changes = vec![change(firm, run)?];
    if run.version == UNSAVED {
        let (state, version) = track(ports.store(), firm).await?;
        if state.current.is_some() {
            return Ok(false);
        }
        let state = SyncState { current: Some(run.record.id.clone()), ..state };
        changes.push(records::put(firm, &state, version)?);
    }
    match ports.store().commit(changes).await? {
        Committed::Done => {
            run.version += 1;
            Ok(true)
        }
        Committed::Conflict => Ok(false),
    }
}

/// What must stand as the run in progress for this one to be written.
pub(super) fn in_progress(run: &Kept<SyncRun>) -> Option<&SyncId> {
    (run.version != UNSAVED).then_some(&run.record.id)
}

/// The change that writes it.
pub(super) fn change(firm: &FirmId, run: &Kept<SyncRun>) -> Result<Change, Down> {
    records::put(firm, &run.record, Some(run.version).filter(|it| *it != UNSAVED))
}

/// The end of the turn when the run could not be saved. The lane of a run that nobody has seen is looked
/// at again: whoever started another found it taken.
pub(super) fn overtaken(run: &Kept<SyncRun>, now: Timestamp) -> Turn {
    if run.version == UNSAVED { Turn::Rest(now + SOON) } else { Turn::Overtaken }
}
