//! What anyone may ask: whether we live, and what the contract is.

use std::sync::{Arc, LazyLock};

use axum::response::Html;
use axum::{Extension, Json};
use lambda_http::http::HeaderName;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

use crate::docs;

/// The OpenAPI document. It is made when it is first asked for, because most functions that start
/// never are.
#[derive(Clone)]
pub(crate) struct Document(Arc<LazyLock<String, Box<dyn FnOnce() -> String + Send>>>);

impl Document {
    /// A document that `make` makes.
    pub(crate) fn new(make: impl FnOnce() -> String + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
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
    ([(CONTENT_TYPE, "application/json")], LazyLock::force(&text).clone())
}

/// A page to read this document.
#[utoipa::path(get, path = "/docs", tag = "service",
    responses((status = 200, description = "HTML", content_type = "text/html", body = String)))]
pub(crate) async fn get_docs() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    docs::page()
}
