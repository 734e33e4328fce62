//! The page on which people read the contract. It needs nothing from any other host.

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::get;
use lambda_http::http::HeaderName;
use lambda_http::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

const PAGE: &str = include_str!("../assets/docs.html");
const SCRIPT: &str = include_str!("../assets/docs.js");
const STYLE: &str = include_str!("../assets/docs.css");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(crate) fn page() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))
}

/// What belongs to the page.
pub(crate) fn router() -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        // Where people land who come from elsewhere, such as after connecting.
        .route("/", get(async || Redirect::to("/docs")))
        .route("/docs/docs.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/docs/docs.css", file("text/css; charset=utf-8", STYLE))
}
