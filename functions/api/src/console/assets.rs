//! What belongs to the pages: one style sheet, one library, one script, one picture. A browser keeps them for as
//! long as their address names their very contents.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::chance::digest;
use domain::ports::Ports;
use lambda_http::http::StatusCode;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};

use super::page::{Asked, Paged};
use super::refusal::Refused;
use crate::Deps;

/// Name, kind and text of each.
const FILES: [(&str, &str, &str); 4] = [
    ("console.css", "text/css; charset=utf-8", include_str!("../../assets/console/console.css")),
    (
        "console.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/console/console.js"),
    ),
    (
        "htmx.min.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/console/htmx.min.js"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/console/icon.svg")),
];

/// By how many characters of its digest a file is told from its other versions.
const SHORT: usize = 16;

static VERSIONS: LazyLock<[String; FILES.len()]> =
    LazyLock::new(|| FILES.map(|(_, _, text)| digest(text).chars().take(SHORT).collect()));

/// The address of a file, which changes with its contents.
pub(crate) fn url(name: &str) -> String {
    let found = FILES.iter().zip(VERSIONS.iter()).find(|((it, ..), _)| *it == name);
    let version = found.map_or("", |(_, version)| version);
    format!("/console/assets/{name}?v={version}")
}

pub(super) async fn file<P: Ports>(
    _: State<Arc<Deps<P>>>,
    Path(name): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Paged {
    let found = FILES.iter().zip(VERSIONS.iter()).find(|((it, ..), _)| *it == name);
    let ((_, kind, text), version) = found.ok_or(Refused::NotFound)?;
    let tag = format!("\"{version}\"");
    let known = headers.get(IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == tag.as_bytes());
    let keep =
        if asked.get("v") == version { "public, max-age=31536000, immutable" } else { "no-cache" };
    let told = [(CACHE_CONTROL, keep.to_owned()), (ETAG, tag)];
    let response: Response = match known {
        true => (StatusCode::NOT_MODIFIED, told).into_response(),
        false => (told, [(CONTENT_TYPE, *kind)], *text).into_response(),
    };
    Ok(response)
}
