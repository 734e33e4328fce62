//! Matches: what became of each XPM client and contact.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::matches::{MatchView, MatchWord, state_named};
use domain::contacts::book::ContactRecord;
use domain::contacts::matches;
use domain::ports::Ports;
use domain::records;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, Stretch, stretch};
use crate::refusal::Refusal;
use crate::scan;

/// Which matches are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MatchQuery {
    /// Only those in this state.
    #[param(value_type = Option<MatchWord>)]
    state: Option<String>,
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]+$", max_length = 1366)]
    cursor: Option<String>,
}

/// What became of XPM's clients and contacts. A page may be short while more follow.
#[utoipa::path(get, path = "/v1/matches", tag = "matches", params(MatchQuery),
    responses((status = 200, description = "A page of them", body = Page<MatchView>)))]
pub(crate) async fn list_matches<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<MatchQuery>,
) -> Answer<Page<MatchView>> {
    let Stretch { after, limit } = stretch(query.limit, query.cursor)?;
    let unknown = || Refusal::Query("state is matched, partial, unmatched or removed".into());
    let state = query.state.map(|it| state_named(&it).ok_or_else(unknown)).transpose()?;
    let store = deps.ports.store();
    let (found, next) = matches::list(store, &firm, state, after, limit).await?;
    let ids: Vec<String> =
        found.iter().filter_map(|it| it.record.contact.clone()).map(Into::into).collect();
    let contacts: HashMap<String, ContactRecord> =
        records::get_many::<ContactRecord>(store, &firm, &ids)
            .await?
            .into_iter()
            .map(|it| (it.record.contact.value.id.to_string(), it.record))
            .collect();
    let shown = found.into_iter().map(|it| {
        let contact = it.record.contact.as_ref().and_then(|id| contacts.get(id.as_str()));
        MatchView::of(it, contact)
    });
    Ok(Json(scan::shown(shown, next)))
}
