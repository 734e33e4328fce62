//! What needs a person: one issue for each cause and sort of thing, tried again as a whole (BY-06).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use domain::issues::{self, Issue, MOST};
use domain::ports::Ports;
use domain::reason::Reason;

use super::address;
use super::page::{Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Moment, Why};
use super::{tasks, time};
use crate::Deps;
use crate::routes::issues::redrive as drive;

/// Where the issues are listed.
const PATH: &str = "/console/time/issues";

#[derive(Template)]
#[template(path = "issues.html")]
struct Issues {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    code: &'static str,
    why: Why,
    subject: String,
    /// Where those that are held up are listed, if there is such a list.
    list: Option<String>,
    count: usize,
    more: bool,
    oldest: Moment,
}

pub(super) async fn page<P: Ports>(State(deps): State<Arc<Deps<P>>>, seat: Seat) -> Paged {
    let zone = seat.zone();
    let open = issues::list(deps.ports.store(), &seat.firm.id).await?;
    let row = |it: Issue| {
        let cause = [("reason", it.cause.code())];
        let (subject, list) = match it.subject.as_str() {
            "time_entry" => ("Time entries".into(), Some(address::of(time::PATH, &cause))),
            "task" => ("Tasks".into(), Some(address::of(tasks::PATH, &cause))),
            other => (other.replace('_', " "), None),
        };
        Row {
            code: it.cause.code(),
            why: it.cause.into(),
            subject,
            list,
            count: it.count,
            more: it.count >= MOST,
            oldest: Moment::of(it.oldest, &zone),
        }
    };
    let rows = open.into_iter().map(row).collect();
    shown(&Issues { frame: seat.frame.at(Section::Time), rows })
}

/// Has everything that a cause holds up tried again.
pub(super) async fn redrive<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let cause = Reason::named(posted.get("cause")).ok_or(Refused::Unreadable)?;
    drive(&deps, &seat.firm.id, seat.actor(), cause).await?;
    let text = "Everything that this cause holds up is tried again, within the call budget.";
    Ok(seat.done(&deps, PATH, text).await?)
}
