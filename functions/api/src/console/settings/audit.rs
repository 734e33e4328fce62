//! The audit trail: filtered, page by page, and as a file (BY-08).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use contract::events::AuditView;
use domain::ports::Ports;
use jiff::civil::Date;
use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::console::jobs::page_refusal;
use crate::console::page::{Asked, Paged, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Moment, Pager};
use crate::refusal::Refusal;
use crate::routes::audit::{AuditQuery, page as trail, table};
use crate::{Deps, csv};

const PATH: &str = "/console/settings/audit";
/// A file holds so many pages of the trail.
const PAGES: usize = 20;

#[derive(Template)]
#[template(path = "settings_audit.html")]
struct AuditPage {
    frame: Frame,
    asked: Asked,
    /// What of the filter cannot be understood.
    wrong: String,
    rows: Vec<Row>,
    pager: Pager,
    /// The filter as a query.
    query: String,
}

struct Row {
    at: Moment,
    kind: &'static str,
    subject: String,
    actor: String,
    why: Option<&'static str>,
    before: String,
    after: String,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let query = format!(
        "subject={}&actor={}&from={}&to={}",
        escaped(asked.get("subject")),
        escaped(asked.get("actor")),
        escaped(asked.get("from")),
        escaped(asked.get("to")),
    );
    let cursor = asked.get("cursor").to_owned();
    let read = match wanted(&seat, &asked, cursor.clone()) {
        Ok(wanted) => trail(&deps, &seat.firm.id, wanted, None).await,
        Err(refusal) => Err(refusal),
    };
    let (page, status, wrong) = match read {
        Ok(page) => (Some(page), StatusCode::OK, String::new()),
        Err(Refusal::Query(words)) => (None, StatusCode::UNPROCESSABLE_ENTITY, words),
        Err(Refusal::Expired) => {
            (None, StatusCode::GONE, "What came after is kept no more: begin again".into())
        }
        Err(other) => return Err(page_refusal(other)),
    };
    let zone = seat.zone();
    let (items, next) = page.map(|it| (it.items, it.next_cursor)).unwrap_or_default();
    let text = |it: Option<serde_json::Value>| it.map_or_else(String::new, |it| format!("{it:#}"));
    let row = |it: AuditView| Row {
        at: Moment::of(it.at, &zone),
        kind: it.kind,
        subject: format!("{}/{}", it.subject.kind, it.subject.id),
        actor: it.actor.text(),
        why: it.reason.map(|it| it.sentence),
        before: text(it.before),
        after: text(it.after),
    };
    let page = AuditPage {
        frame: seat.frame.clone().at(Section::Settings),
        wrong,
        rows: items.into_iter().map(row).collect(),
        pager: Pager {
            first: (!cursor.is_empty()).then(|| format!("{PATH}?{query}")),
            next: next.map(|it| format!("{PATH}?{query}&cursor={it}")),
        },
        query,
        asked,
    };
    if status.is_success() { shown(&page) } else { page_with(status, &page) }
}

/// The trail as a file, as far as a file goes.
pub(in crate::console) async fn file<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let format = asked.get("format");
    if !matches!(format, "csv" | "json") {
        return Err(Refused::NotFound);
    }
    let mut items: Vec<AuditView> = Vec::new();
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let wanted = wanted(&seat, &asked, cursor).map_err(page_refusal)?;
        let most = Some(contract::list::MOST);
        let page = trail(&deps, &seat.firm.id, wanted, most).await.map_err(page_refusal)?;
        items.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    if format == "csv" {
        return Ok(csv::file("audit.csv", table(items)));
    }
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.json\""),
    ];
    Ok((headers, axum::Json(items)).into_response())
}

/// What the filter asks for; its days are the firm's, both included.
fn wanted(seat: &Seat, asked: &Asked, cursor: String) -> Result<AuditQuery, Refusal> {
    let said = |name: &str| Some(asked.get(name).to_owned()).filter(|it| !it.is_empty());
    let start = |name: &str, later: bool| match said(name) {
        None => Ok(None),
        Some(text) => {
            let day = text.parse::<Date>().ok();
            let day = if later { day.and_then(|it| it.tomorrow().ok()) } else { day };
            let at = day.and_then(|it| it.to_zoned(seat.zone()).ok());
            let bad = || Refusal::Query(format!("“{text}” is no day"));
            at.map(|it| Some(it.timestamp().to_string())).ok_or_else(bad)
        }
    };
    Ok(AuditQuery {
        limit: None,
        cursor: Some(cursor).filter(|it| !it.is_empty()),
        subject: said("subject"),
        actor: said("actor"),
        from: start("from", false)?,
        to: start("to", true)?,
    })
}

/// A text as part of a query.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
