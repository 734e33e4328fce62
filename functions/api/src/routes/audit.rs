//! The audit trail: who or what changed what, when and why, and what stood there before (BY-08).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::events::{AuditView, actor, subject};
use contract::list::{MOST, Page, cursor};
use domain::events::feed::{self, Place};
use domain::ids::FirmId;
use domain::journal::{Actor, Entry, Subject};
use domain::ports::{Clock, Kind, Ports, Range};
use domain::records;
use jiff::Timestamp;
use lambda_http::http::header::HeaderName;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use super::events::number;
use crate::access::Caller;
use crate::input::{Asked, stretch};
use crate::refusal::Refusal;
use crate::{Deps, csv};

const NEXT: HeaderName = HeaderName::from_static("next-cursor");
const COLUMNS: [&str; 10] = [
    "at",
    "type",
    "subject_kind",
    "subject_id",
    "version",
    "actor",
    "run",
    "reason",
    "before",
    "after",
];

/// Which part of the audit trail is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    pub(crate) cursor: Option<String>,
    /// Only changes of this record: what it is, a slash, and its id.
    #[param(example = "contact/c-1")]
    pub(crate) subject: Option<String>,
    /// Only changes by `rule`, `app`, `key:` and a key's id, or `person:` and a person's.
    #[param(example = "rule")]
    pub(crate) actor: Option<String>,
    /// Only changes from this instant on.
    #[param(value_type = Option<Timestamp>)]
    pub(crate) from: Option<String>,
    /// Only changes before this instant.
    #[param(value_type = Option<Timestamp>)]
    pub(crate) to: Option<String>,
}

/// What is wanted, understood.
struct Wanted {
    subject: Option<Subject>,
    actor: Option<Actor>,
    from: Timestamp,
    to: Timestamp,
}

impl Wanted {
    fn fits(&self, by: &Actor, at: Timestamp) -> bool {
        self.actor.as_ref().is_none_or(|it| it == by) && self.from <= at && at < self.to
    }
}

/// Who or what changed what, when and why, and what stood there before.
///
/// By record, in the order of its changes, the newest at once; without one, in the order of the feed,
/// which a change reaches within a minute. A page may be short while more follow.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page of it", body = Page<AuditView>)))]
pub(crate) async fn list_audit<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<AuditQuery>,
) -> Answer<Page<AuditView>> {
    Ok(Json(page(&deps, &firm, query, None).await?))
}

/// The same as a table. The header `Next-Cursor` is there while more follow.
#[utoipa::path(get, path = "/v1/audit.csv", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page of it", body = String, content_type = "text/csv")))]
pub(crate) async fn download_audit<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<AuditQuery>,
) -> Result<Response, Refusal> {
    let page = page(&deps, &firm, query, Some(MOST)).await?;
    let table = csv::file("audit.csv", table(page.items));
    Ok(match page.next_cursor {
        Some(next) => ([(NEXT, next)], table).into_response(),
        None => table,
    })
}

/// Changes as a table.
pub(crate) fn table(items: Vec<AuditView>) -> String {
    let mut table = csv::row(COLUMNS);
    for it in items {
        let json = |it: Option<serde_json::Value>| it.map_or_else(String::new, |it| it.to_string());
        table.push_str(&csv::row([
            it.at.to_string().as_str(),
            it.kind,
            it.subject.kind,
            &it.subject.id,
            &it.version.to_string(),
            &it.actor.text(),
            it.run.as_deref().unwrap_or_default(),
            it.reason.map_or("", |it| it.sentence),
            &json(it.before),
            &json(it.after),
        ]));
    }
    table
}

/// A page of the trail.
pub(crate) async fn page<P: Ports>(
    deps: &Deps<P>,
    firm: &FirmId,
    query: AuditQuery,
    usual: Option<usize>,
) -> Result<Page<AuditView>, Refusal> {
    let limit = query.limit.or_else(|| usual.map(|it| it.to_string()));
    let asked = stretch(limit, query.cursor)?;
    let bad = |what: &str| Refusal::Query(format!("{what} is not one that can be looked for"));
    let instant = |text: Option<String>, what, usual| match text {
        Some(text) => text.parse::<Timestamp>().map_err(|_| bad(what)),
        None => Ok(usual),
    };
    let wanted = Wanted {
        subject: match query.subject {
            Some(text) => Some(subject(&text).ok_or_else(|| bad("subject"))?),
            None => None,
        },
        actor: match query.actor {
            Some(text) => Some(actor(&text).ok_or_else(|| bad("actor"))?),
            None => None,
        },
        from: instant(query.from, "from", Timestamp::MIN)?,
        to: instant(query.to, "to", Timestamp::MAX)?,
    };
    let store = deps.ports.store();
    let view = |it| AuditView::of(firm, it);
    if let Some(subject) = &wanted.subject {
        let prefix = subject.prefix();
        let after = asked.after.filter(|it| it.starts_with(&prefix));
        let range = Range { after, ..Range::of(firm, Kind::Journal, prefix, asked.limit) };
        let (entries, next) = records::page::<Entry>(store, &range).await?;
        let entries = entries.into_iter().map(|it| it.record);
        let items = entries.filter(|it| wanted.fits(&it.actor, it.at)).map(view).collect();
        return Ok(Page { items, next_cursor: next.as_deref().map(cursor) });
    }
    let fits = |it: &Place| wanted.fits(&it.actor, it.at);
    let (after, now) = (number(asked.after)?, deps.ports.clock().now());
    let read = feed::read(store, firm, after, asked.limit, now, fits).await?;
    let read = read.ok_or(Refusal::Expired)?;
    let items = read.entries.into_iter().map(|(_, it)| view(it)).collect();
    Ok(Page { items, next_cursor: read.more.then(|| cursor(&read.upto.to_string())) })
}
