//! What drafts will cost in calls and time (CA-22).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::drafts::EstimateView;
use domain::budget;
use domain::firm::Firm;
use domain::ids::DocumentSetId;
use domain::jobs::draft::JobDraft;
use domain::jobs::estimate::{calls_left, estimate, waiting};
use domain::ports::{Clock, Down, Ports};
use domain::records;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Deps;
use crate::access::Caller;
use crate::input::Asked;
use crate::refusal::Refusal;
use crate::routes::Answer;

/// The most drafts that can be named at once.
const NAMED: usize = 200;

/// Which drafts are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EstimateQuery {
    /// The ids of up to 200 drafts, with commas between them, whether their documents went out or not.
    /// Without them, all drafts that are on their way or wait for something.
    #[param(max_length = 25800, example = "ds-1,ds-2")]
    ids: Option<String>,
}

/// What drafts still cost in calls to XPM, and how long that takes within the firm's limits.
#[utoipa::path(get, path = "/v1/job-estimate", tag = "job-drafts", params(EstimateQuery),
    responses((status = 200, description = "What is to be expected", body = EstimateView)))]
pub(crate) async fn estimate_jobs<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<EstimateQuery>,
) -> Answer<EstimateView> {
    let firm = caller.firm(&deps.ports).await?;
    let store = deps.ports.store();
    let drafts: Vec<JobDraft> = match query.ids {
        None => waiting(store, &firm.id).await?,
        Some(ids) => {
            let mut ids: Vec<&str> = ids.split(',').collect();
            ids.sort_unstable();
            ids.dedup();
            let named = |it: &&str| DocumentSetId::parse(*it).is_ok();
            if ids.len() > NAMED || !ids.iter().all(named) {
                return Err(Refusal::Query(format!("ids are up to {NAMED} ids of drafts")));
            }
            let ids: Vec<String> = ids.into_iter().map(Into::into).collect();
            let kept = records::get_many::<JobDraft>(store, &firm.id, &ids).await?;
            kept.into_iter().map(|it| it.record).filter(|it| it.plan.is_some()).collect()
        }
    };
    let calls = drafts.iter().map(calls_left).sum();
    Ok(Json(expected(&deps, &firm, drafts.len(), calls).await?))
}

/// What so many calls for so many drafts come to.
pub(super) async fn expected<P: Ports>(
    deps: &Deps<P>,
    firm: &Firm,
    drafts: usize,
    calls: usize,
) -> Result<EstimateView, Down> {
    let (limits, now) = (firm.settings.budget, deps.ports.clock().now());
    let meter = budget::read(deps.ports.cache(), &firm.id, now).await?.meter(limits, now);
    let begins = meter.blocked_until.unwrap_or(now);
    Ok(EstimateView::of(drafts, estimate(calls, limits, meter), begins))
}
