//! What needs a person, by cause.

use domain::issues::{Issue, MOST};
use domain::reason::Reason;
use domain::time::redrive::Redrive;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::problem::ReasonView;

/// The open issues.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Issues {
    /// The most frequent first.
    pub items: Vec<IssueView>,
}

/// Something that one cause holds up.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Issue)]
pub struct IssueView {
    /// The cause, with what can be done about it.
    pub cause: ReasonView,
    /// What sort of thing it holds up.
    #[schema(example = "time_entry")]
    pub subject: String,
    /// How many of them.
    pub count: usize,
    /// Whether there are more than were counted.
    pub more: bool,
    /// Since when the oldest of them has been known.
    #[schema(value_type = String, format = "date-time")]
    pub oldest_at: Timestamp,
}

/// What is to be tried again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveBody {
    /// The `code` of the cause.
    #[schema(value_type = String, required, example = "period_locked")]
    #[serde(default)]
    cause: Option<String>,
}

/// An order to try again everything that a cause holds up, as far as it is carried out.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Redrive)]
pub struct RedriveView {
    /// The cause.
    pub cause: ReasonView,
    /// When the order was given.
    #[schema(value_type = String, format = "date-time")]
    pub asked_at: Timestamp,
    /// How many were taken up so far.
    pub done: u64,
    /// Whether all were taken up.
    pub finished: bool,
}

/// Reads the cause.
pub fn read_redrive(body: Body<'_>) -> Result<Reason, BodyError> {
    let body: RedriveBody = body.read()?;
    let mut check = Check::default();
    let cause = Reason::named(body.cause.as_deref().unwrap_or_default());
    if cause.is_none() {
        check.wrong("/cause", "unknown_cause", "the code of an issue's cause");
    }
    check.finish(cause)
}

impl From<Issue> for IssueView {
    fn from(it: Issue) -> Self {
        Self {
            cause: it.cause.into(),
            subject: it.subject,
            count: it.count,
            more: it.count >= MOST,
            oldest_at: it.oldest,
        }
    }
}

impl RedriveView {
    /// The order, and how many job drafts were taken up with it.
    pub fn of(it: Redrive, drafts: usize) -> Self {
        Self {
            cause: it.cause.into(),
            asked_at: it.asked_at,
            done: it.done + drafts as u64,
            finished: it.look_at.is_none(),
        }
    }
}
