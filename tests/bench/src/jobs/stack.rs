//! The demo firm on the local stack, whose documents go out one set after the other.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use local::{Options, Runner, Stack, demo, headless};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::Cause;
use crate::samples::Samples;

/// A call every so often is within the budget, so that nothing waits for it.
const PACE: Duration = Duration::from_millis(1_300);
/// So much is rested before the first, for the budget to fill up.
const REST: Duration = Duration::from_secs(7);
/// Longer than anything that ends.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(5);

/// How much is done.
#[derive(Clone, Debug)]
pub struct Load {
    /// Drafts that are delivered at once, on the twins.
    pub drafts: usize,
    /// Document sets that go out one after the other, on the stack.
    pub sets: usize,
    /// The functions' binaries; without them they run in this process.
    pub binaries: Option<PathBuf>,
}

/// From the report that documents went out until XPM has the job.
pub(super) async fn delivered_to_job(folder: &Path, load: &Load) -> Result<Samples, Cause> {
    let runner = load.binaries.clone().map_or(Runner::InProcess, Runner::Processes);
    let options = Options { fresh: true, runner, ..Options::quiet(folder) };
    let stack = Stack::start(options).await?;
    let public = stack.addresses().public.clone();
    headless::connect(&public, demo::API_KEY).await?;
    let user = User { public, http: Client::new() };
    user.until(async || Ok(user.get("/v1/syncs").await?["items"][0]["state"] == "done")).await?;
    let mut settings = user.get("/v1/settings").await?;
    settings["jobs"]["enabled"] = true.into();
    user.call(Method::PUT, "/v1/settings", Some(settings)).await?;
    let matches = user.get("/v1/matches?state=matched").await?;
    let matches = matches["items"].as_array().cloned().unwrap_or_default();
    let client = matches.iter().find(|it| it["xpm"]["kind"] == "client");
    let contact = client.ok_or("no client of the demo firm is matched")?["contact"]["id"].clone();
    let template = user.get("/v1/xpm/templates").await?["items"][0]["uuid"].clone();
    tokio::time::sleep(REST).await;

    let control = stack.simulator().control();
    let mut times = Vec::new();
    for n in 0..load.sets {
        let draft = json!({"document_set_id": format!("ds-{n}"), "contact_id": contact,
            "template_uuid": template, "name": format!("Bench {n}")});
        user.call(Method::POST, "/v1/job-drafts", Some(draft)).await?;
        tokio::time::sleep(PACE).await;
        let last = control.calls(0).last().map_or(0, |it| it.number);
        let start = Instant::now();
        let path = format!("/v1/document-sets/ds-{n}/delivered");
        user.call(Method::POST, &path, Some(json!({"action": "send"}))).await?;
        let added = || control.calls(last).iter().any(|it| it.path.contains("job.api/add"));
        while !added() {
            if start.elapsed() > PATIENCE {
                return Err(format!("ds-{n} did not become a job").into());
            }
            tokio::time::sleep(LOOK).await;
        }
        times.push(start.elapsed());
    }
    stack.stop().await;
    Ok(times.into_iter().collect())
}

struct User {
    public: String,
    http: Client,
}

impl User {
    async fn get(&self, path: &str) -> Result<Value, Cause> {
        self.call(Method::GET, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Cause> {
        let url = format!("{}{path}", self.public);
        let mut request = self.http.request(method, url).bearer_auth(demo::API_KEY);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            return Err(format!("{path} answered {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    async fn until(&self, so: impl AsyncFn() -> Result<bool, Cause>) -> Result<(), Cause> {
        let start = Instant::now();
        while !so().await? {
            if start.elapsed() > PATIENCE {
                return Err("the first sync did not end".into());
            }
            tokio::time::sleep(LOOK * 10).await;
        }
        Ok(())
    }
}
