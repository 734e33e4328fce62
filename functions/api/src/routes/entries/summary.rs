//! Where the time of some days is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::summaries::SummaryView;
use domain::ports::Ports;
use domain::time::summary::{self, Days};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{date, no_zone};
use crate::Deps;
use crate::access::Caller;
use crate::input::Asked;
use crate::refusal::Refusal;
use crate::routes::Answer;

/// Which days are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DaysQuery {
    /// The first day, in the firm's time zone.
    #[param(value_type = Date, required)]
    pub(crate) date_from: Option<String>,
    /// The last day; at most a year after the first.
    #[param(value_type = Date, required)]
    pub(crate) date_to: Option<String>,
}

impl DaysQuery {
    /// The days, at most a year of them.
    pub(crate) fn days(self, zone: TimeZone) -> Result<Days, Refusal> {
        let needed = |name: &str| Refusal::Query(format!("{name} is required"));
        let from = date("date_from", self.date_from)?.ok_or_else(|| needed("date_from"))?;
        let to = date("date_to", self.date_to)?.ok_or_else(|| needed("date_to"))?;
        if to < from || from.saturating_add(1.year()) < to {
            return Err(Refusal::Query("date_to is within a year from date_from".into()));
        }
        Ok(Days { from, to, zone })
    }
}

/// Where every minute of some days is: the sums over the states are what was received.
#[utoipa::path(get, path = "/v1/time-entries/summary", tag = "time-entries", params(DaysQuery),
    responses((status = 200, description = "The sums", body = SummaryView),
        (status = 409, description = "The firm has no time zone")))]
pub(crate) async fn summarise_time<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<DaysQuery>,
) -> Answer<SummaryView> {
    let firm = caller.firm(&deps.ports).await?;
    let days = query.days(firm.settings.zone().ok_or_else(no_zone)?)?;
    let rounding = firm.settings.time.rounding;
    let sums = summary::by_standing(deps.ports.store(), &firm.id, &days, rounding).await?;
    Ok(Json(SummaryView::of(&days, sums)))
}
