//! What the publisher does when it is woken: it numbers what happened, and delivers it.

use jiff::{SignedDuration, Timestamp};

use super::fan_out::fan_out;
use super::place::place;
use crate::deadline::Deadline;
use crate::ids::FirmId;
use crate::journal::Entry;
use crate::lease::Lease;
use crate::ports::{Clock, Courier, Down, Key, Kind, Lane, Ports, Secret, Store};
use crate::rounds::{self, Drain, Drained};

/// How long a worker is believed to be alive without a sign: more than a round takes.
pub(super) const ALIVE: SignedDuration = SignedDuration::from_secs(60);
/// How many due entries are looked at at a time.
const HANDFUL: usize = 30;
/// How long the index may need to catch up with what was written.
const CATCH_UP: SignedDuration = SignedDuration::from_secs(1);
/// What one batch of places takes at most.
const BATCH: SignedDuration = SignedDuration::from_secs(3);

/// What makes a message of an entry.
pub trait Scribe: Send + Sync {
    /// The body that tells of the entry under this id.
    fn write(&self, id: &str, entry: &Entry) -> Vec<u8>;

    /// The signature of a body, as Standard Webhooks writes it.
    ///
    /// # Errors
    /// The secret or the id cannot be used.
    fn sign(&self, secret: &Secret, id: &str, at: Timestamp, body: &[u8]) -> Result<String, Down>;
}

/// How events reach endpoints.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a, C, S> {
    /// Who takes them.
    pub courier: &'a C,
    /// Who writes them.
    pub scribe: &'a S,
}

/// Sends the firm's endpoints what waits for them.
///
/// # Errors
/// Our own memory does not answer; the lane stays due.
pub async fn deliver<P: Ports, C: Courier, S: Scribe>(
    ports: &P,
    post: &Post<'_, C, S>,
    firm: &FirmId,
    deadline: Deadline,
) -> Result<(), Down> {
    rounds::work(ports, firm, deadline, post).await
}

/// Gives everything that happened at the firm its place in the feed.
///
/// # Errors
/// The store does not answer; the lane stays due.
pub async fn publish<P: Ports>(ports: &P, firm: &FirmId, deadline: Deadline) -> Result<(), Down> {
    rounds::work(ports, firm, deadline, &Publish).await
}

struct Publish;

impl<P: Ports> Drain<P> for Publish {
    const LANE: Lane = Lane::Events;
    const ALIVE: SignedDuration = ALIVE;
    const WORTH_IT: SignedDuration = SignedDuration::from_secs(5);

    async fn drain(
        &self,
        ports: &P,
        firm: &FirmId,
        deadline: Deadline,
        lease: &mut Lease,
    ) -> Result<Drained, Down> {
        loop {
            if !lease.extend(ports, ALIVE).await? {
                return Ok(Drained::Lost);
            }
            let now = ports.clock().now();
            if !deadline.allows(now, BATCH) {
                return Ok(Drained::Until(Some(now)));
            }
            // An entry's own time may be ahead of this clock: whatever has no place is due.
            let due = ports.store().due(firm, Lane::Events, Timestamp::MAX, HANDFUL).await?;
            let due: Vec<Key> = due.into_iter().map(|it| it.1).collect();
            if due.is_empty() {
                return Ok(match fan_out(ports, firm, deadline).await? {
                    true => Drained::Empty(None),
                    false => Drained::Until(Some(now + CATCH_UP)),
                });
            }
            debug_assert!(due.iter().all(|it| it.kind == Kind::Journal));
            if place(ports.store(), firm, &due, now).await? == 0 {
                // The index still shows what is done already; it catches up within moments.
                return Ok(Drained::Until(Some(now + CATCH_UP)));
            }
        }
    }
}
