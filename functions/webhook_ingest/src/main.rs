//! Wires `webhook_ingest` to AWS.

use std::env;
use std::io::stdout;

use lambda_http::{Error, Request, run, service_fn};
use runtime::http::AsItStands;
use webhook_ingest::{handle, wire};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    wiring::telemetry(lookup, stdout)?;
    let deps = &wire(lookup)?;
    let answer = async |request: Request| Ok::<_, Error>(AsItStands(handle(deps, request).await));
    run(service_fn(answer)).await
}
