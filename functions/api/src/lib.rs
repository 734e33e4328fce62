//! The REST API: contacts, tasks, time and settings in; how they stand with XPM out.

mod access;
mod connecting;
mod console;
mod csv;
mod docs;
mod edge;
mod idempotency;
mod input;
mod openapi;
mod refusal;
mod routes;
mod scan;
mod wake;

use std::sync::Arc;

use axum::Router;
use courier::Reach;
use domain::ports::Ports;
use lambda_http::{Body, Request, Response};

pub use console::{Access, ROUTES as CONSOLE, Route};

/// What the function needs from the outside.
pub struct Deps<P> {
    /// The outside.
    pub ports: P,
    /// What it is told.
    pub settings: ApiSettings,
}

/// What the function is told.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Where the world reaches us, without a slash at the end.
    pub public_url: String,
    /// How far outbound events may go.
    pub reach: Reach,
    /// Where people sign in at Xero: scheme, host and port. Forms of ours lead there.
    pub login: String,
}

impl ApiSettings {
    /// Whether browsers reach us by https; only on one machine do they not.
    fn https(&self) -> bool {
        self.public_url.starts_with("https:")
    }
}

/// Every route, with its keys checked and its errors told as problems.
pub fn router<P: Ports + 'static>(deps: Arc<Deps<P>>) -> Router {
    routes::router(deps)
}

/// The OpenAPI document, made anew from the handlers' own types, of an API at this address.
pub fn document(public_url: &str) -> serde_json::Value {
    routes::document(public_url)
}

/// Answers a request as it comes from the gateway.
pub async fn handle(router: &Router, request: Request) -> Response<Body> {
    edge::handle(router, request).await
}
