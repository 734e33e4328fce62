//! Jobs to be created when documents go out.

mod costs;
mod estimate;
mod table;

pub(crate) use costs::*;
pub(crate) use estimate::*;
pub(crate) use table::*;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::body::BodyError;
use contract::drafts::{
    Asked as Wanted, CandidateBody, DeliveredBody, JobDraftBody, JobDraftView, read_delivered,
    read_draft, read_patch, read_resolve,
};
use contract::list::Page;
use domain::connection;
use domain::gate::{self, CALL};
use domain::ids::{DocumentSetId, FirmId};
use domain::invalid::Invalid;
use domain::jobs::desk::{self, Hand, Not};
use domain::jobs::draft::{JobDraft, Plan};
use domain::jobs::examine;
use domain::journal::Actor;
use domain::ports::{Clock, Jobs, Lane, Ports};
use domain::reason::Reason;
use lambda_http::http::StatusCode;

use super::Answer;
use crate::access::{By, Caller};
use crate::input::{Asked, Nothing, PageQuery, Segment, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// Makes a draft: nothing is created before the documents go out. The same draft made again is the same.
#[utoipa::path(post, path = "/v1/job-drafts", tag = "job-drafts", request_body = JobDraftBody,
    responses((status = 200, description = "The same as before", body = JobDraftView),
        (status = 201, description = "Made", body = JobDraftView)))]
pub(crate) async fn create_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    text: Text,
) -> Result<(StatusCode, Json<JobDraftView>), Refusal> {
    let (set, mut wanted) = read_draft(text.body())?;
    let known = match &set {
        Some(set) => desk::get(deps.ports.store(), &caller.0, set).await?,
        None => None,
    };
    wanted.wanted = wanted.wanted.on_days_of(known.as_ref());
    let plan = plan(&deps, &caller, wanted, None).await?;
    // What could not be read is among what is wrong with the plan.
    let set = set.ok_or(Refusal::NotFound)?;
    let hand = hand(&deps, &caller.0, by);
    let (draft, new) =
        desk::open(deps.ports.store(), &hand, &set, &plan).await?.map_err(refused)?;
    if draft.delivered.is_some() {
        wake::jobs(&deps, &caller.0).await;
    }
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, view(draft)?))
}

/// The drafts, in the order of their ids.
#[utoipa::path(get, path = "/v1/job-drafts", tag = "job-drafts", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<JobDraftView>)))]
pub(crate) async fn list_job_drafts<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<JobDraftView>> {
    let stretch = query.stretch()?;
    let wanted = |it: &JobDraft| it.plan.is_some();
    let show = |it: JobDraft| it.plan.clone().map(|plan| JobDraftView::of(&it, plan));
    let page = scan::page(deps.ports.store(), &firm, stretch, wanted, show).await?;
    let Page { items, next_cursor } = page;
    Ok(Json(Page { items: items.into_iter().flatten().collect(), next_cursor }))
}

/// A draft and what has become of it. Where people see the job is asked of XPM the first time.
#[utoipa::path(get, path = "/v1/job-drafts/{id}", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 200, description = "As it stands", body = JobDraftView)))]
pub(crate) async fn get_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<JobDraftView> {
    let (id, mut draft) = find(&deps, &caller.0, id).await?;
    let missing = draft.made.job.as_ref().filter(|it| it.url.is_none() && !draft.discarded);
    if let Some(number) = missing.map(|it| it.number.clone()) {
        let firm = caller.firm(&deps.ports).await?;
        let limits = firm.settings.budget;
        // A link is no reason to wait: it is asked for again the next time.
        if let Ok(pass) = gate::enter(&deps.ports, &firm.id, limits, Lane::Jobs, CALL).await {
            let reply = deps.ports.practice().job_url(&pass.access, &number).await;
            if let Ok(Some(url)) = gate::leave(&deps.ports, &firm.id, pass, reply).await? {
                let (store, now) = (deps.ports.store(), deps.ports.clock().now());
                desk::note_url(store, &firm.id, &id, &number, &url, now).await?;
                draft = desk::get(store, &firm.id, &id).await?.ok_or(Refusal::NotFound)?;
            }
        }
    }
    view(draft)
}

/// Changes a draft. What XPM has already is changed there.
#[utoipa::path(patch, path = "/v1/job-drafts/{id}", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    request_body = JobDraftBody,
    responses((status = 200, description = "As stored", body = JobDraftView)))]
pub(crate) async fn change_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<JobDraftView> {
    let (id, draft) = find(&deps, &caller.0, id).await?;
    let old = draft.plan.ok_or(Refusal::NotFound)?;
    let wanted = read_patch(text.body(), &id, &old)?;
    let only = draft.made.job.is_some().then(|| wanted.given.clone());
    let plan = plan(&deps, &caller, wanted, only).await?;
    let ruling = desk::revise(deps.ports.store(), &hand(&deps, &caller.0, by), &id, &plan).await?;
    told(&deps, &caller.0, ruling).await
}

/// Discards a draft of which XPM has nothing.
#[utoipa::path(delete, path = "/v1/job-drafts/{id}", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 200, description = "As stored", body = JobDraftView)))]
pub(crate) async fn discard_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
) -> Answer<JobDraftView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let ruling = desk::discard(deps.ports.store(), &hand(&deps, &caller.0, by), &id).await?;
    told(&deps, &caller.0, ruling).await
}

