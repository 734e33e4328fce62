//! Where a firm's outbound events go, and what they are signed with.
//!
//! A secret is shown when it is made, and never again; the one before it stays good for a day, so
//! that replacing it loses nothing (G41). An endpoint that is removed stays as a tombstone, so that
//! its journal goes on should it come back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::feed::{Mark, last};
use super::secrets::signing;
pub use super::secrets::{OVERLAP, Signing};
use crate::ids::{EndpointId, FirmId};
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Clock, Down, Kind, Lane, Lanes, Ports, Range, Secret, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Kept, Record};

/// A firm has no more endpoints than this.
pub const MOST: usize = 20;
/// How often a change is tried again because the endpoint came or went meanwhile.
const RACES: usize = 5;

/// Where events go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Which one.
    pub id: EndpointId,
    /// What the firm wants of it.
    pub wanted: Wanted,
    /// What its events are signed with, newest first.
    pub secrets: Vec<Signing>,
    /// When it came into being.
    pub created_at: Timestamp,
    /// Why it was switched off, if not by the firm.
    pub disabled: Option<Reason>,
    /// How it fares.
    #[serde(default)]
    pub health: Health,
    /// Whether it is gone.
    pub removed: bool,
    /// Whether nothing waits for it any more, once it is gone.
    #[serde(default)]
    pub(super) emptied: bool,
}

/// What a firm wants of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The address that events are posted to.
    pub url: String,
    /// Which events; none for all.
    pub types: Vec<Event>,
    /// Whether it gets any.
    pub active: bool,
}

/// How an endpoint fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Since when it has taken nothing.
    pub failing_since: Option<Timestamp>,
    /// How often in a row.
    pub failures: u32,
    /// Until when it is left alone.
    pub rest_until: Option<Timestamp>,
}

