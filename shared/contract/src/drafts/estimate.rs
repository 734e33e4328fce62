//! What drafts will cost in calls and time, as it is shown.

use domain::jobs::estimate::Estimate;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What a number of drafts will cost in calls to XPM, and how long that takes (CA-22).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobEstimate)]
pub struct EstimateView {
    /// How many drafts are counted.
    pub drafts: usize,
    /// Calls to XPM, if all goes well.
    pub calls: usize,
    /// How many seconds they take within the firm's limits, once all documents went out.
    pub seconds: i64,
    /// When they would be through, had all documents gone out now; null where the day does not suffice.
    #[schema(required)]
    pub ends_at: Option<Timestamp>,
    /// Calls that the day has left for jobs.
    pub left_today: u32,
    /// Whether the day has enough left.
    pub fits_today: bool,
}

impl EstimateView {
    /// What so many drafts cost, begun at `begins`.
    pub fn of(drafts: usize, it: Estimate, begins: Timestamp) -> Self {
        Self {
            drafts,
            calls: it.calls,
            seconds: it.lasting.as_secs() + i64::from(it.lasting.subsec_nanos() > 0),
            ends_at: it.fits_today.then(|| begins.checked_add(it.lasting).ok()).flatten(),
            left_today: it.left_today,
            fits_today: it.fits_today,
        }
    }
}
