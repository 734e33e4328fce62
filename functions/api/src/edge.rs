//! Between the gateway and the routes: sizes, headers, and errors that are not ours to word.

use axum::Router;
use axum::body::{self, HttpBody};
use axum::extract::{Request as AxumRequest, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response as AxumResponse};
use lambda_http::http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};
use runtime::browser::{self, harden};
use runtime::http::{LONGEST_BODY, Unreadable, request_id};
use runtime::problem::{MEDIA_TYPE, Problem};
use tower::ServiceExt as _;
use tracing::info;

use crate::refusal::Refusal;

/// The kind of our pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// Answers a request as it comes from the gateway.
pub(crate) async fn handle(router: &Router, request: Request) -> Response<Body> {
    let request_id = request_id(&request).to_owned();
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let body = match body {
        Body::Text(text) => body::Body::from(text),
        Body::Binary(bytes) => body::Body::from(bytes),
        Body::Empty | _ => body::Body::empty(),
    };
    let Ok(response) = router.clone().oneshot(AxumRequest::from_parts(parts, body)).await;
    let (parts, body) = response.into_parts();
    if !method.is_safe() {
        let status = parts.status.as_u16();
        info!(http.request_id = request_id, %method, path, status, "something was said");
    }
    // Our own answers are made in memory: nothing can go wrong with them on the way.
    let bytes = body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(other) => Body::Binary(other.into_bytes()),
    };
    Response::from_parts(parts, body)
}

/// An answer of the runtime as one of the routes.
pub(crate) fn outward(response: Response<Body>) -> AxumResponse {
    let (parts, body) = response.into_parts();
    AxumResponse::from_parts(parts, body::Body::new(body))
}

/// Refuses what is too long or was cut on its way, words what was not worded, and sets the headers of every answer.
pub(crate) async fn guard(request: AxumRequest, next: Next) -> AxumResponse {
    let length = request.body().size_hint().lower();
    let mut response = if request.raw_http_path().contains(['?', '#']) {
        // The gateway decodes the path before the address is made of it, where these cut it: an id that
        // holds one would lead to another route than the one that was asked for.
        Refusal::NotFound.into_response()
    } else if length > LONGEST_BODY as u64 {
        Refusal::from(Unreadable::TooLong).into_response()
    } else {
        worded(next.run(request).await)
    };
    harden(response.headers_mut());
    response
}

/// What pages may load, of an API whose people sign in there.
pub(crate) fn page_policy(login: &str) -> HeaderValue {
    // An address that cannot stand in a header would leave pages with nothing to load.
    HeaderValue::from_str(&browser::page_policy(login))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Lets what is read by people load what belongs to it.
pub(crate) async fn page(
    State(policy): State<HeaderValue>,
    request: AxumRequest,
    next: Next,
) -> AxumResponse {
    let mut response = next.run(request).await;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// The answer, or a problem in place of the framework's own words.
fn worded(response: AxumResponse) -> AxumResponse {
    let status = response.status();
    let ours = response.headers().get(CONTENT_TYPE);
    let ours = ours.is_some_and(|it| it == MEDIA_TYPE || it == HTML);
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        _ => "malformed",
    };
    let mut problem = outward(Problem::new(status, code).into());
    if let Some(allow) = response.headers().get(ALLOW) {
        problem.headers_mut().insert(ALLOW, allow.clone());
    }
    problem
}