/// Has what XPM refused tried once more.
#[utoipa::path(post, path = "/v1/job-drafts/{id}/retry", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 200, description = "As stored", body = JobDraftView)))]
pub(crate) async fn retry_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    Nothing: Nothing,
) -> Answer<JobDraftView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let ruling = desk::retry(deps.ports.store(), &hand(&deps, &caller.0, by), &id).await?;
    told(&deps, &caller.0, ruling).await
}

/// Has the created job deleted, as long as no time, no cost but ours and no invoice is on it.
#[utoipa::path(post, path = "/v1/job-drafts/{id}/undo", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    responses((status = 202, description = "Asked for; `undo` tells what became of it", body = JobDraftView)))]
pub(crate) async fn undo_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    Nothing: Nothing,
) -> Result<(StatusCode, Json<JobDraftView>), Refusal> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let ruling = desk::undo(deps.ports.store(), &hand(&deps, &caller.0, by), &id).await?;
    Ok((StatusCode::ACCEPTED, told(&deps, &caller.0, ruling).await?))
}

/// Says which of the candidates is the one that was sent, or that none is.
#[utoipa::path(post, path = "/v1/job-drafts/{id}/resolve", tag = "job-drafts",
    params(("id" = String, Path, description = "The draft's id")),
    request_body = CandidateBody,
    responses((status = 200, description = "As stored", body = JobDraftView)))]
pub(crate) async fn resolve_job_draft<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<JobDraftView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let chosen = read_resolve(text.body())?;
    let hand = hand(&deps, &caller.0, by);
    let ruling = desk::resolve(deps.ports.store(), &hand, &id, chosen.as_deref()).await?;
    told(&deps, &caller.0, ruling).await
}

/// Tells that the documents went out: the draft is committed, once, however often it is told.
#[utoipa::path(post, path = "/v1/document-sets/{id}/delivered", tag = "job-drafts",
    params(("id" = String, Path, description = "The document set")),
    request_body = DeliveredBody,
    responses((status = 202, description = "The draft, with its steps", body = JobDraftView)))]
pub(crate) async fn deliver_document_set<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Result<(StatusCode, Json<JobDraftView>), Refusal> {
    let action = read_delivered(text.body())?;
    let id = DocumentSetId::parse(id).map_err(|_| Refusal::NotFound)?;
    let hand = hand(&deps, &caller.0, by);
    let ruling = desk::deliver(deps.ports.store(), &hand, &id, action, false).await?;
    Ok((StatusCode::ACCEPTED, told(&deps, &caller.0, ruling).await?))
}

/// The plan that comes of what is asked for, or everything that is wrong with it. Of a draft whose job
/// exists, only the fields that are given are held against the lists of today.
async fn plan<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    wanted: Wanted,
    only: Option<Vec<&'static str>>,
) -> Result<Plan, Refusal> {
    let firm = caller.firm(&deps.ports).await?;
    let connection = connection::read(deps.ports.store(), &firm.id).await?;
    let clock = deps.ports.clock();
    let choices = examine::choices(&deps.ports, &firm, &connection, clock.now()).await;
    let choices = choices.map_err(|it| Refusal::unavailable(it, clock))?.map_err(conflict)?;
    let keep = only.clone();
    let judged = examine::judge(deps.ports.store(), &firm, &choices, wanted.wanted.clone()).await?;
    let (plan, more) = judged;
    let counts = |it: &Invalid| {
        keep.as_ref().is_none_or(|only| only.iter().any(|of| it.pointer.starts_with(of)))
    };
    let wrong = wanted.and(more.into_iter().filter(counts).collect());
    if wrong.is_empty() { Ok(plan) } else { Err(Refusal::Contract(BodyError::Invalid(wrong))) }
}

fn hand<'a, P: Ports>(deps: &Deps<P>, firm: &'a FirmId, actor: Actor) -> Hand<'a> {
    Hand { firm, actor, now: deps.ports.clock().now() }
}

async fn find<P: Ports>(
    deps: &Deps<P>,
    firm: &FirmId,
    id: String,
) -> Result<(DocumentSetId, JobDraft), Refusal> {
    let id = DocumentSetId::parse(id).map_err(|_| Refusal::NotFound)?;
    let draft = desk::get(deps.ports.store(), firm, &id).await?;
    Ok((id, draft.ok_or(Refusal::NotFound)?))
}

/// What became of a draft; its worker is woken.
async fn told<P: Ports>(
    deps: &Arc<Deps<P>>,
    firm: &FirmId,
    ruling: Result<JobDraft, Not>,
) -> Answer<JobDraftView> {
    let draft = ruling.map_err(refused)?;
    if draft.delivered.is_some() {
        wake::jobs(deps, firm).await;
    }
    view(draft)
}

fn view(draft: JobDraft) -> Answer<JobDraftView> {
    let plan = draft.plan.clone().ok_or(Refusal::NotFound)?;
    Ok(Json(JobDraftView::of(&draft, plan)))
}

fn refused(not: Not) -> Refusal {
    match not {
        Not::Missing => Refusal::NotFound,
        Not::Now(reason) => conflict(reason),
        Not::Wrong(wrong) => Refusal::Contract(BodyError::Invalid(wrong)),
    }
}

fn conflict(reason: Reason) -> Refusal {
    Refusal::Conflict(reason.code(), format!("{} {}", reason.sentence(), reason.next_step()))
}
