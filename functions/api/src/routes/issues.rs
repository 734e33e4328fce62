//! What needs a person, by cause.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::issues::{Issues, RedriveBody, RedriveView, read_redrive};
use domain::ids::FirmId;
use domain::issues;
use domain::jobs::desk::{self, Hand};
use domain::journal::Actor;
use domain::ports::{Clock, Down, Ports};
use domain::reason::Reason;
use domain::time::redrive::{self, Redrive};
use lambda_http::http::StatusCode;

use super::Answer;
use crate::access::{By, Caller};
use crate::input::Text;
use crate::refusal::Refusal;
use crate::{Deps, wake};

/// The open issues: one for each cause and sort of thing. Each closes itself when its cause is gone.
#[utoipa::path(get, path = "/v1/issues", tag = "issues",
    responses((status = 200, description = "All of them", body = Issues)))]
pub(crate) async fn list_issues<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
) -> Answer<Issues> {
    let open = issues::list(deps.ports.store(), &firm).await?;
    Ok(Json(Issues { items: open.into_iter().map(Into::into).collect() }))
}

/// Has everything that a cause holds up tried again, in the background and within the call budget; of job
/// drafts, up to 200 at one call.
#[utoipa::path(post, path = "/v1/issues/redrive", tag = "issues",
    request_body = RedriveBody,
    responses((status = 202, description = "The order", body = RedriveView)))]
pub(crate) async fn redrive_issues<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    text: Text,
) -> Result<Response, Refusal> {
    let cause = read_redrive(text.body())?;
    let (order, drafts) = redrive(&deps, &firm, actor, cause).await?;
    Ok((StatusCode::ACCEPTED, Json(RedriveView::of(order, drafts))).into_response())
}

/// Has everything that a cause holds up tried again; says how many job drafts were among it.
pub(crate) async fn redrive<P: Ports>(
    deps: &Arc<Deps<P>>,
    firm: &FirmId,
    actor: Actor,
    cause: Reason,
) -> Result<(Redrive, usize), Down> {
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let order = redrive::order(store, firm, cause, now).await?;
    wake::time(deps, firm).await;
    let drafts = desk::retry_all(store, &Hand { firm, actor, now }, cause).await?;
    if drafts > 0 {
        wake::jobs(deps, firm).await;
    }
    Ok((order, drafts))
}
