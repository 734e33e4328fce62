//! Working a firm's time lane off: link what can be linked, push what can be pushed.

use jiff::{SignedDuration, Timestamp};

use super::advance::{Stop, advance};
use super::entry::EntryRecord;
use super::{nightly, redrive};
use crate::connection::{self, tokens};
use crate::copies::Unavailable;
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm, change};
use crate::gate::Shut;
use crate::ids::FirmId;
use crate::lanes::{look_again, pause};
use crate::lease::Lease;
use crate::linking::auto::relink;
use crate::linking::task::TaskRecord;
use crate::ports::{Clock, Down, Fault, Key, Kind, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::reason::Reason;
use crate::records;

/// How many due items are fetched at a time.
const HANDFUL: usize = 50;
/// A lane found empty after new marks is looked at once more after this, because the index of what is
/// due may lag behind what was written.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// When XPM refuses even to be asked about an item, it is looked at again after this.
const PUT_OFF: SignedDuration = SignedDuration::from_mins(10);
/// A wait for the call budget this short is waited out; a longer one is left to the sweep.
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
        let Some(mut lease) = Lease::take(ports, firm, Lane::Time, ALIVE).await? else {
            return Ok(());
        };
        let worked = rounds(ports, firm, deadline, &mut lease).await;
        lease.release(ports).await?;
        worked?;
        let (lane, now) = (ports.store().look(firm, Lane::Time).await?, ports.clock().now());
        let Some(next) = lane.due_at.filter(|it| *it <= now + SHORT) else { return Ok(()) };
        // What cannot be waited for any more is another invocation's.
        if !deadline.allows(next.max(now), WORTH_IT) {
            return ports.wakes().wake(&Wake { firm: firm.clone(), lane: Lane::Time }).await;
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
        let lane = ports.store().look(firm, Lane::Time).await?;
        let drained = drain(ports, firm, deadline, lease).await?;
        let now = ports.clock().now();
        let next = match drained {
            Drained::Lost => return Ok(()),
            Drained::Until(next) => next,
            Drained::Paused(next, reason) => {
                if next > now + SHORT {
                    pause::note(ports, firm, Lane::Time, next, reason).await?;
                }
                Some(next)
            }
            Drained::Empty(next) => {
                pause::clear(ports, firm, Lane::Time).await?;
                let marked = lane.marks != lane.settled;
                let again = marked.then_some(now + SECOND_LOOK);
                next.into_iter().chain(again).min()
            }
        };
        if let Some(next) = next.filter(|it| *it <= now + SHORT && deadline.allows(*it, WORTH_IT)) {
            ports.clock().wait(next).await;
            continue;
        }
        let settled = ports.store().settle(firm, Lane::Time, lane.marks, next).await?;
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
    /// Something is due, but XPM cannot be asked before then, for this reason.
    Paused(Timestamp, Reason),
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
    if let Err(error) = tokens::mend(ports, &firm.id).await {
        tracing::warn!(firm.id = %firm.id, %error, "the tokens wait to be refreshed");
    }
    let connection = connection::read(ports.store(), &firm.id).await?;
    let ready = match connection.ready(&firm) {
        Ok(ready) => ready,
        Err(reason) => {
            tracing::info!(firm.id = %firm.id, reason = reason.code(), "time waits");
            return Ok(Drained::Until(Some(ports.clock().now() + REST)));
        }
    };
    loop {
        let now = ports.clock().now();
        let mut due = ports.store().due(&firm.id, Lane::Time, now, HANDFUL).await?;
        due.retain(|(_, key)| key.kind != Kind::Token);
        if due.is_empty() {
            let next = ports.store().due(&firm.id, Lane::Time, Timestamp::MAX, 1).await?;
            return Ok(Drained::Empty(next.first().map(|(at, _)| *at)));
        }
        // Settings decide on links, and links on what becomes of the time.
        let mut keys: Vec<Key> = due.into_iter().map(|(_, key)| key).collect();
        keys.sort_by_key(|it| (it.kind != Kind::Revisit, it.kind != Kind::Task));
        let mut progress = false;
        for key in &keys {
            if !lease.extend(ports, ALIVE).await? {
                return Ok(Drained::Lost);
            }
            if !deadline.allows(ports.clock().now(), SignedDuration::from_secs(2)) {
                return Ok(Drained::Until(Some(now)));
            }
            let step = if key.kind == Kind::Revisit {
                change::step(ports, &firm.id, &key.id).await.map_err(Stop::from)
            } else if key.kind == Kind::Task {
                relink(ports, &ready, &key.id).await.map_err(Stop::from)
            } else if key.kind == Kind::Comparison {
                nightly::carry_on(ports, &firm, &ready.zone, deadline).await
            } else if key.kind == Kind::Redrive {
                redrive::carry_on(ports, &firm.id, &key.id).await.map_err(Stop::from)
            } else {
                advance(ports, &ready, deadline, &key.id).await
            };
            match step {
                Ok(was_due) => progress |= was_due,
                // XPM will not have this one; the others go on.
                Err(Stop::Unavailable(Unavailable::Fault(fault @ Fault::Refused { .. }))) => {
                    tracing::warn!(firm.id = %firm.id, item = key.id, error = %fault, "put off");
                    put_off(ports, &firm.id, key).await?;
                    progress = true;
                }
                Err(stop) => return stopped(ports, &firm.id, stop),
            }
        }
        if keys.iter().any(|it| it.kind == Kind::Entry) {
            nightly::ensure(ports, &firm, &ready.zone).await?;
        }
        if !progress {
            // The index still shows what is done already; it catches up within moments.
            return Ok(Drained::Until(Some(now + CATCH_UP)));
        }
    }
}

async fn put_off<P: Ports>(ports: &P, firm: &FirmId, key: &Key) -> Result<(), Down> {
    let later = ports.clock().now() + PUT_OFF;
    if key.kind == Kind::Task {
        look_again::<TaskRecord>(ports.store(), firm, &key.id, later).await
    } else {
        look_again::<EntryRecord>(ports.store(), firm, &key.id, later).await
    }
}

/// When the lane goes on after a stop.
fn stopped<P: Ports>(ports: &P, firm: &FirmId, stop: Stop) -> Result<Drained, Down> {
    let now = ports.clock().now();
    match stop {
        Stop::NoTime => Ok(Drained::Until(Some(now))),
        Stop::Unavailable(Unavailable::Shut(Shut::Down(down))) => Err(down),
        Stop::Unavailable(Unavailable::Shut(Shut::Until { until, reason })) => {
            tracing::info!(firm.id = %firm, reason = reason.code(), %until, "time waits");
            Ok(Drained::Paused(until, reason))
        }
        Stop::Unavailable(Unavailable::Shut(Shut::Closed)) => {
            Ok(Drained::Paused(now + REST, Reason::NotConnected))
        }
        Stop::Unavailable(Unavailable::Fault(fault)) => {
            tracing::warn!(firm.id = %firm, error = %fault, "XPM gave nothing; time waits");
            Ok(Drained::Paused(now + REST, Reason::XpmUnreachable))
        }
    }
}
