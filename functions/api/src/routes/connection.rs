//! Connecting to XPM.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::connection::{
    AuthorizeAnswer, AuthorizeBody, ConnectionView, Freshness, OrganisationChoice, read_authorize,
    read_organisation,
};
use domain::budget::{self, Meter};
use domain::connection;
use domain::connection::authorise::{self, NotBegun};
use domain::contacts::sync::{self, RunState};
use domain::copies::{STAFF, TASKS, TEMPLATES, age};
use domain::firm::Firm;
use domain::ports::{Clock, Down, Lane, Ports};
use lambda_http::http::StatusCode;
use runtime::chain::Chain;
use tracing::warn;

use super::Answer;
use crate::access::{By, Caller};
use crate::input::Text;
use crate::refusal::Refusal;
use crate::{Deps, connecting, wake};

/// So many of the newest syncs are looked through for one that ended.
const RECENT: usize = 5;

/// How the connection to XPM stands.
#[utoipa::path(get, path = "/v1/connection", tag = "connection",
    responses((status = 200, description = "How it stands", body = ConnectionView)))]
pub(crate) async fn get_connection<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<ConnectionView> {
    show(&deps, &caller).await
}

/// Revokes the connection at Xero and stops pushing. Links, matches and settings stay.
#[utoipa::path(delete, path = "/v1/connection", tag = "connection",
    responses((status = 204, description = "Disconnected")))]
pub(crate) async fn delete_connection<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
) -> Result<StatusCode, Refusal> {
    if let Err(denied) = authorise::disconnect(&deps.ports, &firm, &actor).await? {
        warn!(firm.id = %firm, error = %Chain(&denied), "Xero did not revoke the connection");
    }
    wake::lane(&deps, &firm, Lane::Events).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to connect: gives the address to send the person to.
#[utoipa::path(post, path = "/v1/connection/authorize", tag = "connection",
    request_body = AuthorizeBody,
    responses((status = 200, description = "Where to send the person", body = AuthorizeAnswer)))]
pub(crate) async fn authorize_connection<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    text: Text,
) -> Answer<AuthorizeAnswer> {
    let return_to = read_authorize(text.or_empty())?;
    let firm = caller.firm(&deps.ports).await?;
    let begun = connecting::authorize(&deps, &firm, &return_to).await;
    let url = begun.map_err(|it| match it {
        NotBegun::Region => Refusal::Conflict("region_not_served", connecting::served()),
        NotBegun::ReturnTo => {
            Refusal::invalid("/return_to", "no_path", "a path of this site is expected")
        }
        NotBegun::Down(down) => down.into(),
    })?;
    Ok(Json(AuthorizeAnswer { url }))
}

/// Chooses among several XPM organisations.
#[utoipa::path(put, path = "/v1/connection/organisation", tag = "connection",
    request_body = OrganisationChoice,
    responses((status = 200, description = "Connected", body = ConnectionView)))]
pub(crate) async fn choose_organisation<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(actor): By,
    text: Text,
) -> Answer<ConnectionView> {
    let tenant = read_organisation(text.body())?;
    if connecting::choose(&deps, &caller.0, &tenant, &actor).await?.is_none() {
        let detail = "it is not among the choices of the connection";
        return Err(Refusal::invalid("/tenant_id", "not_offered", detail));
    }
    show(&deps, &caller).await
}

async fn show<P: Ports>(deps: &Deps<P>, caller: &Caller) -> Answer<ConnectionView> {
    let firm = caller.firm(&deps.ports).await?;
    let connection = connection::read(deps.ports.store(), &firm.id).await?;
    let (meter, freshness) = supplies(&deps.ports, &firm).await?;
    Ok(Json(ConnectionView::of(connection, &firm, meter, freshness)))
}

/// The calls that a firm has left, and how old its copies of XPM's lists are.
pub(crate) async fn supplies<P: Ports>(
    ports: &P,
    firm: &Firm,
) -> Result<(Meter, Vec<Freshness>), Down> {
    let now = ports.clock().now();
    let budget = budget::read(ports.cache(), &firm.id, now).await?;
    let mut freshness = Vec::new();
    for resource in [TASKS, TEMPLATES, STAFF] {
        let as_of = age(ports, &firm.id, resource).await?;
        freshness.push(Freshness { resource: resource.into(), as_of });
    }
    let (runs, _) = sync::list(ports.store(), &firm.id, None, RECENT).await?;
    let done = runs.into_iter().map(|it| it.record).find(|it| it.state == RunState::Done);
    let as_of = done.and_then(|it| it.started_at);
    freshness.push(Freshness { resource: "clients".into(), as_of });
    Ok((budget.meter(firm.settings.budget, now), freshness))
}
