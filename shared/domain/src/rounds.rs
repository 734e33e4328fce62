//! Working a lane: one worker at a time, in rounds, and quiet only if nothing came meanwhile.

pub(crate) mod due;

use jiff::{SignedDuration, Timestamp};

use crate::deadline::Deadline;
use crate::ids::FirmId;
use crate::lanes::pause;
use crate::lease::Lease;
use crate::ports::{Clock, Down, Lane, Lanes, Ports, Wake, Wakes};
use crate::reason::Reason;

/// A wait this short is waited out; a longer one is left to the sweep.
const SHORT: SignedDuration = SignedDuration::from_secs(10);
/// A lane found empty after new marks is looked at once more after this: a mark comes before what it
/// announces, and the index of what is due may lag.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);

/// The work of one lane.
pub(crate) trait Drain<P: Ports>: Sync {
    /// Which lane.
    const LANE: Lane;
    /// How long a worker is believed to be alive without a sign: longer than any of its steps takes.
    const ALIVE: SignedDuration;
    /// What must be left of the invocation for another round to be worth it.
    const WORTH_IT: SignedDuration;

    /// Does what is due, as far as the time allows.
    fn drain(
        &self,
        ports: &P,
        firm: &FirmId,
        deadline: Deadline,
        lease: &mut Lease,
    ) -> impl Future<Output = Result<Drained, Down>> + Send;
}

/// How a round ended.
pub(crate) enum Drained {
    /// Nothing is due; this is when something will be.
    Empty(Option<Timestamp>),
    /// There is more to do from then on; without an instant, when the lane is marked again.
    Until(Option<Timestamp>),
    /// There is more to do, but XPM cannot be asked before then, for this reason.
    Paused(Timestamp, Reason),
    /// Another worker has the lane.
    Lost,
}

/// Works the lane until nothing is due, or the time is up; notes when it is due next.
pub(crate) async fn work<P: Ports, D: Drain<P>>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
    drain: &D,
) -> Result<(), Down> {
    loop {
        // Whoever has the lease looks again after giving it back.
        let Some(mut lease) = Lease::take(ports, firm, D::LANE, D::ALIVE).await? else {
            return Ok(());
        };
        let worked = rounds(ports, firm, deadline, drain, &mut lease).await;
        lease.release(ports).await?;
        worked?;
        let (lane, now) = (ports.store().look(firm, D::LANE).await?, ports.clock().now());
        let Some(next) = lane.due_at.filter(|it| *it <= now + SHORT) else { return Ok(()) };
        // Asked of the time at which it goes on: asked of now, it would spin until then.
        if !deadline.allows(next.max(now), D::WORTH_IT) {
            return ports.wakes().wake(&Wake { firm: firm.clone(), lane: D::LANE }).await;
        }
    }
}

async fn rounds<P: Ports, D: Drain<P>>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
    drain: &D,
    lease: &mut Lease,
) -> Result<(), Down> {
    loop {
        let lane = ports.store().look(firm, D::LANE).await?;
        let drained = drain.drain(ports, firm, deadline, lease).await?;
        let now = ports.clock().now();
        let next = match drained {
            Drained::Lost => return Ok(()),
            Drained::Until(next) => next,
            Drained::Paused(next, reason) => {
                if next > now + SHORT {
                    pause::note(ports, firm, D::LANE, next, reason).await?;
                }
                Some(next)
            }
            Drained::Empty(next) => {
                if D::LANE.asks_xpm() {
                    pause::clear(ports, firm, D::LANE).await?;
                }
                let again = (lane.marks != lane.settled).then_some(now + SECOND_LOOK);
                next.into_iter().chain(again).min()
            }
        };
        if let Some(next) =
            next.filter(|it| *it <= now + SHORT && deadline.allows(*it.max(&now), D::WORTH_IT))
        {
            ports.clock().wait(next).await;
            continue;
        }
        let settled = ports.store().settle(firm, D::LANE, lane.marks, next).await?;
        if settled || !deadline.allows(now, D::WORTH_IT) {
            return Ok(());
        }
    }
}
