//! API keys: shown once, listed, revoked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::keys::{ApiKeyBody, ApiKeyView, IssuedKey, read_key};
use contract::list::Page;
use domain::keys;
use domain::ports::{Clock, Lane, Ports};
use lambda_http::http::StatusCode;

use super::Answer;
use crate::access::{By, Caller};
use crate::input::{Asked, PageQuery, Segment, Stretch, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// The firm's keys, revoked ones among them; never the keys themselves.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api-keys", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<ApiKeyView>)))]
pub(crate) async fn list_api_keys<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<ApiKeyView>> {
    let Stretch { after, limit } = query.stretch()?;
    let (found, next) = keys::list(deps.ports.store(), &firm, after, limit).await?;
    Ok(Json(scan::shown(found.into_iter().map(|it| it.record.into()), next)))
}

/// Issues a key. It is shown only in this answer.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api-keys", request_body = ApiKeyBody,
    responses((status = 201, description = "The key", body = IssuedKey)))]
pub(crate) async fn issue_api_key<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    text: Text,
) -> Result<(StatusCode, Json<IssuedKey>), Refusal> {
    let name = read_key(text.body())?;
    let (store, clock) = (deps.ports.store(), deps.ports.clock());
    let (key, kept) = keys::issue(store, clock, &firm, &name, &actor).await?;
    wake::lane(&deps, &firm, Lane::Events).await;
    Ok((StatusCode::CREATED, Json(IssuedKey::of(&key, kept))))
}

/// Revokes a key at once.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, description = "The key's id", pattern = "^[0-9a-f]{64}$")),
    responses((status = 204, description = "Revoked")))]
pub(crate) async fn revoke_api_key<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    Segment(id): Segment,
) -> Result<StatusCode, Refusal> {
    if id.len() != 64 || !id.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(Refusal::NotFound);
    }
    let now = deps.ports.clock().now();
    let revoked = keys::revoke(deps.ports.store(), &firm, &id, &actor, now).await?;
    wake::lane(&deps, &firm, Lane::Events).await;
    revoked.map(|_| StatusCode::NO_CONTENT).ok_or(Refusal::NotFound)
}
