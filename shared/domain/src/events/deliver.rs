//! Sending what waits: each endpoint's own in order, the endpoints beside each other.
//!
//! An endpoint that does not take one is left alone for a while, so that a dead one costs little; one
//! that takes nothing for five days, or says it is gone, is switched off.

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::delivery::{self, Delivery, State, pause, taken, waiting};
use super::endpoint::{self, Endpoint, Health};
use super::feed::event_id;
use super::work::{ALIVE, Post, Scribe};
use crate::deadline::Deadline;
use crate::ids::FirmId;
use crate::journal::Entry;
use crate::lease::Lease;
use crate::ports::{
    Change, Clock, Committed, Courier, Down, Expect, Key, Kind, Lane, Letter, Ports, Range,
    Receipt, Store,
};
use crate::reason::Reason;
use crate::records::{self, Edit, Kept};
use crate::rounds::{Drain, Drained};

/// An endpoint that has taken nothing for this long is switched off.
const LOST: SignedDuration = SignedDuration::from_hours(24 * 5);
/// After a failure an endpoint is left alone for so long, after each further one twice as long.
const REST: SignedDuration = SignedDuration::from_secs(5);
/// But for no longer than this.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(5);
/// So many of an endpoint's are looked at at a time.
const HANDFUL: usize = 20;
/// No endpoint begins another one after so long in a round, so that a slow one holds up the others'
/// next round for little more than one time-out.
const ROUND: SignedDuration = SignedDuration::from_secs(10);
/// What one attempt takes at most, with its bookkeeping.
const ATTEMPT: SignedDuration = SignedDuration::from_secs(17);

impl<P: Ports, C: Courier, S: Scribe> Drain<P> for Post<'_, C, S> {
    const LANE: Lane = Lane::Deliveries;
    const ALIVE: SignedDuration = ALIVE;
    const WORTH_IT: SignedDuration = SignedDuration::from_secs(20);

    async fn drain(
        &self,
        ports: &P,
        firm: &FirmId,
        deadline: Deadline,
        lease: &mut Lease,
    ) -> Result<Drained, Down> {
        loop {
            if !lease.extend(ports, ALIVE).await? {
                return Ok(Drained::Lost);
            }
            let now = ports.clock().now();
            if !deadline.allows(now, ATTEMPT) {
                return Ok(Drained::Until(Some(now)));
            }
            let until = Deadline { at: deadline.at.min(now + ROUND + ATTEMPT) };
            let all = endpoint::all(ports.store(), firm).await?;
            let all = all.into_iter().map(|it| it.record).filter(|it| !it.emptied);
            let rounds = all.map(|it| self.one(ports, firm, until, it));
            let next = try_join_all(rounds).await?.into_iter().flatten().min();
            if next.is_none_or(|it| it > ports.clock().now()) {
                return Ok(Drained::Empty(next));
            }
        }
    }
}

impl<C: Courier, S: Scribe> Post<'_, C, S> {
    /// Sends what is due at one endpoint, as far as the time allows; when there is more.
    async fn one<P: Ports>(
        &self,
        ports: &P,
        firm: &FirmId,
        until: Deadline,
        mut endpoint: Endpoint,
    ) -> Result<Option<Timestamp>, Down> {
        loop {
            let range = Range::of(firm, Kind::Pending, format!("{}#", endpoint.id), HANDFUL);
            let pending = ports.store().list(&range).await?.items;
            if !endpoint.wanted.active {
                if pending.is_empty() {
                    if endpoint.removed {
                        emptied(ports.store(), firm, &endpoint).await?;
                    }
                    return Ok(None);
                }
                for item in &pending {
                    let now = ports.clock().now();
                    abandon(ports.store(), firm, &endpoint, &item.key, now).await?;
                }
                continue;
            }
            let Some((first, _)) = pending.first().and_then(|it| waiting(&it.key.id)) else {
                return Ok(None);
            };
            for item in &pending {
                let now = ports.clock().now();
                let rest = endpoint.health.rest_until.unwrap_or(Timestamp::MIN);
                let (at, number) = waiting(&item.key.id).unwrap_or((first, 0));
                if at.max(rest) > now {
                    return Ok(Some(at.max(rest)));
                }
                if !until.allows(now, ATTEMPT) {
                    return Ok(Some(now));
                }
                let kept = delivery::get(ports.store(), firm, &endpoint.id, number).await?;
                match kept.filter(|it| it.record.pending().as_ref() == Some(&item.key.id)) {
                    Some(kept) => {
                        let told = self.attempt(ports, firm, &endpoint, &kept).await?;
                        match told {
                            Some(next) => endpoint = next,
                            None => return Ok(None),
                        }
                    }
                    None => forget(ports.store(), &item.key).await?,
                }
                if !endpoint.wanted.active {
                    break;
                }
            }
        }
    }

    /// Sends one, once, and writes down what came of it; the endpoint as it stands now.
    async fn attempt<P: Ports>(
        &self,
        ports: &P,
        firm: &FirmId,
        endpoint: &Endpoint,
        kept: &Kept<Delivery>,
    ) -> Result<Option<Endpoint>, Down> {
        let it = &kept.record;
        let entry = records::get::<Entry>(ports.store(), firm, &it.entry).await?;
        let entry = entry.ok_or_else(|| Down {
            what: "the journal",
            cause: format!("{} is to be sent and is no entry", it.entry).into(),
        })?;
        let (id, at) = (event_id(firm, it.number), ports.clock().now());
        let body = self.scribe.write(&id, &entry.record);
        let mut signatures = Vec::new();
        for secret in endpoint.live(ports.vault(), firm, at).await? {
            signatures.push(self.scribe.sign(&secret, &id, at, &body)?);
        }
        let signature = signatures.join(" ");
        let letter =
            Letter { url: &endpoint.wanted.url, id: &id, at, signature: &signature, body: &body };
        let receipt = self.courier.deliver(&letter).await;
        let now = ports.clock().now();
        let after = it.after(&receipt, now);
        tracing::info!(
            firm.id = %firm, endpoint.id = %endpoint.id, event.id = id, attempt = after.attempts,
            http.status = after.last.as_ref().and_then(|it| it.status), "an event was sent"
        );
        // On conflict someone asked for it again meanwhile: it is sent once more.
        let _ = ports.store().commit(after.changes(firm, Some(kept))?).await?;
        fared(ports, firm, endpoint, &receipt, now).await
    }
}

