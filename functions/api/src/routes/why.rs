//! Why not? The ordered checks of a thing (BY-03). XPM is not asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::why::Why;
use domain::connection;
use domain::contacts::book::ContactRecord;
use domain::contacts::matches::client_of;
use domain::copies::{self, STAFF};
use domain::firm::Firm;
use domain::ids::{ContactId, DocumentSetId, EntryId, TaskId};
use domain::jobs::draft::JobDraft;
use domain::jobs::{self, desk};
use domain::linking::process::ProcessRecord;
use domain::linking::task::TaskRecord;
use domain::ports::{Key, Kind, Ports, Store};
use domain::practice::Staff;
use domain::reason::Reason;
use domain::records;
use domain::time::entry::EntryRecord;
use domain::time::user::{UserRecord, staff_of};
use domain::why::{Check, contact, draft, task, time};

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::Segment;
use crate::refusal::Refusal;

/// Why a time entry is not in XPM, or not as it should be.
#[utoipa::path(get, path = "/v1/time-entries/{id}/why", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The checks", body = Why)))]
pub(crate) async fn why_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<Why> {
    let id = EntryId::parse(id).map_err(|_| Refusal::NotFound)?;
    let store = deps.ports.store();
    let entry = records::get::<EntryRecord>(store, &caller.0, id.as_str()).await?;
    let entry = entry.map(|it| it.record).filter(|it| !it.is_tombstone());
    let entry = entry.ok_or(Refusal::NotFound)?;
    let (firm, obstacle) = caller.readiness(&deps.ports).await?;
    let task = match &entry.entry.value.task_id {
        Some(task) => records::get::<TaskRecord>(store, &firm.id, task.as_str()).await?,
        None => None,
    };
    let task = task.map(|it| it.record);
    let about = match &task {
        Some(task) => Some(about(&deps, &firm, task, obstacle).await?),
        None => None,
    };
    let user = entry.entry.value.user_id.as_str();
    let user = records::get::<UserRecord>(store, &firm.id, user).await?.map(|it| it.record);
    let list = copies::at_hand::<P, Staff>(&deps.ports, &firm.id, STAFF).await?;
    let chosen = user.as_ref().is_some_and(|it| it.chosen.is_some());
    let staff = match list {
        Some(list) => Some(staff_of(user.as_ref(), &list.items)),
        None => (chosen || user.is_none()).then(|| staff_of(user.as_ref(), &[])),
    };
    let facts = time::Facts {
        entry: &entry,
        obstacle: lasting(obstacle),
        spent: obstacle == Some(Reason::OverLimit),
        task: about,
        changed_at: connection::read(store, &firm.id).await?.changed_at,
        staff,
    };
    Ok(Json(Why::of(id, time::checks(&facts))))
}

/// Why a task is not linked.
#[utoipa::path(get, path = "/v1/tasks/{id}/why", tag = "tasks",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The checks", body = Why)))]
pub(crate) async fn why_task<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<Why> {
    let id = TaskId::parse(id).map_err(|_| Refusal::NotFound)?;
    let kept = records::get::<TaskRecord>(deps.ports.store(), &caller.0, id.as_str()).await?;
    let task = kept.map(|it| it.record).filter(|it| !it.task.deleted).ok_or(Refusal::NotFound)?;
    let (firm, obstacle) = caller.readiness(&deps.ports).await?;
    let facts = about(&deps, &firm, &task, obstacle).await?;
    Ok(Json(Why::of(id, task::checks(&facts))))
}

/// Why a contact has no counterpart in XPM.
#[utoipa::path(get, path = "/v1/contacts/{id}/why", tag = "contacts",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The checks", body = Why)))]
pub(crate) async fn why_contact<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<Why> {
    let id = ContactId::parse(id).map_err(|_| Refusal::NotFound)?;
    let kept = records::get::<ContactRecord>(deps.ports.store(), &caller.0, id.as_str()).await?;
    let found = kept.map(|it| it.record).filter(|it| !it.contact.deleted);
    let checks = contact_checks(&deps, &caller, &found.ok_or(Refusal::NotFound)?).await?;
    Ok(Json(Why::of(id, checks)))
}

/// The checks of a contact that there is.
pub(crate) async fn contact_checks<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    found: &ContactRecord,
) -> Result<Vec<Check>, Refusal> {
    let (firm, obstacle) = caller.readiness(&deps.ports).await?;
    let key = Key::new(&firm.id, Kind::ContactMatch, found.contact.value.id.as_str());
    let matched = deps.ports.store().read(&key).await?.is_some();
    Ok(contact::checks(contact::Facts {
        obstacle: lasting(obstacle),
        archived: found.contact.value.archived,
        matched,
        push: found.push.state.obstacle(),
    }))
}

/// Why a draft has not become a job, or not the whole of it.
#[utoipa::path(get, path = "/v1/job-drafts/{id}/why", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 200, description = "The checks", body = Why)))]
pub(crate) async fn why_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<Why> {
    let id = DocumentSetId::parse(id).map_err(|_| Refusal::NotFound)?;
    let found = desk::get(deps.ports.store(), &caller.0, &id).await?.ok_or(Refusal::NotFound)?;
    Ok(Json(Why::of(id, draft_checks(&deps, &caller, &found).await?)))
}

/// The checks of a draft.
pub(crate) async fn draft_checks<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    found: &JobDraft,
) -> Result<Vec<Check>, Refusal> {
    let store = deps.ports.store();
    let plan = found.plan.as_ref().ok_or(Refusal::NotFound)?;
    let (firm, obstacle) = caller.readiness(&deps.ports).await?;
    let connection = connection::read(store, &firm.id).await?;
    let facts = draft::Facts {
        draft: found,
        obstacle: lasting(obstacle),
        spent: obstacle == Some(Reason::OverLimit),
        enabled: firm.settings.jobs.enabled,
        tenant: connection.organisation.as_ref().map(|it| &it.tenant),
        client: jobs::client(store, &firm.id, plan).await?,
    };
    Ok(draft::checks(&facts))
}

/// A spent budget is no obstacle to what is not sent yet.
fn lasting(obstacle: Option<Reason>) -> Option<Reason> {
    obstacle.filter(|it| *it != Reason::OverLimit)
}

async fn about<'a, P: Ports>(
    deps: &Deps<P>,
    firm: &Firm,
    task: &'a TaskRecord,
    obstacle: Option<Reason>,
) -> Result<task::Facts<'a>, Refusal> {
    let store = deps.ports.store();
    let client = match &task.task.value.contact_id {
        Some(contact) => client_of(store, &firm.id, contact).await?,
        None => None,
    };
    let process = match &task.task.value.process_id {
        Some(id) => records::get::<ProcessRecord>(store, &firm.id, id.as_str()).await?,
        None => None,
    };
    let mapped = process.is_some_and(|it| it.record.process.value.xpm_task_uuid.is_some());
    Ok(task::Facts {
        obstacle: lasting(obstacle),
        task,
        client: client.is_some(),
        mapped,
        auto_link: firm.settings.auto_link.enabled,
    })
}
