//! The Lambda Runtime API of one process.
//!
//! Our own, because `lambda-simulator` 0.2.0 stops no function that runs into
//! its timeout, and switches rustls's `ring` provider on beside ours, for
//! everything that is built together with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::function::{Function, Invocation};
use crate::invoke::{FunctionError, PAYLOAD_LIMIT};

/// An event on its way to the process.
pub(super) struct Job {
    /// The event.
    pub(super) event: String,
    /// Told when the process takes it.
    pub(super) started: oneshot::Sender<()>,
    /// Told how it ends.
    pub(super) reply: oneshot::Sender<Result<Value, FunctionError>>,
}

/// What the process asks and tells.
#[derive(Clone)]
pub(super) struct RuntimeApi(Arc<Inner>);

struct Inner {
    function: Function,
    timeout: Duration,
    jobs: tokio::sync::Mutex<mpsc::Receiver<Job>>,
    state: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    running: Option<(String, oneshot::Sender<Result<Value, FunctionError>>)>,
    last_words: Option<Diagnostic>,
}

type Answer = (StatusCode, String);

impl RuntimeApi {
    pub(super) fn new(function: Function, timeout: Duration, jobs: mpsc::Receiver<Job>) -> Self {
        let jobs = tokio::sync::Mutex::new(jobs);
        Self(Arc::new(Inner { function, timeout, jobs, state: Mutex::default() }))
    }

    pub(super) fn router(&self) -> Router {
        let invocation = "/2018-06-01/runtime/invocation";
        Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }

    /// What the process said about an initialisation that failed.
    pub(super) fn last_words(&self) -> Option<Diagnostic> {
        self.state().last_words.take()
    }

    fn state(&self) -> MutexGuard<'_, Progress> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the running invocation, if it is the one that the process means.
    fn end(&self, id: &str, outcome: Result<Value, FunctionError>) -> Answer {
        let mut state = self.state();
        match state.running.take_if(|(running, _)| running == id) {
            Some((_, reply)) => {
                // Nobody listens any more once the invocation has timed out.
                let _late = reply.send(outcome);
                (StatusCode::ACCEPTED, json!({ "status": "OK" }).to_string())
            }
            None => refused(StatusCode::BAD_REQUEST, "InvalidRequestID"),
        }
    }
}

async fn next(State(api): State<RuntimeApi>) -> Result<(HeaderMap, String), Answer> {
    let Some(job) = api.0.jobs.lock().await.recv().await else {
        return Err(refused(StatusCode::GONE, "Shutdown"));
    };
    let invocation = Invocation::start(api.0.function, api.0.timeout);
    api.state().running = Some((invocation.request_id.clone(), job.reply));
    let _gone = job.started.send(());
    let mut headers = invocation.headers();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok((headers, job.event))
}

async fn response(State(api): State<RuntimeApi>, Path(id): Path<String>, body: Bytes) -> Answer {
    let function = api.0.function;
    if body.len() > PAYLOAD_LIMIT {
        api.end(&id, Err(FunctionError::TooLarge(function)));
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    }
    let outcome = serde_json::from_slice(&body).map_err(|error| FunctionError::Reported {
        function,
        report: diagnostic("Runtime.MarshalError", error.to_string()),
    });
    api.end(&id, outcome)
}

async fn error(State(api): State<RuntimeApi>, Path(id): Path<String>, body: Bytes) -> Answer {
    let report = report(&body);
    api.end(&id, Err(FunctionError::Reported { function: api.0.function, report }))
}

async fn init_error(State(api): State<RuntimeApi>, body: Bytes) -> Answer {
    api.state().last_words = Some(report(&body));
    (StatusCode::ACCEPTED, json!({ "status": "OK" }).to_string())
}

fn report(body: &[u8]) -> Diagnostic {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| diagnostic("Unhandled", String::from_utf8_lossy(body).into_owned()))
}

fn diagnostic(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic { error_type: error_type.into(), error_message }
}

fn refused(status: StatusCode, kind: &str) -> Answer {
    (status, json!({ "errorType": kind, "errorMessage": kind }).to_string())
}