impl Record for Endpoint {
    const KIND: Kind = Kind::Endpoint;

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Endpoint {
    /// Whether it is to hear of this.
    pub fn wants(&self, event: Event) -> bool {
        self.wanted.types.is_empty() || self.wanted.types.contains(&event)
    }

    /// The mark that tells how far it has come in the feed.
    pub(super) fn mark(&self) -> String {
        format!("endpoint:{}", self.id)
    }

    /// What is told of a change of it: never a secret.
    pub(super) fn entry(&self, version: u64, event: Event, actor: &Actor, now: Timestamp) -> Entry {
        let subject = Subject::new(Sort::Endpoint, &self.id);
        Entry::new(subject, version, event, actor.clone(), now).because(self.disabled)
    }
}

/// Why an endpoint was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotPut {
    /// The firm has too many.
    #[error("a firm has at most {MOST} webhook endpoints")]
    TooMany,
    /// Our own memory failed us.
    #[error("the endpoint could not be kept")]
    Down(#[from] Down),
}

/// Makes an endpoint, or changes what is wanted of it. A new one comes with its secret; it hears of
/// what happens from now on, and so does one that is switched on again.
///
/// # Errors
/// There are too many, or our own memory failed us.
pub async fn put<P: Ports>(
    ports: &P,
    firm: &FirmId,
    id: &EndpointId,
    wanted: &Wanted,
    actor: &Actor,
) -> Result<(Endpoint, Option<Secret>), NotPut> {
    let store = ports.store();
    for _ in 0..RACES {
        let fresh = match get(store, firm, id).await? {
            Some(_) => None,
            None if all(store, firm).await?.iter().filter(|it| !it.record.removed).count()
                >= MOST =>
            {
                return Err(NotPut::TooMany);
            }
            None => Some(signing(ports, firm).await?),
        };
        let upto = last(store, firm).await?;
        let now = ports.clock().now();
        journal::open(store, firm, now).await?;
        let edit = |kept: Option<Kept<Endpoint>>| {
            let version = kept.as_ref().map_or(1, |it| it.version + 1);
            let before = kept.map(|it| it.record).filter(|it| !it.removed);
            let next = match (&before, &fresh) {
                (Some(it), _) if it.wanted == *wanted => return Ok(Edit::Leave(Some(it.clone()))),
                (Some(it), _) => changed(it, wanted),
                (None, Some((signing, _))) => created(id, wanted, signing, now),
                // It went meanwhile.
                (None, None) => return Ok(Edit::Leave(None)),
            };
            let told = before.as_ref().map(|it| &it.wanted);
            let entry = next
                .entry(version, Event::EndpointChanged, actor, now)
                .between(told, Some(&next.wanted))?;
            let mut others = vec![entry.change(firm)?];
            if next.wanted.active && !before.as_ref().is_some_and(|it| it.wanted.active) {
                others.push(Mark::set(firm, next.mark(), upto)?);
            }
            Ok(Edit::Write(next.clone(), others, Some(next)))
        };
        let put: Option<Endpoint> = records::amend_kept(store, firm, id.as_str(), edit).await?;
        if let Some(endpoint) = put {
            let own = |(signing, secret): (Signing, Secret)| {
                endpoint.secrets.contains(&signing).then_some(secret)
            };
            return Ok((endpoint.clone(), fresh.and_then(own)));
        }
    }
    Err(Down { what: "the records", cause: "an endpoint that comes and goes".into() }.into())
}

fn created(id: &EndpointId, wanted: &Wanted, signing: &Signing, now: Timestamp) -> Endpoint {
    Endpoint {
        id: id.clone(),
        wanted: wanted.clone(),
        secrets: vec![signing.clone()],
        created_at: now,
        disabled: None,
        health: Health::default(),
        removed: false,
        emptied: false,
    }
}

fn changed(before: &Endpoint, wanted: &Wanted) -> Endpoint {
    // Another address, or being switched on again, is a fresh start.
    let fresh = wanted.active && (!before.wanted.active || wanted.url != before.wanted.url);
    let (disabled, health) = match fresh {
        true => (None, Health::default()),
        false => (before.disabled, before.health.clone()),
    };
    Endpoint { wanted: wanted.clone(), disabled, health, ..before.clone() }
}

/// Gives an endpoint another secret; the one before signs as well for a day. `None` when the firm has
/// no such endpoint.
///
/// # Errors
/// Our own memory failed us.
pub async fn rotate<P: Ports>(
    ports: &P,
    firm: &FirmId,
    id: &EndpointId,
    actor: &Actor,
) -> Result<Option<(Endpoint, Secret)>, Down> {
    if get(ports.store(), firm, id).await?.is_none() {
        return Ok(None);
    }
    let (signing, secret) = signing(ports, firm).await?;
    let now = ports.clock().now();
    let rotated = |it: &Endpoint| {
        let mut secrets = vec![signing.clone()];
        secrets.extend(it.secrets.iter().cloned().filter_map(|it| {
            let until = it.until.unwrap_or(now + OVERLAP);
            (now < until).then_some(Signing { until: Some(until), ..it })
        }));
        Endpoint { secrets, ..it.clone() }
    };
    let done = amend(ports, firm, id, Event::EndpointSecretRotated, actor, rotated).await?;
    Ok(done.map(|it| (it, secret)))
}

/// Removes an endpoint; says whether there was one. What waits for it is given up.
///
/// # Errors
/// Our own memory failed us.
pub async fn remove<P: Ports>(
    ports: &P,
    firm: &FirmId,
    id: &EndpointId,
    actor: &Actor,
) -> Result<bool, Down> {
    if get(ports.store(), firm, id).await?.is_none() {
        return Ok(false);
    }
    let now = ports.clock().now();
    let gone = |it: &Endpoint| Endpoint {
        wanted: Wanted { active: false, ..it.wanted.clone() },
        secrets: Vec::new(),
        removed: true,
        emptied: false,
        ..it.clone()
    };
    ports.store().mark(firm, Lane::Deliveries, now).await?;
    Ok(amend(ports, firm, id, Event::EndpointRemoved, actor, gone).await?.is_some())
}

/// Switches an endpoint off, because it says it is gone or takes nothing.
pub(super) async fn disable<P: Ports>(
    ports: &P,
    firm: &FirmId,
    id: &EndpointId,
    reason: Reason,
) -> Result<Option<Endpoint>, Down> {
    let off = |it: &Endpoint| Endpoint {
        wanted: Wanted { active: false, ..it.wanted.clone() },
        disabled: Some(reason),
        ..it.clone()
    };
    amend(ports, firm, id, Event::EndpointDisabled, &Actor::Rule, off).await
}

/// Changes an endpoint and tells of it; `None` when there is none.
async fn amend<P: Ports>(
    ports: &P,
    firm: &FirmId,
    id: &EndpointId,
    event: Event,
    actor: &Actor,
    change: impl Fn(&Endpoint) -> Endpoint + Send + Sync,
) -> Result<Option<Endpoint>, Down> {
    let now = ports.clock().now();
    journal::open(ports.store(), firm, now).await?;
    records::amend_kept(ports.store(), firm, id.as_str(), |kept: Option<Kept<Endpoint>>| {
        let Some(Kept { record, version }) = kept.filter(|it| !it.record.removed) else {
            return Ok(Edit::Leave(None));
        };
        let next = change(&record);
        let after = (!next.removed).then_some(&next.wanted);
        let entry =
            next.entry(version + 1, event, actor, now).between(Some(&record.wanted), after)?;
        Ok(Edit::Write(next.clone(), vec![entry.change(firm)?], Some(next)))
    })
    .await
}

/// One of the firm's endpoints.
///
/// # Errors
/// The store does not answer.
pub async fn get(
    store: &impl Store,
    firm: &FirmId,
    id: &EndpointId,
) -> Result<Option<Endpoint>, Down> {
    let kept = records::get::<Endpoint>(store, firm, id.as_str()).await?;
    Ok(kept.map(|it| it.record).filter(|it| !it.removed))
}

/// All of the firm's endpoints, removed ones among them.
pub(super) async fn all(store: &impl Store, firm: &FirmId) -> Result<Vec<Kept<Endpoint>>, Down> {
    let (mut found, mut range) = (Vec::new(), Range::of(firm, Kind::Endpoint, "", 200));
    loop {
        let (page, next) = records::page::<Endpoint>(store, &range).await?;
        found.extend(page);
        match next {
            Some(next) => range.after = Some(next),
            None => return Ok(found),
        }
    }
}
