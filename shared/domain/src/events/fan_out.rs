//! From the feed to the endpoints: each is to be sent what it wants, from where it has come to.

use jiff::{SignedDuration, Timestamp};

use super::delivery::Delivery;
use super::endpoint::{self, Endpoint};
use super::feed::{self, Mark, last, places};
use crate::deadline::Deadline;
use crate::ids::FirmId;
use crate::ports::{Clock, Committed, Down, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::records;

/// So many places are gone through at once: a delivery, what it waits under, and one mark for all
/// fit one commit.
const AT_ONCE: usize = 49;

/// What one commit takes at most.
const BATCH: SignedDuration = SignedDuration::from_secs(2);

/// Has every endpoint sent what the feed has for it, and wakes who sends it; says whether that is
/// all, or the time was up.
pub(super) async fn fan_out<P: Ports>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
) -> Result<bool, Down> {
    let last = last(ports.store(), firm).await?;
    let (mut any, mut whole) = (false, true);
    for kept in endpoint::all(ports.store(), firm).await? {
        if kept.record.wanted.active {
            let come = catch_up(ports, firm, &kept.record, last, deadline).await?;
            any |= come.any;
            whole &= come.whole;
        }
    }
    if any {
        let wake = Wake { firm: firm.clone(), lane: Lane::Deliveries };
        if let Err(error) = ports.wakes().wake(&wake).await {
            // The lane is marked, so the sweep finds it.
            tracing::warn!(firm.id = %firm, %error, "the deliveries were not woken");
        }
    }
    Ok(whole)
}

/// How far an endpoint has come.
struct Come {
    /// Whether there is anything to send.
    any: bool,
    /// Whether it has come to the end.
    whole: bool,
}

/// Goes on from where the endpoint has come to.
async fn catch_up<P: Ports>(
    ports: &P,
    firm: &FirmId,
    endpoint: &Endpoint,
    last: u64,
    deadline: Deadline,
) -> Result<Come, Down> {
    let store = ports.store();
    let mut any = false;
    loop {
        let mark = records::get::<Mark>(store, firm, &endpoint.mark()).await?;
        let upto = mark.as_ref().map_or(0, |it| it.record.upto);
        if upto >= last {
            return Ok(Come { any, whole: true });
        }
        if !deadline.allows(ports.clock().now(), BATCH) {
            return Ok(Come { any, whole: false });
        }
        let places = places(store, firm, upto, AT_ONCE).await?;
        let now: Timestamp = ports.clock().now();
        let end = match places.last() {
            Some(it) => it.number,
            None if feed::is_kept(store, firm, upto, now).await? => {
                return Ok(Come { any, whole: false });
            }
            None => {
                let begin = feed::beginning(store, firm, now).await?.max(upto + 1);
                tracing::error!(firm.id = %firm, endpoint.id = %endpoint.id, feed.from = upto + 1,
                    feed.to = begin, "events are too old to be sent");
                begin
            }
        };
        let moved = Mark { id: endpoint.mark(), upto: end, at: None };
        let mut changes = vec![records::put(firm, &moved, mark.map(|it| it.version))?];
        for place in places.iter().filter(|it| endpoint.wants(it.event)) {
            changes.extend(Delivery::new(&endpoint.id, place, now).changes(firm, None)?);
        }
        if changes.len() > 1 && !any {
            store.mark(firm, Lane::Deliveries, now).await?;
            any = true;
        }
        if store.commit(changes).await? == Committed::Conflict {
            // Another publisher was faster, or the endpoint was switched on again.
            return Ok(Come { any, whole: false });
        }
    }
}
