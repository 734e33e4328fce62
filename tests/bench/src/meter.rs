//! Counts what is asked of DynamoDB and SQS: it stands between the functions and the database, and
//! takes wakes itself. What DynamoDB bills for each request, it says itself when it is asked to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Cause;

/// The operations that read.
const READS: [&str; 3] = ["GetItem", "BatchGetItem", "Query"];
/// The kinds of what a sync brings into step.
const RECORDS: [&str; 4] = ["contact", "contact_key", "match", "contact_match"];
/// What is passed on of a request and its answer.
const HEADERS: [&str; 4] = ["x-amz-target", "content-type", "authorization", "x-amz-date"];

/// What was asked of AWS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Requests to DynamoDB by operation.
    pub requests: BTreeMap<String, u64>,
    /// Request units that DynamoDB bills, for reading.
    pub read_units: f64,
    /// The same for writing, indexes and transactions included.
    pub write_units: f64,
    /// Changes to contacts, matches and what they are found by.
    pub to_records: u64,
    /// Messages sent.
    pub messages: u64,
    /// How long the database took, all requests together; they overlap.
    pub database: Duration,
}

impl Usage {
    /// Requests that read.
    pub fn reads(&self) -> u64 {
        self.sum(|it| READS.contains(&it))
    }

    /// Requests that write.
    pub fn writes(&self) -> u64 {
        self.sum(|it| !READS.contains(&it))
    }

    fn sum(&self, of: impl Fn(&str) -> bool) -> u64 {
        self.requests.iter().filter(|(name, _)| of(name)).map(|it| it.1).sum()
    }
}

/// A running meter.
#[derive(Debug)]
pub struct Meter {
    /// Where it listens, for DynamoDB and for SQS.
    pub url: String,
    counts: Arc<Mutex<Usage>>,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Line {
    upstream: String,
    client: reqwest::Client,
    counts: Arc<Mutex<Usage>>,
}

impl Meter {
    /// Listens before the database at `upstream`.
    ///
    /// # Errors
    /// No port can be listened on.
    pub async fn before(upstream: &str) -> Result<Self, Cause> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let counts = Arc::default();
        let client = reqwest::Client::builder().no_proxy().build()?;
        let line = Line { upstream: upstream.into(), client, counts: Arc::clone(&counts) };
        let router = Router::new().fallback(pass).with_state(line);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the meter stopped: {error}");
            }
        });
        Ok(Self { url, counts, server })
    }

    /// What was asked since this was last called.
    pub fn take(&self) -> Usage {
        std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(
    State(line): State<Line>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<axum::body::Body> {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (service, operation) = target.split_once('.').unwrap_or_default();
    if service == "AmazonSQS" {
        line.counted(|it| it.messages += 1);
        return axum::Json(json!({ "MessageId": "metered" })).into_response();
    }
    match line.ask(operation, &headers, &body).await {
        Ok(answer) => answer,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Line {
    fn counted(&self, how: impl FnOnce(&mut Usage)) {
        how(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn ask(
        &self,
        operation: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Response<axum::body::Body>, Cause> {
        let mut asked: Value = serde_json::from_slice(body)?;
        asked["ReturnConsumedCapacity"] = "TOTAL".into();
        let mut request = self.client.post(&self.upstream).body(asked.to_string());
        for name in HEADERS {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value.as_bytes());
            }
        }
        let read = READS.contains(&operation);
        let to_records = if read { 0 } else { to_records(&asked) };
        let start = Instant::now();
        let answer = request.send().await?;
        let (status, kind) =
            (answer.status().as_u16(), answer.headers().get("content-type").cloned());
        let text = answer.bytes().await?;
        let took = start.elapsed();
        let units = units(&text);
        self.counted(|it| {
            it.to_records += to_records;
            *it.requests.entry(operation.to_owned()).or_default() += 1;
            *(if read { &mut it.read_units } else { &mut it.write_units }) += units;
            it.database += took;
        });
        let mut response = Response::builder().status(status);
        if let Some(kind) = kind {
            response = response.header("content-type", kind.as_bytes());
        }
        Ok(response.body(text.into())?)
    }
}

/// How many changes of a request are to contacts, matches and what they are found by.
fn to_records(asked: &Value) -> u64 {
    let of_records = |it: &&Value| {
        let key = ["Item", "Key"].iter().find_map(|name| it[name]["pk"]["S"].as_str());
        let kind = key.and_then(|it| it.rsplit_once('#')).map(|it| it.1);
        kind.is_some_and(|it| RECORDS.contains(&it))
    };
    let several = asked["TransactItems"].as_array().into_iter().flatten();
    let several = several.filter_map(|it| it.as_object()?.values().next());
    several.chain([asked]).filter(of_records).count() as u64
}

/// What DynamoDB says that a request costs, in request units; nothing where it failed.
fn units(answer: &[u8]) -> f64 {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Told {
        Several(Vec<Capacity>),
        One(Capacity),
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Capacity {
        capacity_units: f64,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        consumed_capacity: Option<Told>,
    }
    let told = serde_json::from_slice::<Answer>(answer).ok().and_then(|it| it.consumed_capacity);
    match told {
        Some(Told::Several(all)) => all.iter().map(|it| it.capacity_units).sum(),
        Some(Told::One(it)) => it.capacity_units,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_whichever_way_they_are_told() {
        assert_eq!(units(br#"{"ConsumedCapacity":{"TableName":"t","CapacityUnits":1.5}}"#), 1.5);
        let several = br#"{"ConsumedCapacity":[{"CapacityUnits":2.0},{"CapacityUnits":4.0}]}"#;
        assert_eq!(units(several), 6.0);
        assert_eq!(units(br#"{"__type":"ConditionalCheckFailedException"}"#), 0.0);
    }
}
