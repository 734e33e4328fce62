//! Matches: what became of each XPM client and contact, and what a person decides about it.

mod decide;
mod many;

pub(crate) use decide::*;
pub(crate) use many::*;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::matches::{MatchView, MatchWord, match_id, state_named};
use domain::contacts::book::ContactRecord;
use domain::contacts::matches::Match;
use domain::contacts::review::{self, Filter};
use domain::ids::FirmId;
use domain::ports::{Down, Ports, Store};
use domain::records::{self, Kept};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::Deps;
use crate::access::Caller;
use crate::input::{Asked, Segment, Stretch, stretch};
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
    /// Only those whose name or e-mail address in XPM has this in it.
    #[param(max_length = 255)]
    query: Option<String>,
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    cursor: Option<String>,
}

/// What became of XPM's clients and contacts. A page may be short while more follow.
#[utoipa::path(get, path = "/v1/matches", tag = "matches", params(MatchQuery),
    responses((status = 200, description = "A page of them", body = Page<MatchView>)))]
pub(crate) async fn list_matches<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<MatchQuery>,
) -> Answer<Page<MatchView>> {
    let Stretch { after, limit } = stretch(query.limit, query.cursor)?;
    let filter = filter(query.state, query.query)?;
    let firm = caller.firm(&deps.ports).await?;
    let store = deps.ports.store();
    let (found, next) = review::list(store, &firm, &filter, after, limit).await?;
    let shown = views(store, &firm.id, found).await?;
    Ok(Json(scan::shown(shown.into_iter(), next)))
}

/// A match, with what is offered as it is now.
#[utoipa::path(get, path = "/v1/matches/{id}", tag = "matches",
    params(("id" = String, Path, description = "XPM's id of the client or contact")),
    responses((status = 200, description = "As it stands", body = MatchView)))]
pub(crate) async fn get_match<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<MatchView> {
    let id = match_id(&id).ok_or(Refusal::NotFound)?;
    let firm = caller.firm(&deps.ports).await?;
    let found = review::get(deps.ports.store(), &firm, &id).await?;
    show(deps.ports.store(), &firm.id, found.ok_or(Refusal::NotFound)?).await
}

fn filter(state: Option<String>, query: Option<String>) -> Result<Filter, Refusal> {
    let unknown = || Refusal::Query("state is matched, partial, unmatched or removed".into());
    let state = state.map(|it| state_named(&it).ok_or_else(unknown)).transpose()?;
    if query.as_ref().is_some_and(|it| it.chars().count() > 255) {
        return Err(Refusal::Query("query has at most 255 characters".into()));
    }
    Ok(Filter { state, query, ..Filter::default() })
}

/// One match as it is shown.
async fn show(store: &impl Store, firm: &FirmId, it: Kept<Match>) -> Answer<MatchView> {
    Ok(Json(views(store, firm, vec![it]).await?.pop().ok_or(Refusal::NotFound)?))
}

/// Matches as they are shown, with their contacts where we have them.
pub(crate) async fn views(
    store: &impl Store,
    firm: &FirmId,
    found: Vec<Kept<Match>>,
) -> Result<Vec<MatchView>, Down> {
    let ids: Vec<String> =
        found.iter().filter_map(|it| it.record.contact.clone()).map(Into::into).collect();
    let contacts: HashMap<String, ContactRecord> = match ids.is_empty() {
        true => HashMap::new(),
        false => records::get_many::<ContactRecord>(store, firm, &ids)
            .await?
            .into_iter()
            .map(|it| (it.record.contact.value.id.to_string(), it.record))
            .collect(),
    };
    let view = |it: Kept<Match>| {
        let contact = it.record.contact.as_ref().and_then(|id| contacts.get(id.as_str()));
        MatchView::of(it, contact)
    };
    Ok(found.into_iter().map(view).collect())
}
