//! Why not? The ordered checks of a thing, up to the first that failed.

use domain::reason::Reason;
use domain::why::{Check, Verdict, failure};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ReasonView;

/// The checks of a thing, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Why {
    /// Its id.
    pub id: String,
    /// The checks; none is reached after the first that failed.
    pub checks: Vec<CheckView>,
    /// What a person can do about the one that failed.
    #[schema(required)]
    pub next_step: Option<String>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Check)]
pub struct CheckView {
    /// A stable word for what is checked.
    #[schema(value_type = String, example = "task_link")]
    pub name: &'static str,
    /// What became of it.
    pub verdict: VerdictWord,
    /// Why it failed.
    #[schema(required)]
    pub reason: Option<ReasonView>,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Verdict)]
pub enum VerdictWord {
    /// Nothing stands in the way here.
    Passed,
    /// This does.
    Failed,
    /// An earlier check failed.
    NotReached,
}

impl Why {
    /// The checks of the thing with this id.
    pub fn of(id: impl ToString, checks: Vec<Check>) -> Self {
        let next_step = failure(&checks).map(Reason::next_step).map(String::from);
        let checks = checks.into_iter().map(|Check { name, verdict }| {
            let (verdict, reason) = match verdict {
                Verdict::Passed => (VerdictWord::Passed, None),
                Verdict::Failed(reason) => (VerdictWord::Failed, Some(reason.into())),
                Verdict::NotReached => (VerdictWord::NotReached, None),
            };
            CheckView { name, verdict, reason }
        });
        Self { id: id.to_string(), checks: checks.collect(), next_step }
    }
}
