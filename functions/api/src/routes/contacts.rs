//! Contacts of the practice app.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::contacts::{ContactBody, ContactView, kind_fixed, read_contact};
use contract::list::Page;
use domain::contacts::{book, search};
use domain::desired::Stamp;
use domain::ids::ContactId;
use domain::ports::{Clock, Ports};
use lambda_http::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, Segment, Stretch, Text, stretch};
use crate::refusal::Refusal;
use crate::{scan, wake};

/// The longest text that is searched for.
const LONGEST: usize = 200;

/// Which contacts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContactQuery {
    /// Part of a name: those that begin with it come first, then those that contain it; none archived.
    #[param(min_length = 2, max_length = 200)]
    query: Option<String>,
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    cursor: Option<String>,
}

/// The contacts, in the order of their ids; or those with a text in their name, in the order of names.
#[utoipa::path(get, path = "/v1/contacts", tag = "contacts", params(ContactQuery),
    responses((status = 200, description = "A page of them", body = Page<ContactView>)))]
pub(crate) async fn list_contacts<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(asked): Asked<ContactQuery>,
) -> Answer<Page<ContactView>> {
    let Stretch { after, limit } = stretch(asked.limit, asked.cursor)?;
    if let Some(text) = asked.query {
        let length = text.trim().chars().count();
        if !(search::LEAST..=LONGEST).contains(&length) {
            let words = format!("query is {} to {LONGEST} characters", search::LEAST);
            return Err(Refusal::Query(words));
        }
        let store = deps.ports.store();
        let (found, next) = search::search(store, &firm, &text, after, limit).await?;
        return Ok(Json(scan::shown(found.into_iter().map(|it| ContactView::of(it, None)), next)));
    }
    let (found, next) = book::list(deps.ports.store(), &firm, after, limit).await?;
    Ok(Json(scan::shown(found.into_iter().map(|it| ContactView::of(it.record, None)), next)))
}

/// States a contact.
#[utoipa::path(put, path = "/v1/contacts/{id}", tag = "contacts",
    params(("id" = String, Path, description = "The practice app's id", pattern = "^[A-Za-z0-9._:-]{1,128}$")),
    request_body = ContactBody,
    responses((status = 200, description = "As stored", body = ContactView)))]
pub(crate) async fn put_contact<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<ContactView> {
    let statement = read_contact(&id, text.body())?;
    let stamp = Stamp { version: statement.version, as_of: deps.ports.clock().now() };
    let put = book::put(deps.ports.store(), &firm, statement.value, stamp).await?;
    if put.kind_fixed {
        return Err(kind_fixed().into());
    }
    wake::contacts(&deps, &firm).await;
    Ok(Json(ContactView::of(put.record, Some(put.applied))))
}

/// A contact.
#[utoipa::path(get, path = "/v1/contacts/{id}", tag = "contacts",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As it stands", body = ContactView)))]
pub(crate) async fn get_contact<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Answer<ContactView> {
    let id = ContactId::parse(id).map_err(|_| Refusal::NotFound)?;
    let found = book::get(deps.ports.store(), &firm, &id).await?;
    Ok(Json(ContactView::of(found.ok_or(Refusal::NotFound)?, None)))
}

/// States that a contact is gone. The next sync does not bring it back.
#[utoipa::path(delete, path = "/v1/contacts/{id}", tag = "contacts",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 204, description = "Gone")))]
pub(crate) async fn delete_contact<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Result<StatusCode, Refusal> {
    let id = ContactId::parse(id).map_err(|_| Refusal::NotFound)?;
    let store = deps.ports.store();
    book::get(store, &firm, &id).await?.ok_or(Refusal::NotFound)?;
    let stamp = Stamp { version: None, as_of: deps.ports.clock().now() };
    book::delete(store, &firm, &id, stamp).await?;
    wake::contacts(&deps, &firm).await;
    Ok(StatusCode::NO_CONTENT)
}
