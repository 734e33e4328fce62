//! What a sync changed, or would change.

use domain::contacts::sync::{Difference, Outcome, SyncChange};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::trouble;
use crate::problem::ReasonView;

/// What a run did with one record, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = SyncChange)]
pub struct ChangeView {
    /// XPM's id of the record: the id of its match, too.
    pub id: String,
    /// Its name in XPM.
    pub name: String,
    /// What became of it, or would.
    pub outcome: OutcomeWord,
    /// Why.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// The contact of the practice app.
    #[schema(required)]
    pub contact_id: Option<String>,
    /// What differs, field by field.
    pub differences: Vec<DifferenceView>,
    /// How many calls to XPM it costs.
    pub xpm_calls: u32,
    /// When.
    pub at: Timestamp,
    /// The entries of the journal that tell of it.
    pub journal: Vec<String>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SyncOutcome)]
pub enum OutcomeWord {
    /// Newly matched.
    Matched,
    /// Made into a contact.
    Created,
    /// Waiting for a person to choose.
    Partial,
    /// Changed; in an undoing, put back.
    Updated,
    /// As it was, except for what is noted of it.
    Unchanged,
    /// Left alone for a reason.
    Skipped,
    /// Impossible to deal with.
    Failed,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Difference)]
pub struct DifferenceView {
    /// A field of the contact, or of its match (`match_…`).
    pub field: String,
    /// What it said; `null` where there was nothing.
    #[schema(required)]
    pub before: serde_json::Value,
    /// What it says, or would say.
    #[schema(required)]
    pub after: serde_json::Value,
}

/// The words for what can become of a record.
pub const OUTCOMES: [&str; 7] =
    ["matched", "created", "partial", "updated", "unchanged", "skipped", "failed"];

impl From<SyncChange> for ChangeView {
    fn from(it: SyncChange) -> Self {
        let reason = it.outcome.trouble().map(trouble).or(it.reason.map(Into::into));
        let difference =
            |Difference { field, before, after }| DifferenceView { field, before, after };
        Self {
            id: it.uuid.into(),
            name: it.name,
            outcome: match it.outcome {
                Outcome::Matched => OutcomeWord::Matched,
                Outcome::Created => OutcomeWord::Created,
                Outcome::Partial => OutcomeWord::Partial,
                Outcome::Updated => OutcomeWord::Updated,
                Outcome::Unchanged => OutcomeWord::Unchanged,
                Outcome::Skipped(_) => OutcomeWord::Skipped,
                Outcome::Failed(_) => OutcomeWord::Failed,
            },
            reason,
            contact_id: it.contact.map(Into::into),
            differences: it.differences.into_iter().map(difference).collect(),
            xpm_calls: 0,
            at: it.at,
            journal: it.entries,
        }
    }
}
