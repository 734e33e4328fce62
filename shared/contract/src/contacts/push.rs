//! How a contact stands with XPM.

use domain::contacts::book::ContactRecord;
use domain::contacts::out::state::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ReasonView;

/// How a contact stands with XPM.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ContactPush)]
pub struct ContactPushView {
    /// Where it is.
    pub state: ContactPushState,
    /// Why it is not in XPM, or not as it should be.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// XPM's own words for a refusal.
    #[schema(required)]
    pub detail: Option<String>,
    /// The matches of which a person says whether one is it; none where there is nothing to say.
    #[schema(max_items = 100)]
    pub candidates: Vec<String>,
    /// Requests made so far.
    pub attempts: u32,
}

/// Where a contact is on its way to XPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactPushState {
    /// Nothing has been said of it that would go to XPM.
    Idle,
    /// To be looked at, or under way.
    Pending,
    /// XPM says what it should.
    Pushed,
    /// It does not go as it is.
    Held,
    /// XPM refused it for good.
    Rejected,
    /// XPM did not say whether it took it.
    Unknown,
    /// XPM holds several that could be it.
    Ambiguous,
}

impl ContactPushView {
    /// The way of a contact into XPM.
    pub fn of(record: &ContactRecord) -> Self {
        use ContactPushState as To;
        let push = &record.push;
        let obstacle = push.state.obstacle();
        let (state, reason) = match &push.state {
            State::Unknown { .. } => (To::Unknown, obstacle),
            State::Planned { .. } | State::Sending { .. } => (To::Pending, obstacle),
            // What has come to rest and was changed since is looked at again.
            _ if record.look_at.is_some() => (To::Pending, None),
            State::Idle => (To::Idle, None),
            State::Settled { flag } => (To::Pushed, *flag),
            State::Held { .. } => (To::Held, obstacle),
            State::Ambiguous { .. } => (To::Ambiguous, obstacle),
            State::Rejected { .. } => (To::Rejected, obstacle),
        };
        let candidates = match &push.state {
            State::Ambiguous { candidates } => candidates.iter().map(ToString::to_string).collect(),
            State::Idle
            | State::Planned { .. }
            | State::Held { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Settled { .. }
            | State::Rejected { .. } => Vec::new(),
        };
        let detail = push.words.clone().filter(|_| state == To::Rejected);
        let reason = reason.map(Into::into);
        Self { state, reason, detail, candidates, attempts: push.attempts }
    }
}
