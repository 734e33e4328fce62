//! Wires `event_publish` to AWS and to the firms' endpoints.

use std::env;
use std::io::stdout;

use event_publish::{handle, wire};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    wiring::telemetry(lookup, stdout)?;
    let deps = &wire(lookup)?;
    run(service_fn(|event: LambdaEvent<Value>| handle(deps, event))).await
}
