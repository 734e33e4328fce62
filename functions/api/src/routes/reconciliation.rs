//! Both sides' time per staff member, day and job (BY-05).
//!
//! Where the call budget ends before everyone was asked for, the request is answered with 503 and
//! `Retry-After`, and the next one goes on from there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use contract::reconciliation::{
    COLUMNS, ReconciliationView, RepairLineBody, RepairLineView, read_repair,
};
use domain::connection;
use domain::ports::Ports;
use domain::reconcile::repair::{Ended, repair};
use domain::reconcile::report;

use super::Answer;
use super::entries::{DaysQuery, no_zone};
use crate::access::Caller;
use crate::input::{Asked, Text};
use crate::refusal::Refusal;
use crate::{Deps, csv, wake};

/// Both sides' time of some days, for everyone who is mapped to a member of staff. Ask again after
/// `Retry-After` where XPM's limits do not allow it at once.
#[utoipa::path(get, path = "/v1/reconciliation/time", tag = "reconciliation", params(DaysQuery),
    responses((status = 200, description = "Both sides", body = ReconciliationView),
        (status = 409, description = "The firm has no time zone")))]
pub(crate) async fn reconcile_time<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<DaysQuery>,
) -> Answer<ReconciliationView> {
    Ok(Json(both(&deps, &caller, query).await?))
}

/// The same as a table.
#[utoipa::path(get, path = "/v1/reconciliation/time.csv", tag = "reconciliation", params(DaysQuery),
    responses((status = 200, description = "Both sides", body = String, content_type = "text/csv"),
        (status = 409, description = "The firm has no time zone")))]
pub(crate) async fn download_reconciliation<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<DaysQuery>,
) -> Result<Response, Refusal> {
    let mut table = csv::row(COLUMNS);
    for line in both(&deps, &caller, query).await?.lines {
        table.push_str(&csv::row(line.cells().iter().map(String::as_str)));
    }
    Ok(csv::file("time-reconciliation.csv", table))
}

/// Both sides, as far as XPM can be asked.
pub(crate) async fn both<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    query: DaysQuery,
) -> Result<ReconciliationView, Refusal> {
    let firm = caller.firm(&deps.ports).await?;
    let days = query.days(firm.settings.zone().ok_or_else(no_zone)?)?;
    let report = report(&deps.ports, &firm, &days).await;
    let report = report.map_err(|it| Refusal::unavailable(it, deps.ports.clock()))?;
    Ok(ReconciliationView::of(days.from, days.to, report))
}

/// Puts one line right, in favour of the practice app: what is missing in XPM is booked, what differs
/// is corrected. What was recorded in XPM itself goes only if `remove` names it. XPM is read afresh: if
/// the line is not as it was shown any more, nothing is done (409).
#[utoipa::path(post, path = "/v1/reconciliation/time/repair", tag = "reconciliation",
    request_body = RepairLineBody,
    responses((status = 200, description = "What is done, or would be", body = RepairLineView)))]
pub(crate) async fn repair_line<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    text: Text,
) -> Answer<RepairLineView> {
    let wanted = read_repair(text.body())?;
    let firm = caller.firm(&deps.ports).await?;
    let connection = connection::read(deps.ports.store(), &firm.id).await?;
    let ready = connection.ready(&firm).map_err(|it| {
        Refusal::Conflict(it.code(), format!("{} {}", it.sentence(), it.next_step()))
    })?;
    let ended = repair(&deps.ports, &ready, &wanted).await;
    match ended.map_err(|it| Refusal::unavailable(it, deps.ports.clock()))? {
        Ended::Yes(repair) => {
            if wanted.shown.is_some() {
                wake::time(&deps, &firm.id).await;
            }
            Ok(Json(RepairLineView::of(&wanted, repair)))
        }
        Ended::Moved(line) => {
            let detail = format!(
                "the practice app has {} minutes and XPM {} on this line now",
                line.app, line.xpm
            );
            Err(Refusal::Conflict("line_moved", detail))
        }
        Ended::NotRemovable(uuid) => {
            let at = wanted.remove.iter().position(|it| *it == uuid).unwrap_or_default();
            let detail = "nothing on this line that was recorded in XPM itself, or invoiced";
            Err(Refusal::invalid(&format!("/remove/{at}"), "not_removable", detail))
        }
    }
}
