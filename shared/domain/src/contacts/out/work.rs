//! Working a firm's lane of contacts towards XPM off.

use jiff::{SignedDuration, Timestamp};

use super::advance::advance;
use crate::connection;
use crate::contacts::book::ContactRecord;
use crate::copies::Unavailable;
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm};
use crate::gate::Shut;
use crate::ids::FirmId;
use crate::lanes::look_again;
use crate::lease::Lease;
use crate::ports::{Clock, Down, Fault, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::records;
use crate::time::advance::Stop;

const LANE: Lane = Lane::ContactsOut;
/// How many due contacts are fetched at a time.
const HANDFUL: usize = 50;
/// When a lane that was marked is looked at once more: the index of what is due may lag behind.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// When XPM refuses even to be asked about a contact, it is looked at again after this.
const PUT_OFF: SignedDuration = SignedDuration::from_mins(10);
/// A wait this short is waited out; a longer one is left to the sweep.
const SHORT: SignedDuration = SignedDuration::from_secs(10);
/// How long a worker is believed to be alive without a sign: longer than any call takes.
const ALIVE: SignedDuration = SignedDuration::from_secs(30);
/// What must be left of the invocation for another round to be worth it: a call and its bookkeeping.
const WORTH_IT: SignedDuration = SignedDuration::from_secs(27);
/// How long the index may need to catch up with what was written.
const CATCH_UP: SignedDuration = SignedDuration::from_secs(1);
/// When XPM gives nothing, or the firm is not ready, the lane rests this long.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// Works the lane until nothing is due, or it has to wait for long; notes when it is due next.
pub async fn work<P: Ports>(ports: &P, firm: &FirmId, deadline: Deadline) -> Result<(), Down> {
    loop {
        // Whoever has the lease looks again after giving it back.
        let Some(mut lease) = Lease::take(ports, firm, LANE, ALIVE).await? else { return Ok(()) };
        let worked = rounds(ports, firm, deadline, &mut lease).await;
        lease.release(ports).await?;
        worked?;
        let (lane, now) = (ports.store().look(firm, LANE).await?, ports.clock().now());
        let Some(next) = lane.due_at.filter(|it| *it <= now + SHORT) else { return Ok(()) };
        // Asked of the time at which it goes on: asked of now, it would spin until then.
        if !deadline.allows(next.max(now), WORTH_IT) {
            return ports.wakes().wake(&Wake { firm: firm.clone(), lane: LANE }).await;
        }
    }
}

async fn rounds<P: Ports>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
    lease: &mut Lease,
) -> Result<(), Down> {
    loop {
        let lane = ports.store().look(firm, LANE).await?;
        let drained = drain(ports, firm, deadline, lease).await?;
        let now = ports.clock().now();
        let again = (lane.marks != lane.settled).then(|| now + SECOND_LOOK);
        let next = match drained {
            Drained::Lost => return Ok(()),
            Drained::Until(next) => next,
            Drained::Empty(next) => next.into_iter().chain(again).min(),
        };
        if let Some(next) = next.filter(|it| *it <= now + SHORT && deadline.allows(*it, WORTH_IT)) {
            ports.clock().wait(next).await;
            continue;
        }
        let settled = ports.store().settle(firm, LANE, lane.marks, next).await?;
        if settled || !deadline.allows(now, WORTH_IT) {
            return Ok(());
        }
    }
}

enum Drained {
    /// Nothing is due; this is when something will be.
    Empty(Option<Timestamp>),
    /// Something is due, but must wait until then.
    Until(Option<Timestamp>),
    /// Another worker has the lane.
    Lost,
}

async fn drain<P: Ports>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
    lease: &mut Lease,
) -> Result<Drained, Down> {
    let Some(firm) = records::get::<Firm>(ports.store(), firm, FIRM).await? else {
        return Ok(Drained::Until(None));
    };
    let firm = firm.record;
    let pushes = !firm.settings.contact_sync.push_contact_types.is_empty();
    let obstacle = connection::read(ports.store(), &firm.id).await?.obstacle(&firm);
    // Where nothing goes to XPM, there is still to be matched what waits here.
    if let Some(reason) = obstacle.filter(|_| pushes) {
        tracing::info!(firm.id = %firm.id, reason = reason.code(), "contacts wait");
        return Ok(Drained::Until(Some(ports.clock().now() + REST)));
    }
    loop {
        let now = ports.clock().now();
        let due = ports.store().due(&firm.id, LANE, now, HANDFUL).await?;
        if due.is_empty() {
            let next = ports.store().due(&firm.id, LANE, Timestamp::MAX, 1).await?;
            return Ok(Drained::Empty(next.first().map(|(at, _)| *at)));
        }
        let mut progress = false;
        for (_, key) in due {
            if !lease.extend(ports, ALIVE).await? {
                return Ok(Drained::Lost);
            }
            if !deadline.allows(ports.clock().now(), SignedDuration::from_secs(2)) {
                return Ok(Drained::Until(Some(now)));
            }
            match advance(ports, &firm, deadline, &key.id).await {
                Ok(was_due) => progress |= was_due,
                // XPM will not have this one; the others go on.
                Err(Stop::Unavailable(Unavailable::Fault(fault @ Fault::Refused { .. }))) => {
                    tracing::warn!(firm.id = %firm.id, item = key.id, error = %fault, "put off");
                    let later = ports.clock().now() + PUT_OFF;
                    look_again::<ContactRecord>(ports.store(), &firm.id, &key.id, later).await?;
                    progress = true;
                }
                Err(stop) => return until(ports, &firm.id, stop).map(Drained::Until),
            }
        }
        if !progress {
            // The index still shows what is done already; it catches up within moments.
            return Ok(Drained::Until(Some(now + CATCH_UP)));
        }
    }
}

/// When the lane goes on after a stop.
fn until<P: Ports>(ports: &P, firm: &FirmId, stop: Stop) -> Result<Option<Timestamp>, Down> {
    let now = ports.clock().now();
    match stop {
        Stop::NoTime => Ok(Some(now)),
        Stop::Unavailable(Unavailable::Shut(Shut::Down(down))) => Err(down),
        Stop::Unavailable(Unavailable::Shut(Shut::Until { until, reason })) => {
            tracing::info!(firm.id = %firm, reason = reason.code(), %until, "contacts wait");
            Ok(Some(until))
        }
        Stop::Unavailable(Unavailable::Shut(Shut::Closed)) => Ok(Some(now + REST)),
        Stop::Unavailable(Unavailable::Fault(fault)) => {
            tracing::warn!(firm.id = %firm, error = %fault, "XPM gave nothing; contacts wait");
            Ok(Some(now + REST))
        }
    }
}
