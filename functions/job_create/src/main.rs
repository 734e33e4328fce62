//! Wires `job_create` to AWS and to XPM.

use std::env;
use std::io::stdout;

use job_create::handle;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use wiring::Outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    wiring::telemetry(lookup, stdout)?;
    let outside = &Outside::wire(lookup)?;
    run(service_fn(|event: LambdaEvent<Value>| handle(outside, event))).await
}
