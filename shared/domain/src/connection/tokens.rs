//! The token set of a connection: one refresh at a time, and never the only token lost (protocol P2).
//!
//! Xero rotates the refresh token at every use and takes the old one for 30 minutes more, in case its
//! answer was lost (xpm-api 3.2). So a lease lets one worker refresh, the new set is stored before it
//! is used, and whoever finds a refresh that never ended presents the same old token again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Connection, State, lose};
use crate::ids::FirmId;
use crate::metric::{Metric, count};
use crate::ports::{
    Access, Cause, Clock, Denied, Down, Due, Grant, Identity, Kind, Lane, Lanes, Ports, Seal,
    Sealed, Secret, Store, Vault,
};
use crate::records::{self, Edit, Kept, Record};

/// A token with less life than this is refreshed before use.
const MARGIN: SignedDuration = SignedDuration::from_secs(120);
/// A refresh ends within this: three times the identity service's time-out.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How far the clocks of two workers may differ before a lease is taken from its holder too early.
const SKEW: SignedDuration = SignedDuration::from_secs(10);
/// A refresh that has not ended by then never will: it is begun again while Xero still takes the token.
const UNENDED: SignedDuration = SignedDuration::from_secs(120);
/// An unused token is refreshed after this; Xero forgets it after 60 days (xpm-api 3.2).
const IDLE: SignedDuration = SignedDuration::from_hours(25 * 24);
/// How long Xero takes the previous refresh token.
const GRACE: SignedDuration = SignedDuration::from_mins(30);

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
        refresh(ports, firm, tokens).await?
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

