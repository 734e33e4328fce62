//! Wires `oauth_callback` to AWS and to Xero.

use std::env;

use lambda_http::{Error, Request, run, service_fn};
use oauth_callback::{Deps, handle};
use wiring::Outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    runtime::telemetry::start(&lookup("RUST_LOG").unwrap_or_else(|| "info".into()))?;
    let outside = Outside::wire(lookup)?;
    let deps = &Deps { https: outside.public_url.starts_with("https:"), ports: outside };
    run(service_fn(async |request: Request| Ok::<_, Error>(handle(deps, request).await))).await
}
