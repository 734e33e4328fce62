//! The control API over HTTP, under `/_sim`.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calls::Call;
use crate::control::{Control, Refused};
use crate::faults::Fault;
use crate::knobs::Knobs;
use crate::limits::Limits;

const LARGEST_BODY: usize = 256 * 1024 * 1024;

type Answered<T> = Result<Json<T>, Refused>;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Nonsense(_) => StatusCode::BAD_REQUEST,
            Self::Journal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

pub(crate) fn routes() -> Router<Control> {
    Router::new()
        .route("/ledger", get(ledger))
        .route("/calls", get(calls))
        .route("/faults", get(faults).put(set_faults))
        .route("/limits", get(limits).put(set_limits))
        .route("/knobs", get(knobs).put(set_knobs))
        .route("/clock", get(clock).put(set_clock))
        .route("/generate", put(generate))
        .route("/connect", post(connect))
        .route("/reset", post(reset))
        .route("/{kind}", put(load))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    tenant: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    since: Option<String>,
}

async fn ledger(State(control): State<Control>, Query(which): Query<Which>) -> Answered<Value> {
    control.ledger(which.tenant.as_deref()).map(Json)
}

async fn calls(State(control): State<Control>, Query(query): Query<Since>) -> Answered<Vec<Call>> {
    control.calls_since(query.since.as_deref()).map(Json)
}

async fn faults(State(control): State<Control>) -> Json<Vec<Fault>> {
    Json(control.faults())
}

async fn set_faults(State(control): State<Control>, body: Bytes) -> Answered<Vec<Fault>> {
    control.set_faults(read(&body)?);
    Ok(Json(control.faults()))
}

async fn limits(State(control): State<Control>) -> Json<Limits> {
    Json(control.limits())
}

async fn set_limits(State(control): State<Control>, body: Bytes) -> Answered<Limits> {
    control.set_limits(amended(&control.limits(), &body)?)?;
    Ok(Json(control.limits()))
}

async fn knobs(State(control): State<Control>) -> Json<Knobs> {
    Json(control.knobs())
}

async fn set_knobs(State(control): State<Control>, body: Bytes) -> Answered<Knobs> {
    control.set_knobs(amended(&control.knobs(), &body)?)?;
    Ok(Json(control.knobs()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    advance_seconds: Option<i64>,
    now: Option<Timestamp>,
    #[serde(default)]
    frozen: bool,
}

async fn clock(State(control): State<Control>) -> Json<Value> {
    Json(json!({"now": control.now()}))
}

async fn set_clock(State(control): State<Control>, body: Bytes) -> Answered<Value> {
    let Clock { advance_seconds, now, frozen } = read(&body)?;
    if frozen || now.is_some() {
        control.set_clock(now.unwrap_or_else(|| control.now()), frozen)?;
    }
    let now = control.advance(advance_seconds.unwrap_or_default())?;
    Ok(Json(json!({"now": now})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    clients: usize,
}

async fn generate(
    State(control): State<Control>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Answered<Value> {
    let Amount { clients } = read(&body)?;
    let made = control.generate(clients, which.tenant.as_deref())?;
    Ok(Json(json!({"clients": made})))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tenants {
    tenants: Vec<String>,
}

async fn connect(State(control): State<Control>, body: Bytes) -> Answered<Value> {
    let Tenants { tenants } = if body.is_empty() { Tenants::default() } else { read(&body)? };
    let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
    let credentials = control.connect(&tenants)?;
    Ok(Json(json!({
        "access_token": credentials.access_token, "refresh_token": credentials.refresh_token,
        "tenants": credentials.tenants,
    })))
}

async fn reset(State(control): State<Control>) -> Answered<Value> {
    control.reset()?;
    Ok(Json(json!({})))
}

async fn load(
    State(control): State<Control>,
    Path(kind): Path<String>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Answered<Value> {
    let body =
        str::from_utf8(&body).map_err(|_| Refused::Nonsense("the body is not UTF-8".to_owned()))?;
    let loaded = control.load(&kind, body, which.tenant.as_deref())?;
    Ok(Json(json!({"loaded": loaded})))
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|it| Refused::Nonsense(it.to_string()))
}

/// What is there, with the members of the body in place of its own.
fn amended<T>(current: &T, body: &[u8]) -> Result<T, Refused>
where
    T: Serialize + for<'de> Deserialize<'de>,
{
    let nonsense = |it: serde_json::Error| Refused::Nonsense(it.to_string());
    let mut whole = serde_json::to_value(current).map_err(nonsense)?;
    let changes: serde_json::Map<String, Value> = read(body)?;
    if let Value::Object(members) = &mut whole {
        members.extend(changes);
    }
    serde_json::from_value(whole).map_err(nonsense)
}
