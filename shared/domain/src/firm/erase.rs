//! Erasing a firm (G55): nothing of it stays but that it was erased, and when.
//!
//! First the doors are shut: its keys and its own record go, so that no request, webhook or worker
//! finds it any more. Then its token is revoked at Xero, and then go its records and what is cached of
//! it, kind by kind. Whoever had begun before the doors were shut may still write a little, so the
//! erasure ends only when that time is over and a whole pass has found nothing. It may die anywhere,
//! and goes on when it is called again.

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{FIRM, Firm};
use crate::connection::{self, CONNECTION, Connection, tenants, tokens};
use crate::ids::FirmId;
use crate::members;
use crate::ports::{
    Cache, CacheKey, Change, Clock, Committed, Denied, Down, Expect, Identity, Key, Kind, Ports,
    Range, Shelf, Store,
};
use crate::records::{self, Edit, Record};

/// No function runs longer than half of this, so that whoever began before the doors were shut has ended.
pub const QUIET: SignedDuration = SignedDuration::from_mins(10);
/// So many things go at a time.
const HANDFUL: usize = 100;

/// That a firm was erased: all that is left of it, kept with what belongs to no firm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Which firm.
    pub firm: FirmId,
    /// When the erasure began.
    pub begun_at: Timestamp,
    /// Since when nobody gets in.
    pub shut_at: Option<Timestamp>,
    /// When a pass found nothing more.
    pub erased_at: Option<Timestamp>,
}

impl Record for Erasure {
    const KIND: Kind = Kind::Erasure;

    fn id(&self) -> String {
        self.firm.to_string()
    }
}

/// How far an erasure has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is no such firm, and there never was one that was erased.
    NoSuchFirm,
    /// It is to be called again, then.
    Again(Timestamp),
    /// Nothing is left, since then.
    Erased(Timestamp),
}

/// Why an erasure cannot go on; it does when it is called again.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// Our own memory does not answer.
    #[error("the firm's records could not be erased")]
    Down(#[from] Down),
    /// Xero does not answer, so that the token may still be good.
    #[error("the token could not be revoked at Xero")]
    Unrevoked(#[source] Denied),
}

/// Erases a firm as far as can be done now. `quiet` is how long after the doors were shut something may
/// still be written: [`QUIET`].
///
/// # Errors
/// A part of the outside does not answer.
pub async fn erase<P: Ports>(
    ports: &P,
    firm: &FirmId,
    quiet: SignedDuration,
) -> Result<Progress, Unfinished> {
    let Some(begun) = begin(ports, firm).await? else { return Ok(Progress::NoSuchFirm) };
    if let Some(at) = begun.erased_at {
        return Ok(Progress::Erased(at));
    }
    let mut gone = sweep(ports, firm, Kind::ApiKey).await?;
    gone += sweep(ports, firm, Kind::Firm).await?;
    let shut = note(ports, firm, |it, now| *it.shut_at.get_or_insert(now)).await?;
    disconnect(ports, firm).await?;
    // Members go together with what leads to them from a login or an address.
    gone += members::erase(ports.store(), firm).await?;
    for kind in Kind::ALL.iter().filter(|it| **it != Kind::Member) {
        gone += sweep(ports, firm, *kind).await?;
    }
    for shelf in Shelf::ALL {
        gone += clear(ports, firm, *shelf).await?;
    }
    let now = ports.clock().now();
    if gone > 0 || now < shut + quiet {
        return Ok(Progress::Again(now.max(shut + quiet)));
    }
    let at = note(ports, firm, |it, now| *it.erased_at.get_or_insert(now)).await?;
    tracing::info!(firm.id = %firm, "the firm is erased");
    Ok(Progress::Erased(at))
}

/// The erasure under way, or a new one; none for a firm that is not there.
async fn begin<P: Ports>(ports: &P, firm: &FirmId) -> Result<Option<Erasure>, Down> {
    let known = records::get::<Firm>(ports.store(), firm, FIRM).await?.is_some();
    let begun_at = ports.clock().now();
    let fresh = Erasure { firm: firm.clone(), begun_at, shut_at: None, erased_at: None };
    records::amend(ports.store(), &FirmId::directory(), firm.as_str(), |it| match it {
        Some(begun) => Edit::Leave(Some(begun)),
        None if known => Edit::Write(fresh.clone(), vec![], Some(fresh.clone())),
        None => Edit::Leave(None),
    })
    .await
}

/// Notes how far it has come, unless that was noted before; gives what is noted.
async fn note<P: Ports>(
    ports: &P,
    firm: &FirmId,
    change: fn(&mut Erasure, Timestamp) -> Timestamp,
) -> Result<Timestamp, Down> {
    let now = ports.clock().now();
    records::amend(ports.store(), &FirmId::directory(), firm.as_str(), |it: Option<Erasure>| {
        let Some(mut it) = it else { return Edit::Leave(now) };
        let at = change(&mut it, now);
        Edit::Write(it, vec![], at)
    })
    .await
}

/// Ends the connection for good: no call is made any more, the organisation leads here no more, and
/// the token is worth nothing. The token is kept until Xero has said so.
async fn disconnect<P: Ports>(ports: &P, firm: &FirmId) -> Result<(), Unfinished> {
    let store = ports.store();
    let organisation = connection::read(store, firm).await?.organisation;
    let mut changes = tenants::changes(firm, organisation.as_ref(), None);
    changes.push(Change::Delete(Key::new(firm, Connection::KIND, CONNECTION), Expect::Any));
    if store.commit(changes).await? == Committed::Conflict {
        return Err(Down { what: "the connection", cause: "it is being changed".into() }.into());
    }
    let Some(token) = tokens::refresh_token(ports, firm).await? else { return Ok(()) };
    match ports.identity().revoke(&token).await {
        Ok(()) | Err(Denied::InvalidGrant) => Ok(()),
        Err(Denied::Refused(words)) => {
            tracing::warn!(firm.id = %firm, words, "Xero would not revoke the token");
            Ok(())
        }
        Err(silent @ Denied::Silent(_)) => Err(Unfinished::Unrevoked(silent)),
    }
}

/// Deletes the firm's records of a kind; says how many there were.
async fn sweep<P: Ports>(ports: &P, firm: &FirmId, kind: Kind) -> Result<usize, Down> {
    let mut gone = 0;
    loop {
        let page = ports.store().list(&Range::of(firm, kind, "", HANDFUL)).await?;
        let count = page.items.len();
        if count == 0 {
            return Ok(gone);
        }
        let changes = page.items.into_iter().map(|it| Change::Delete(it.key, Expect::Any));
        // Whoever meets another's write tries again: what is left is listed anew.
        if ports.store().commit(changes.collect()).await? == Committed::Done {
            gone += count;
        }
    }
}

/// Forgets what is cached of the firm on a shelf; says how much there was.
async fn clear<P: Ports>(ports: &P, firm: &FirmId, shelf: Shelf) -> Result<usize, Down> {
    let (cache, now) = (ports.cache(), ports.clock().now());
    let mut gone = 0;
    loop {
        let ids = cache.ids(firm, shelf, HANDFUL).await?;
        if ids.is_empty() {
            return Ok(gone);
        }
        gone += ids.len();
        let keys: Vec<CacheKey> =
            ids.into_iter().map(|it| CacheKey::new(firm, shelf, it)).collect();
        try_join_all(keys.iter().map(|it| cache.forget(it, Expect::Any, now))).await?;
    }
}
