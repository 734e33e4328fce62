//! Tasks of the practice app, and their links.

mod link;

pub(crate) use link::*;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::tasks::{TaskBody, TaskView, read_task};
use domain::desired::Stamp;
use domain::ids::{FirmId, TaskId};
use domain::linking::task::{self, TaskRecord};
use domain::ports::{Clock, Ports};
use domain::records;
use lambda_http::http::StatusCode;

use super::Answer;
use crate::access::Caller;
use crate::input::{Asked, PageQuery, Segment, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// The tasks, in the order of their ids.
#[utoipa::path(get, path = "/v1/tasks", tag = "tasks", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<TaskView>)))]
pub(crate) async fn list_tasks<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<TaskView>> {
    let (_, obstacle) = caller.readiness(&deps.ports).await?;
    let wanted = |it: &TaskRecord| !it.task.deleted;
    let show = |it| TaskView::of(it, obstacle, None);
    Ok(Json(scan::page(deps.ports.store(), &caller.0, query.stretch()?, wanted, show).await?))
}

/// States a task. Its link follows soon.
#[utoipa::path(put, path = "/v1/tasks/{id}", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id", pattern = "^[A-Za-z0-9._:-]{1,128}$")),
    request_body = TaskBody,
    responses((status = 200, description = "As stored", body = TaskView)))]
pub(crate) async fn put_task<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<TaskView> {
    let statement = read_task(&id, text.body())?;
    let now = deps.ports.clock().now();
    let stamp = Stamp { version: statement.version, as_of: now };
    let (record, applied) =
        task::put(deps.ports.store(), &caller.0, statement.value, stamp, now).await?;
    wake::time(&deps, &caller.0).await;
    show(&deps, &caller, record, Some(applied)).await
}

/// A task with its link.
#[utoipa::path(get, path = "/v1/tasks/{id}", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As it stands", body = TaskView)))]
pub(crate) async fn get_task<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<TaskView> {
    let (_, record) = find(&deps, &caller.0, id).await?;
    show(&deps, &caller, record, None).await
}

/// States that a task is gone. Time already recorded on it keeps its place.
#[utoipa::path(delete, path = "/v1/tasks/{id}", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 204, description = "Gone")))]
pub(crate) async fn delete_task<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Result<StatusCode, Refusal> {
    let (id, _) = find(&deps, &firm, id).await?;
    let stamp = Stamp { version: None, as_of: deps.ports.clock().now() };
    task::delete(deps.ports.store(), &firm, &id, stamp).await?;
    wake::time(&deps, &firm).await;
    Ok(StatusCode::NO_CONTENT)
}

/// A task that is not gone.
pub(crate) async fn find<P: Ports>(
    deps: &Deps<P>,
    firm: &FirmId,
    id: String,
) -> Result<(TaskId, TaskRecord), Refusal> {
    let id = TaskId::parse(id).map_err(|_| Refusal::NotFound)?;
    let kept = records::get::<TaskRecord>(deps.ports.store(), firm, id.as_str()).await?;
    let record = kept.map(|it| it.record).filter(|it| !it.task.deleted);
    Ok((id, record.ok_or(Refusal::NotFound)?))
}

/// A task, with why it cannot be linked before it was tried.
async fn show<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    record: TaskRecord,
    applied: Option<bool>,
) -> Answer<TaskView> {
    let (_, obstacle) = caller.readiness(&deps.ports).await?;
    Ok(Json(TaskView::of(record, obstacle, applied)))
}
