//! The feed: everything that happened, in one order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::events::{EventPage, EventView, event_type};
use contract::list::cursor;
use domain::events::feed::{self, Place};
use domain::ports::{Clock, Ports};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, stretch};
use crate::refusal::Refusal;

/// Which part of the feed is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the page before; none for the beginning.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    cursor: Option<String>,
    /// Only events of this type.
    #[serde(rename = "type")]
    #[param(rename = "type", example = "contact.updated")]
    kind: Option<String>,
}

/// Everything that happened, in one order, with no gap and nothing twice.
///
/// `next_cursor` is never null: kept, it leads to whatever happens later. Of each record, the changes
/// come in their order. Events are kept for seven years: a cursor that is older is refused with 410
/// (`cursor_expired`), never answered with a gap.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, description = "A part of the feed", body = EventPage)))]
pub(crate) async fn list_events<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<EventsQuery>,
) -> Answer<EventPage> {
    let asked = stretch(query.limit, query.cursor)?;
    let after = number(asked.after)?;
    let kind = match query.kind {
        Some(word) => Some(
            event_type(&word).ok_or_else(|| Refusal::Query("type is none of the types".into()))?,
        ),
        None => None,
    };
    let wanted = |it: &Place| kind.is_none_or(|kind| it.event == kind);
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let read = feed::read(store, &firm, after, asked.limit, now, wanted).await?;
    let read = read.ok_or(Refusal::Expired)?;
    let items = read.entries.into_iter();
    let items =
        items.map(|(number, it)| EventView::of(feed::event_id(&firm, number), it)).collect();
    Ok(Json(EventPage { items, next_cursor: cursor(&read.upto.to_string()) }))
}

/// The number behind a cursor of the feed; none for its beginning.
pub(super) fn number(after: Option<String>) -> Result<Option<u64>, Refusal> {
    let unknown = || Refusal::Query("cursor is not one that this API gave".into());
    after.map(|it| it.parse().map_err(|_| unknown())).transpose()
}
