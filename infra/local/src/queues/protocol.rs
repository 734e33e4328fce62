//! SQS's AWS JSON 1.0 protocol, as far as standard queues need it. Signatures
//! are not checked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::fault::Fault;
use super::messages;
use super::operations::{LARGEST_MESSAGE, attributes, delete, hide, name, now, send, set, strings};
use super::store::{Queue, Store};
use crate::stop::Stop;

/// The queues behind one port.
pub(super) struct Endpoint {
    url: String,
    store: Mutex<Store>,
    arrived: Notify,
    stop: Stop,
}

/// The routes of the endpoint; queue URLs are valid addresses too.
pub(super) fn router(endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route("/", post(answer))
        .route("/{account}/{queue}", post(answer))
        .with_state(endpoint)
}

async fn answer(
    State(endpoint): State<Arc<Endpoint>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let action = target.strip_prefix("AmazonSQS.").unwrap_or_default();
    let input = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let headers = [
        ("content-type", "application/x-amz-json-1.0".to_owned()),
        ("x-amzn-requestid", uuid::Uuid::new_v4().to_string()),
    ];
    match endpoint.call(action, &input).await {
        Ok(output) => (headers, output.to_string()).into_response(),
        Err(Fault(name, query, message)) => {
            let query = [("x-amzn-query-error", format!("{query};Sender"))];
            let output =
                json!({ "__type": format!("com.amazonaws.sqs#{name}"), "message": message });
            (StatusCode::BAD_REQUEST, headers, query, output.to_string()).into_response()
        }
    }
}

impl Endpoint {
    pub(super) fn new(url: String, stop: Stop) -> Self {
        Self { url, store: Mutex::default(), arrived: Notify::new(), stop }
    }

    /// Creates a queue, or changes the attributes of the one there is.
    pub(super) fn create(&self, name: &str, attributes: &Value) {
        let mut store = self.store();
        let queue = store.create(name);
        if queue.created_at == 0 {
            queue.created_at = now() / 1000;
        }
        set(queue, attributes);
    }

    async fn call(&self, action: &str, input: &Value) -> Result<Value, Fault> {
        match action {
            "ReceiveMessage" => self.receive(input).await,
            "SendMessage" => self.on_queue(input, |queue| send(queue, input)),
            "SendMessageBatch" => self.batch(input, send),
            "DeleteMessage" => self.on_queue(input, |queue| delete(queue, input)),
            "DeleteMessageBatch" => self.batch(input, delete),
            "ChangeMessageVisibility" => self.on_queue(input, |queue| hide(queue, input)),
            "ChangeMessageVisibilityBatch" => self.batch(input, hide),
            "PurgeQueue" => self.on_queue(input, |queue| {
                queue.purge();
                Ok(json!({}))
            }),
            "GetQueueAttributes" => self.on_queue(input, |queue| Ok(attributes(queue, input))),
            "SetQueueAttributes" => self.on_queue(input, |queue| {
                set(queue, &input["Attributes"]);
                Ok(json!({}))
            }),
            "GetQueueUrl" => {
                self.on_queue(input, |_| Ok(json!({ "QueueUrl": self.url_of(input) })))
            }
            "CreateQueue" => self.create_queue(input),
            "DeleteQueue" => match self.store().delete(&name(input)) {
                true => Ok(json!({})),
                false => Err(Fault::missing()),
            },
            "ListQueues" => Ok(self.list(input["QueueNamePrefix"].as_str().unwrap_or_default())),
            other => Err(Fault(
                "UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation",
                format!("{other} is not supported here."),
            )),
        }
    }

