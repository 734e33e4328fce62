//! A round of a lane that calls XPM: what is due in it, a handful at a time, each a step further.

use jiff::{SignedDuration, Timestamp};

use super::Drained;
use crate::copies::Unavailable;
use crate::deadline::Deadline;
use crate::gate::Shut;
use crate::ids::FirmId;
use crate::lease::Lease;
use crate::ports::{Clock, Down, Fault, Key, Kind, Lane, Ports, Store};
use crate::reason::Reason;
use crate::time::advance::Stop;

/// How long a worker is believed to be alive without a sign: longer than any call takes.
pub(crate) const ALIVE: SignedDuration = SignedDuration::from_secs(30);
/// What must be left of the invocation for another round to be worth it: a call and its bookkeeping.
pub(crate) const WORTH_IT: SignedDuration = SignedDuration::from_secs(27);
/// When XPM gives nothing, or the firm is not ready, the lane rests this long.
pub(crate) const REST: SignedDuration = SignedDuration::from_secs(60);
/// How many due items are fetched at a time.
const HANDFUL: usize = 50;
/// What a step that calls nobody takes at most.
const STEP: SignedDuration = SignedDuration::from_secs(2);
/// When XPM refuses even to be asked about an item, it is looked at again after this.
const PUT_OFF: SignedDuration = SignedDuration::from_mins(10);
/// How long the index may need to catch up with what was written.
const CATCH_UP: SignedDuration = SignedDuration::from_secs(1);

/// What a lane does with each thing that is due in it.
pub(crate) trait Steps<P: Ports>: Sync {
    /// Which lane.
    const LANE: Lane;
    /// Whether what was begun is finished before the next: a person waits for it.
    const FINISH: bool = false;

    /// Which kinds come first, by rising number; none for what is looked after elsewhere.
    fn turn(kind: Kind) -> Option<u8>;

    /// Brings one a step further; says whether it was due at all.
    fn step(
        &self,
        ports: &P,
        deadline: Deadline,
        key: &Key,
    ) -> impl Future<Output = Result<bool, Stop>> + Send;

    /// Has one looked at again from `at` on.
    fn put_off(
        &self,
        ports: &P,
        key: &Key,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Down>> + Send;

    /// What is to be done once these have been taken up.
    fn after(&self, _: &P, _: &[Key]) -> impl Future<Output = Result<(), Down>> + Send {
        async { Ok(()) }
    }
}

/// Takes what is due a step further, until nothing is, or XPM cannot be asked, or the time is up.
pub(crate) async fn drain<P: Ports, S: Steps<P>>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
    lease: &mut Lease,
    steps: &S,
) -> Result<Drained, Down> {
    loop {
        let now = ports.clock().now();
        let due = ports.store().due(firm, S::LANE, now, HANDFUL).await?;
        let mut keys: Vec<Key> =
            due.into_iter().map(|it| it.1).filter(|it| S::turn(it.kind).is_some()).collect();
        if keys.is_empty() {
            let next = ports.store().due(firm, S::LANE, Timestamp::MAX, 1).await?;
            return Ok(Drained::Empty(next.first().map(|(at, _)| *at)));
        }
        keys.sort_by_key(|it| S::turn(it.kind));
        let mut progress = false;
        for key in &keys {
            loop {
                if !lease.extend(ports, ALIVE).await? {
                    return Ok(Drained::Lost);
                }
                if !deadline.allows(ports.clock().now(), STEP) {
                    return Ok(Drained::Until(Some(now)));
                }
                match steps.step(ports, deadline, key).await {
                    Ok(was_due) => {
                        progress |= was_due;
                        if !(was_due && S::FINISH) {
                            break;
                        }
                    }
                    // XPM will not have this one; the others go on.
                    Err(Stop::Unavailable(Unavailable::Fault(fault @ Fault::Refused { .. }))) => {
                        tracing::warn!(firm.id = %firm, item = key.id, error = %fault, "put off");
                        steps.put_off(ports, key, ports.clock().now() + PUT_OFF).await?;
                        progress = true;
                        break;
                    }
                    Err(stop) => return stopped(ports, firm, S::LANE, stop),
                }
            }
        }
        steps.after(ports, &keys).await?;
        if !progress {
            // The index still shows what is done already; it catches up within moments.
            return Ok(Drained::Until(Some(now + CATCH_UP)));
        }
    }
}

/// Why a lane does nothing while its firm is not ready.
pub(crate) fn not_ready<P: Ports>(ports: &P, firm: &FirmId, lane: Lane, reason: Reason) -> Drained {
    tracing::info!(firm.id = %firm, lane = lane.as_str(), reason = reason.code(), "work waits");
    Drained::Until(Some(ports.clock().now() + REST))
}

/// When the lane goes on after a stop.
fn stopped<P: Ports>(ports: &P, firm: &FirmId, lane: Lane, stop: Stop) -> Result<Drained, Down> {
    let (now, lane) = (ports.clock().now(), lane.as_str());
    match stop {
        Stop::NoTime => Ok(Drained::Until(Some(now))),
        Stop::Unavailable(Unavailable::Shut(Shut::Down(down))) => Err(down),
        Stop::Unavailable(Unavailable::Shut(Shut::Until { until, reason })) => {
            tracing::info!(firm.id = %firm, lane, reason = reason.code(), %until, "work waits");
            Ok(Drained::Paused(until, reason))
        }
        Stop::Unavailable(Unavailable::Shut(Shut::Closed)) => {
            Ok(Drained::Paused(now + REST, Reason::NotConnected))
        }
        Stop::Unavailable(Unavailable::Fault(fault)) => {
            tracing::warn!(firm.id = %firm, lane, error = %fault, "XPM gave nothing; work waits");
            Ok(Drained::Paused(now + REST, Reason::XpmUnreachable))
        }
    }
}
