//! The page on which people read the contract. It needs nothing from any other host.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use lambda_http::http::header::CONTENT_TYPE;

const PAGE: &str = include_str!("../assets/docs.html");
const SCRIPT: &str = include_str!("../assets/docs.js");
const STYLE: &str = include_str!("../assets/docs.css");

/// The page.
pub(crate) fn page() -> Html<&'static str> {
    Html(PAGE)
}

/// What belongs to the page.
pub(crate) fn router() -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route("/docs/docs.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/docs/docs.css", file("text/css; charset=utf-8", STYLE))
}