/// Refreshes tokens whose time for it has come although nobody calls XPM: a refresh that a worker died
/// in, which must be begun again while Xero takes the old token (G31), and tokens left unused (G34).
pub async fn mend<P: Ports>(ports: &P, firm: &FirmId) -> Result<(), NoToken> {
    let kept = records::get::<Tokens>(ports.store(), firm, TOKENS).await?;
    let now = ports.clock().now();
    let Some(tokens) = kept.map(|it| it.record).filter(|it| it.due_at.is_some_and(|it| it <= now))
    else {
        return Ok(());
    };
    if super::read(ports.store(), firm).await?.state == State::Connected {
        return refresh(ports, firm, tokens).await.map(drop);
    }
    // Connecting again brings new ones.
    records::amend(ports.store(), firm, TOKENS, |it: Option<Tokens>| match it {
        Some(it) if it.rotation == tokens.rotation => {
            Edit::Write(Tokens { due_at: None, ..it }, vec![], ())
        }
        Some(_) | None => Edit::Leave(()),
    })
    .await?;
    Ok(())
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

async fn refresh<P: Ports>(
    ports: &P,
    firm: &FirmId,
    seen: Tokens,
) -> Result<(Secret, u64), NoToken> {
    let now = ports.clock().now();
    let owner = crate::chance::word(ports.clock());
    ports.store().mark(firm, Lane::Time, now + UNENDED).await?;
    // The lease is taken on the newest state, which this also reads: step 3 of the protocol.
    let taken = records::amend(ports.store(), firm, TOKENS, |it: Option<Tokens>| match it {
        None => Edit::Leave(Taken::Gone),
        Some(it) if it.rotation != seen.rotation => Edit::Leave(Taken::Moved(Box::new(it))),
        Some(it) if it.lease.as_ref().is_some_and(|(_, until)| *until + SKEW > now) => {
            Edit::Leave(Taken::Held)
        }
        Some(it) => {
            let mine = Tokens {
                epoch: it.epoch + 1,
                lease: Some((owner.clone(), now + LEASE)),
                refresh_started_at: Some(now),
                due_at: Some(now + UNENDED),
                ..it
            };
            Edit::Write(mine.clone(), vec![], Taken::Mine(Box::new(mine)))
        }
    })
    .await?;
    match taken {
        Taken::Gone => Err(NoToken::NotConnected),
        Taken::Moved(it) => {
            Ok((open(ports, firm, ACCESS, &it.access, it.rotation).await?, it.rotation))
        }
        Taken::Held if seen.access_ends > now + SKEW => {
            Ok((open(ports, firm, ACCESS, &seen.access, seen.rotation).await?, seen.rotation))
        }
        Taken::Held => Err(NoToken::Busy(now + SignedDuration::from_secs(1))),
        Taken::Mine(mine) => rotate(ports, firm, *mine).await,
    }
}

enum Taken {
    Gone,
    Moved(Box<Tokens>),
    Held,
    Mine(Box<Tokens>),
}

async fn rotate<P: Ports>(
    ports: &P,
    firm: &FirmId,
    mine: Tokens,
) -> Result<(Secret, u64), NoToken> {
    // Whoever had the lease before may have found that Xero takes none of the tokens any more.
    if super::read(ports.store(), firm).await?.state != State::Connected {
        release(ports, firm, &mine).await?;
        return Err(NoToken::NotConnected);
    }
    let token = open(ports, firm, REFRESH, &mine.refresh, mine.rotation).await?;
    // A worker that was paused until its lease was over presents nothing: another may have rotated.
    let now = ports.clock().now();
    if mine.lease.as_ref().is_none_or(|(_, until)| *until <= now) {
        return Err(NoToken::Busy(now));
    }
    let answer = match ports.identity().refresh(&token).await {
        Err(Denied::InvalidGrant) => second_chance(ports, firm, &mine).await?,
        other => other,
    };
    let grant = match answer {
        Ok(grant) => grant,
        Err(Denied::InvalidGrant) => {
            count(Metric::InvalidGrants, 1);
            lose(ports.store(), firm, mine.rotation, ports.clock().now()).await?;
            release(ports, firm, &mine).await?;
            return Err(NoToken::NotConnected);
        }
        // Our app was refused, not this token: the connection works on when that is mended.
        Err(Denied::Refused(words)) => {
            release(ports, firm, &mine).await?;
            return Err(NoToken::Silent {
                until: ports.clock().now() + LEASE,
                cause: words.into(),
            });
        }
        // The rotation may have happened: the next holder presents the same token.
        Err(Denied::Silent(cause)) => {
            release(ports, firm, &mine).await?;
            return Err(NoToken::Silent { until: ports.clock().now() + LEASE, cause });
        }
    };
    let previous = Some((mine.refresh.clone(), mine.rotation));
    let fresh = seal(ports, firm, &grant, mine.rotation + 1, mine.epoch, previous).await?;
    let kept = records::amend(ports.store(), firm, TOKENS, |it: Option<Tokens>| match it {
        Some(it) if it.epoch == mine.epoch && it.rotation == mine.rotation => {
            Edit::Write(fresh.clone(), vec![], true)
        }
        Some(it) => Edit::Leave(it.rotation == fresh.rotation && it.access == fresh.access),
        None => Edit::Leave(false),
    })
    .await?;
    if kept {
        Ok((grant.access, fresh.rotation))
    } else {
        // Someone took the lease over meanwhile; what they stored is what counts.
        Err(NoToken::Busy(ports.clock().now()))
    }
}

/// A last try with the token before this one, while Xero still takes it: once per rotation.
async fn second_chance<P: Ports>(
    ports: &P,
    firm: &FirmId,
    mine: &Tokens,
) -> Result<Result<Grant, Denied>, NoToken> {
    if let Some(Kept { record: now_stored, .. }) =
        records::get::<Tokens>(ports.store(), firm, TOKENS).await?
        && now_stored.rotation != mine.rotation
    {
        return Err(NoToken::Busy(ports.clock().now()));
    }
    match &mine.previous {
        Some((sealed, rotation)) if ports.clock().now() < mine.rotated_at + GRACE => {
            let token = open(ports, firm, REFRESH, sealed, *rotation).await?;
            Ok(ports.identity().refresh(&token).await)
        }
        Some(_) | None => Ok(Err(Denied::InvalidGrant)),
    }
}

async fn release<P: Ports>(ports: &P, firm: &FirmId, mine: &Tokens) -> Result<(), Down> {
    records::amend(ports.store(), firm, TOKENS, |it: Option<Tokens>| match it {
        Some(it) if it.epoch == mine.epoch => Edit::Write(Tokens { lease: None, ..it }, vec![], ()),
        Some(_) | None => Edit::Leave(()),
    })
    .await
}

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
