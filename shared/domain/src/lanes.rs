//! The sweep: finds the lanes that are due, whatever became of their messages.

use crate::ports::{Clock, Down, LANE_SHARDS, Lane, Lanes, Ports, Wake, Wakes};

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
