//! Wires `webhook_ingest` to AWS.

use std::env;

use lambda_http::{Error, Request, run, service_fn};
use webhook_ingest::{handle, wire};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    runtime::telemetry::start(&lookup("RUST_LOG").unwrap_or_else(|| "info".into()))?;
    let deps = &wire(lookup)?;
    run(service_fn(async |request: Request| Ok::<_, Error>(handle(deps, request).await))).await
}
