//! Wires `api` to AWS and to Xero.

use std::env;
use std::sync::Arc;

use api::{ApiSettings, Deps, handle, router};
use lambda_http::{Error, Request, run, service_fn};
use wiring::Outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    runtime::telemetry::start(&lookup("RUST_LOG").unwrap_or_else(|| "info".into()))?;
    let ports = Outside::wire(lookup)?;
    let settings = ApiSettings { public_url: ports.public_url.clone() };
    let router = &router(Arc::new(Deps { ports, settings }));
    run(service_fn(async |request: Request| Ok::<_, Error>(handle(router, request).await))).await
}
