//! One event on its way to one endpoint: what was tried, and when it is tried next.
//!
//! What waits stands once more under `{endpoint}#{time}#{number}`, written with the delivery, so that
//! each endpoint's next one is found by a key, and a slow endpoint never hides another's.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::feed::Place;
use crate::ids::{EndpointId, FirmId};
use crate::journal::Event;
use crate::ports::{
    Change, Clock, Committed, Down, Expect, Key, Kind, Lane, Lanes, Pause, Ports, Range, Receipt,
    Store,
};
use crate::records::{self, Kept, Record, pointer};

/// The waits before each attempt, in seconds: the schedule of the Standard Webhooks specification.
pub const SCHEDULE: [i64; 10] = [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
/// No endpoint is left alone for longer, whatever it asks for.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// How often a delivery is asked for again because someone was faster.
const RACES: usize = 20;

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where to.
    pub endpoint: EndpointId,
    /// The event's number in the feed.
    pub number: u64,
    /// The id of its entry in the journal.
    pub entry: String,
    /// What it tells of.
    pub event: Event,
    /// How it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// The last attempt.
    pub last: Option<Attempt>,
    /// When it is tried next.
    pub next_at: Option<Timestamp>,
    /// When it came into being, was last tried, given up, or asked for again.
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is to be tried, or tried again.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It was tried as often as it may be.
    Failed,
    /// The endpoint was switched off or removed before it took it.
    Abandoned,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// What the endpoint answered.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
}

impl Record for Delivery {
    const KIND: Kind = Kind::Delivery;

    fn id(&self) -> String {
        id(&self.endpoint, self.number)
    }

    fn ended(&self) -> Option<Timestamp> {
        self.next_at.max(self.changed_at)
    }
}

/// The newest come first.
fn id(endpoint: &EndpointId, number: u64) -> String {
    format!("{endpoint}#{:016}", 9_999_999_999_999_999_u64.saturating_sub(number))
}

impl Delivery {
    /// To be tried from now on.
    pub(super) fn new(endpoint: &EndpointId, place: &Place, now: Timestamp) -> Self {
        Self {
            endpoint: endpoint.clone(),
            number: place.number,
            entry: place.entry.clone(),
            event: place.event,
            state: State::Waiting,
            attempts: 0,
            last: None,
            next_at: Some(now),
            changed_at: Some(now),
        }
    }

    /// As it stands after one more attempt, with what came of it.
    pub(super) fn after(&self, receipt: &Receipt, now: Timestamp) -> Self {
        let attempts = self.attempts + 1;
        let (status, error) = match receipt {
            Receipt::Answered { status, .. } => (Some(*status), None),
            Receipt::Forbidden(why) | Receipt::Silent(why) => (None, Some(why.clone())),
        };
        let pause = pause(receipt, now);
        let wait = usize::try_from(attempts).ok().and_then(|it| SCHEDULE.get(it));
        let (state, next_at) = match wait {
            _ if taken(receipt) => (State::Delivered, None),
            Some(wait) => {
                let next = now + SignedDuration::from_secs(*wait);
                (State::Waiting, Some(pause.map_or(next, |it| it.max(next))))
            }
            None => (State::Failed, None),
        };
        let last = Some(Attempt { at: now, status, error });
        Self { state, attempts, last, next_at, changed_at: Some(now), ..self.clone() }
    }

    /// As it stands when its endpoint is no more.
    pub(super) fn abandoned(&self, now: Timestamp) -> Self {
        let changed_at = Some(now);
        Self { state: State::Abandoned, next_at: None, changed_at, ..self.clone() }
    }

    /// The id under which it waits.
    pub(super) fn pending(&self) -> Option<String> {
        let at = self.next_at?.as_millisecond().max(0);
        Some(format!("{}#{at:015}#{:016}", self.endpoint, self.number))
    }

    /// The changes that write it over what was read.
    pub(super) fn changes(
        &self,
        firm: &FirmId,
        before: Option<&Kept<Self>>,
    ) -> Result<Vec<Change>, Down> {
        let mut changes = vec![records::put(firm, self, before.map(|it| it.version))?];
        let (old, new) = (before.and_then(|it| it.record.pending()), self.pending());
        if old != new {
            let old = old.map(|it| Change::Delete(Key::new(firm, Kind::Pending, it), Expect::Any));
            changes.extend(old);
            changes.extend(new.map(|it| pointer(firm, Kind::Pending, it)));
        }
        Ok(changes)
    }
}

/// Whether the endpoint took it.
pub(super) fn taken(receipt: &Receipt) -> bool {
    matches!(receipt, Receipt::Answered { status: 200..=299, .. })
}

/// Until when the endpoint wants to be left alone.
pub(super) fn pause(receipt: &Receipt, now: Timestamp) -> Option<Timestamp> {
    let asked: Option<Pause> = match receipt {
        Receipt::Answered { pause, .. } if !taken(receipt) => *pause,
        Receipt::Answered { .. } | Receipt::Forbidden(_) | Receipt::Silent(_) => None,
    };
    asked.map(|it| it.end(now).min(now + LONGEST_PAUSE))
}

/// When something waits, and its number, as its key tells.
pub(super) fn waiting(key: &str) -> Option<(Timestamp, u64)> {
    let mut parts = key.rsplitn(3, '#');
    let (number, at) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((Timestamp::from_millisecond(at).ok()?, number))
}

/// One delivery.
///
/// # Errors
/// The store does not answer.
pub async fn get(
    store: &impl Store,
    firm: &FirmId,
    endpoint: &EndpointId,
    number: u64,
) -> Result<Option<Kept<Delivery>>, Down> {
    records::get::<Delivery>(store, firm, &id(endpoint, number)).await
}

/// A page of an endpoint's deliveries, newest first, and where the next one begins.
///
/// # Errors
/// The store does not answer.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    endpoint: &EndpointId,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<Delivery>>, Option<String>), Down> {
    let prefix = format!("{endpoint}#");
    let after = after.filter(|it| it.starts_with(&prefix));
    let range = Range { after, ..Range::of(firm, Kind::Delivery, prefix, limit) };
    records::page(store, &range).await
}

/// Has an event sent to its endpoint once more, from now on; `None` when it never was on its way
/// there.
///
/// # Errors
/// The store does not answer.
pub async fn resend<P: Ports>(
    ports: &P,
    firm: &FirmId,
    endpoint: &EndpointId,
    number: u64,
) -> Result<Option<Delivery>, Down> {
    if get(ports.store(), firm, endpoint, number).await?.is_none() {
        return Ok(None);
    }
    let now = ports.clock().now();
    ports.store().mark(firm, Lane::Deliveries, now).await?;
    for _ in 0..RACES {
        let Some(kept) = get(ports.store(), firm, endpoint, number).await? else { return Ok(None) };
        let (state, at) = (State::Waiting, Some(now));
        let again = Delivery { state, next_at: at, changed_at: at, ..kept.record.clone() };
        let changes = again.changes(firm, Some(&kept))?;
        match ports.store().commit(changes).await? {
            Committed::Done => return Ok(Some(again)),
            Committed::Conflict => {}
        }
    }
    Err(Down { what: "the records", cause: "too many writers at one delivery".into() })
}
