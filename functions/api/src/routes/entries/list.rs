//! Time entries, by the state of their push and by day.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::entries::TimeEntryView;
use contract::list::{Page, day};
use contract::pushes::PushState;
use domain::issues;
use domain::ports::{Kind, Ports, Range, Store};
use domain::reason::Reason;
use domain::records;
use domain::time::entry::EntryRecord;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::heard_of;
use crate::access::Caller;
use crate::input::{Asked, stretch};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, scan};

/// Which time entries are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntryQuery {
    /// Only those whose push is in this state.
    #[param(value_type = Option<PushState>)]
    pub(crate) state: Option<String>,
    /// Only those that this reason (its `code`) holds up, or that a comparison with XPM found so.
    #[param(max_length = 64)]
    pub(crate) reason: Option<String>,
    /// Only those of this day or later, in the firm's time zone.
    #[param(value_type = Option<Date>)]
    pub(crate) date_from: Option<String>,
    /// Only those of this day or earlier, in the firm's time zone.
    #[param(value_type = Option<Date>)]
    pub(crate) date_to: Option<String>,
    /// At most so many items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(format = "cursor", min_length = 1, max_length = 1366)]
    pub(crate) cursor: Option<String>,
}

/// The time entries, in the order of their ids. A page may be short while more follow.
#[utoipa::path(get, path = "/v1/time-entries", tag = "time-entries", params(EntryQuery),
    responses((status = 200, description = "A page of them", body = Page<TimeEntryView>),
        (status = 409, description = "Days are asked about, and the firm has no time zone")))]
pub(crate) async fn list_time_entries<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<EntryQuery>,
) -> Answer<Page<TimeEntryView>> {
    let asked = stretch(query.limit, query.cursor)?;
    let unknown = || Refusal::Query("state is none of a push".into());
    let state = query.state.map(|it| PushState::named(&it).ok_or_else(unknown)).transpose()?;
    let (from, to) = (date("date_from", query.date_from)?, date("date_to", query.date_to)?);
    let (firm, obstacle) = caller.readiness(&deps.ports).await?;
    // Without a zone no day is asked about, so that none has to be made up.
    let zone = match firm.settings.zone() {
        None if from.is_some() || to.is_some() => return Err(no_zone()),
        zone => zone,
    };
    let wanted = |it: &EntryRecord| {
        heard_of(it)
            && state.is_none_or(|state| PushState::of(it) == state)
            && zone.as_ref().is_none_or(|zone| {
                let day = it.entry.value.when.day(zone);
                from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
            })
    };
    let show = |it| TimeEntryView::of(it, &firm, obstacle, None);
    let store = deps.ports.store();
    let Some(cause) = query.reason else {
        return Ok(Json(scan::page(store, &caller.0, asked, wanted, show).await?));
    };
    let unknown = || Refusal::Query("reason is the code of none".into());
    let prefix = issues::prefix(Reason::named(&cause).ok_or_else(unknown)?, "time_entry");
    let after = asked.after.map(|it| format!("{prefix}{it}"));
    let range = Range { after, ..Range::of(&caller.0, Kind::Cause, &prefix, asked.limit) };
    let page = store.list(&range).await?;
    let bare = |id: &String| id[prefix.len()..].to_owned();
    let ids: Vec<String> = page.items.iter().map(|it| bare(&it.key.id)).collect();
    let mut found = records::get_many::<EntryRecord>(store, &caller.0, &ids).await?;
    found.sort_by_key(|it| it.record.entry.value.id.clone());
    let found = found.into_iter().map(|it| it.record).filter(wanted).map(show);
    Ok(Json(scan::shown(found, page.next.as_ref().map(bare))))
}

/// Why days cannot be asked about.
pub(in crate::routes) fn no_zone() -> Refusal {
    let words = "days are the firm's, whose time zone is not set so far";
    Refusal::Conflict("no_time_zone", words.into())
}

pub(super) fn date(name: &str, text: Option<String>) -> Result<Option<Date>, Refusal> {
    let wrong = || Refusal::Query(format!("{name} is a date such as 2026-11-22"));
    text.map(|it| day(&it).ok_or_else(wrong)).transpose()
}
