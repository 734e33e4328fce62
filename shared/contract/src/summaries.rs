//! Sums over the time of some days.

use std::collections::BTreeMap;

use domain::time::standing::Standing;
use domain::time::summary::{Days, Sum};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ReasonView;
use crate::pushes::PushState;

/// Where the time of some days is. Every entry is in exactly one state, so that the sums over the
/// states are what was received.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = TimeSummary)]
pub struct SummaryView {
    /// The first day, in the firm's time zone.
    #[schema(value_type = String, format = "date")]
    pub date_from: Date,
    /// The last day.
    #[schema(value_type = String, format = "date")]
    pub date_to: Date,
    /// Everything received.
    pub received: SumView,
    /// The same by state and reason.
    pub states: Vec<StateSum>,
}

/// The time in one state for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StateSum {
    /// The state.
    pub state: PushState,
    /// Why.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// How much.
    pub sum: SumView,
}

/// A sum over entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TimeSum)]
pub struct SumView {
    /// How many entries.
    pub entries: u64,
    /// How long they took, as recorded.
    pub seconds: u64,
    /// What that comes to when each is rounded, once, as the firm has chosen.
    pub minutes: i64,
    /// How many seconds the rounding added; negative where it took away.
    pub rounded_by_seconds: i64,
    /// The minutes that XPM holds of them.
    pub xpm_minutes: i64,
}

impl SummaryView {
    /// The sums of these days.
    pub fn of(days: &Days, sums: BTreeMap<Standing, Sum>) -> Self {
        let all = sums.values().fold(Sum::default(), |all, it| all.and(it));
        let state = |(standing, sum): (Standing, Sum)| StateSum {
            state: standing.stage.into(),
            reason: standing.reason.map(Into::into),
            sum: sum.into(),
        };
        Self {
            date_from: days.from,
            date_to: days.to,
            received: all.into(),
            states: sums.into_iter().map(state).collect(),
        }
    }
}

impl From<Sum> for SumView {
    fn from(it: Sum) -> Self {
        Self {
            entries: it.entries,
            seconds: it.seconds,
            minutes: it.minutes,
            rounded_by_seconds: it.rounded_by(),
            xpm_minutes: it.booked,
        }
    }
}
