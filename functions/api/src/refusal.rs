//! Why a request was not answered as asked, and the problem that says so.

use axum::response::{IntoResponse, Response};
use contract::body::BodyError;
use domain::copies::Unavailable;
use domain::gate::Shut;
use domain::invalid::Invalid;
use domain::ports::{Clock, Down, Fault};
use jiff::Timestamp;
use lambda_http::Body;
use lambda_http::http::StatusCode;
use runtime::chain::Chain;
use runtime::http::Unreadable;
use runtime::problem::Problem;
use tracing::{error, warn};

use crate::edge;

/// Where nothing better is known, so many seconds later is soon enough.
const SOON: u64 = 30;

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No key, or none that lets in.
    #[error("a valid API key is required")]
    Key,
    /// Nothing of this firm's.
    #[error("there is nothing of that name")]
    NotFound,
    /// The body is too long, or a header no text.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The body could not be received whole.
    #[error("the body did not arrive")]
    Body,
    /// The body is not as it should be.
    #[error(transparent)]
    Contract(#[from] BodyError),
    /// The query or the path is not as it should be.
    #[error("{0}")]
    Query(String),
    /// What the cursor leads to is kept no more.
    #[error("what came after this cursor is kept no more; begin again without a cursor")]
    Expired,
    /// It cannot be done as things stand.
    #[error("{1}")]
    Conflict(&'static str, String),
    /// It was done just now.
    #[error("this was done just now: it can be done again in {0} seconds")]
    TooSoon(u64),
    /// XPM cannot be asked.
    #[error("XPM cannot be asked")]
    Unavailable {
        /// Why.
        #[source]
        cause: Unavailable,
        /// In so many seconds it may be asked again.
        seconds: u64,
    },
    /// Our own memory failed us.
    #[error("the request could not be worked on")]
    Down(#[from] Down),
}

impl Refusal {
    /// One thing is wrong with the body.
    pub(crate) fn invalid(pointer: &str, code: &'static str, detail: &str) -> Self {
        Self::Contract(BodyError::Invalid(vec![Invalid::new(pointer, code, detail)]))
    }

    /// XPM cannot be asked. What it does not know is not found.
    pub(crate) fn unavailable(cause: Unavailable, clock: &impl Clock) -> Self {
        let seconds = match cause {
            Unavailable::Fault(Fault::Refused { .. }) => return Self::NotFound,
            Unavailable::Shut(Shut::Down(down)) => return Self::Down(down),
            Unavailable::Shut(Shut::Until { until, .. }) => seconds(until, clock),
            Unavailable::Shut(Shut::Closed) | Unavailable::Fault(_) => SOON,
        };
        Self::Unavailable { cause, seconds }
    }

    /// It can be done again from then on.
    pub(crate) fn too_soon(until: Timestamp, clock: &impl Clock) -> Self {
        Self::TooSoon(seconds(until, clock))
    }

    fn problem(&self) -> Problem {
        match self {
            Self::Key => Problem::new(StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::NotFound => Problem::new(StatusCode::NOT_FOUND, "not_found"),
            Self::Unreadable(unreadable) => return Problem::from(*unreadable),
            Self::Body => Problem::new(StatusCode::BAD_REQUEST, "malformed"),
            Self::Contract(error) => return contract(error),
            Self::Query(_) => Problem::new(StatusCode::BAD_REQUEST, "bad_query"),
            Self::Expired => Problem::new(StatusCode::GONE, "cursor_expired"),
            Self::Conflict(code, _) => Problem::new(StatusCode::CONFLICT, code),
            Self::TooSoon(seconds) => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_soon").retry_after(*seconds)
            }
            Self::Unavailable { cause, seconds } => {
                let reason = cause.reason();
                let detail = format!("{} {}", reason.sentence(), reason.next_step());
                return Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason.code())
                    .detail(detail)
                    .retry_after(*seconds);
            }
            Self::Down(_) => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(1)
            }
        }
        .detail(self.to_string())
    }
}

/// Whole seconds until then, one at least.
fn seconds(until: Timestamp, clock: &impl Clock) -> u64 {
    let wait = until.duration_since(clock.now()).as_secs();
    u64::try_from(wait).unwrap_or_default().saturating_add(1)
}

fn contract(error: &BodyError) -> Problem {
    match error {
        BodyError::Malformed { pointer, detail } => {
            let errors = vec![Invalid::new(pointer, "malformed", detail)];
            Problem::new(StatusCode::BAD_REQUEST, "malformed").detail(detail).errors(errors)
        }
        BodyError::Invalid(errors) => {
            let code = match &errors[..] {
                [only] if only.code == "unsupported" => "unsupported",
                _ => "invalid",
            };
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code)
                .detail(error.to_string())
                .errors(errors.clone())
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match &self {
            Self::Down(_) => error!(error = %Chain(&self), "a request could not be worked on"),
            Self::Unavailable { .. } => warn!(error = %Chain(&self), "XPM cannot be asked"),
            Self::Key
            | Self::NotFound
            | Self::Unreadable(_)
            | Self::Body
            | Self::Contract(_)
            | Self::Query(_)
            | Self::Expired
            | Self::Conflict(..)
            | Self::TooSoon(_) => {}
        }
        edge::outward(lambda_http::Response::<Body>::from(self.problem()))
    }
}
