//! What an endpoint's events are signed with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use crate::ids::FirmId;
use crate::ports::{Clock, Down, Ports, Seal, Sealed, Secret, Vault};

/// A secret that was replaced is good for so long.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// One secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// Tells it from others, and is bound into its seal.
    pub n: u64,
    /// The secret.
    pub sealed: Sealed,
    /// Until when it signs, if it was replaced.
    pub until: Option<Timestamp>,
}

impl Endpoint {
    /// The secrets that sign at `now`.
    pub(super) async fn live(
        &self,
        vault: &impl Vault,
        firm: &FirmId,
        now: Timestamp,
    ) -> Result<Vec<Secret>, Down> {
        let mut live = Vec::new();
        for it in self.secrets.iter().filter(|it| it.until.is_none_or(|until| now < until)) {
            match vault.open(&seal(firm, it.n), &it.sealed).await? {
                Some(secret) => live.push(secret),
                None => tracing::error!(firm.id = %firm, "a secret of an endpoint is not its own"),
            }
        }
        Ok(live)
    }
}

/// A secret that nobody can guess, and what is kept of it.
pub(super) async fn signing<P: Ports>(ports: &P, firm: &FirmId) -> Result<(Signing, Secret), Down> {
    let clock = ports.clock();
    let secret = Secret::new(format!("whsec_{}", STANDARD.encode(clock.random())));
    // Small enough for every number format on the way.
    let n = clock.random().iter().take(6).fold(0, |n, byte| n << 8 | u64::from(*byte));
    let sealed = ports.vault().seal(&seal(firm, n), &secret).await?;
    Ok((Signing { n, sealed, until: None }, secret))
}

fn seal(firm: &FirmId, n: u64) -> Seal<'_> {
    Seal { firm, kind: "webhook endpoint secret", version: n }
}
