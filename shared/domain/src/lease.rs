//! One worker per firm and lane at a time: two would read the same twice. Nothing depends on it but
//! the work saved.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::chance::word;
use crate::ids::FirmId;
use crate::ports::{Cache, CacheKey, Cached, Clock, Committed, Down, Expect, Lane, Ports, Shelf};

/// The right to work a firm's lane for a while.
pub(crate) struct Lease {
    key: CacheKey,
    version: u64,
    owner: String,
    until: Timestamp,
}

impl Lease {
    /// Takes the lease, unless another worker has it.
    pub(crate) async fn take<P: Ports>(
        ports: &P,
        firm: &FirmId,
        lane: Lane,
        lasting: SignedDuration,
    ) -> Result<Option<Self>, Down> {
        let now = ports.clock().now();
        let key = CacheKey::new(firm, Shelf::Lease, lane.as_str());
        let lease = Self { key, version: 1, owner: word(ports.clock()), until: now + lasting };
        Ok(match lease.write(ports, lease.until, Expect::Absent, now).await? {
            Committed::Done => Some(lease),
            Committed::Conflict => None,
        })
    }

    /// Makes the lease last about so long from now; says whether it is still ours.
    pub(crate) async fn extend<P: Ports>(
        &mut self,
        ports: &P,
        lasting: SignedDuration,
    ) -> Result<bool, Down> {
        let now = ports.clock().now();
        // Written only when half of it is gone, not with every chunk; and when it is too long, so
        // that a worker that dies does not keep others out.
        if (now + lasting / 2..=now + lasting).contains(&self.until) {
            return Ok(true);
        }
        // Once it is over, what stands there may be another's.
        if self.until <= now {
            return Ok(false);
        }
        let longer = now + lasting;
        match self.write(ports, longer, Expect::Version(self.version), now).await? {
            Committed::Done => {
                self.version += 1;
                self.until = longer;
                Ok(true)
            }
            Committed::Conflict => Ok(false),
        }
    }

    /// Gives the lease back, if it is still ours.
    pub(crate) async fn release<P: Ports>(self, ports: &P) -> Result<(), Down> {
        let now = ports.clock().now();
        if self.until <= now {
            return Ok(());
        }
        let _ = ports.cache().forget(&self.key, Expect::Version(self.version), now).await?;
        Ok(())
    }

    async fn write<P: Ports>(
        &self,
        ports: &P,
        until: Timestamp,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        let body = json!({ "owner": self.owner });
        let item = Cached { version: 0, body, expires_at: until };
        ports.cache().keep(&self.key, item, expect, now).await
    }
}
