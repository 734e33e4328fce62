//! Contact syncs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::syncs::{SyncBody, SyncView, read_sync};
use domain::contacts::sync;
use domain::ids::SyncId;
use domain::ports::{Clock, Ports};
use lambda_http::http::StatusCode;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, PageQuery, Segment, Stretch, Text};
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
