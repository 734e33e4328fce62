//! Where outbound events go.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use contract::list::{Page, cursor};
use contract::webhooks::{DeliveryView, EndpointAnswer, EndpointView, read_endpoint};
use courier::{Address, BadAddress};
use domain::events::endpoint::{self, Endpoint, NotPut};
use domain::events::{delivery, endpoint::MOST};
use domain::ids::{EndpointId, FirmId};
use domain::ports::{Lane, Ports};
use lambda_http::http::StatusCode;

use super::Answer;
use crate::access::{By, Caller};
use crate::input::{Asked, Nothing, PageQuery, Segment, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// The firm's endpoints, without their secrets.
#[utoipa::path(get, path = "/v1/webhook-endpoints", tag = "webhook-endpoints", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<EndpointView>)))]
pub(crate) async fn list_webhook_endpoints<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<EndpointView>> {
    let there = |it: &Endpoint| !it.removed;
    let page = scan::page(deps.ports.store(), &firm, query.stretch()?, there, EndpointView::from);
    Ok(Json(page.await?))
}

/// Makes an endpoint, or changes it. A new one is answered with its secret, only then.
///
/// Events are posted and signed as Standard Webhooks says; `data` is the event as `GET /v1/events`
/// lists it. An endpoint hears of what happens after it was made, or switched on again.
#[utoipa::path(put, path = "/v1/webhook-endpoints/{id}", tag = "webhook-endpoints",
    request_body = contract::webhooks::EndpointBody,
    params(("id" = String, Path, description = "The practice app's id", pattern = "^[A-Za-z0-9._:-]{1,128}$")),
    responses((status = 200, description = "As stored", body = EndpointAnswer),
        (status = 409, description = "The firm has too many")))]
pub(crate) async fn put_webhook_endpoint<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<EndpointAnswer> {
    let id = named(id)?;
    let wanted = read_endpoint(text.body())?;
    Address::parse(&wanted.url, deps.settings.reach).map_err(|bad| misplaced(&bad))?;
    let put = endpoint::put(&deps.ports, &firm, &id, &wanted, &actor).await;
    let (endpoint, secret) = put.map_err(|it| match it {
        NotPut::TooMany => {
            Refusal::Conflict("too_many", format!("a firm has at most {MOST} webhook endpoints"))
        }
        NotPut::Down(down) => down.into(),
    })?;
    wake::lane(&deps, &firm, Lane::Events).await;
    Ok(Json(EndpointAnswer::of(endpoint, secret)))
}

/// An endpoint, without its secret.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", tag = "webhook-endpoints",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The endpoint", body = EndpointView)))]
pub(crate) async fn get_webhook_endpoint<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Answer<EndpointView> {
    Ok(Json(known(&deps, &firm, &id).await?.into()))
}

/// Removes an endpoint. What waits for it is not sent any more.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", tag = "webhook-endpoints",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 204, description = "Removed")))]
pub(crate) async fn delete_webhook_endpoint<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    Segment(id): Segment,
) -> Result<StatusCode, Refusal> {
    let id = EndpointId::parse(id).map_err(|_| Refusal::NotFound)?;
    if !endpoint::remove(&deps.ports, &firm, &id, &actor).await? {
        return Err(Refusal::NotFound);
    }
    wake::lane(&deps, &firm, Lane::Events).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an endpoint another secret, shown only in this answer. For 24 hours events carry signatures
/// by both.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate-secret", tag = "webhook-endpoints",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "The new secret", body = EndpointAnswer)))]
pub(crate) async fn rotate_webhook_secret<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    Segment(id): Segment,
    _: Nothing,
) -> Answer<EndpointAnswer> {
    let id = EndpointId::parse(id).map_err(|_| Refusal::NotFound)?;
    let rotated = endpoint::rotate(&deps.ports, &firm, &id, &actor).await?;
    let (endpoint, secret) = rotated.ok_or(Refusal::NotFound)?;
    wake::lane(&deps, &firm, Lane::Events).await;
    Ok(Json(EndpointAnswer::of(endpoint, Some(secret))))
}

/// What became of each event at an endpoint, newest first.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "webhook-endpoints",
    params(("id" = String, Path, description = "The practice app's id"), PageQuery),
    responses((status = 200, description = "A page of it", body = Page<DeliveryView>)))]
pub(crate) async fn list_webhook_deliveries<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<DeliveryView>> {
    let asked = query.stretch()?;
    let id = known(&deps, &firm, &id).await?.id;
    let listed = delivery::list(deps.ports.store(), &firm, &id, asked.after, asked.limit);
    let (found, next) = listed.await?;
    let items = found.into_iter().map(|it| DeliveryView::of(&firm, it.record)).collect();
    Ok(Json(Page { items, next_cursor: next.as_deref().map(cursor) }))
}

/// Sends an event once more.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/deliveries/{number}/resend", tag = "webhook-endpoints",
    params(("id" = String, Path, description = "The practice app's id"),
        ("number" = u64, Path, description = "The event's number, from the list of deliveries")),
    responses((status = 202, description = "It is to be sent", body = DeliveryView)))]
pub(crate) async fn resend_webhook_delivery<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Path((id, number)): Path<(String, String)>,
    _: Nothing,
) -> Result<(StatusCode, Json<DeliveryView>), Refusal> {
    let number = number.parse().map_err(|_| Refusal::NotFound)?;
    let endpoint = known(&deps, &firm, &id).await?;
    if !endpoint.wanted.active {
        let detail = "the endpoint is switched off".to_owned();
        return Err(Refusal::Conflict("endpoint_inactive", detail));
    }
    let again = delivery::resend(&deps.ports, &firm, &endpoint.id, number).await?;
    let again = again.ok_or(Refusal::NotFound)?;
    wake::lane(&deps, &firm, Lane::Deliveries).await;
    Ok((StatusCode::ACCEPTED, Json(DeliveryView::of(&firm, again))))
}

async fn known<P: Ports>(deps: &Deps<P>, firm: &FirmId, id: &str) -> Result<Endpoint, Refusal> {
    let id = EndpointId::parse(id).map_err(|_| Refusal::NotFound)?;
    endpoint::get(deps.ports.store(), firm, &id).await?.ok_or(Refusal::NotFound)
}

fn named(id: String) -> Result<EndpointId, Refusal> {
    EndpointId::parse(id).map_err(|bad| Refusal::invalid("/id", "bad_id", &bad.to_string()))
}

fn misplaced(bad: &BadAddress) -> Refusal {
    let code = match bad {
        BadAddress::Unreadable => "no_url",
        BadAddress::NotHttps => "not_https",
        BadAddress::Credentials => "credentials",
        BadAddress::Port => "bad_port",
        BadAddress::NotPublic => "not_public",
    };
    Refusal::invalid("/url", code, &bad.to_string())
}
