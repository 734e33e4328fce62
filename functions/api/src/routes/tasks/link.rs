//! Links by hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::links::{
    AllowBody, AllowOf, Allowance, AllowedView, Chosen, LinkBody, read_allow, read_link,
};
use contract::list::Page;
use contract::tasks::TaskView;
use domain::copies::{self, Asker, Unavailable};
use domain::gate::Shut;
use domain::linking::bulk::{self, Of};
use domain::linking::by_hand;
use domain::linking::task::{Place, TaskRecord};
use domain::ports::{Clock, Lane, Ports};
use tracing::info;

use super::find;
use crate::access::{By, Caller};
use crate::input::{Nothing, Segment, Text};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, scan, wake};

/// Links a task to a task on a job by hand. Auto-link leaves it alone from then on.
#[utoipa::path(put, path = "/v1/tasks/{id}/link", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = LinkBody,
    responses((status = 200, description = "The task with its link", body = TaskView)))]
pub(crate) async fn link_task<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<TaskView> {
    let (id, record) = find(&deps, &caller.0, id).await?;
    let chosen = read_link(text.body())?;
    let place = place(&deps, &caller, &record, chosen).await?;
    let now = deps.ports.clock().now();
    let linked = by_hand::link(deps.ports.store(), &caller.0, &id, place, &by, now).await?;
    show(&deps, &caller, linked).await
}

/// Takes a task's link away for good.
#[utoipa::path(delete, path = "/v1/tasks/{id}/link", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The task without a link", body = TaskView)))]
pub(crate) async fn unlink_task<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
) -> Answer<TaskView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let now = deps.ports.clock().now();
    let unlinked = by_hand::unlink(deps.ports.store(), &caller.0, &id, &by, now).await?;
    show(&deps, &caller, unlinked).await
}

/// Lets auto-link try a task again.
#[utoipa::path(post, path = "/v1/tasks/{id}/link/allow", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The task", body = TaskView)))]
pub(crate) async fn allow_link<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    Nothing: Nothing,
) -> Answer<TaskView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let now = deps.ports.clock().now();
    let allowed = by_hand::allow(deps.ports.store(), &caller.0, &id, &by, now).await?;
    show(&deps, &caller, allowed).await
}

/// Lets auto-link try many tasks again, or tells for which of them there is anything to allow.
#[utoipa::path(post, path = "/v1/tasks/links/allow", tag = "tasks", request_body = AllowBody,
    responses((status = 200, description = "Those tasks that are known", body = Page<AllowedView>)))]
pub(crate) async fn allow_links<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(by): By,
    text: Text,
) -> Answer<Page<AllowedView>> {
    let Allowance { of, preview, after } = read_allow(text.body())?;
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let (ids, next) = match &of {
        AllowOf::Ids(ids) => (ids.clone(), None),
        AllowOf::Process(id) => {
            bulk::ids_of(store, &firm, Of::Process(id), after, bulk::AT_ONCE).await?
        }
        AllowOf::Contact(id) => {
            bulk::ids_of(store, &firm, Of::Contact(id), after, bulk::AT_ONCE).await?
        }
    };
    let allowed = bulk::allow(store, &firm, &ids, preview, &by, now).await?;
    if !preview {
        wake::time(&deps, &firm).await;
    }
    Ok(Json(scan::shown(allowed.into_iter().map(Into::into), next)))
}

/// The place that was chosen, with its name: one of the candidates, or what XPM says of it. While
/// XPM cannot be asked a person's choice stands; should it be wrong, XPM refuses the time.
pub(crate) async fn place<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    record: &TaskRecord,
    chosen: Chosen,
) -> Result<Place, Refusal> {
    let Chosen { job_number, job_task_uuid } = chosen;
    let same = |it: &&Place| it.job_number == job_number && it.job_task_uuid == job_task_uuid;
    if let Some(candidate) = record.link.candidates.iter().find(same) {
        return Ok(candidate.clone());
    }
    let firm = caller.firm(&deps.ports).await?;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    let job = match copies::job(&deps.ports, asker, &job_number).await {
        Ok(copy) => copy.items.into_iter().next(),
        Err(Unavailable::Shut(Shut::Down(down))) => return Err(down.into()),
        Err(error) => {
            info!(firm.id = %firm.id, %error, "a link was made without asking XPM");
            let name = String::new();
            return Ok(Place { job_number, job_task_uuid, name, start_date: None });
        }
    };
    let Some(job) = job else {
        return Err(Refusal::invalid("/job_number", "unknown_job", "XPM does not know the job"));
    };
    if !job.tasks.iter().flatten().any(|it| it.uuid == job_task_uuid) {
        let detail = "the job has no such task";
        return Err(Refusal::invalid("/job_task_uuid", "unknown_job_task", detail));
    }
    Ok(Place { job_number, job_task_uuid, name: job.name, start_date: job.start_date })
}

async fn show<P: Ports>(
    deps: &Arc<Deps<P>>,
    caller: &Caller,
    record: Option<TaskRecord>,
) -> Answer<TaskView> {
    wake::time(deps, &caller.0).await;
    super::show(deps, caller, record.ok_or(Refusal::NotFound)?, None).await
}
