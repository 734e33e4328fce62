//! Wires `oauth_callback` to AWS and to Xero.

use std::env;
use std::io::stdout;

use lambda_http::{Error, Request, run, service_fn};
use oauth_callback::{Deps, handle};
use runtime::http::AsItStands;
use wiring::Outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    wiring::telemetry(lookup, stdout)?;
    let outside = Outside::wire(lookup)?;
    let deps = &Deps { https: outside.public_url.starts_with("https:"), ports: outside };
    let answer = async |request: Request| Ok::<_, Error>(AsItStands(handle(deps, request).await));
    run(service_fn(answer)).await
}
