//! Why there is no page, in words and with what to do next.

use axum::response::{IntoResponse, Response};
use domain::ports::Down;
use domain::reason::Reason;
use lambda_http::http::StatusCode;
use runtime::chain::Chain;
use tracing::{error, warn};

use crate::refusal::Refusal;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// There is no such page, or nothing of that name at this firm.
    #[error("there is no such page")]
    NotFound,
    /// Not for this person.
    #[error("this is not for you")]
    Forbidden,
    /// A form that no page of this session sent.
    #[error("the form was not sent by a page of this session")]
    Forged,
    /// The query or the form is none.
    #[error("the request cannot be read")]
    Unreadable,
    /// It cannot be done as things stand: what happened, and what to do.
    #[error("{0}")]
    Conflict(String, &'static str),
    /// Our own memory failed us.
    #[error("the page could not be made")]
    Down(#[from] Down),
}

/// What the page says instead.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The heading.
    pub(crate) title: &'static str,
    /// What happened.
    pub(crate) sentence: String,
    /// What to do.
    pub(crate) next: &'static str,
}

impl Refused {
    fn told(&self) -> (StatusCode, Told) {
        let (status, title, next) = match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Not found",
                "It may have been removed. Go back to the overview and look for it there.",
            ),
            Self::Forbidden => {
                (StatusCode::FORBIDDEN, "Not allowed", "Ask a colleague who may do this.")
            }
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "Please try again",
                "Nothing was changed. The page may have been open since before you last signed in: \
                 go back, reload it and send the form again.",
            ),
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "This link cannot be read",
                "Nothing was changed. Go back and try again.",
            ),
            Self::Conflict(_, next) => (StatusCode::CONFLICT, "This cannot be done now", *next),
            Self::Down(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Something did not answer",
                "Wait a moment and reload the page.",
            ),
        };
        let sentence = self.to_string();
        let mut letters = sentence.chars();
        let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
        let stop = if sentence.ends_with('.') { "" } else { "." };
        let sentence = format!("{first}{}{stop}", letters.as_str());
        (status, Told { title, sentence, next })
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::Key => Self::Forbidden,
            Refusal::Down(down) => Self::Down(down),
            Refusal::Unavailable { cause, .. } => cause.reason().into(),
            Refusal::Conflict(_, said) => Self::Conflict(said, "Put that right, then try again."),
            Refusal::TooSoon(_) | Refusal::Expired => {
                Self::Conflict(refusal.to_string(), "Go back, and try again a little later.")
            }
            Refusal::Unreadable(_) | Refusal::Body | Refusal::Contract(_) | Refusal::Query(_) => {
                Self::Unreadable
            }
        }
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::Conflict(reason.sentence().into(), reason.next_step())
    }
}

impl IntoResponse for Refused {
    /// Only the status and the words: the page is made by who knows what stands around it.
    fn into_response(self) -> Response {
        match &self {
            Self::Down(_) => error!(error = %Chain(&self), "a page could not be made"),
            Self::Forged => warn!("a form was not sent by a page of its session"),
            Self::NotFound | Self::Forbidden | Self::Unreadable | Self::Conflict(..) => {}
        }
        let (status, told) = self.told();
        let mut response = status.into_response();
        response.extensions_mut().insert(told);
        response
    }
}
