//! Matches as a table: out, decided in a spreadsheet, and in again with a preview (BY-11).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::body::BodyError;
use contract::matches::{Decided, MatchWord, read_table, state_named};
use domain::contacts::review::{Desk, Filter};
use domain::ports::{Clock, Lane, Ports};
use lambda_http::http::StatusCode;

use super::bulk::outcome;
use super::page::{Asked, Paged, Posted, page_with};
use super::seat::{Frame, Seat, Section};
use super::shown::Why;
use super::{address, contacts};
use crate::routes::matches::{each, file as table};
use crate::{Deps, wake};

#[derive(Template, Default)]
#[template(path = "match_table.html")]
struct Table {
    frame: Frame,
    tab: &'static str,
    text: String,
    /// Why it is no table.
    wrong: Vec<String>,
    /// What became of each line, or would.
    lines: Vec<Told>,
    /// Whether it was carried out.
    carried_out: bool,
    ready: usize,
}

/// What became of a line, or would.
struct Told {
    line: u64,
    id: String,
    decision: String,
    contact: String,
    state: &'static str,
    why: Option<Why>,
}

pub(super) async fn page<P: Ports>(_: State<Arc<Deps<P>>>, seat: Seat) -> Paged {
    let frame = seat.frame.at(Section::Contacts);
    page_with(StatusCode::OK, &Table { frame, tab: "table", ..Table::default() })
}

pub(super) async fn file<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let query: String = asked.get("query").chars().take(255).collect();
    let filter = Filter {
        state: state_named(asked.get("state")),
        query: Some(query).filter(|it| !it.is_empty()),
        ..Filter::default()
    };
    let (store, after) = (deps.ports.store(), address::after(&asked));
    table(store, &seat.firm, &filter, after).await.map_err(contacts::unanswered)
}

/// Previews a table or, once a person has seen that, carries it out. What is not carried out is shown
/// again with the reason of each line.
pub(super) async fn decide<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let text = posted.get("table").to_owned();
    let carry_out = posted.get("step") == "carry_out";
    let lines = match read_table(text.as_bytes()) {
        Ok(lines) => lines,
        Err(error) => {
            let wrong = match error {
                BodyError::Invalid(all) => all.into_iter().map(|it| it.detail).collect(),
                BodyError::Malformed { detail, .. } => vec![detail],
            };
            let frame = seat.frame.at(Section::Contacts);
            let table = Table { frame, tab: "table", text, wrong, ..Table::default() };
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &table);
        }
    };
    let (actor, now) = (seat.actor(), deps.ports.clock().now());
    let desk = Desk { store: deps.ports.store(), firm: &seat.firm, actor: &actor, now };
    let told = each(&desk, lines, !carry_out).await?;
    let (all, said) = outcome(&told);
    if carry_out {
        wake::contacts(&deps, &seat.firm.id).await;
        wake::lane(&deps, &seat.firm.id, Lane::Events).await;
        if all {
            return Ok(seat.done(&deps, "/console/matches/table", said).await?);
        }
    }
    let ready = told.iter().filter(|it| it.problem.is_none()).count();
    let wrong = match told.is_empty() {
        true => vec![
            "No line decides anything: write confirm, create, remove or allow in the \
                      column decision."
                .to_owned(),
        ],
        false => Vec::new(),
    };
    let lines = told.into_iter().map(Told::of).collect();
    let frame = seat.frame.at(Section::Contacts);
    let carried_out = carry_out;
    let table = Table { frame, tab: "table", text, wrong, lines, carried_out, ready };
    page_with(StatusCode::OK, &table)
}

impl Told {
    fn of(it: Decided) -> Self {
        Self {
            line: it.line.unwrap_or_default(),
            id: it.id,
            decision: it.decision,
            contact: it.contact_id.unwrap_or_default(),
            state: it.state.map_or("", MatchWord::as_str),
            why: it.problem.map(|it| Why { sentence: it.sentence, next: it.next_step }),
        }
    }
}
