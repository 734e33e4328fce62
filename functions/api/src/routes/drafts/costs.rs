//! The costs of a draft and of its job.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::drafts::{CostsBody, CostsView, JobDraftView, read_costs};
use domain::copies::Unavailable;
use domain::gate::{self, CALL};
use domain::jobs::desk;
use domain::ports::{Jobs, Lane, Ports};

use super::{find, hand, told};
use crate::Deps;
use crate::access::{By, Caller};
use crate::input::{Nothing, Segment, Text};
use crate::refusal::Refusal;
use crate::routes::Answer;

/// The grid, and the costs that only XPM has once the job exists: those of its template, and what people
/// added there.
#[utoipa::path(get, path = "/v1/job-drafts/{id}/costs", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 200, description = "As they stand", body = CostsView)))]
pub(crate) async fn get_job_costs<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<CostsView> {
    let (_, draft) = find(&deps, &caller.0, id).await?;
    let Some(job) = draft.made.job.as_ref().filter(|_| !draft.discarded) else {
        return Ok(Json(CostsView::of(&draft, &[])));
    };
    let firm = caller.firm(&deps.ports).await?;
    let (limits, clock) = (firm.settings.budget, deps.ports.clock());
    let pass = gate::enter(&deps.ports, &firm.id, limits, Lane::Jobs, CALL).await;
    let pass = pass.map_err(|it| Refusal::unavailable(it.into(), clock))?;
    let reply = deps.ports.practice().costs_of(&pass.access, &job.number).await;
    let costs = gate::leave(&deps.ports, &firm.id, pass, reply).await?;
    let costs = costs.map_err(|it| Refusal::unavailable(Unavailable::Fault(it), clock))?;
    Ok(Json(CostsView::of(&draft, &costs)))
}

/// Replaces the working grid. Nothing of it is sent before it is confirmed.
#[utoipa::path(put, path = "/v1/job-drafts/{id}/costs", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    request_body = CostsBody,
    responses((status = 200, description = "As stored", body = JobDraftView)))]
pub(crate) async fn put_job_costs<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<JobDraftView> {
    let lines = read_costs(text.body())?;
    let (id, _) = find(&deps, &caller.0, id).await?;
    let ruling =
        desk::put_costs(deps.ports.store(), &hand(&deps, &caller.0, by), &id, &lines).await?;
    told(&deps, &caller.0, ruling).await
}

/// Confirms the grid, all of it or nothing; `steps` tells what becomes of each line.
#[utoipa::path(post, path = "/v1/job-drafts/{id}/costs/confirm", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 200, description = "As stored", body = JobDraftView)))]
pub(crate) async fn confirm_job_costs<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    Nothing: Nothing,
) -> Answer<JobDraftView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let ruling = desk::confirm(deps.ports.store(), &hand(&deps, &caller.0, by), &id).await?;
    told(&deps, &caller.0, ruling).await
}
