//! XPM's lists and jobs, as copied within the last ten minutes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::xpm::{
    AgedJob, ClientView, JobStateView, JobView, Listing, NamedView, Refresh, RefreshBody,
    StaffView, read_refresh,
};
use domain::copies::{self, Asker, Copy, Unavailable};
use domain::firm::Firm;
use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Clock, Lane, Ports};
use lambda_http::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, Segment, Text};
use crate::refusal::Refusal;

/// The longest text that is searched for.
const LONGEST: usize = 200;

/// The task types of XPM.
#[utoipa::path(get, path = "/v1/xpm/tasks", tag = "xpm",
    responses((status = 200, description = "All of them", body = Listing<NamedView>)))]
pub(crate) async fn list_xpm_tasks<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<Listing<NamedView>> {
    let firm = caller.firm(&deps.ports).await?;
    told(&deps, copies::tasks(&deps.ports, asker(&firm)).await)
}

/// The job templates of XPM that the firm's prefix lets through.
#[utoipa::path(get, path = "/v1/xpm/templates", tag = "xpm",
    responses((status = 200, description = "All of them", body = Listing<NamedView>)))]
pub(crate) async fn list_xpm_templates<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<Listing<NamedView>> {
    let firm = caller.firm(&deps.ports).await?;
    let mut copy = copies::templates(&deps.ports, asker(&firm)).await;
    if let Ok(copy) = &mut copy {
        copy.items.retain(|it| it.name.starts_with(&firm.settings.jobs.template_prefix));
    }
    told(&deps, copy)
}

/// The staff in XPM.
#[utoipa::path(get, path = "/v1/xpm/staff", tag = "xpm",
    responses((status = 200, description = "All of them", body = Listing<StaffView>)))]
pub(crate) async fn list_xpm_staff<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<Listing<StaffView>> {
    let firm = caller.firm(&deps.ports).await?;
    told(&deps, copies::staff(&deps.ports, asker(&firm)).await)
}

/// The firm's job states, from its settings: XPM does not list them.
#[utoipa::path(get, path = "/v1/xpm/job-states", tag = "xpm",
    responses((status = 200, description = "All of them", body = Listing<JobStateView>)))]
pub(crate) async fn list_xpm_job_states<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<Listing<JobStateView>> {
    let firm = caller.firm(&deps.ports).await?;
    let as_of = deps.ports.clock().now();
    Ok(Json(Copy { items: firm.settings.jobs.states, as_of, stale: false }.into()))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClientQuery {
    /// Part of a name, an e-mail address or the like.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    query: String,
}

/// The clients that XPM finds by a text.
#[utoipa::path(get, path = "/v1/xpm/clients", tag = "xpm", params(ClientQuery),
    responses((status = 200, description = "Those found", body = Listing<ClientView>)))]
pub(crate) async fn find_xpm_clients<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(ClientQuery { query }): Asked<ClientQuery>,
) -> Answer<Listing<ClientView>> {
    let query = query.trim();
    if query.is_empty() || query.chars().count() > LONGEST || query.contains(char::is_control) {
        let words = format!("query is 1 to {LONGEST} printable characters");
        return Err(Refusal::Query(words));
    }
    let firm = caller.firm(&deps.ports).await?;
    told(&deps, copies::search(&deps.ports, asker(&firm), query).await)
}

/// The jobs of a client in XPM, whatever their state.
#[utoipa::path(get, path = "/v1/xpm/clients/{uuid}/jobs", tag = "xpm",
    params(("uuid" = String, Path, description = "XPM's id of the client")),
    responses((status = 200, description = "All of them", body = Listing<JobView>)))]
pub(crate) async fn list_xpm_jobs<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(uuid): Segment,
) -> Answer<Listing<JobView>> {
    let client = XpmUuid::parse(uuid).map_err(|_| Refusal::NotFound)?;
    let firm = caller.firm(&deps.ports).await?;
    told(&deps, copies::jobs_of(&deps.ports, asker(&firm), &client).await)
}

/// A job in XPM.
#[utoipa::path(get, path = "/v1/xpm/jobs/{number}", tag = "xpm",
    params(("number" = String, Path, description = "The job's number")),
    responses((status = 200, description = "The job", body = AgedJob)))]
pub(crate) async fn get_xpm_job<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(number): Segment,
) -> Answer<AgedJob> {
    let number = JobNumber::parse(number).map_err(|_| Refusal::NotFound)?;
    let firm = caller.firm(&deps.ports).await?;
    let copy = copies::job(&deps.ports, asker(&firm), &number).await;
    let Copy { items, as_of, stale } =
        copy.map_err(|it| Refusal::unavailable(it, deps.ports.clock()))?;
    let job = items.into_iter().next().ok_or(Refusal::NotFound)?.into();
    Ok(Json(AgedJob { job, as_of, stale }))
}

/// Drops a copy, so that XPM is asked by whoever reads next.
#[utoipa::path(post, path = "/v1/xpm/refresh", tag = "xpm", request_body = RefreshBody,
    responses((status = 204, description = "Dropped")))]
pub(crate) async fn refresh_xpm<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    text: Text,
) -> Result<StatusCode, Refusal> {
    let name = match read_refresh(text.body())? {
        Refresh::Tasks => copies::TASKS.into(),
        Refresh::Templates => copies::TEMPLATES.into(),
        Refresh::Staff => copies::STAFF.into(),
        Refresh::JobsOf(client) => copies::jobs_key(&client),
        Refresh::Job(number) => copies::job_key(&number),
    };
    match copies::refresh(&deps.ports, &firm, &name).await? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(until) => Err(Refusal::too_soon(until, deps.ports.clock())),
    }
}

/// Reading lists is not to use up the calls that are kept for time.
fn asker(firm: &Firm) -> Asker<'_> {
    Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh }
}

fn told<P: Ports, T, U: From<T>>(
    deps: &Deps<P>,
    copy: Result<Copy<T>, Unavailable>,
) -> Answer<Listing<U>> {
    match copy {
        Ok(copy) => Ok(Json(copy.into())),
        Err(unavailable) => Err(Refusal::unavailable(unavailable, deps.ports.clock())),
    }
}
