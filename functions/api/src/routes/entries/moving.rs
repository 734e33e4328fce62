//! Moving booked time to where its task is linked now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::moves::{MoveBody, MoveView, read_move};
use domain::ids::TaskId;
use domain::linking::task::TaskRecord;
use domain::ports::{Clock, Ports};
use domain::records;
use domain::time::moving;

use crate::access::Caller;
use crate::input::{Segment, Text};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, wake};

/// Moves the time that XPM holds for a task to where the task is linked now: each entry keeps its id
/// in XPM. With `preview`, tells only what would move.
#[utoipa::path(post, path = "/v1/tasks/{id}/link/move-time", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = MoveBody,
    responses((status = 200, description = "What moves, or would", body = MoveView)))]
pub(crate) async fn move_time<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<MoveView> {
    let preview = read_move(text.or_empty())?;
    let store = deps.ports.store();
    let id = TaskId::parse(id).map_err(|_| Refusal::NotFound)?;
    let task = records::get::<TaskRecord>(store, &caller.0, id.as_str()).await?;
    let task = task.ok_or(Refusal::NotFound)?;
    let entries = if preview {
        moving::elsewhere(store, &caller.0, &task.record).await?
    } else {
        let now = deps.ports.clock().now();
        moving::follow(store, &caller.0, &task.record, now).await?
    };
    wake::time(&deps, &caller.0).await;
    Ok(Json(MoveView::of(preview, entries)))
}