/// Notes how the endpoint fared; `None` when it is gone.
async fn fared<P: Ports>(
    ports: &P,
    firm: &FirmId,
    endpoint: &Endpoint,
    receipt: &Receipt,
    now: Timestamp,
) -> Result<Option<Endpoint>, Down> {
    if taken(receipt) && endpoint.health == Health::default() {
        return Ok(Some(endpoint.clone()));
    }
    if matches!(receipt, Receipt::Answered { status: 410, .. }) {
        return endpoint::disable(ports, firm, &endpoint.id, Reason::EndpointGone).await;
    }
    let health = match taken(receipt) {
        true => Health::default(),
        false => failed(&endpoint.health, receipt, now),
    };
    if health.failing_since.is_some_and(|it| now >= it + LOST) {
        return endpoint::disable(ports, firm, &endpoint.id, Reason::EndpointFailing).await;
    }
    records::amend(ports.store(), firm, endpoint.id.as_str(), |it: Option<Endpoint>| match it {
        // Changed meanwhile: what was tried says nothing of it.
        Some(it) if it.removed => Edit::Leave(None),
        Some(it) if it.wanted != endpoint.wanted => Edit::Leave(Some(it)),
        Some(it) => {
            let it = Endpoint { health: health.clone(), ..it };
            Edit::Write(it.clone(), vec![], Some(it))
        }
        None => Edit::Leave(None),
    })
    .await
}

fn failed(before: &Health, receipt: &Receipt, now: Timestamp) -> Health {
    let failures = before.failures.saturating_add(1);
    let rest = REST.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST_REST);
    let rest_until = pause(receipt, now).map_or(now + rest, |it| it.max(now + rest));
    let failing_since = Some(before.failing_since.unwrap_or(now));
    Health { failing_since, failures, rest_until: Some(rest_until) }
}

/// Gives up what waits for an endpoint that is off.
async fn abandon(
    store: &impl Store,
    firm: &FirmId,
    endpoint: &Endpoint,
    key: &Key,
    now: Timestamp,
) -> Result<(), Down> {
    let number = waiting(&key.id).map_or(0, |it| it.1);
    match delivery::get(store, firm, &endpoint.id, number).await? {
        Some(kept) if kept.record.state == State::Waiting => {
            let changes = kept.record.abandoned(now).changes(firm, Some(&kept))?;
            let _: Committed = store.commit(changes).await?;
            forget(store, key).await
        }
        Some(_) | None => forget(store, key).await,
    }
}

/// Removes what leads to nothing that waits.
async fn forget(store: &impl Store, key: &Key) -> Result<(), Down> {
    let _ = store.commit(vec![Change::Delete(key.clone(), Expect::Any)]).await?;
    Ok(())
}

async fn emptied(store: &impl Store, firm: &FirmId, endpoint: &Endpoint) -> Result<(), Down> {
    records::amend(store, firm, endpoint.id.as_str(), |it: Option<Endpoint>| match it {
        Some(it) if it.removed => Edit::Write(Endpoint { emptied: true, ..it }, vec![], ()),
        Some(_) | None => Edit::Leave(()),
    })
    .await
}
