//! The five functions as they are deployed, each with an event that makes it ask DynamoDB.

use std::path::Path;
use std::process::Stdio;

use jiff::Timestamp;
use local::demo;
use local::function::Function;
use local::settings::Settings;
use serde_json::{Value, json};
use tokio::process::Command;

use super::Program;
use crate::Cause;
use crate::intake::Delivery;

/// Where systems keep their certificates; the first is Lambda's.
const BUNDLES: [&str; 3] =
    ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"];

/// Builds the functions, or finds them built.
pub(super) async fn build(root: &Path) -> Result<(), Cause> {
    eprintln!("building the functions");
    let mut command = Command::new(root.join("infra/build"));
    let status = command.stdin(Stdio::null()).stdout(std::io::stderr()).status().await?;
    if status.success() { Ok(()) } else { Err("infra/build failed".into()) }
}

/// What every program is told, ours and the peers alike.
pub(super) fn environment(settings: &Settings) -> Vec<(String, String)> {
    let bundle = BUNDLES.into_iter().find(|it| Path::new(it).is_file());
    let bundle = bundle.map(|it| ("SSL_CERT_FILE", it));
    let runtime = [
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("RUST_LOG", "info"),
    ];
    let all = settings.iter().chain(runtime).chain(bundle);
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What `infra/build` left, and the functions that it did not.
pub(super) fn programs(
    root: &Path,
    environment: &[(String, String)],
) -> (Vec<(String, Program)>, Vec<Function>) {
    let (mut programs, mut missing) = (Vec::new(), Vec::new());
    for function in Function::ALL {
        let path = root.join("target/lambda").join(function.name()).join("bootstrap");
        if !path.is_file() {
            missing.push(function);
            continue;
        }
        let (event, answer): (fn() -> Result<Value, Cause>, _) = match function {
            Function::Api => (a_contact, "not_found"),
            Function::OauthCallback => (a_start, "\"statusCode\":4"),
            Function::WebhookIngest => (a_delivery, "\"statusCode\":202"),
            Function::ContactSync => (a_contacts_wake, "\"batchItemFailures\":[]"),
            Function::EventPublish => (an_events_wake, "\"batchItemFailures\":[]"),
            Function::JobCreate => (a_jobs_wake, "\"batchItemFailures\":[]"),
            Function::TimePush => (a_time_wake, "\"batchItemFailures\":[]"),
        };
        let environment = environment.to_vec();
        let program = Program { path, args: Vec::new(), environment, event, answer };
        programs.push((function.name().to_owned(), program));
    }
    (programs, missing)
}

/// Asks for a contact that is not there: reads the key, then the contact.
fn a_contact() -> Result<Value, Cause> {
    let key = format!("Bearer {}", demo::API_KEY);
    Ok(http("GET", "/v1/contacts/nobody", "", &json!({ "authorization": key }), ""))
}

/// Sets out with a state that nobody gave: reads the authorisation under way.
fn a_start() -> Result<Value, Cause> {
    let query = format!("state={}.nobody-gave-this", demo::FIRM);
    Ok(http("GET", "/oauth/start", &query, &json!({}), ""))
}

/// A time entry, with all that taking it means: reads, writes and a message.
fn a_delivery() -> Result<Value, Cause> {
    let now = Timestamp::now();
    let n = u32::try_from(now.as_microsecond().rem_euclid(1_000_000_000))?;
    let Delivery { headers, body } = Delivery::of_entry(n, now)?;
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    let path = format!("/webhooks/practice/{}", demo::FIRM);
    Ok(http("POST", &path, "", &Value::Object(headers.collect()), &body))
}

fn a_contacts_wake() -> Result<Value, Cause> {
    Ok(wake("contacts"))
}

fn an_events_wake() -> Result<Value, Cause> {
    Ok(wake("events"))
}

fn a_jobs_wake() -> Result<Value, Cause> {
    Ok(wake("jobs"))
}

fn a_time_wake() -> Result<Value, Cause> {
    Ok(wake("time"))
}

/// What API Gateway makes of a request.
pub(crate) fn http(method: &str, path: &str, query: &str, headers: &Value, body: &str) -> Value {
    let parameters: serde_json::Map<String, Value> = query
        .split_once('=')
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
        .collect();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": parameters,
        "headers": headers,
        "requestContext": {
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1" },
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// What SQS makes of a message.
fn wake(lane: &str) -> Value {
    json!({ "Records": [{
        "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
        "receiptHandle": "bench",
        "body": json!({ "firm": demo::FIRM, "lane": lane }).to_string(),
        "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": "ap-southeast-2",
    }]})
}
