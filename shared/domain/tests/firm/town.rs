//! Two firms with something of every kind, on twins.

use domain::connection::authorise::{self, Callback};
use domain::firm::founding::{Credentials, Newcomer, found};
use domain::firm::{FIRM, Firm, Settings};
use domain::ids::{Email, FirmId, TenantId};
use domain::journal::Actor;
use domain::members;
use domain::ports::{
    Cache, CacheKey, Cached, Change, Clock, Due, Expect, Item, Key, Kind, Lane, Lanes, Secret,
    Shelf, Store,
};
use domain::records;
use jiff::SignedDuration;
use memory::MemoryPorts;
use serde_json::{Value, json};

/// What stands in the records of a firm, besides what else is in them.
pub(crate) const MARK: &str = "canary";

/// The firm `demo`, which is connected to the organisation `tenant-1`, as is the firm `other`.
pub(crate) struct Town {
    pub(crate) ports: MemoryPorts,
    pub(crate) firm: FirmId,
    pub(crate) other: FirmId,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let ports = MemoryPorts::default();
        let town = Self { ports, firm: firm("demo"), other: firm("other") };
        town.ports.identity.connect("ann", &TenantId::parse("tenant-1").unwrap(), "Demo");
        for firm in [&town.firm, &town.other] {
            town.found(firm).await;
            town.connect(firm).await;
            town.fill(firm).await;
        }
        town
    }

    async fn found(&self, firm: &FirmId) {
        let credentials = Credentials {
            api_key: Secret::new(format!("tdm_{MARK}_{firm}")),
            webhook_secret: Secret::new("whsec_c2VjcmV0"),
        };
        let settings = Settings { region: Some("AU".into()), ..Settings::default() };
        let newcomer =
            Newcomer { id: firm.clone(), name: "Firm".into(), settings, credentials, owner: None };
        let Self { ports, .. } = self;
        assert!(found(&ports.store, &ports.vault, &*ports.clock, &newcomer).await.unwrap());
    }

    async fn connect(&self, id: &FirmId) {
        let firm = records::get::<Firm>(&self.ports.store, id, FIRM).await.unwrap().unwrap();
        let url = authorise::begin(&self.ports, &firm.record, "/").await.unwrap();
        let state = url.split(['?', '&']).find_map(|it| it.strip_prefix("state=")).unwrap();
        let errand = authorise::set_out(&self.ports, state, None).await.unwrap().unwrap();
        let back = self.ports.identity.consent(&url, "ann");
        let callback = Callback { state: Some(back.state), code: Some(back.code), error: None };
        let cookie = errand.cookie.reveal();
        authorise::call_back(&self.ports, callback, Some(cookie)).await.unwrap();
    }

    /// More things than go at a time, of every kind and on every shelf, due and in every lane.
    async fn fill(&self, firm: &FirmId) {
        let now = self.ports.clock.now();
        for n in 0..120 {
            let email = Email::parse(format!("{MARK}-{n}@{firm}.example")).unwrap();
            members::add(&self.ports.store, firm, &email, &Actor::Rule, now).await.unwrap();
        }
        let others = [Kind::Lane, Kind::Erasure, Kind::Member];
        for kind in Kind::ALL.iter().filter(|it| !others.contains(*it)) {
            for n in 0..120 {
                let key = Key::new(firm, *kind, format!("thing-{n}"));
                let due = (n % 2 == 0).then_some(Due { lane: Lane::Time, at: now });
                let body = json!({ "says": MARK });
                let put =
                    Change::Put(Item { key, version: 1, body, due, expires: None }, Expect::Any);
                let _ = self.ports.store.commit(vec![put]).await.unwrap();
            }
        }
        for shelf in Shelf::ALL {
            for n in 0..120 {
                let key = CacheKey::new(firm, *shelf, format!("thing-{n}"));
                let expires_at = now + SignedDuration::from_secs(n);
                let item = Cached { version: 1, body: json!(MARK), expires_at };
                let _ = self.ports.cache.keep(&key, item, Expect::Any, now).await.unwrap();
            }
        }
        for lane in Lane::ALL {
            self.ports.store.mark(firm, *lane, now).await.unwrap();
        }
    }

    /// Every key and body that tells of a firm, in words.
    pub(crate) async fn traces(&self, firm: &FirmId) -> Vec<String> {
        let mut traces: Vec<String> = self.all(firm).await;
        for item in self.ports.store.items() {
            let about = item.key.firm == FirmId::directory() && item.key.id.contains(firm.as_str());
            if about && item.key.kind != Kind::Erasure {
                traces.push(format!("{item:?}"));
            }
        }
        traces
    }

    /// Everything of a firm, lanes and cache among it.
    pub(crate) async fn all(&self, firm: &FirmId) -> Vec<String> {
        let mut all = Vec::new();
        for item in self.ports.store.items().iter().filter(|it| it.key.firm == *firm) {
            all.push(format!("{item:?}"));
        }
        for (key, item) in self.ports.cache.items().iter().filter(|it| it.0.firm == *firm) {
            all.push(format!("{key:?} {item:?}"));
        }
        for lane in Lane::ALL {
            let key = Key::new(firm, Kind::Lane, lane.as_str());
            if let Some(item) = self.ports.store.read(&key).await.unwrap() {
                let state = self.ports.store.look(firm, *lane).await.unwrap();
                all.push(format!("{item:?} {state:?}"));
            }
        }
        all
    }

    /// The lines of an export.
    pub(crate) async fn export(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        let take = |line: &Value| {
            lines.push(line.clone());
            Ok(())
        };
        domain::firm::export::export(&self.ports.store, &self.firm, take).await.unwrap();
        lines
    }
}

fn firm(id: &str) -> FirmId {
    FirmId::parse(id).unwrap()
}
