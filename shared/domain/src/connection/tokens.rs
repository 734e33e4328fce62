//! The token set of a connection: one refresh at a time, and never the only token lost (protocol P2).
//!
//! Xero rotates the refresh token at every use and takes the old one for 30 minutes more, in case its
//! answer was lost (xpm-api 3.2). So a lease lets one worker refresh, the new set is stored before it
//! is used, and whoever finds a refresh that never ended presents the same old token again.

mod refresh;

pub use refresh::mend;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Connection, State};
use crate::ids::FirmId;
use crate::ports::{
    Access, Cause, Clock, Down, Due, Grant, Kind, Lane, Lanes, Ports, Seal, Sealed, Secret, Store,
    Vault,
};
use crate::records::{self, Edit, Kept, Record};

/// A token with less life than this is refreshed before use.
const MARGIN: SignedDuration = SignedDuration::from_secs(120);
/// An unused token is refreshed after this; Xero forgets it after 60 days (xpm-api 3.2).
const IDLE: SignedDuration = SignedDuration::from_hours(25 * 24);

/// The sealed token set of a firm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    /// Grows by one with every rotation; part of the seal.
    pub rotation: u64,
    /// Grows by one with every lease, so that a late worker writes nothing.
    pub epoch: u64,
    access: Sealed,
    refresh: Sealed,
    /// When the access token ends.
    pub access_ends: Timestamp,
    /// The refresh token before this one, with its rotation.
    previous: Option<(Sealed, u64)>,
    /// When this set came from Xero.
    pub rotated_at: Timestamp,
    /// When a refresh began that has not ended.
    pub refresh_started_at: Option<Timestamp>,
    lease: Option<(String, Timestamp)>,
    /// When they need to be refreshed although nobody uses them ([`mend`]).
    #[serde(default)]
    due_at: Option<Timestamp>,
}

/// When a firm's tokens need to be refreshed although nobody uses them; none while there are none.
///
/// # Errors
/// The store does not answer.
pub async fn due_at(store: &impl Store, firm: &FirmId) -> Result<Option<Timestamp>, Down> {
    Ok(records::get::<Tokens>(store, firm, TOKENS).await?.and_then(|it| it.record.due_at))
}

/// The id under which a firm's tokens are kept.
pub const TOKENS: &str = "xpm";

impl Record for Tokens {
    const KIND: Kind = Kind::Token;

    fn id(&self) -> String {
        TOKENS.into()
    }

    fn due(&self) -> Option<Due> {
        self.due_at.map(|at| Due { lane: Lane::Time, at })
    }
}

/// Why there is no token to call with.
#[derive(Debug, thiserror::Error)]
pub enum NoToken {
    /// The firm is not connected, or has to connect again.
    #[error("the firm is not connected")]
    NotConnected,
    /// Another worker is refreshing; ask again then.
    #[error("the token is being refreshed")]
    Busy(Timestamp),
    /// The identity service did not answer, or refused our app; ask again then.
    #[error("the token could not be refreshed")]
    Silent {
        /// When to ask again.
        until: Timestamp,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// Our own memory failed us.
    #[error("the token could not be read")]
    Down(#[from] Down),
}

/// Access to the firm's organisation, with a token that lasts for a while, and its rotation.
pub async fn access<P: Ports>(ports: &P, firm: &FirmId) -> Result<(Access, u64), NoToken> {
    let connection = super::read(ports.store(), firm).await?;
    let Connection { state: State::Connected, organisation: Some(organisation), .. } = connection
    else {
        return Err(NoToken::NotConnected);
    };
    let Some(Kept { record: tokens, .. }) =
        records::get::<Tokens>(ports.store(), firm, TOKENS).await?
    else {
        return Err(NoToken::NotConnected);
    };
    let now = ports.clock().now();
    let (token, rotation) = if tokens.access_ends - MARGIN > now {
        (open(ports, firm, ACCESS, &tokens.access, tokens.rotation).await?, tokens.rotation)
    } else {
        refresh::refresh(ports, firm, tokens).await?
    };
    Ok((Access { token, tenant: organisation.tenant }, rotation))
}

/// Keeps a first token set, whatever was there before.
pub async fn keep<P: Ports>(ports: &P, firm: &FirmId, grant: &Grant) -> Result<(), Down> {
    loop {
        let old = records::get::<Tokens>(ports.store(), firm, TOKENS).await?;
        let (rotation, epoch, over) = old.map_or((1, 1, None), |it| {
            (it.record.rotation + 1, it.record.epoch + 1, Some(it.version))
        });
        let tokens = seal(ports, firm, grant, rotation, epoch, None).await?;
        ports.store().mark(firm, Lane::Time, tokens.rotated_at + IDLE).await?;
        let change = records::put(firm, &tokens, over)?;
        if ports.store().commit(vec![change]).await? == crate::ports::Committed::Done {
            return Ok(());
        }
    }
}

/// Notes that XPM refused an access token before its time, so that the next use refreshes it.
pub async fn reject(
    store: &impl Store,
    firm: &FirmId,
    rotation: u64,
    now: Timestamp,
) -> Result<(), Down> {
    records::amend(store, firm, TOKENS, |it: Option<Tokens>| match it {
        Some(it) if it.rotation == rotation && it.access_ends > now => {
            Edit::Write(Tokens { access_ends: now, ..it }, vec![], ())
        }
        Some(_) | None => Edit::Leave(()),
    })
    .await
}

/// The refresh token, for revoking it.
pub async fn refresh_token<P: Ports>(ports: &P, firm: &FirmId) -> Result<Option<Secret>, Down> {
    match records::get::<Tokens>(ports.store(), firm, TOKENS).await? {
        Some(Kept { record, .. }) => {
            open(ports, firm, REFRESH, &record.refresh, record.rotation).await.map(Some)
        }
        None => Ok(None),
    }
}

const ACCESS: &str = "xero access token";
const REFRESH: &str = "xero refresh token";

async fn seal<P: Ports>(
    ports: &P,
    firm: &FirmId,
    grant: &Grant,
    rotation: u64,
    epoch: u64,
    previous: Option<(Sealed, u64)>,
) -> Result<Tokens, Down> {
    let now = ports.clock().now();
    let at = |kind| Seal { firm, kind, version: rotation };
    Ok(Tokens {
        rotation,
        epoch,
        access: ports.vault().seal(&at(ACCESS), &grant.access).await?,
        refresh: ports.vault().seal(&at(REFRESH), &grant.refresh).await?,
        access_ends: now + grant.expires_in,
        previous,
        rotated_at: now,
        refresh_started_at: None,
        lease: None,
        due_at: Some(now + IDLE),
    })
}

async fn open<P: Ports>(
    ports: &P,
    firm: &FirmId,
    kind: &'static str,
    sealed: &Sealed,
    version: u64,
) -> Result<Secret, Down> {
    ports.vault().open(&Seal { firm, kind, version }, sealed).await?.ok_or_else(|| Down {
        what: "the vault",
        cause: format!("the {kind} does not belong where it was found").into(),
    })
}
