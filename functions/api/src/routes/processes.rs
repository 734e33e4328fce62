//! Processes, each mapped to an XPM task type.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::processes::{
    ProcessBody, ProcessView, RelinkBody, RelinkedView, read_process, read_relink,
};
use domain::connection;
use domain::copies::{self, Asker, BELIEVED, Copy, Unavailable};
use domain::desired::Stamp;
use domain::gate::Shut;
use domain::ids::ProcessId;
use domain::linking::bulk::{self, Halted};
use domain::linking::process::{self, ProcessRecord};
use domain::ports::{Clock, Lane, Ports};
use domain::practice::Named;
use domain::records;
use tracing::info;

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
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<ProcessView>> {
    let asked = query.stretch()?;
    let types = types(&deps, &caller).await?;
    let wanted = |it: &ProcessRecord| !it.process.deleted;
    let show = |it| ProcessView::of(it, types.as_ref(), None);
    Ok(Json(scan::page(deps.ports.store(), &caller.0, asked, wanted, show).await?))
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
    // Shown by the way: what was stated is stored, whether or not XPM answers.
    let types = copies::at_hand::<P, Named>(&deps.ports, &firm, copies::TASKS).await?;
    let types = types.filter(|it| now < it.as_of + BELIEVED);
    Ok(Json(ProcessView::of(record, types.as_ref(), Some(applied))))
}

/// A process, with how many links were made by an earlier mapping of it.
#[utoipa::path(get, path = "/v1/processes/{id}", tag = "processes",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As it stands", body = ProcessView)))]
pub(crate) async fn get_process<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<ProcessView> {
    let found = find(&deps, &caller, id).await?;
    let types = types(&deps, &caller).await?;
    let old_links = bulk::old_links(deps.ports.store(), &caller.0, &found).await?;
    let view = ProcessView::of(found, types.as_ref(), None);
    Ok(Json(ProcessView { old_links: Some(old_links.into()), ..view }))
}

/// Makes links of an earlier mapping anew, 50 tasks of the process at a time, or tells what would
/// become of them. Links that a person made are left alone.
#[utoipa::path(post, path = "/v1/processes/{id}/relink", tag = "processes",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = RelinkBody,
    responses((status = 200, description = "The links of these tasks", body = Page<RelinkedView>)))]
pub(crate) async fn relink_process<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<Page<RelinkedView>> {
    let found = find(&deps, &caller, id).await?;
    let (preview, after) = read_relink(text.body())?;
    let id = found.process.value.id;
    let firm = caller.firm(&deps.ports).await?;
    let connection = connection::read(deps.ports.store(), &caller.0).await?;
    let ready = connection.ready(&firm).map_err(|reason| {
        Refusal::Conflict(reason.code(), format!("{} {}", reason.sentence(), reason.next_step()))
    })?;
    let relinked = bulk::relink(&deps.ports, &ready, &id, after, preview, &by).await;
    let (relinked, next) = relinked.map_err(|halted| match halted {
        Halted::Unknown => Refusal::NotFound,
        Halted::Changed => Refusal::Conflict("mapping_changed", halted.to_string()),
        Halted::Down(down) => Refusal::Down(down),
    })?;
    if !preview {
        wake::time(&deps, &caller.0).await;
    }
    Ok(Json(scan::shown(relinked.into_iter().map(Into::into), next)))
}

/// A process that is not gone.
pub(crate) async fn find<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    id: String,
) -> Result<ProcessRecord, Refusal> {
    let id = ProcessId::parse(id).map_err(|_| Refusal::NotFound)?;
    let found = records::get::<ProcessRecord>(deps.ports.store(), &caller.0, id.as_str()).await?;
    let found = found.map(|it| it.record).filter(|it| !it.process.deleted);
    found.ok_or(Refusal::NotFound)
}

/// XPM's task types; none while it cannot be asked.
pub(crate) async fn types<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
) -> Result<Option<Copy<Named>>, Refusal> {
    let firm = caller.firm(&deps.ports).await?;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    match copies::tasks(&deps.ports, asker).await {
        Ok(copy) => Ok(Some(copy)),
        Err(Unavailable::Shut(Shut::Down(down))) => Err(down.into()),
        Err(error) => {
            info!(firm.id = %firm.id, %error, "processes are shown without the names in XPM");
            Ok(None)
        }
    }
}
