//! How many signed webhooks are taken in a second, and how long one takes.
//!
//! In memory it is our own work that counts: verifying, reading, storing as the desired state. Over
//! HTTP a gateway, a database on a file and a queue come to it, all on one machine.

mod deliveries;

use std::path::Path;
use std::time::{Duration, Instant};

use domain::firm::{Firm, Settings, webhook_seal};
use domain::ids::FirmId;
use domain::ports::{Clock, Committed, Secret, Store, Vault};
use domain::records;
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use local::{Options, Stack, demo};
use memory::{MemoryClock, MemoryPorts};
use webhook_ingest::{Deps, handle};

use crate::Cause;
use crate::samples::{Samples, millis, ratio};
use crate::table::Figure;

pub use deliveries::Delivery;

/// How long a delivery may take in memory, all but one in a hundred.
const LONGEST: Duration = Duration::from_millis(10);

/// How many deliveries there are.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// In memory.
    pub in_memory: u32,
    /// Over HTTP.
    pub over_http: u32,
}

impl Default for Load {
    fn default() -> Self {
        Self { in_memory: 20_000, over_http: 1_000 }
    }
}

/// Delivers time entries, one after another; `folder` is for the local stack.
///
/// # Errors
/// A delivery was not taken, or the local stack did not start.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    eprintln!("delivering {} webhooks in memory", load.in_memory);
    let floor = deliveries::floor(load.in_memory.min(5_000))?;
    let memory = in_memory(load.in_memory).await?;
    eprintln!("delivering {} webhooks over HTTP", load.over_http);
    let http = over_http(folder, load.over_http).await?;

    let p99 = memory.quantile(0.99);
    let alone = format!("HMAC and JSON alone: p50 {}", millis(floor.median()));
    let times =
        |it: &Samples, than: &Samples| format!("{:.1} × at p50", ratio(it.median(), than.median()));
    Ok(vec![
        Figure::new("webhook intake, in memory", shown(&memory))
            .beside(alone, times(&memory, &floor))
            .limit("p99 ≤ 10 ms", Some(p99 <= LONGEST)),
        Figure::new("webhook intake, HTTP on the local stack", shown(&http))
            .beside("the line above", times(&http, &memory)),
    ])
}

fn shown(samples: &Samples) -> String {
    let rate = samples.count() as f64 / samples.total().as_secs_f64();
    let (p50, p99) = (millis(samples.median()), millis(samples.quantile(0.99)));
    format!("{rate:.0}/s, p50 {p50}, p99 {p99}")
}

async fn in_memory(count: u32) -> Result<Samples, Cause> {
    let MemoryPorts { store, cache, wakes, vault, .. } = MemoryPorts::default();
    let clock = MemoryClock::default();
    let now = clock.now();
    let firm = FirmId::parse(demo::FIRM)?;
    let sealed = vault.seal(&webhook_seal(&firm), &Secret::new(demo::WEBHOOK_SECRET)).await?;
    let record = Firm {
        id: firm.clone(),
        name: "Example & Partners".into(),
        settings: Settings::default(),
        webhook_secrets: vec![sealed],
    };
    if store.commit(vec![records::put(&firm, &record, None)?]).await? != Committed::Done {
        return Err("the firm was not stored".into());
    }
    let deps = Deps { store, cache, wakes, vault, clock, xero_key: None };
    let mut taken = Vec::new();
    for n in 0..count {
        let request = Delivery::of_entry(n, now)?.into_request()?;
        let start = Instant::now();
        let response = handle(&deps, request).await;
        taken.push(start.elapsed());
        if response.status() != StatusCode::ACCEPTED {
            return Err(format!("delivery {n} was answered with {}", response.status()).into());
        }
    }
    let stored = deps.store.items().len();
    if stored <= count as usize {
        return Err(format!("{count} deliveries left {stored} records").into());
    }
    Ok(taken.into_iter().collect())
}

async fn over_http(folder: &Path, count: u32) -> Result<Samples, Cause> {
    let stack = Stack::start(Options { fresh: true, ..Options::quiet(folder) }).await?;
    let url = format!("{}/webhooks/practice/{}", stack.addresses().public, demo::FIRM);
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut taken = Vec::new();
    for n in 0..count {
        let Delivery { headers, body } = Delivery::of_entry(n, Timestamp::now())?;
        let mut request = client.post(&url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let start = Instant::now();
        let response = request.send().await?;
        taken.push(start.elapsed());
        if response.status().as_u16() != 202 {
            return Err(format!("delivery {n} was answered with {}", response.status()).into());
        }
    }
    stack.stop().await;
    Ok(taken.into_iter().collect())
}
