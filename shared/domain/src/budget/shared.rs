//! The one budget of a firm, shared by all its workers over the cache.

use jiff::{SignedDuration, Timestamp};

use super::{Budget, DAY, Heard, NotNow};
use crate::firm::Limits;
use crate::ids::FirmId;
use crate::metric::{Metric, count};
use crate::ports::{Cache, CacheKey, Cached, Committed, Down, Expect, Lane, Left, Shelf};

/// How often a change is tried again when another worker was faster.
const RACES: usize = 50;

/// Takes the right to a call from the firm's shared budget, or says when to ask again.
pub async fn take(
    cache: &impl Cache,
    firm: &FirmId,
    limits: Limits,
    lane: Lane,
    owner: &str,
    now: Timestamp,
    lease: SignedDuration,
) -> Result<Result<(), NotNow>, Down> {
    let (taken, on_reserve) = change(cache, firm, now, |it| {
        (it.take(limits, lane, owner, now, lease), it.is_on_reserve(limits))
    })
    .await?;
    if on_reserve {
        count(Metric::CallsOnReserve, 1);
    }
    Ok(taken)
}

/// Notes the end of a call in the firm's shared budget.
pub async fn give_back(
    cache: &impl Cache,
    firm: &FirmId,
    owner: &str,
    left: Left,
    heard: Heard,
    now: Timestamp,
) -> Result<(), Down> {
    change(cache, firm, now, |it| it.give_back(owner, left, heard, now)).await
}

/// The firm's shared budget, as it stands.
pub async fn read(cache: &impl Cache, firm: &FirmId, now: Timestamp) -> Result<Budget, Down> {
    Ok(fetch(cache, firm, now).await?.0)
}

async fn change<T: Send>(
    cache: &impl Cache,
    firm: &FirmId,
    now: Timestamp,
    mut change: impl FnMut(&mut Budget) -> T + Send,
) -> Result<T, Down> {
    for _ in 0..RACES {
        let (before, expect) = fetch(cache, firm, now).await?;
        let mut budget = before.clone();
        let answer = change(&mut budget);
        // A refusal writes nothing, so that those who wait do not keep out those who work.
        if budget == before {
            return Ok(answer);
        }
        let body = serde_json::to_value(&budget).map_err(unreadable)?;
        let item = Cached { version: 0, body, expires_at: now + DAY * 2 };
        match cache.keep(&key(firm), item, expect, now).await? {
            Committed::Done => return Ok(answer),
            Committed::Conflict => {}
        }
    }
    Err(Down { what: "the call budget", cause: "too many writers".into() })
}

async fn fetch(
    cache: &impl Cache,
    firm: &FirmId,
    now: Timestamp,
) -> Result<(Budget, Expect), Down> {
    match cache.fetch(&key(firm), now).await? {
        Some(item) => Ok((
            serde_json::from_value(item.body).map_err(unreadable)?,
            Expect::Version(item.version),
        )),
        None => Ok((Budget::default(), Expect::Absent)),
    }
}

fn key(firm: &FirmId) -> CacheKey {
    CacheKey::new(firm, Shelf::Budget, "xpm")
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the call budget", cause: error.into() }
}
