//! Forgetting old runs, a few at the end of each. The journal keeps what they changed.

use jiff::Timestamp;

use super::change::forget;
use super::run::{SyncRun, below};
use crate::ids::FirmId;
use crate::ports::{Change, Down, Expect, Range, Store};
use crate::records::Record;
use crate::retention;

/// So many runs are forgotten at once.
const RUNS: usize = 4;
/// So many of their changes.
const CHANGES: usize = 500;

/// Forgets runs that are too old, their changes first.
pub(super) async fn prune(store: &impl Store, firm: &FirmId, now: Timestamp) -> Result<(), Down> {
    // Ids sort newest first, by time: everything after this one is older.
    let after = Some(below(now - retention::SYNC));
    let range = Range { after, ..Range::of(firm, SyncRun::KIND, super::run::RUNS, RUNS) };
    for item in store.list(&range).await?.items {
        let Ok(run) = crate::ids::SyncId::parse(item.key.id.clone()) else { continue };
        if forget(store, firm, &run, CHANGES).await? {
            let gone = Change::Delete(item.key, Expect::Version(item.version));
            let _ = store.commit(vec![gone]).await?;
        }
    }
    Ok(())
}
