//! Working a firm's time lane off: link what can be linked, push what can be pushed.

use jiff::{SignedDuration, Timestamp};

use super::advance::{Stop, advance};
use super::entry::EntryRecord;
use super::{nightly, redrive};
use crate::connection::{self, Ready, tokens};
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm, change};
use crate::ids::FirmId;
use crate::lanes::look_again;
use crate::lease::Lease;
use crate::linking::auto::relink;
use crate::linking::task::TaskRecord;
use crate::ports::{Clock, Down, Key, Kind, Lane, Ports};
use crate::records;
use crate::rounds::due::{self, Steps, not_ready};
use crate::rounds::{self, Drain, Drained};

/// Works the lane until nothing is due, or it has to wait for long; notes when it is due next.
pub async fn work<P: Ports>(ports: &P, firm: &FirmId, deadline: Deadline) -> Result<(), Down> {
    rounds::work(ports, firm, deadline, &Time).await
}

struct Time;

impl<P: Ports> Drain<P> for Time {
    const LANE: Lane = Lane::Time;
    const ALIVE: SignedDuration = due::ALIVE;
    const WORTH_IT: SignedDuration = due::WORTH_IT;

    async fn drain(
        &self,
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
        match connection.ready(&firm) {
            Ok(ready) => {
                let drained = due::drain(ports, &firm.id, deadline, lease, &ready).await?;
                in_time_for_tokens(ports, &firm.id, drained).await
            }
            Err(reason) => Ok(not_ready(ports, &firm.id, Lane::Time, reason)),
        }
    }
}

/// However long the lane rests, a refresh that a worker died in is begun again while Xero takes the
/// token (G31).
async fn in_time_for_tokens<P: Ports>(
    ports: &P,
    firm: &FirmId,
    drained: Drained,
) -> Result<Drained, Down> {
    let rest = match &drained {
        Drained::Until(Some(at)) | Drained::Paused(at, _) => *at,
        Drained::Empty(_) | Drained::Until(None) | Drained::Lost => return Ok(drained),
    };
    let Some(at) = tokens::due_at(ports.store(), firm).await? else { return Ok(drained) };
    // What could not be refreshed just now is not tried again and again.
    let next = rest.min(at.max(ports.clock().now() + due::REST));
    Ok(match drained {
        Drained::Paused(_, reason) => Drained::Paused(next, reason),
        Drained::Until(_) | Drained::Empty(_) | Drained::Lost => Drained::Until(Some(next)),
    })
}

impl<P: Ports> Steps<P> for Ready<'_> {
    const LANE: Lane = Lane::Time;

    /// Settings decide on links, and links on what becomes of the time.
    fn turn(kind: Kind) -> Option<u8> {
        if kind == Kind::Token {
            return None;
        }
        Some(if kind == Kind::Revisit { 0 } else { 1 + u8::from(kind != Kind::Task) })
    }

    async fn step(&self, ports: &P, deadline: Deadline, key: &Key) -> Result<bool, Stop> {
        let firm = self.firm;
        if key.kind == Kind::Revisit {
            Ok(change::step(ports, &firm.id, &key.id).await?)
        } else if key.kind == Kind::Task {
            Ok(relink(ports, self, &key.id).await?)
        } else if key.kind == Kind::Comparison {
            nightly::carry_on(ports, firm, &self.zone, deadline).await
        } else if key.kind == Kind::Redrive {
            Ok(redrive::carry_on(ports, &firm.id, &key.id).await?)
        } else {
            advance(ports, self, deadline, &key.id).await
        }
    }

    async fn put_off(&self, ports: &P, key: &Key, at: Timestamp) -> Result<(), Down> {
        if key.kind == Kind::Task {
            look_again::<TaskRecord>(ports.store(), &self.firm.id, &key.id, at).await
        } else {
            look_again::<EntryRecord>(ports.store(), &self.firm.id, &key.id, at).await
        }
    }

    async fn after(&self, ports: &P, keys: &[Key]) -> Result<(), Down> {
        if keys.iter().any(|it| it.kind == Kind::Entry) {
            nightly::ensure(ports, self.firm, &self.zone).await?;
        }
        Ok(())
    }
}
