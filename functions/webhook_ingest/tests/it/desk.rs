//! A firm with a secret, and deliveries as API Gateway hands them to Lambda.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::firm::{Firm, Settings, webhook_seal};
use domain::ids::FirmId;
use domain::ports::{CacheKey, Cached, Clock, Item, Lane, Lanes, Secret, Store, Vault, Wake};
use domain::records;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use lambda_http::request::from_str;
use lambda_http::{Body, Request, Response};
use memory::{MemoryCache, MemoryClock, MemoryStore, MemoryVault, MemoryWakes};
use runtime::signature::XeroKey;
use serde_json::{Value, json};
use sha2::Sha256;
use webhook_ingest::{Deps, handle};

/// The secret of the Standard Webhooks specification's example.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Of another firm.
pub(crate) const OTHERS: &str = "whsec_bG9jYWwtZGVtby1zZWNyZXQtZm9yLXRhbmRlbQ==";
/// The key of RFC 4231, test case 2.
pub(crate) const XERO_KEY: &str = "Jefe";

/// The function on twins.
pub(crate) struct Desk {
    pub(crate) deps: Deps<MemoryStore, MemoryCache, MemoryWakes, MemoryVault, MemoryClock>,
}

/// One delivery, which can be spoiled in one place.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) method: &'static str,
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

/// Everything that a delivery could have changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    items: Vec<Item>,
    seen: Vec<(CacheKey, Cached)>,
    marks: Vec<u64>,
    wakes: Vec<Wake>,
}

impl Desk {
    /// The firms `demo` and `other`, each with its own secret.
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(MemoryClock::default());
        let deps = Deps {
            store: MemoryStore::new(&clock),
            cache: MemoryCache::new(),
            wakes: MemoryWakes::new(),
            vault: MemoryVault::new(),
            clock: MemoryClock::default(),
            xero_key: Some(XeroKey::new(XERO_KEY).unwrap()),
        };
        let desk = Self { deps };
        desk.firm("demo", &[SECRET]).await;
        desk.firm("other", &[OTHERS]).await;
        desk
    }

    /// A firm with these secrets, whatever it had before.
    pub(crate) async fn firm(&self, id: &str, secrets: &[&str]) {
        let mut sealed = Vec::new();
        for secret in secrets {
            let (firm, secret) = (firm(id), Secret::new(*secret));
            sealed.push(self.deps.vault.seal(&webhook_seal(&firm), &secret).await.unwrap());
        }
        let (name, settings) = ("Demo".to_owned(), Settings::default());
        let it = Firm { id: firm(id), name, settings, webhook_secrets: sealed };
        let old = records::get::<Firm>(&self.deps.store, &firm(id), "firm").await.unwrap();
        let change = records::put(&firm(id), &it, old.map(|it| it.version)).unwrap();
        let _ = self.deps.store.commit(vec![change]).await.unwrap();
    }

    /// A delivery to the firm `demo`, signed with its secret, of now.
    pub(crate) fn delivery(&self, id: &str, body: impl Into<Vec<u8>>) -> Delivery {
        Delivery {
            path: "/webhooks/practice/demo".into(),
            method: "POST",
            id: id.into(),
            timestamp: self.now().as_second().to_string(),
            signature: String::new(),
            body: body.into(),
        }
        .signed(SECRET)
    }

    /// Signed, of now, and taken or not.
    pub(crate) async fn say(&self, id: &str, event: &Value) -> Response<Body> {
        self.send(&self.delivery(id, event.to_string())).await
    }

    pub(crate) async fn send(&self, delivery: &Delivery) -> Response<Body> {
        self.request(delivery.request()).await
    }

    pub(crate) async fn request(&self, request: Request) -> Response<Body> {
        handle(&self.deps, request).await
    }

    /// What is stored and what was sent.
    pub(crate) async fn kept(&self) -> Kept {
        let mut marks = Vec::new();
        for id in ["demo", "other"] {
            for lane in [Lane::Time, Lane::Jobs, Lane::Contacts, Lane::Refresh] {
                marks.push(self.deps.store.look(&firm(id), lane).await.unwrap().marks);
            }
        }
        let (items, seen) = (self.deps.store.items(), self.deps.cache.items());
        Kept { items, seen, marks, wakes: self.deps.wakes.waiting() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.deps.clock.advance(time);
    }
}

impl Delivery {
    /// With the signature of this secret over what it says now.
    pub(crate) fn signed(mut self, secret: &str) -> Self {
        self.signature = signature(secret, &self.id, &self.timestamp, &self.body);
        self
    }

    /// As API Gateway sends it on: a text where it is one, and otherwise in base64.
    pub(crate) fn request(&self) -> Request {
        match std::str::from_utf8(&self.body) {
            Ok(text) => self.gateway(text, false),
            Err(_) => self.in_base64(),
        }
    }

    pub(crate) fn in_base64(&self) -> Request {
        self.gateway(&STANDARD.encode(&self.body), true)
    }

    fn gateway(&self, body: &str, base64: bool) -> Request {
        let mut headers = json!({"content-type": "application/json", "host": "tandem.example"});
        for (name, value) in [
            ("webhook-id", &self.id),
            ("webhook-timestamp", &self.timestamp),
            ("webhook-signature", &self.signature),
        ] {
            if value != ABSENT {
                headers[name] = value.as_str().into();
            }
        }
        gateway(self.method, &self.path, headers, body, base64)
    }
}

/// A header that is not sent at all.
pub(crate) const ABSENT: &str = "absent";

pub(crate) fn gateway(
    method: &str,
    path: &str,
    headers: Value,
    body: &str,
    base64: bool,
) -> Request {
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /webhooks/{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1", "domainName": "tandem.example",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7", "userAgent": "test"},
            "requestId": "r-1", "routeKey": "POST /webhooks/{proxy+}", "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000", "timeEpoch": 1_795_348_800_000_i64,
        },
        "body": body,
        "isBase64Encoded": base64,
    });
    from_str(&event.to_string()).unwrap()
}

/// The scheme's own words: HMAC-SHA256 of `id.timestamp.body`, in base64, after `v1,`.
pub(crate) fn signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let mac = mac.chain_update(format!("{id}.{timestamp}.")).chain_update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

pub(crate) fn firm(id: &str) -> FirmId {
    FirmId::parse(id).unwrap()
}

/// An hour of work, as an event.
pub(crate) fn an_hour(id: &str, version: u64) -> Value {
    json!({
        "type": "time_entry.updated",
        "timestamp": "2026-11-22T12:00:00Z",
        "data": {"id": id, "task_id": "t-1", "user_id": "u-1", "date": "2026-11-22",
            "seconds": 3600, "note": "reconciled the bank", "version": version},
    })
}

/// The problem that an answer tells of: its status and code.
pub(crate) fn problem(answer: &Response<Body>) -> (u16, String) {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let said: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(said["status"], answer.status().as_u16());
    (answer.status().as_u16(), said["code"].as_str().unwrap().to_owned())
}

/// Where the faults are.
pub(crate) fn pointers(answer: &Response<Body>) -> Vec<String> {
    let said: Value = serde_json::from_slice(answer.body()).unwrap();
    let errors = said["errors"].as_array().unwrap().iter();
    errors
        .map(|it| {
            assert!(it["code"].is_string() && it["detail"].is_string(), "{it}");
            it["pointer"].as_str().unwrap().to_owned()
        })
        .collect()
}
