//! The way of a call: recorded, met by its fault if one matches, answered
//! under the lock, and then sent, delayed, cut short or never sent at all.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use crate::answer::{Answer, Incoming};
use crate::control::{Control, routes};
use crate::faults::{Fault, Kind, Subject, take};
use crate::gateway::{self, Pass};
use crate::identity;
use crate::limits::Lane;
use crate::state::State;
use crate::wire::Switch;

const LARGEST_BODY: usize = 64 * 1024 * 1024;
const HANG: u64 = 60_000;

/// A call that takes effect after its connection is gone.
#[derive(Debug)]
pub(crate) struct Held {
    due: Timestamp,
    call: u64,
    pass: Pass,
    incoming: Incoming,
}

pub(crate) fn router(control: Control) -> IntoMakeServiceWithConnectInfo<Router, Switch> {
    Router::new()
        .nest("/_sim", routes())
        .fallback(traffic)
        .with_state(control)
        .into_make_service_with_connect_info::<Switch>()
}

async fn traffic(
    Shared(control): Shared<Control>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Answer::empty(413).into_response();
    };
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: body.to_vec(),
    };
    let Plan { call, answer, wait, end, lane } = control.locked(|state| plan(state, &incoming));
    let _in_progress = InProgress { control: control.clone(), lane };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match end {
        End::Deliver => {}
        End::Cut => switch.cut(answer.body.len() / 2),
        End::Break => {
            switch.reset();
            return Answer::empty(200).into_response();
        }
    }
    control.locked(|state| {
        state.calls.amend(call, |it| {
            it.status = Some(answer.status);
            it.limited = answer.limited.map(str::to_owned);
            it.error.clone_from(&answer.error);
        });
    });
    answer.into_response()
}

/// Counts a call out, also when its connection is closed by the client.
struct InProgress {
    control: Control,
    lane: Option<Lane>,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if let Some(lane) = &self.lane {
            self.control.locked(|state| state.counters.leave(lane));
        }
    }
}

struct Plan {
    call: u64,
    answer: Answer,
    wait: Duration,
    end: End,
    lane: Option<Lane>,
}

/// How a call ends on the wire.
enum End {
    Deliver,
    /// The answer ends in the middle of its body.
    Cut,
    /// The connection is reset without an answer.
    Break,
}

fn plan(state: &mut State, incoming: &Incoming) -> Plan {
    settle(state);
    let tenant = incoming.header("xero-tenant-id");
    let now = state.now();
    let call =
        state.calls.begin(now, &incoming.method, &incoming.path, incoming.query.as_deref(), tenant);
    state.call = call;
    let target = match &incoming.query {
        Some(query) => format!("{}?{query}", incoming.path),
        None => incoming.path.clone(),
    };
    let subject = Subject { method: &incoming.method, path: &target, tenant, body: &incoming.body };
    let fault = take(&mut state.faults, &subject);
    let is_xpm = gateway::is_xpm(&incoming.path);
    let latency = Duration::from_millis(if is_xpm { state.knobs.latency_ms } else { 0 });
    let Some(fault) = fault else {
        let (answer, lane) = answer(state, incoming);
        return Plan { call, answer, wait: latency, end: End::Deliver, lane };
    };
    state.calls.amend(call, |it| {
        let name = serde_json::to_value(fault.kind).ok();
        it.fault = name.and_then(|it| it.as_str().map(str::to_owned));
    });
    let (own, lane) =
        if fault.commits() { answer(state, incoming) } else { (Answer::empty(200), None) };
    let hang = Duration::from_millis(fault.ms.unwrap_or(HANG));
    let (answer, wait, end) = match fault.kind {
        Kind::TimeoutBefore | Kind::TimeoutAfterCommit => (own, hang, End::Break),
        Kind::ResetBeforeCommit | Kind::ResetAfterCommit => (own, Duration::ZERO, End::Break),
        Kind::LateCommit => {
            hold(state, incoming, fault.seconds.unwrap_or(600));
            (own, Duration::ZERO, End::Break)
        }
        Kind::Truncate => (own, Duration::ZERO, End::Cut),
        Kind::Slow => (own, hang, End::Deliver),
        Kind::Status => (instead(&fault), latency, End::Deliver),
        Kind::Html => {
            let page = "<!DOCTYPE html><html><head><title>Xero</title></head>\
                        <body><h1>We are doing some maintenance</h1></body></html>";
            let page = fault.body.as_deref().unwrap_or(page);
            (Answer::html(200, page), latency, End::Deliver)
        }
        Kind::Garbage => {
            let body = fault.body.as_deref().unwrap_or("<Response><Status>OK</Status><Cli\u{1}&&");
            (Answer::of(200, "text/xml; charset=utf-8", body), latency, End::Deliver)
        }
    };
    Plan { call, answer, wait, end, lane }
}

/// Answers a call as if nothing were wrong with the line.
fn answer(state: &mut State, incoming: &Incoming) -> (Answer, Option<Lane>) {
    let (answer, lane) = if gateway::is_xpm(&incoming.path) {
        match gateway::admit(state, incoming) {
            Ok(pass) => (gateway::answer(state, &pass, incoming), Some(pass.lane)),
            Err(refusal) => (*refusal, None),
        }
    } else {
        (identity::answer(state, incoming), None)
    };
    match state.write() {
        Ok(()) => (answer, lane),
        Err(error) => {
            tracing::error!(%error, "the journal cannot be written");
            (Answer::empty(500), lane)
        }
    }
}

fn hold(state: &mut State, incoming: &Incoming, seconds: i64) {
    if let Ok(pass) = gateway::admit(state, incoming) {
        state.counters.leave(&pass.lane);
        let now = state.now();
        let due = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        state.held.push(Held { due, call: state.call, pass, incoming: incoming.clone() });
    }
}

/// Applies the held calls that are due.
pub(crate) fn settle(state: &mut State) {
    let now = state.now();
    let (due, held) = std::mem::take(&mut state.held).into_iter().partition(|it| it.due <= now);
    state.held = held;
    let due: Vec<Held> = due;
    for Held { call, pass, incoming, .. } in due {
        state.call = call;
        gateway::answer(state, &pass, &incoming);
        if let Err(error) = state.write() {
            tracing::error!(%error, "the journal cannot be written");
        }
    }
}

fn instead(fault: &Fault) -> Answer {
    let code = fault.code.unwrap_or(503);
    let mut answer = match (&fault.body, code) {
        (Some(body), _) => Answer::of(code, "text/plain; charset=utf-8", body.as_str()),
        (None, 429) => Answer::empty(429).with("x-rate-limit-problem", "minute"),
        (None, 500) => Answer::of(
            500,
            "text/xml; charset=utf-8",
            "<Response><Status>ERROR</Status>\
             <ErrorDescription>An unexpected error occurred</ErrorDescription></Response>",
        ),
        (None, 503) => Answer::gateway(503, "Service Unavailable", "ServiceNotAvailable"),
        (None, 401) => Answer::gateway(401, "Unauthorized", "AuthenticationUnsuccessful")
            .with("www-authenticate", "Bearer error=invalid_token"),
        (None, 403) => Answer::gateway(403, "Forbidden", "AuthenticationUnsuccessful"),
        (None, other) => Answer::gateway(other, "Error", "SimulatedFault"),
    };
    if let Some(retry_after) = &fault.retry_after {
        answer = answer.with("retry-after", retry_after.text());
    }
    answer
}
