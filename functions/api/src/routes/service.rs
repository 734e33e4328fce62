//! What anyone may ask: whether we live, and what the contract is.

use std::sync::Arc;

use axum::response::Html;
use axum::{Extension, Json};
use lambda_http::http::HeaderName;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

use crate::docs;

/// The OpenAPI document, written by `cargo run -p api --example openapi` and held by a test to what
/// the handlers say.
const OPENAPI: &str = include_str!("../../assets/openapi.json");

/// The address that stands in [`OPENAPI`] for our own.
const PLACEHOLDER: &str = "https://tandem.example";

/// The OpenAPI document, with our own address.
#[derive(Clone)]
pub(crate) struct Document(Arc<str>);

impl Document {
    /// The document of an API at this address.
    pub(crate) fn at(public_url: &str) -> Self {
        Self(OPENAPI.replacen(PLACEHOLDER, public_url, 1).into())
    }
}

/// That we live.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
    /// Which version of us.
    #[schema(value_type = String, example = "0.1.0")]
    version: &'static str,
}

/// Whether the service lives, and which version of it.
#[utoipa::path(get, path = "/health", tag = "service",
    responses((status = 200, description = "It lives", body = Health)))]
pub(crate) async fn get_health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
pub(crate) async fn get_openapi(
    Extension(Document(text)): Extension<Document>,
) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "application/json")], text.to_string())
}

/// A page to read this document.
#[utoipa::path(get, path = "/docs", tag = "service",
    responses((status = 200, description = "HTML", content_type = "text/html", body = String)))]
pub(crate) async fn get_docs() -> Html<&'static str> {
    docs::page()
}
