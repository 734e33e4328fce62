//! A running stack, and the hands to use it with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use local::stack::{Options, Runner, Stack};
use local::witness::Witness;
use local::{demo, headless};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use uuid::Uuid;
use xpm_sim::Control;

/// Long enough for a busy machine; a promise kept ends the wait at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// A user of a running stack.
pub(crate) struct User {
    pub(crate) public: String,
    pub(crate) simulator: String,
    pub(crate) http: Client,
}

/// A stack in this process, with its user.
pub(crate) struct Stage {
    pub(crate) stack: Stack,
    pub(crate) user: User,
    _folder: Folder,
}

/// A folder that goes when its test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("tandem-stack-{}", Uuid::new_v4())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Stage {
    /// A stack with the demo firm, not connected yet.
    pub(crate) async fn open(runner: Runner) -> Self {
        let folder = Folder::new();
        Self::of(Options { runner, ..Options::quiet(folder.path()) }, folder).await
    }

    /// A stack as [`Stage::open`] makes one, with a witness of what its functions ask of AWS.
    pub(crate) async fn watched(witness: Witness) -> Self {
        let folder = Folder::new();
        let options = Options { witness: Some(witness), ..Options::quiet(folder.path()) };
        Self::of(options, folder).await
    }

    async fn of(options: Options, folder: Folder) -> Self {
        let stack = Stack::start(options).await.unwrap();
        let user = User::of(&stack.addresses().public, &stack.addresses().simulator);
        Self { stack, user, _folder: folder }
    }

    /// A stack whose demo firm is connected and has had its first sync.
    pub(crate) async fn ready(runner: Runner) -> Self {
        let stage = Self::open(runner).await;
        stage.user.connect().await;
        stage
    }

    pub(crate) fn simulator(&self) -> Control {
        self.stack.simulator().control().clone()
    }
}

impl User {
    pub(crate) fn of(public: &str, simulator: &str) -> Self {
        Self { public: public.into(), simulator: simulator.into(), http: Client::new() }
    }

    /// Connects the demo firm as a person would, and waits for the first sync.
    pub(crate) async fn connect(&self) {
        headless::connect(&self.public, demo::API_KEY).await.unwrap();
        self.until("the first sync", async || {
            let syncs = self.get("/v1/syncs").await;
            syncs["items"][0]["state"] == "done"
        })
        .await;
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request =
            self.http.request(method, format!("{}{path}", self.public)).bearer_auth(demo::API_KEY);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// As [`User::get`], of what may have to wait for XPM's limits.
    pub(crate) async fn get_soon(&self, path: &str) -> Value {
        let answer = async || self.call(Method::GET, path, None).await.0 == 200;
        self.until(path, answer).await;
        self.get(path).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.call(Method::PUT, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Every item of a list.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self
                .get(&format!(
                    "{path}{}limit=200{cursor}",
                    if path.contains('?') { '&' } else { '?' }
                ))
                .await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Delivers an event, signed by an implementation that is not ours; gives the status.
    pub(crate) async fn deliver(&self, kind: &str, data: Value) -> u16 {
        self.try_deliver(kind, data).await.unwrap()
    }

    pub(crate) async fn try_deliver(&self, kind: &str, data: Value) -> reqwest::Result<u16> {
        self.deliver_as(demo::WEBHOOK_SECRET, kind, data).await
    }

    /// Delivers an event signed with this secret.
    pub(crate) async fn deliver_as(
        &self,
        secret: &str,
        kind: &str,
        data: Value,
    ) -> reqwest::Result<u16> {
        let id = format!("msg_{}", Uuid::new_v4().simple());
        let now = jiff::Timestamp::now();
        let body = json!({ "type": kind, "timestamp": now, "data": data }).to_string();
        let signature =
            Webhook::new(secret).unwrap().sign(&id, now.as_second(), body.as_bytes()).unwrap();
        let response = self
            .http
            .post(format!("{}/webhooks/practice/{}", self.public, demo::FIRM))
            .header("webhook-id", id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await?;
        Ok(response.status().as_u16())
    }

    /// What XPM holds, by its own account.
    pub(crate) async fn ledger(&self) -> Value {
        let url = format!("{}/_sim/ledger", self.simulator);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Asks again and again until it is so.
    pub(crate) async fn until(&self, what: &str, so: impl AsyncFn() -> bool) {
        self.until_within(PATIENCE, what, so).await;
    }

    /// Asks again and again until it is so, with this much patience.
    pub(crate) async fn until_within(
        &self,
        patience: Duration,
        what: &str,
        so: impl AsyncFn() -> bool,
    ) {
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        let patience = tokio::time::timeout(patience, async {
            while !so().await {
                tick.tick().await;
            }
        });
        assert!(patience.await.is_ok(), "waited in vain for {what}");
    }
}

/// The folder of the built binaries: two above this test's own.
pub(crate) fn binaries() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent().unwrap().parent().unwrap().to_owned()
}
