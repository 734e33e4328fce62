//! Processes, each mapped to an XPM task type.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::processes::{ProcessBody, ProcessView, read_process};
use domain::desired::Stamp;
use domain::ids::ProcessId;
use domain::linking::process::{self, ProcessRecord};
use domain::ports::{Clock, Ports};
use domain::records;

use super::Answer;
use crate::access::{By, Caller};
use crate::input::{Asked, PageQuery, Segment, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// The processes, in the order of their ids.
#[utoipa::path(get, path = "/v1/processes", tag = "processes", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<ProcessView>)))]
pub(crate) async fn list_processes<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<ProcessView>> {
    let wanted = |it: &ProcessRecord| !it.process.deleted;
    let show = |it| ProcessView::of(it, None);
    Ok(Json(scan::page(deps.ports.store(), &firm, query.stretch()?, wanted, show).await?))
}

/// States a process and the XPM task type it is mapped to.
#[utoipa::path(put, path = "/v1/processes/{id}", tag = "processes",
    params(("id" = String, Path, description = "The practice app's id", pattern = "^[A-Za-z0-9._:-]{1,128}$")),
    request_body = ProcessBody,
    responses((status = 200, description = "As stored", body = ProcessView)))]
pub(crate) async fn put_process<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<ProcessView> {
    let statement = read_process(&id, text.body())?;
    let now = deps.ports.clock().now();
    let stamp = Stamp { version: statement.version, as_of: now };
    let (record, applied) =
        process::put(deps.ports.store(), &firm, statement.value, stamp, &by, now).await?;
    wake::time(&deps, &firm).await;
    Ok(Json(ProcessView::of(record, Some(applied))))
}

/// A process.
#[utoipa::path(get, path = "/v1/processes/{id}", tag = "processes",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As it stands", body = ProcessView)))]
pub(crate) async fn get_process<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Answer<ProcessView> {
    let id = ProcessId::parse(id).map_err(|_| Refusal::NotFound)?;
    let found = records::get::<ProcessRecord>(deps.ports.store(), &firm, id.as_str()).await?;
    let found = found.map(|it| it.record).filter(|it| !it.process.deleted);
    Ok(Json(ProcessView::of(found.ok_or(Refusal::NotFound)?, None)))
}
