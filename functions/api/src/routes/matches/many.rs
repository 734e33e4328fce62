//! Deciding about many matches: by filter, or in a table that goes out and comes in again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use contract::list::cursor;
use contract::matches::{
    BulkBody, Decided, DecisionWord, Decisions, Line, MatchWord, read_bulk, read_table, table,
};
use contract::problem::ReasonView;
use domain::contacts::matches::Match;
use domain::contacts::review::{self, Ask, Decision, Desk, Filter, Refused};
use domain::firm::Firm;
use domain::ports::{Clock, Down, Lanes, Ports, Store};
use domain::records::Kept;
use lambda_http::http::header::LINK;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{filter, views};
use crate::access::{By, Caller};
use crate::input::{Asked, Text, stretch};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, csv};

/// The most lines of one table: more would not fit into one answer.
const LINES: usize = 5_000;

/// Which matches are wanted in the table.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TableQuery {
    /// Only those in this state.
    #[param(value_type = Option<MatchWord>)]
    state: Option<String>,
    /// Only those whose name or e-mail address in XPM has this in it.
    #[param(max_length = 255)]
    query: Option<String>,
    /// Where the table goes on, as the header `Link` of the one before says.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    cursor: Option<String>,
}

/// Whether anything is to be written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// Whether only to say what would become of it. It is, where nothing is said.
    #[param(value_type = Option<bool>, default = true)]
    preview: Option<String>,
}

/// Decides alike about all matches of a sort, up to 200 in one call.
#[utoipa::path(post, path = "/v1/matches/bulk", tag = "matches", request_body = BulkBody,
    responses((status = 200, description = "What became of each, or would", body = Decisions)))]
pub(crate) async fn decide_matches<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(actor): By,
    text: Text,
) -> Answer<Decisions> {
    let bulk = read_bulk(text.body())?;
    let firm = caller.firm(&deps.ports).await?;
    let store = deps.ports.store();
    let (found, next) = review::list(store, &firm, &bulk.filter, bulk.after, bulk.limit).await?;
    let lines = alike(&found, bulk.decision);
    let desk = Desk { store, firm: &firm, actor: &actor, now: deps.ports.clock().now() };
    let items = each(&desk, lines, bulk.preview).await?;
    Ok(Json(Decisions::of(bulk.preview, items, next.as_deref().map(cursor))))
}

/// The same decision about each of these matches; to confirm is to take the candidate that is likelier
/// than all others.
pub(crate) fn alike(found: &[Kept<Match>], decision: DecisionWord) -> Vec<Line> {
    let line = |it: &Kept<Match>| {
        let contact = match decision {
            DecisionWord::Confirm => review::likeliest(&it.record).cloned(),
            DecisionWord::Create | DecisionWord::Remove | DecisionWord::Allow => None,
        };
        let id = it.record.xpm.uuid.clone();
        let ask = |decision| Ask { id: id.clone(), version: it.version, decision };
        Line {
            line: 0,
            id: id.to_string(),
            decision: decision.as_str().into(),
            contact_id: contact.as_ref().map(ToString::to_string),
            ask: decision.with(contact).map(ask).ok_or_else(|| Refused::Unclear.into()),
        }
    };
    found.iter().map(line).collect()
}

/// The matches as a table to decide in, up to 5,000 lines of it.
#[utoipa::path(get, path = "/v1/matches.csv", tag = "matches", params(TableQuery),
    responses((status = 200, description = "The table; `Link` leads to the next one, if there is more",
        body = String, content_type = "text/csv",
        headers(("Link" = Option<String>, description = "Where the table goes on (RFC 8288)")))))]
pub(crate) async fn export_matches<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<TableQuery>,
) -> Result<Response, Refusal> {
    let after = stretch(None, query.cursor)?.after;
    let filter = filter(query.state, query.query)?;
    let firm = caller.firm(&deps.ports).await?;
    file(deps.ports.store(), &firm, &filter, after).await
}

/// The wanted matches as a table to download.
pub(crate) async fn file(
    store: &impl Store,
    firm: &Firm,
    filter: &Filter,
    after: Option<String>,
) -> Result<Response, Refusal> {
    let (found, next) = review::list_all(store, firm, filter, after, LINES).await?;
    let shown = views(store, &firm.id, found).await?;
    let text = table(&shown)
        .map_err(|it| Refusal::Down(Down { what: "the table of matches", cause: it.into() }))?;
    let mut response = csv::file("matches.csv", text);
    if let Some(next) = next.as_deref().map(cursor) {
        // A cursor is made of letters, digits, `-` and `_`, so the value is one that a header can hold.
        if let Ok(link) = format!("<?cursor={next}>; rel=\"next\"").parse() {
            response.headers_mut().insert(LINK, link);
        }
    }
    Ok(response)
}

/// Decides as a table says, line by line: a bad line holds up no other. Lines without a decision are
/// left alone.
#[utoipa::path(post, path = "/v1/matches.csv", tag = "matches", params(PreviewQuery),
    request_body(content = String, content_type = "text/csv",
        description = "A table with the columns `id`, `version`, `decision` and `contact_id`"),
    responses((status = 200, description = "What became of each, or would", body = Decisions)))]
pub(crate) async fn import_matches<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(actor): By,
    Asked(query): Asked<PreviewQuery>,
    text: Text,
) -> Answer<Decisions> {
    let preview = match query.preview.as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(Refusal::Query("preview is true or false".into())),
    };
    let lines = read_table(text.bytes())?;
    let firm = caller.firm(&deps.ports).await?;
    let store = deps.ports.store();
    let desk = Desk { store, firm: &firm, actor: &actor, now: deps.ports.clock().now() };
    let items = each(&desk, lines, preview).await?;
    Ok(Json(Decisions::of(preview, items, None)))
}

/// Carries out, or previews, every line that can be; tells of each.
pub(crate) async fn each<S: Store + Lanes>(
    desk: &Desk<'_, S>,
    lines: Vec<Line>,
    preview: bool,
) -> Result<Vec<Decided>, Down> {
    let asks: Vec<Ask> = lines.iter().filter_map(|it| it.ask.clone().ok()).collect();
    let mut told = review::decide_all(desk, &asks, preview).await?.into_iter();
    let tell = |it: Line| {
        let told = it.ask.and_then(|ask| match told.next() {
            Some(told) => told.map_err(ReasonView::from).map(|it| (ask, it)),
            None => Err(Refused::Unknown.into()),
        });
        let (state, version, contact, problem) = match told {
            Ok((ask, kept)) => {
                let contact = match ask.decision {
                    Decision::Confirm(_) | Decision::Create => kept.record.contact,
                    Decision::Remove | Decision::Allow => None,
                };
                let contact = contact.as_ref().map(ToString::to_string);
                (Some(kept.record.state.into()), Some(kept.version), contact, None)
            }
            Err(problem) => (None, None, None, Some(problem)),
        };
        Decided {
            line: Some(it.line).filter(|it| *it > 0),
            id: it.id,
            decision: it.decision,
            contact_id: contact.or(it.contact_id),
            state,
            version,
            problem,
        }
    };
    Ok(lines.into_iter().map(tell).collect())
}
