//! What is wrong, for programs and people: problem details (RFC 9457).

use domain::invalid::Invalid;
use domain::reason::Reason;
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: programs go by `code`.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// A sentence about this very case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// A stable word for programs.
    #[schema(example = "invalid")]
    pub code: String,
    /// Everything that is wrong with the body, each with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where, as a JSON pointer (RFC 6901).
    #[schema(example = "/due_date")]
    pub pointer: String,
    /// A stable word for programs.
    #[schema(example = "no_date")]
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    /// A stable word for programs.
    #[schema(value_type = String, example = "task_unlinked")]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(value_type = String)]
    pub sentence: &'static str,
    /// What a person can do next.
    #[schema(value_type = String)]
    pub next_step: &'static str,
}

impl From<Invalid> for FieldProblem {
    fn from(it: Invalid) -> Self {
        Self { pointer: it.pointer, code: it.code.into(), detail: it.detail }
    }
}

impl From<Reason> for ReasonView {
    fn from(it: Reason) -> Self {
        Self { code: it.code(), sentence: it.sentence(), next_step: it.next_step() }
    }
}
