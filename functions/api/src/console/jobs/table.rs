//! Many drafts at once: a table looked at before it is kept, and all drafts as a file (CA-21, CA-22).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::body::BodyError;
use contract::drafts::csv::{COLUMNS, ImportOutcome, ImportView, ImportedView, cells};
use contract::list::uncursor;
use domain::jobs::draft::JobDraft;
use domain::ports::Ports;
use lambda_http::http::StatusCode;

use super::page_refusal;
use crate::console::page::{Asked, Paged, Posted, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Badge, Tone, Why};
use crate::input::Stretch;
use crate::refusal::Refusal;
use crate::routes::drafts::import;
use crate::{Deps, csv, scan};

/// A file holds so many stretches of drafts, each of [`STRETCH`].
const STRETCHES: usize = 20;
const STRETCH: usize = 200;

#[derive(Template, Default)]
#[template(path = "job_table.html")]
struct TablePage {
    frame: Frame,
    table: String,
    /// Why the table as a whole was not taken.
    wrong: String,
    /// Why no draft can be made now, if so.
    obstacle: Option<Why>,
    looked: Option<Looked>,
}

/// What became of a table, or would.
struct Looked {
    preview: bool,
    good: usize,
    bad: usize,
    calls: usize,
    minutes: i64,
    fits: bool,
    rows: Vec<Row>,
}

struct Row {
    line: u64,
    set: String,
    badge: Badge,
    delivered: bool,
    errors: Vec<String>,
}

pub(in crate::console) async fn page<P: Ports>(_: State<Arc<Deps<P>>>, seat: Seat) -> Paged {
    shown(&TablePage { frame: seat.frame.at(Section::Jobs), ..TablePage::default() })
}

/// Looks at the table, and keeps its good lines if that is asked for.
pub(in crate::console) async fn send<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let (table, keeps) = (posted.get("table").to_owned(), posted.get("act") == "keep");
    let done = import(&deps, &seat.firm, seat.actor(), table.as_bytes(), !keeps).await;
    let page =
        TablePage { frame: seat.frame.clone().at(Section::Jobs), table, ..TablePage::default() };
    match done {
        Ok(view) if view.preview || view.bad > 0 => {
            shown(&TablePage { looked: Some(Looked::of(view)), ..page })
        }
        Ok(view) => {
            let said = format!("{} drafts are there.", view.good);
            Ok(seat.done(&deps, super::PATH, said).await?)
        }
        Err(Refusal::Contract(error)) => {
            let wrong = match error {
                BodyError::Malformed { detail, .. } => detail,
                BodyError::Invalid(all) => {
                    all.into_iter().map(|it| it.detail).collect::<Vec<_>>().join("; ")
                }
            };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &TablePage { wrong, ..page })
        }
        Err(Refusal::Conflict(_, wrong)) => {
            page_with(StatusCode::CONFLICT, &TablePage { wrong, ..page })
        }
        Err(Refusal::Unavailable { cause, .. }) => {
            let obstacle = Some(cause.reason().into());
            page_with(StatusCode::SERVICE_UNAVAILABLE, &TablePage { obstacle, ..page })
        }
        Err(other) => Err(page_refusal(other)),
    }
}

/// All drafts but the discarded ones, as far as a file goes.
pub(in crate::console) async fn file<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    if asked.get("format") != "csv" {
        return Err(Refused::NotFound);
    }
    let wanted = |it: &JobDraft| it.plan.is_some() && !it.discarded;
    let (mut table, mut after) = (csv::row(COLUMNS), None);
    for _ in 0..STRETCHES {
        let stretch = Stretch { after, limit: STRETCH };
        let store = deps.ports.store();
        let page = scan::page(store, &seat.firm.id, stretch, wanted, |it| cells(&it)).await?;
        for it in page.items.iter().flatten() {
            table.push_str(&csv::row(it.iter().map(String::as_str)));
        }
        after = page.next_cursor.as_deref().and_then(uncursor);
        if after.is_none() {
            break;
        }
    }
    Ok(csv::file("job-drafts.csv", table))
}

impl Looked {
    fn of(it: ImportView) -> Self {
        Self {
            preview: it.preview,
            good: it.good,
            bad: it.bad,
            calls: it.estimate.calls,
            minutes: (it.estimate.seconds + 59) / 60,
            fits: it.estimate.fits_today,
            rows: it.items.into_iter().map(Row::of).collect(),
        }
    }
}

impl Row {
    fn of(it: ImportedView) -> Self {
        let (tone, text) = match it.outcome {
            Some(ImportOutcome::New) => (Tone::Good, "New"),
            Some(ImportOutcome::Unchanged) => (Tone::Plain, "There already"),
            None => (Tone::Bad, "Left out"),
        };
        let error = |it: contract::problem::FieldProblem| {
            format!("{}: {}", it.pointer.trim_start_matches('/'), it.detail)
        };
        Self {
            line: it.line,
            set: it.document_set_id,
            badge: Badge { tone, text },
            delivered: it.delivered.is_some(),
            errors: it.errors.into_iter().map(error).collect(),
        }
    }
}
