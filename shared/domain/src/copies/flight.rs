//! One call for many readers: whoever finds no believed copy asks XPM, the others wait for the copy.
//!
//! The right to ask is a short lease in the cache, so that it holds across processes too. Should its
//! holder die, the lease ends; a cache that forgets it costs a call and nothing else (XB-34).

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{BELIEVED, Copy, Unavailable};
use crate::chance::word;
use crate::connection;
use crate::gate::{CALL, Shut};
use crate::ids::{FirmId, TenantId};
use crate::ports::{Cache, CacheKey, Cached, Clock, Committed, Down, Expect, Ports, Shelf};
use crate::reason::Reason;

/// How long a copy is kept for the time when XPM does not answer.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long the right to ask lasts: a call, and its bookkeeping.
const LASTING: SignedDuration = SignedDuration::from_secs(CALL.as_secs() + 5);
/// How often those who wait look.
const LOOK: SignedDuration = SignedDuration::from_millis(200);
/// How long they wait, at most.
const PATIENCE: SignedDuration = SignedDuration::from_secs(6);
/// How long those who waited are told that it was in vain.
const IN_VAIN: SignedDuration = SignedDuration::from_secs(1);

/// What a reader finds.
pub(super) enum Boarded<T> {
    /// A copy to be believed.
    Copy(Copy<T>),
    /// The right to ask XPM, and what is known of old.
    Ask(Flight, Option<Copy<T>>),
    /// Nothing but what is known of old: another reader asked in vain, or still asks.
    Late(Unavailable, Option<Copy<T>>),
}

/// The right to ask XPM for a resource.
#[must_use = "those who wait are told how it ended"]
pub(super) struct Flight {
    key: CacheKey,
    version: u64,
    owner: String,
    began: Timestamp,
    source: Option<TenantId>,
}

/// What stands on the lease.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Board {
    Asking(String),
    InVain(Reason),
}

/// Finds the copy, or the right to ask for it; waits while another asks.
pub(super) async fn board<P: Ports, T: DeserializeOwned>(
    ports: &P,
    firm: &FirmId,
    name: &str,
) -> Result<Boarded<T>, Down> {
    let source = source(ports, firm).await?;
    let key = key(firm, name);
    let came = ports.clock().now();
    let mut waited = false;
    loop {
        let now = ports.clock().now();
        let old = kept(ports, firm, name, &source).await?;
        let old = match old {
            Some(copy) if now < copy.as_of + BELIEVED => return Ok(Boarded::Copy(copy)),
            old => old,
        };
        let mut expect = Expect::Absent;
        if let Some(lease) = ports.cache().fetch(&key, now).await? {
            match serde_json::from_value(lease.body).map_err(unreadable)? {
                Board::InVain(reason) if waited => {
                    let until = lease.expires_at;
                    return Ok(Boarded::Late(Shut::Until { until, reason }.into(), old));
                }
                Board::InVain(_) => expect = Expect::Version(lease.version),
                Board::Asking(_) if now >= came + PATIENCE => {
                    let until = now + IN_VAIN;
                    let shut = Shut::Until { until, reason: Reason::XpmUnreachable };
                    return Ok(Boarded::Late(shut.into(), old));
                }
                Board::Asking(_) => {
                    waited = true;
                    ports.clock().wait(now + LOOK).await;
                    continue;
                }
            }
        }
        let owner = word(ports.clock());
        let asking = lease(&Board::Asking(owner.clone()), now + LASTING)?;
        if ports.cache().keep(&key, asking, expect, now).await? == Committed::Done {
            let version = match expect {
                Expect::Version(seen) => seen + 1,
                Expect::Absent | Expect::Any => 1,
            };
            return Ok(Boarded::Ask(Flight { key, version, owner, began: now, source }, old));
        }
    }
}

