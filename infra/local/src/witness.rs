//! Writes down which function asks AWS for what, in the words of IAM, so that the roles of the
//! template can be held against it (G48). Every function signs with an access key of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::dynamo::{CACHE, RECORDS};
use crate::stop::Stop;
use crate::{Cause, keys, queues};

/// DynamoDB takes no larger request.
const LARGEST: usize = 16 << 20;

/// Who asked for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The access key that signed: a function's name, or `local` for the stack itself.
    pub by: String,
    /// The action that IAM would ask for, such as `dynamodb:PutItem`.
    pub action: String,
    /// What it was done to, as the template calls it, such as `Records` or `Records/index/due`.
    pub on: String,
}

/// Everything that was asked for, each thing once, and every message that was sent. Clones write on
/// the same list.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    calls: BTreeSet<Call>,
    messages: BTreeSet<String>,
}

#[derive(Clone)]
struct Post {
    witness: Witness,
    client: Client,
    behind: String,
}

/// The endpoints of AWS, perhaps behind a witness.
pub(crate) struct Watched {
    pub(crate) dynamo: String,
    pub(crate) sqs: String,
    pub(crate) kms: Option<String>,
}

/// Puts the witness, if there is one, before the endpoints, and a stand-in for KMS beside them.
pub(crate) async fn watched(
    witness: Option<&Witness>,
    dynamo: String,
    sqs: String,
    tasks: &mut JoinSet<()>,
    stop: &Stop,
) -> Result<Watched, Cause> {
    let Some(witness) = witness else { return Ok(Watched { dynamo, sqs, kms: None }) };
    let kms = keys::serve(tasks, stop).await?;
    Ok(Watched {
        dynamo: witness.stand_before(dynamo, tasks, stop).await?,
        sqs: witness.stand_before(sqs, tasks, stop).await?,
        kms: Some(witness.stand_before(kms, tasks, stop).await?),
    })
}

impl Witness {
    /// What was asked for so far.
    pub fn calls(&self) -> BTreeSet<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.clone()
    }

    /// The bodies of the messages so far, each once.
    pub fn messages(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).messages.clone()
    }

    /// Stands before an endpoint, and gives the address to call instead.
    async fn stand_before(
        &self,
        behind: String,
        tasks: &mut JoinSet<()>,
        stop: &Stop,
    ) -> Result<String, Cause> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let client = Client::builder().no_proxy().no_gzip().build()?;
        let post = Post { witness: self.clone(), client, behind };
        let server = axum::serve(listener, Router::new().fallback(pass).with_state(post))
            .with_graceful_shutdown(stop.clone().wait());
        tasks.spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the witness stopped");
            }
        });
        Ok(url)
    }

    fn note(&self, headers: &HeaderMap, body: &Value) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.calls.extend(calls(headers, body));
        seen.messages.extend(body["MessageBody"].as_str().map(str::to_owned));
    }
}

/// Notes a request, and hands it on as it is.
async fn pass(State(post): State<Post>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    post.witness.note(&head.headers, &serde_json::from_slice(&body).unwrap_or_default());
    match hand_on(&post, &head.uri.to_string(), head.headers, body).await {
        Ok((status, headers, body)) => (status, headers, body).into_response(),
        Err(error) => {
            tracing::warn!(%error, "what stands behind the witness does not answer");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

async fn hand_on(
    post: &Post,
    path: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, HeaderMap, Bytes), reqwest::Error> {
    let url = format!("{}{path}", post.behind);
    let answer = post.client.post(url).headers(headers).body(body).send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok((status, headers, answer.bytes().await?))
}

/// What IAM would be asked about one request.
fn calls(headers: &HeaderMap, body: &Value) -> Vec<Call> {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let signer = text("authorization").split_once("Credential=").map_or("", |it| it.1);
    let by = signer.split('/').next().unwrap_or_default();
    let (service, operation) = text("x-amz-target").split_once('.').unwrap_or_default();
    let table = |it: &Value| match it["TableName"].as_str().unwrap_or_default() {
        name if it["IndexName"].is_string() => {
            format!("{}/index/{}", resource(name), it["IndexName"].as_str().unwrap_or_default())
        }
        name => resource(name),
    };
    let found: Vec<(String, String)> = match (service.split('_').next(), operation) {
        // IAM has no word for a transaction, only for what is in it.
        (Some("DynamoDB"), "TransactWriteItems") => {
            let items = body["TransactItems"].as_array().into_iter().flatten();
            let writes = items.flat_map(|it| it.as_object().into_iter().flatten());
            writes.map(|(write, of)| (format!("dynamodb:{write}Item"), table(of))).collect()
        }
        (Some("DynamoDB"), "BatchGetItem") => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(name, _)| ("dynamodb:BatchGetItem".to_owned(), resource(name))).collect()
        }
        (Some("DynamoDB"), action) => vec![(format!("dynamodb:{action}"), table(body))],
        (Some("AmazonSQS"), action) => {
            let name = body["QueueUrl"].as_str().unwrap_or_default().rsplit('/').next();
            let action = action.strip_suffix("Batch").unwrap_or(action);
            vec![(format!("sqs:{action}"), resource(name.unwrap_or_default()))]
        }
        (_, action) => vec![(format!("kms:{action}"), "DataKey".to_owned())],
    };
    found.into_iter().map(|(action, on)| Call { by: by.to_owned(), action, on }).collect()
}

/// What the template calls a table or queue of the stack.
fn resource(name: &str) -> String {
    match name {
        RECORDS => "Records",
        CACHE => "Cache",
        queues::TIME => "TimeQueue",
        queues::CONTACTS => "ContactsQueue",
        queues::EVENTS => "EventsQueue",
        queues::JOBS => "JobsQueue",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn g48_a_request_is_told_in_the_words_of_iam() {
        for (target, body, expected) in [
            (
                "DynamoDB_20120810.Query",
                json!({"TableName": RECORDS, "IndexName": "due"}),
                vec![("dynamodb:Query", "Records/index/due")],
            ),
            (
                "DynamoDB_20120810.TransactWriteItems",
                json!({"TransactItems": [
                    {"Put": {"TableName": RECORDS}}, {"Delete": {"TableName": CACHE}}
                ]}),
                vec![("dynamodb:PutItem", "Records"), ("dynamodb:DeleteItem", "Cache")],
            ),
            (
                "DynamoDB_20120810.BatchGetItem",
                json!({"RequestItems": {RECORDS: {}}}),
                vec![("dynamodb:BatchGetItem", "Records")],
            ),
            (
                "AmazonSQS.DeleteMessageBatch",
                json!({"QueueUrl": "http://127.0.0.1:1/000000000000/tandem-jobs"}),
                vec![("sqs:DeleteMessage", "JobsQueue")],
            ),
            ("TrentService.Decrypt", json!({}), vec![("kms:Decrypt", "DataKey")]),
        ] {
            let mut headers = HeaderMap::new();
            let signed = "AWS4-HMAC-SHA256 Credential=api/20261122/x/y/aws4_request, Signature=0";
            headers.insert("authorization", signed.parse().unwrap());
            headers.insert("x-amz-target", target.parse().unwrap());
            let found = calls(&headers, &body);
            assert!(found.iter().all(|it| it.by == "api"), "{found:?}");
            let found: Vec<_> =
                found.iter().map(|it| (it.action.as_str(), it.on.as_str())).collect();
            assert_eq!(found, expected, "{target}");
        }
    }
}
