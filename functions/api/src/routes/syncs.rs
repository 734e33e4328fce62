//! Contact syncs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::syncs::{ChangeView, OUTCOMES, OutcomeWord, SyncBody, SyncView, read_sync};
use domain::contacts::sync::{self, Followed, Obstacle};
use domain::copies::Unavailable;
use domain::gate::Shut;
use domain::ids::SyncId;
use domain::ports::{Clock, Ports};
use lambda_http::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, Nothing, PageQuery, Segment, Stretch, Text, stretch};
use crate::refusal::Refusal;
use crate::scan;

/// Starts a sync, or answers the one in progress.
#[utoipa::path(post, path = "/v1/syncs", tag = "syncs", request_body = SyncBody,
    responses((status = 202, description = "The run", body = SyncView)))]
pub(crate) async fn start_sync<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    text: Text,
) -> Result<(StatusCode, Json<SyncView>), Refusal> {
    let mode = read_sync(text.or_empty())?;
    let run = sync::request(&deps.ports, &firm, mode, deps.ports.clock().now()).await?;
    Ok((StatusCode::ACCEPTED, Json(run.into())))
}

/// The runs, newest first.
#[utoipa::path(get, path = "/v1/syncs", tag = "syncs", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<SyncView>)))]
pub(crate) async fn list_syncs<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<SyncView>> {
    let Stretch { after, limit } = query.stretch()?;
    let (found, next) = sync::list(deps.ports.store(), &firm, after, limit).await?;
    Ok(Json(scan::shown(found.into_iter().map(|it| it.record.into()), next)))
}

/// A run.
#[utoipa::path(get, path = "/v1/syncs/{id}", tag = "syncs",
    params(("id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "As it stands", body = SyncView)))]
pub(crate) async fn get_sync<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Answer<SyncView> {
    let id = SyncId::parse(id).map_err(|_| Refusal::NotFound)?;
    let run = sync::get(deps.ports.store(), &firm, &id).await?;
    Ok(Json(run.ok_or(Refusal::NotFound)?.into()))
}

/// Which changes are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// Only those with this outcome.
    #[param(value_type = Option<OutcomeWord>)]
    outcome: Option<String>,
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    cursor: Option<String>,
}

/// What a run changed, or what a plan would do. A page may be short while more follow.
#[utoipa::path(get, path = "/v1/syncs/{id}/changes", tag = "syncs",
    params(("id" = String, Path, description = "The run's id"), ChangeQuery),
    responses((status = 200, description = "A page of them", body = Page<ChangeView>)))]
pub(crate) async fn list_sync_changes<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    Asked(query): Asked<ChangeQuery>,
) -> Answer<Page<ChangeView>> {
    let Stretch { after, limit } = stretch(query.limit, query.cursor)?;
    let outcome = query.outcome.as_deref();
    if outcome.is_some_and(|it| !OUTCOMES.contains(&it)) {
        return Err(Refusal::Query(format!("outcome is one of {}", OUTCOMES.join(", "))));
    }
    let id = SyncId::parse(id).map_err(|_| Refusal::NotFound)?;
    let store = deps.ports.store();
    let run = sync::get(store, &firm, &id).await?.ok_or(Refusal::NotFound)?;
    let (found, next) = sync::changes(store, &firm, &run.id, outcome, after, limit).await?;
    Ok(Json(scan::shown(found.into_iter().map(|it| it.record.into()), next)))
}

/// Applies a plan as it was made. Where either side has moved since, it is refused (`world_moved`),
/// and nothing is written.
#[utoipa::path(post, path = "/v1/syncs/{id}/apply", tag = "syncs",
    params(("id" = String, Path, description = "The plan's id")),
    responses((status = 202, description = "The run that applies it", body = SyncView)))]
pub(crate) async fn apply_sync<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    _: Nothing,
) -> Result<(StatusCode, Json<SyncView>), Refusal> {
    let id = SyncId::parse(id).map_err(|_| Refusal::NotFound)?;
    let followed = sync::apply(&deps.ports, &firm, &id, deps.ports.clock().now()).await?;
    follow(followed, deps.ports.clock())
}

/// Undoes a run: puts back what it changed, except what was changed since, which is listed.
#[utoipa::path(post, path = "/v1/syncs/{id}/undo", tag = "syncs",
    params(("id" = String, Path, description = "The run's id")),
    responses((status = 202, description = "The run that undoes it", body = SyncView)))]
pub(crate) async fn undo_sync<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    _: Nothing,
) -> Result<(StatusCode, Json<SyncView>), Refusal> {
    let id = SyncId::parse(id).map_err(|_| Refusal::NotFound)?;
    let followed = sync::undo(&deps.ports, &firm, &id, deps.ports.clock().now()).await?;
    follow(followed, deps.ports.clock())
}

fn follow(followed: Followed, clock: &impl Clock) -> Result<(StatusCode, Json<SyncView>), Refusal> {
    match followed {
        Followed::By(run) => Ok((StatusCode::ACCEPTED, Json((*run).into()))),
        Followed::Unknown => Err(Refusal::NotFound),
        Followed::Not(obstacle) => Err(refused(obstacle)),
        Followed::Later(reason, until) => {
            let cause = Unavailable::Shut(Shut::Until { until, reason });
            Err(Refusal::unavailable(cause, clock))
        }
    }
}

fn refused(it: Obstacle) -> Refusal {
    Refusal::Conflict(it.code(), it.sentence().into())
}
