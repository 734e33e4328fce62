//! Three firms with a key each, and an API to ask.

use std::sync::Arc;

use api::{ApiSettings, Deps};
use axum::Router;
use courier::Reach;
use domain::connection::{Connection, Organisation, State, tokens};
use domain::firm::{Firm, Settings};
use domain::ids::{FirmId, TenantId};
use domain::keys::ApiKey;
use domain::ports::{Clock, Expect, Secret, Store};
use domain::records::{self, Record};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Request};
use memory::MemoryPorts;
use serde_json::{Value, json};

use crate::schema::Contract;

pub(crate) const KEY: &str = "tdm_local_demo";
pub(crate) const OTHER_KEY: &str = "tdm_local_other";
pub(crate) const THIRD_KEY: &str = "tdm_local_third";

pub(crate) struct World {
    pub(crate) deps: Arc<Deps<MemoryPorts>>,
    pub(crate) contract: Contract,
    pub(crate) router: Router,
}

/// An answer, held against the document.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        let public_url = "https://tandem.example".into();
        let login = "https://login.xero.example".into();
        let settings = ApiSettings { public_url, reach: Reach::Public, login };
        let deps = Arc::new(Deps { ports: MemoryPorts::default(), settings });
        for (id, key) in [("demo", KEY), ("other", OTHER_KEY), ("third", THIRD_KEY)] {
            let firm = FirmId::parse(id).unwrap();
            let settings = Settings {
                region: Some("AU".into()),
                time_zone: Some("Australia/Sydney".into()),
                ..Settings::default()
            };
            let record =
                Firm { id: firm.clone(), name: id.into(), settings, webhook_secrets: vec![] };
            put(&deps.ports, &firm, &record).await;
            let key = ApiKey::of(&Secret::new(key), "first", deps.ports.clock.now());
            put(&deps.ports, &firm, &key).await;
        }
        let contract = Contract::new(api::document("https://tandem.example"));
        Self { router: api::router(Arc::clone(&deps)), deps, contract }
    }

    /// Connects the demo firm, and lets its first sync have ended.
    pub(crate) async fn connected() -> Self {
        let world = Self::new().await;
        world.connect(&demo(), tenant()).await;
        world
    }

    /// Connects a firm, and lets its first sync have ended.
    pub(crate) async fn connect(&self, firm: &FirmId, tenant: TenantId) {
        let ports = self.ports();
        let connection = Connection {
            state: State::Connected,
            organisation: Some(Organisation { tenant, name: "Demo Ltd".into() }),
            choices: vec![],
            connected_at: Some(ports.clock.now()),
            first_sync_at: Some(ports.clock.now()),
            changed_at: None,
        };
        put(ports, firm, &connection).await;
        tokens::keep(ports, firm, &ports.identity.grant("ann")).await.unwrap();
    }

    pub(crate) fn ports(&self) -> &MemoryPorts {
        &self.deps.ports
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.ask("GET", path, KEY, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answered {
        self.ask("PUT", path, KEY, Some(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answered {
        self.ask("POST", path, KEY, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answered {
        self.ask("DELETE", path, KEY, None).await
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> Answered {
        let body = body.map_or(Body::Empty, |it| Body::Text(it.to_string()));
        let authorization = format!("Bearer {key}");
        self.send(method, path, &[("authorization", &authorization)], body).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Body,
    ) -> Answered {
        let mut request = Request::new(body);
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = format!("https://tandem.example{path}").parse().unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(HeaderName::from_static(name), value);
        }
        let answered = Answered::of(api::handle(&self.router, request).await);
        // Pages are for people: the document says nothing of them.
        if !path.starts_with("/console") {
            self.contract.check(method, path, &answered);
        }
        answered
    }
}

impl Answered {
    fn of(response: lambda_http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status: parts.status, headers: parts.headers, text, json }
    }

    /// The status and the code of a problem.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["code"].as_str().unwrap_or(&self.text))
    }

    /// The places of everything that is wrong, in order.
    pub(crate) fn places(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array().unwrap();
        let mut places: Vec<&str> =
            errors.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
        places.sort_unstable();
        places
    }

    /// The answer, which must be a 200.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json
    }
}

pub(crate) fn demo() -> FirmId {
    FirmId::parse("demo").unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
}

/// A time entry as good as any.
pub(crate) fn an_hour() -> Value {
    json!({"user_id": "u-1", "task_id": "t-1", "date": "2026-11-22", "seconds": 3600})
}

pub(crate) async fn put<R: Record>(ports: &MemoryPorts, firm: &FirmId, record: &R) {
    let change = records::put(firm, record, None).unwrap();
    let domain::ports::Change::Put(item, _) = change else { unreachable!() };
    let over = domain::ports::Change::Put(item, Expect::Any);
    assert_eq!(ports.store.commit(vec![over]).await.unwrap(), domain::ports::Committed::Done);
}
