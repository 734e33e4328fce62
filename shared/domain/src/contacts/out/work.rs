//! Working a firm's lane of contacts towards XPM off.

use jiff::{SignedDuration, Timestamp};

use super::advance::advance;
use crate::connection;
use crate::contacts::book::ContactRecord;
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm, change};
use crate::ids::FirmId;
use crate::lanes::look_again;
use crate::lease::Lease;
use crate::ports::{Down, Key, Kind, Lane, Ports};
use crate::records;
use crate::rounds::due::{self, Steps, not_ready};
use crate::rounds::{self, Drain, Drained};
use crate::time::advance::Stop;

/// Works the lane until nothing is due, or it has to wait for long; notes when it is due next.
pub async fn work<P: Ports>(ports: &P, firm: &FirmId, deadline: Deadline) -> Result<(), Down> {
    rounds::work(ports, firm, deadline, &Out).await
}

struct Out;

impl<P: Ports> Drain<P> for Out {
    const LANE: Lane = Lane::ContactsOut;
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
        let pushes = !firm.settings.contact_sync.push_contact_types.is_empty();
        let obstacle = connection::read(ports.store(), &firm.id).await?.obstacle(&firm);
        // Where nothing goes to XPM, there is still to be matched what waits here.
        if let Some(reason) = obstacle.filter(|_| pushes) {
            return Ok(not_ready(ports, &firm.id, Lane::ContactsOut, reason));
        }
        due::drain(ports, &firm.id, deadline, lease, &Contacts(&firm)).await
    }
}

struct Contacts<'a>(&'a Firm);

impl<P: Ports> Steps<P> for Contacts<'_> {
    const LANE: Lane = Lane::ContactsOut;

    /// What people wait for goes first; then more is looked through.
    fn turn(kind: Kind) -> Option<u8> {
        Some(u8::from(kind == Kind::Revisit))
    }

    async fn step(&self, ports: &P, deadline: Deadline, key: &Key) -> Result<bool, Stop> {
        match key.kind == Kind::Revisit {
            true => Ok(change::step(ports, &self.0.id, &key.id).await?),
            false => advance(ports, self.0, deadline, &key.id).await,
        }
    }

    async fn put_off(&self, ports: &P, key: &Key, at: Timestamp) -> Result<(), Down> {
        look_again::<ContactRecord>(ports.store(), &self.0.id, &key.id, at).await
    }
}
