//! Wires `api` to AWS and to Xero.

use std::env;
use std::io::stdout;
use std::sync::Arc;

use api::{ApiSettings, Deps, handle, router};
use courier::Reach;
use lambda_http::{Error, Request, run, service_fn};
use runtime::http::AsItStands;
use wiring::Outside;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lookup = |name: &str| env::var(name).ok();
    wiring::telemetry(lookup, stdout)?;
    let ports = Outside::wire(lookup)?;
    let reach = Reach::told(lookup("TANDEM_WEBHOOK_LOOPBACK").as_deref());
    let public_url = ports.public_url.clone();
    let settings = ApiSettings { public_url, reach, login: ports.identity.login_origin() };
    let router = &router(Arc::new(Deps { ports, settings }));
    let answer = async |request: Request| Ok::<_, Error>(AsItStands(handle(router, request).await));
    run(service_fn(answer)).await
}
