//! Working a firm's jobs lane off: bringing XPM to what the delivered drafts say.

use jiff::{SignedDuration, Timestamp};

use super::advance::advance;
use super::draft::JobDraft;
use crate::connection::{self, Connection};
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm};
use crate::ids::FirmId;
use crate::lanes::{Waiting, look_again};
use crate::lease::Lease;
use crate::ports::{Down, Key, Kind, Lane, Ports};
use crate::records;
use crate::rounds::due::{self, Steps, not_ready};
use crate::rounds::{self, Drain, Drained};
use crate::time::advance::Stop;

impl Waiting for JobDraft {
    const LANE: Lane = Lane::Jobs;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(at);
    }
}

/// Works the lane until nothing is due, or it has to wait for long; notes when it is due next.
pub async fn work<P: Ports>(ports: &P, firm: &FirmId, deadline: Deadline) -> Result<(), Down> {
    rounds::work(ports, firm, deadline, &Jobs).await
}

struct Jobs;

impl<P: Ports> Drain<P> for Jobs {
    const LANE: Lane = Lane::Jobs;
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
        let connection = connection::read(ports.store(), &firm.id).await?;
        if let Some(reason) = connection.obstacle(&firm) {
            return Ok(not_ready(ports, &firm.id, Lane::Jobs, reason));
        }
        let drafts = Drafts { firm: &firm, connection: &connection };
        due::drain(ports, &firm.id, deadline, lease, &drafts).await
    }
}

struct Drafts<'a> {
    firm: &'a Firm,
    connection: &'a Connection,
}

impl<P: Ports> Steps<P> for Drafts<'_> {
    const LANE: Lane = Lane::Jobs;
    const FINISH: bool = true;

    fn turn(_: Kind) -> Option<u8> {
        Some(0)
    }

    async fn step(&self, ports: &P, deadline: Deadline, key: &Key) -> Result<bool, Stop> {
        advance(ports, self.firm, self.connection, deadline, &key.id).await
    }

    async fn put_off(&self, ports: &P, key: &Key, at: Timestamp) -> Result<(), Down> {
        look_again::<JobDraft>(ports.store(), &self.firm.id, &key.id, at).await
    }
}
