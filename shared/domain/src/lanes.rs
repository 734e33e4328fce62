//! Having work looked at: by the sweep, which finds the lanes that are due whatever became of their
//! messages, and again when something that it depends on has changed.

pub mod pause;

use jiff::Timestamp;

use crate::ids::FirmId;
use crate::ports::{Clock, Down, Kind, LANE_SHARDS, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::records::{self, Edit, Record};

/// So many firms of a shard are woken at once; the next sweep takes the next.
const AT_ONCE: usize = 200;

/// Wakes every firm whose lane is due; says how many. Reads once per shard when there are none.
pub async fn sweep<P: Ports>(ports: &P, lane: Lane) -> Result<usize, Down> {
    let now = ports.clock().now();
    let mut woken = 0;
    for shard in 0..LANE_SHARDS {
        for firm in ports.store().waiting(lane, shard, now, AT_ONCE).await? {
            ports.wakes().wake(&Wake { firm, lane }).await?;
            woken += 1;
        }
    }
    Ok(woken)
}

/// A record that a lane looks at from some instant on.
pub trait Waiting: Record {
    /// Who looks.
    const LANE: Lane;

    /// Has it looked at from `at` on.
    fn look_at(&mut self, at: Timestamp);
}

/// Has a record looked at from `at` on.
pub async fn look_again<R: Waiting>(
    store: &impl Store,
    firm: &FirmId,
    id: &str,
    at: Timestamp,
) -> Result<(), Down> {
    records::amend(store, firm, id, |it: Option<R>| match it {
        Some(mut it) => {
            it.look_at(at);
            Edit::Write(it, vec![], ())
        }
        None => Edit::Leave(()),
    })
    .await
}

/// Has every record looked at that a pointer below this prefix names.
pub async fn revisit<R: Waiting>(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    pointers: Kind,
    prefix: &str,
    now: Timestamp,
) -> Result<(), Down> {
    let ids = records::pointed(store, firm, pointers, prefix).await?;
    if ids.is_empty() {
        return Ok(());
    }
    store.mark(firm, R::LANE, now).await?;
    for id in ids {
        look_again::<R>(store, firm, &id, now).await?;
    }
    Ok(())
}
