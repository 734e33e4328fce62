//! A function for the tests of the process runner. What it does is in its event.

use std::time::Duration;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(toy)).await
}

async fn toy(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    match event.payload["do"].as_str() {
        Some("fail") => Err("as asked".into()),
        Some("exit") => std::process::exit(3),
        Some("hang") => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(Value::Null)
        }
        Some("huge") => Ok("x".repeat(7 * 1024 * 1024).into()),
        _ => Ok(json!({
            "event": event.payload,
            "process": std::process::id(),
            "deadline": event.context.deadline,
            "request_id": event.context.request_id,
            "arn": event.context.invoked_function_arn,
            "trace_id": event.context.xray_trace_id,
            "table": std::env::var("TANDEM_RECORDS_TABLE").ok(),
            "home": std::env::var("HOME").ok(),
        })),
    }
}