    async fn receive(&self, input: &Value) -> Result<Value, Fault> {
        let name = name(input);
        let most = input["MaxNumberOfMessages"].as_u64().unwrap_or(1);
        if !(1..=10).contains(&most) {
            return Err(Fault::invalid("MaxNumberOfMessages must be between 1 and 10."));
        }
        let wait = self.store().queue(&name).ok_or_else(Fault::missing)?.wait();
        let wait = input["WaitTimeSeconds"].as_u64().unwrap_or(wait).min(20);
        let until = Instant::now() + Duration::from_secs(wait);
        let system =
            [strings(&input["MessageSystemAttributeNames"]), strings(&input["AttributeNames"])]
                .concat();
        let custom = strings(&input["MessageAttributeNames"]);
        loop {
            let arrived = self.arrived.notified();
            let (found, next) = {
                let (mut store, now) = (self.store(), now());
                let most = usize::try_from(most).unwrap_or(10);
                let found = store.receive(&name, now, most, input["VisibilityTimeout"].as_u64());
                let next = store.queue(&name).and_then(|queue| queue.next_visible(now));
                (found, next.map(|it| Instant::now() + Duration::from_millis(it - now)))
            };
            if !found.is_empty() {
                let found: Vec<_> =
                    found.iter().map(|it| messages::received(it, &system, &custom)).collect();
                return Ok(json!({ "Messages": found }));
            }
            if Instant::now() >= until {
                return Ok(json!({}));
            }
            let woken = async {
                tokio::select! {
                    () = arrived => {}
                    () = sleep_until(next.map_or(until, |it| it.min(until))) => {}
                }
            };
            if self.stop.or(woken).await.is_none() {
                return Ok(json!({}));
            }
        }
    }

    fn create_queue(&self, input: &Value) -> Result<Value, Fault> {
        let name = name(input);
        let plain = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
        if name.is_empty() || name.len() > 80 || !name.chars().all(plain) {
            return Err(Fault::invalid(
                "Only standard queues with plain names are supported here.",
            ));
        }
        self.create(&name, &input["Attributes"]);
        Ok(json!({ "QueueUrl": self.url_of(input) }))
    }

    fn list(&self, prefix: &str) -> Value {
        let store = self.store();
        let names = store.names().filter(|it| it.starts_with(prefix));
        json!({ "QueueUrls": names.map(|it| super::url(&self.url, it)).collect::<Vec<_>>() })
    }

    fn url_of(&self, input: &Value) -> String {
        super::url(&self.url, &name(input))
    }

    /// Does something to the queue that the request names.
    fn on_queue<T>(
        &self,
        input: &Value,
        act: impl FnOnce(&mut Queue) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let done = act(self.store().queue(&name(input)).ok_or_else(Fault::missing)?);
        self.arrived.notify_waiters();
        done
    }

    /// The same for every entry of a batch: each succeeds or fails alone.
    fn batch(
        &self,
        input: &Value,
        act: impl Fn(&mut Queue, &Value) -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
        if entries.is_empty() {
            return Err(Fault::batch(
                "EmptyBatchRequest",
                "AWS.SimpleQueueService.EmptyBatchRequest",
            ));
        }
        if entries.len() > 10 {
            return Err(Fault::batch(
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ));
        }
        let mut ids: Vec<_> =
            entries.iter().map(|it| it["Id"].as_str().unwrap_or_default()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() < entries.len() {
            return Err(Fault::batch(
                "BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ));
        }
        let size = |it: &Value| it["MessageBody"].as_str().map_or(0, str::len);
        if entries.iter().map(size).sum::<usize>() > LARGEST_MESSAGE {
            return Err(Fault::batch(
                "BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
            ));
        }
        self.on_queue(input, |queue| {
            let (mut successful, mut failed) = (Vec::new(), Vec::new());
            for entry in entries {
                match act(queue, entry) {
                    Ok(mut done) => {
                        done["Id"] = entry["Id"].clone();
                        successful.push(done);
                    }
                    Err(Fault(_, code, message)) => failed.push(json!({
                        "Id": entry["Id"], "SenderFault": true, "Code": code, "Message": message,
                    })),
                }
            }
            Ok(json!({ "Successful": successful, "Failed": failed }))
        })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
