//! Drafts as a table, out and in again (CA-21).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use contract::drafts::csv::{
    COLUMNS, DraftLine, ImportOutcome, ImportView, ImportedView, cells, read_drafts,
};
use contract::list::Page;
use domain::connection;
use domain::firm::Firm;
use domain::ids::DocumentSetId;
use domain::invalid::Invalid;
use domain::jobs::desk::{self, Hand, Not, Opening};
use domain::jobs::draft::{JobDraft, Plan};
use domain::jobs::estimate::{calls, calls_left};
use domain::jobs::examine::{self, Choices};
use domain::journal::Actor;
use domain::ports::{Clock, Lanes, Ports, Store};
use domain::reason::Reason;
use domain::records;
use lambda_http::http::header::LINK;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{conflict, expected, hand, refused};
use crate::access::{By, Caller};
use crate::input::{Asked, Stretch, Text, stretch};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, csv, scan, wake};

/// The most lines of one table: more would not fit into one answer.
const LINES: usize = 200;

/// The column that names the document set.
const SET: &str = "/document_set_id";

/// Which part of the table is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DraftTableQuery {
    /// Where the table goes on, as the header `Link` of the one before says.
    #[param(pattern = "^[A-Za-z0-9_-]+$", max_length = 1366)]
    cursor: Option<String>,
}

/// Whether anything is to be kept.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DraftPreviewQuery {
    /// Whether only to say what would become of it. It is, where nothing is said.
    #[param(value_type = Option<bool>, default = true)]
    preview: Option<String>,
}

/// The drafts as a table, in the order of their ids, 200 at a time, without the discarded ones. Sent back
/// as it is, it changes nothing.
#[utoipa::path(get, path = "/v1/job-drafts.csv", tag = "job-drafts", params(DraftTableQuery),
    responses((status = 200, description = "The table; `Link` leads to the next one, if there is more",
        body = String, content_type = "text/csv",
        headers(("Link" = Option<String>, description = "Where the table goes on (RFC 8288)")))))]
pub(crate) async fn export_job_drafts<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<DraftTableQuery>,
) -> Result<Response, Refusal> {
    let Stretch { after, .. } = stretch(None, query.cursor)?;
    let wanted = |it: &JobDraft| it.plan.is_some() && !it.discarded;
    let asked = Stretch { after, limit: LINES };
    let page = scan::page(deps.ports.store(), &firm, asked, wanted, |it| cells(&it)).await?;
    let Page { items, next_cursor } = page;
    let rows = items.iter().flatten().map(|it| csv::row(it.iter().map(String::as_str)));
    let table: String = std::iter::once(csv::row(COLUMNS)).chain(rows).collect();
    let mut response = csv::file("job-drafts.csv", table);
    // A cursor is made of letters, digits, `-` and `_`, so the value is one that a header can hold.
    if let Some(next) = next_cursor
        && let Ok(link) = format!("<?cursor={next}>; rel=\"next\"").parse()
    {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// Makes the drafts of a table, line by line: everything wrong with each line is told, and a bad line
/// holds up no other. A line whose draft is there already and says the same changes nothing, so a
/// corrected table may be sent again as a whole. A line with `delivered` has its job created at once.
#[utoipa::path(post, path = "/v1/job-drafts.csv", tag = "job-drafts", params(DraftPreviewQuery),
    request_body(content = String, content_type = "text/csv",
        description = "A table with the columns `document_set_id`, `contact_id` and `template_uuid`, and any of `name`, `description`, `start_date`, `due_date`, `staff_uuids`, `state_code` and `delivered`; up to 200 lines"),
    responses((status = 200, description = "What became of each line, or would", body = ImportView)))]
pub(crate) async fn import_job_drafts<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    By(by): By,
    Asked(query): Asked<DraftPreviewQuery>,
    text: Text,
) -> Answer<ImportView> {
    let preview = match query.preview.as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(Refusal::Query("preview is true or false".into())),
    };
    let firm = caller.firm(&deps.ports).await?;
    Ok(Json(import(&deps, &firm, by, text.bytes(), preview).await?))
}