impl Flight {
    /// Keeps what XPM said, or shows what is known of old, and lets the others go on.
    pub(super) async fn land<P: Ports, T: Serialize + Send + Sync>(
        self,
        ports: &P,
        name: &str,
        answer: Result<Vec<T>, Unavailable>,
        old: Option<Copy<T>>,
    ) -> Result<Copy<T>, Unavailable> {
        let now = ports.clock().now();
        match answer {
            Ok(items) => {
                let copy = Copy { items, as_of: self.began, stale: false };
                keep(ports, &self.key.firm, name, &copy, &self.source).await?;
                // Whoever had the copy forgotten meanwhile knows of a change that it may lack.
                if !self.end(ports, now).await? {
                    super::forget(ports, &self.key.firm, name).await?;
                }
                Ok(copy)
            }
            Err(error) => {
                let in_vain = lease(&Board::InVain(error.reason()), now + IN_VAIN)?;
                let mine = Expect::Version(self.version);
                let _ = ports.cache().keep(&self.key, in_vain, mine, now).await?;
                aged(name, error, old)
            }
        }
    }

    /// Gives the right back; says whether it was still ours.
    async fn end<P: Ports>(&self, ports: &P, now: Timestamp) -> Result<bool, Down> {
        let there = ports.cache().fetch(&self.key, now).await?;
        let board = there.map(|it| serde_json::from_value(it.body)).transpose();
        if board.map_err(unreadable)? != Some(Board::Asking(self.owner.clone())) {
            return Ok(false);
        }
        let mine = Expect::Version(self.version);
        Ok(ports.cache().forget(&self.key, mine, now).await? == Committed::Done)
    }
}

/// The copy of old, marked as stale; without one, why there is none.
pub(super) fn aged<T>(
    name: &str,
    error: Unavailable,
    old: Option<Copy<T>>,
) -> Result<Copy<T>, Unavailable> {
    let Some(old) = old else { return Err(error) };
    tracing::warn!(resource = name, %error, "XPM gave nothing; an old copy is shown");
    Ok(Copy { stale: true, ..old })
}

fn lease(board: &Board, expires_at: Timestamp) -> Result<Cached, Down> {
    Ok(Cached { version: 0, body: serde_json::to_value(board).map_err(unreadable)?, expires_at })
}

/// Where the right to ask for a resource is kept.
pub(super) fn key(firm: &FirmId, name: &str) -> CacheKey {
    CacheKey::new(firm, Shelf::Lease, format!("copy:{name}"))
}

/// A copy, with the organisation that it was made of.
#[derive(Serialize, Deserialize)]
struct Shelved<C> {
    source: Option<TenantId>,
    #[serde(flatten)]
    copy: C,
}

/// The firm's organisation: nothing of another one is shown (XB-32).
pub(super) async fn source<P: Ports>(ports: &P, firm: &FirmId) -> Result<Option<TenantId>, Down> {
    Ok(connection::read(ports.store(), firm).await?.organisation.map(|it| it.tenant))
}

pub(super) async fn kept<P: Ports, T: DeserializeOwned>(
    ports: &P,
    firm: &FirmId,
    name: &str,
    source: &Option<TenantId>,
) -> Result<Option<Copy<T>>, Down> {
    let key = CacheKey::new(firm, Shelf::Xpm, name);
    let item = ports.cache().fetch(&key, ports.clock().now()).await?;
    let shelved: Option<Shelved<Copy<T>>> =
        item.map(|it| serde_json::from_value(it.body)).transpose().map_err(unreadable)?;
    Ok(shelved.filter(|it| it.source == *source).map(|it| it.copy))
}

pub(super) async fn keep<P: Ports, T: Serialize + Sync>(
    ports: &P,
    firm: &FirmId,
    name: &str,
    copy: &Copy<T>,
    source: &Option<TenantId>,
) -> Result<(), Down> {
    let key = CacheKey::new(firm, Shelf::Xpm, name);
    let shelved = Shelved { source: source.clone(), copy };
    let body = serde_json::to_value(shelved).map_err(unreadable)?;
    let item = Cached { version: 0, body, expires_at: copy.as_of + KEPT };
    let _ = ports.cache().keep(&key, item, Expect::Any, ports.clock().now()).await?;
    Ok(())
}

pub(super) fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the copies of XPM's lists", cause: error.into() }
}
