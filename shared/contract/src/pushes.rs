//! Pushes: how a time entry stands with XPM.

use domain::firm::Rounding;
use domain::ids::XpmUuid;
use domain::reason::Reason;
use domain::time::entry::EntryRecord;
use domain::time::push::State;
use domain::time::rounding::minutes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ReasonView;

/// How a time entry stands with XPM.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Push)]
pub struct PushView {
    /// Where it is.
    pub state: PushState,
    /// Why it is not in XPM, or not as it should be.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// XPM's own words for a refusal.
    #[schema(required)]
    pub detail: Option<String>,
    /// XPM's id of the entry, once it has one.
    #[schema(value_type = Option<String>, required)]
    pub xpm_uuid: Option<XpmUuid>,
    /// The minutes that XPM holds, or is to hold.
    pub minutes: i64,
    /// The version that XPM holds.
    #[schema(required)]
    pub pushed_version: Option<u64>,
    /// Requests made so far.
    pub attempts: u32,
}

/// Where a push is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushState {
    /// To be looked at, or under way.
    Pending,
    /// XPM holds it as it should be.
    Pushed,
    /// It cannot be sent as it is.
    Held,
    /// XPM refused it for good.
    Rejected,
    /// XPM did not say whether it took it.
    Unknown,
    /// XPM holds several that could be it.
    Ambiguous,
    /// It is gone on both sides.
    Deleted,
}

impl PushState {
    /// Every state with its word.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("pending", Self::Pending),
        ("pushed", Self::Pushed),
        ("held", Self::Held),
        ("rejected", Self::Rejected),
        ("unknown", Self::Unknown),
        ("ambiguous", Self::Ambiguous),
        ("deleted", Self::Deleted),
    ];

    /// The state behind a word.
    pub fn named(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|it| it.0 == word).map(|it| it.1)
    }

    /// Where the push of an entry is. What has come to rest and was changed since is pending again.
    pub fn of(record: &EntryRecord) -> Self {
        let again = match &record.push.state {
            State::Held { again, .. } => *again,
            State::Planned { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Ambiguous { .. }
            | State::Confirmed
            | State::Rejected { .. }
            | State::Deleted => None,
        };
        let waits = record.look_at.is_some() && record.look_at != again;
        let stale = record.push.pushed_version != Some(record.entry.version);
        match &record.push.state {
            State::Planned { .. } | State::Sending { .. } => Self::Pending,
            State::Held { .. } | State::Rejected { .. } if waits => Self::Pending,
            State::Confirmed if waits && (stale || record.entry.deleted) => Self::Pending,
            State::Deleted if waits && !record.entry.deleted => Self::Pending,
            State::Held { .. } => Self::Held,
            State::Rejected { .. } => Self::Rejected,
            State::Unknown { .. } => Self::Unknown,
            State::Ambiguous { .. } => Self::Ambiguous,
            State::Confirmed => Self::Pushed,
            State::Deleted => Self::Deleted,
        }
    }
}

impl PushView {
    /// The push of an entry, at a firm with this obstacle to pushing.
    pub fn of(record: &EntryRecord, rounding: Rounding, obstacle: Option<Reason>) -> Self {
        let push = &record.push;
        let state = PushState::of(record);
        let reason = match (&push.state, state) {
            (State::Planned { waiting, .. }, PushState::Pending) => obstacle.or(*waiting),
            (_, PushState::Pending) => obstacle,
            (State::Held { reason, .. } | State::Rejected { reason, .. }, _) => Some(*reason),
            (State::Unknown { .. }, _) => Some(Reason::Uncertain),
            (State::Ambiguous { .. }, _) => Some(Reason::SeveralInXpm),
            (
                State::Planned { .. } | State::Sending { .. } | State::Confirmed | State::Deleted,
                _,
            ) => None,
        };
        let known = push.known.as_ref();
        let planned = minutes(record.entry.value.seconds, rounding);
        let held_in_xpm = known.filter(|_| state == PushState::Pushed).map(|it| it.sheet.minutes);
        let refused = state == PushState::Rejected;
        Self {
            state,
            reason: reason.map(Into::into),
            detail: push.words.clone().filter(|_| refused),
            xpm_uuid: known.map(|it| it.uuid.clone()),
            minutes: held_in_xpm.unwrap_or(planned),
            pushed_version: push.pushed_version,
            attempts: push.attempts,
        }
    }
}