/// Keeps what is good of a table; with `preview`, only says what would become of it.
pub(crate) async fn import<P: Ports>(
    deps: &Arc<Deps<P>>,
    firm: &Firm,
    by: Actor,
    table: &[u8],
    preview: bool,
) -> Result<ImportView, Refusal> {
    let lines = read_drafts(table)?;
    let store = deps.ports.store();
    let connection = connection::read(store, &firm.id).await?;
    let clock = deps.ports.clock();
    let choices = examine::choices(&deps.ports, firm, &connection, clock.now()).await;
    let choices = choices.map_err(|it| Refusal::unavailable(it, clock))?.map_err(conflict)?;
    let known = known(store, firm, &lines).await?;
    let hand = hand(deps, &firm.id, by);
    let mut seen: HashSet<&DocumentSetId> = HashSet::new();
    let (mut items, mut cost, mut delivered) = (Vec::new(), 0, false);
    for line in &lines {
        let there = line.set.as_ref().and_then(|it| known.get(it));
        let again = line.set.as_ref().is_some_and(|it| !seen.insert(it));
        let mut judged = judge(store, firm, &choices, line, there, again).await?;
        if !preview && let Ok(good) = &judged {
            match keep(store, &hand, line, good).await? {
                Ok(()) => delivered |= line.delivered.is_some(),
                Err(wrong) => judged = Err(vec![wrong]),
            }
        }
        if let Ok(good) = &judged {
            cost += match there.filter(|_| good.opening == Opening::Same) {
                Some(there) => calls_left(there),
                None => calls(&good.plan, 0),
            };
        }
        let outcome = judged.map(|it| match it.opening {
            Opening::New => ImportOutcome::New,
            Opening::Same => ImportOutcome::Unchanged,
        });
        items.push(ImportedView::of(line, outcome));
    }
    if delivered {
        wake::jobs(deps, &firm.id).await;
    }
    let good = items.iter().filter(|it| it.outcome.is_some()).count();
    let estimate = expected(deps, firm, good, cost).await?;
    Ok(ImportView { preview, good, bad: items.len() - good, items, estimate })
}

/// What is known of the document sets of these lines.
async fn known(
    store: &impl Store,
    firm: &Firm,
    lines: &[DraftLine],
) -> Result<HashMap<DocumentSetId, JobDraft>, Refusal> {
    let ids: HashSet<String> =
        lines.iter().filter_map(|it| it.set.as_ref()).map(ToString::to_string).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let kept = records::get_many::<JobDraft>(store, &firm.id, &ids).await?;
    Ok(kept.into_iter().map(|it| (it.record.id.clone(), it.record)).collect())
}

/// A line that a draft can be made of.
struct Good {
    set: DocumentSetId,
    plan: Plan,
    opening: Opening,
}

/// What a line asks for and what that comes to, or everything that is wrong with it.
async fn judge(
    store: &impl Store,
    firm: &Firm,
    choices: &Choices,
    line: &DraftLine,
    there: Option<&JobDraft>,
    again: bool,
) -> Result<Result<Good, Vec<Invalid>>, Refusal> {
    let wanted = line.asked.wanted.clone().on_days_of(there);
    let (plan, more) = examine::judge(store, firm, choices, wanted).await?;
    let mut wrong = line.asked.clone().and(more);
    if again {
        let detail = "a line above is for this document set";
        wrong.push(Invalid::new(SET, "duplicate", detail));
    }
    // A line without a document set has been found wrong already.
    let (Some(set), true) = (line.set.clone(), wrong.is_empty()) else { return Ok(Err(wrong)) };
    Ok(match desk::opening(there, &plan) {
        Ok(opening) => Ok(Good { set, plan, opening }),
        Err(reason) => Err(vec![stands_in_the_way(reason)]),
    })
}

/// Keeps a line: its draft, and that its documents went out.
async fn keep(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    line: &DraftLine,
    Good { set, plan, .. }: &Good,
) -> Result<Result<(), Invalid>, Refusal> {
    let mut kept = desk::open(store, hand, set, plan).await?.map(|it| it.0);
    if let (Ok(_), Some(action)) = (&kept, line.delivered) {
        kept = desk::deliver(store, hand, set, action, false).await?;
    }
    match kept {
        Ok(_) => Ok(Ok(())),
        // Somebody was faster.
        Err(Not::Now(reason)) => Ok(Err(stands_in_the_way(reason))),
        Err(not @ (Not::Missing | Not::Wrong(_))) => Err(refused(not)),
    }
}

fn stands_in_the_way(reason: Reason) -> Invalid {
    let detail = format!("{} {}", reason.sentence(), reason.next_step());
    Invalid::new(SET, reason.code(), detail)
}
