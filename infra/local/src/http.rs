//! What API Gateway's HTTP API does: routes, events in payload format 2.0, and
//! answers back to HTTP, with its limits.

mod answer;
mod event;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use tokio::time::timeout;
use uuid::Uuid;

use crate::function::Function;
use crate::invoke::{Functions, PAYLOAD_LIMIT};
use answer::{refusal, respond};
use event::{Arrival, Route, event};

const BODY_LIMIT: usize = 10 * 1024 * 1024;
const HEAD_LIMIT: usize = 10_240;

/// How long API Gateway waits for a function.
pub const PATIENCE: Duration = Duration::from_secs(30);

struct Gateway<F> {
    functions: Arc<F>,
    patience: Duration,
}

/// Everything that API Gateway answers, for functions run by `functions`.
pub fn router(functions: Arc<impl Functions>, patience: Duration) -> Router {
    Router::new().fallback(serve).with_state(Arc::new(Gateway { functions, patience }))
}

async fn serve<F: Functions>(
    State(gateway): State<Arc<Gateway<F>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let mut response = match accept(&gateway, &request_id, peer, request).await {
        Ok(response) => response,
        Err(status) => refusal(status),
    };
    if let Ok(id) = request_id.parse() {
        response.headers_mut().insert("apigw-requestid", id);
    }
    response
}

async fn accept<F: Functions>(
    gateway: &Gateway<F>,
    request_id: &str,
    peer: SocketAddr,
    request: Request,
) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    if head_size(&head.uri, &head.headers) > HEAD_LIMIT {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let route = route(head.uri.path());
    let event = event(
        &route,
        &Arrival { head: &head, body: &body, peer, request_id, at: Timestamp::now() },
    );
    if event.to_string().len() > PAYLOAD_LIMIT {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }

    let answer = gateway.functions.invoke(route.function, event);
    let answer = timeout(gateway.patience, answer).await.map_err(|_| {
        tracing::error!(function = %route.function, "{} takes too long", route.function);
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    let answer = answer.map_err(|error| {
        tracing::error!(function = %route.function, %error, "no answer: {error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    respond(answer).ok_or_else(|| {
        tracing::error!(function = %route.function, "{} answers no HTTP response", route.function);
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

/// The routes of the template.
fn route(path: &str) -> Route {
    let proxied = [
        ("/webhooks/", "ANY /webhooks/{proxy+}", Function::WebhookIngest),
        ("/oauth/", "ANY /oauth/{proxy+}", Function::OauthCallback),
    ];
    for (prefix, key, function) in proxied {
        if let Some(rest) = path.strip_prefix(prefix).filter(|it| !it.is_empty()) {
            return Route { function, key, proxy: Some(rest.to_owned()) };
        }
    }
    Route { function: Function::Api, key: "$default", proxy: None }
}

fn head_size(uri: &Uri, headers: &HeaderMap) -> usize {
    let line = uri.path_and_query().map_or(0, |it| it.as_str().len());
    line + headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_and_oauth_go_to_their_own_functions_and_the_rest_to_the_api() {
        let routed = |path| route(path).function;
        assert_eq!(routed("/webhooks/practice/demo"), Function::WebhookIngest);
        assert_eq!(routed("/oauth/callback"), Function::OauthCallback);
        assert_eq!(routed("/"), Function::Api);
        assert_eq!(routed("/oauth"), Function::Api);
        assert_eq!(routed("/oauth/"), Function::Api);
        assert_eq!(routed("/v1/oauth/callback"), Function::Api);
        assert_eq!(route("/webhooks/practice/demo").proxy.as_deref(), Some("practice/demo"));
    }
}
