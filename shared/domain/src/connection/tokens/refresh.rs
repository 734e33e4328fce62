//! Rotating a token set: by one worker at a time, and begun again when its worker died.

use jiff::SignedDuration;

use super::{ACCESS, NoToken, REFRESH, TOKENS, Tokens, open, seal};
use crate::connection::{self, State, lose};
use crate::ids::FirmId;
use crate::metric::{Metric, count};
use crate::ports::{Clock, Denied, Down, Grant, Identity, Lane, Lanes, Ports, Secret};
use crate::records::{self, Edit, Kept};

/// A refresh ends within this: three times the identity service's time-out.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How far the clocks of two workers may differ before a lease is taken from its holder too early.
const SKEW: SignedDuration = SignedDuration::from_secs(10);
/// A refresh that has not ended by then never will: it is begun again while Xero still takes the token.
const UNENDED: SignedDuration = SignedDuration::from_secs(120);
/// How long Xero takes the previous refresh token.
const GRACE: SignedDuration = SignedDuration::from_mins(30);

/// Refreshes tokens whose time for it has come although nobody calls XPM: a refresh that a worker died
/// in, which must be begun again while Xero takes the old token (G31), and tokens left unused (G34).
pub async fn mend<P: Ports>(ports: &P, firm: &FirmId) -> Result<(), NoToken> {
    let kept = records::get::<Tokens>(ports.store(), firm, TOKENS).await?;
    let now = ports.clock().now();
    let Some(tokens) = kept.map(|it| it.record).filter(|it| it.due_at.is_some_and(|it| it <= now))
    else {
        return Ok(());
    };
    if connection::read(ports.store(), firm).await?.state == State::Connected {
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

/// Rotates the tokens, unless another worker does or has done.
pub(super) async fn refresh<P: Ports>(
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
    if connection::read(ports.store(), firm).await?.state != State::Connected {
        release(ports, firm, &mine).await?;
        return Err(NoToken::NotConnected);
    }
    let token = open(ports, firm, REFRESH, &mine.refresh, mine.rotation).await?;
    // A worker that was paused until its lease was over presents nothing: another may have rotated.
    let now = ports.clock().now();
    if mine.lease.as_ref().is_none_or(|(_, until)| *until <= now) {
        return Err(NoToken::Busy(now));
    }
    let (answer, presented) = match ports.identity().refresh(&token).await {
        Err(Denied::InvalidGrant) => {
            (second_chance(ports, firm, &mine).await?, mine.previous.clone())
        }
        other => (other, Some((mine.refresh.clone(), mine.rotation))),
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
    // The one that worked, because Xero goes on taking it for a while.
    let fresh = seal(ports, firm, &grant, mine.rotation + 1, mine.epoch, presented).await?;
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
