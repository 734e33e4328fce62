//! From an organisation of Xero to the firms that connected it: what Xero's own webhooks name.
//!
//! Such a webhook says nothing that is believed, but that it may be worth looking sooner (G39): the
//! next pull is brought forward, at most once a minute and firm.

use jiff::{SignedDuration, Timestamp};

use super::{Organisation, State, read};
use crate::contacts::sync;
use crate::ids::{FirmId, TenantId};
use crate::ports::{
    Cache, CacheKey, Cached, Change, Clock, Committed, Down, Expect, Key, Kind, Lanes, Range,
    Shelf, Store, Wakes,
};
use crate::records::pointer;

/// A firm's pull is brought forward at most this often.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// No organisation is connected by more firms than this.
const MOST: usize = 50;

/// The changes that have an organisation lead to the firm, and the one before no longer.
pub(crate) fn changes(
    firm: &FirmId,
    before: Option<&Organisation>,
    after: Option<&Organisation>,
) -> Vec<Change> {
    let directory = FirmId::directory();
    let id = |it: &Organisation| format!("{}{firm}", prefix(&it.tenant));
    let gone = before.filter(|it| after.is_none_or(|after| after.tenant != it.tenant));
    let gone = gone.map(|it| Key::new(&directory, Kind::Tenant, id(it)));
    let gone = gone.map(|it| Change::Delete(it, Expect::Any));
    gone.into_iter().chain(after.map(|it| pointer(&directory, Kind::Tenant, id(it)))).collect()
}

/// Has an organisation lead to the firm, unless it does.
pub(super) async fn ensure(
    store: &impl Store,
    firm: &FirmId,
    organisation: &Organisation,
) -> Result<(), Down> {
    for change in changes(firm, None, Some(organisation)) {
        if store.read(change.key()).await?.is_none() {
            let _ = store.commit(vec![change]).await?;
        }
    }
    Ok(())
}

fn prefix(tenant: &TenantId) -> String {
    format!("{}#", tenant.as_str().to_ascii_lowercase())
}

/// The firms that are connected to this organisation.
///
/// # Errors
/// The store does not answer.
pub async fn firms(store: &impl Store, tenant: &TenantId) -> Result<Vec<FirmId>, Down> {
    let prefix = prefix(tenant);
    let range = Range::of(&FirmId::directory(), Kind::Tenant, prefix.clone(), MOST);
    let mut firms = Vec::new();
    for item in store.list(&range).await?.items {
        let Ok(firm) = FirmId::parse(&item.key.id[prefix.len()..]) else { continue };
        let connection = read(store, &firm).await?;
        let same = |it: &Organisation| it.tenant.as_str().eq_ignore_ascii_case(tenant.as_str());
        if connection.state == State::Connected
            && connection.organisation.is_some_and(|it| same(&it))
        {
            firms.push(firm);
        }
    }
    Ok(firms)
}

/// Brings the pulls of the firms that are connected to this organisation forward.
///
/// # Errors
/// Our own memory does not answer; the pulls come in their time.
pub async fn hint(
    store: &(impl Store + Lanes),
    cache: &impl Cache,
    wakes: &impl Wakes,
    clock: &impl Clock,
    tenant: &TenantId,
) -> Result<(), Down> {
    let now: Timestamp = clock.now();
    for firm in firms(store, tenant).await? {
        let key = CacheKey::new(&firm, Shelf::Seen, "xero contact");
        let body = serde_json::Value::Object(serde_json::Map::new());
        let item = Cached { version: 0, body, expires_at: now + PAUSE };
        if cache.keep(&key, item, Expect::Absent, now).await? == Committed::Done {
            sync::begin(store, wakes, clock, &firm, sync::Mode::Apply, now).await?;
        }
    }
    Ok(())
}
