//! Time entries and their pushes.

mod decide;
mod list;
mod moving;
mod summary;

pub(crate) use decide::*;
pub(crate) use list::*;
pub(crate) use moving::*;
pub(crate) use summary::*;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::entries::{TimeEntryBody, TimeEntryView, read_entry};
use domain::desired::Stamp;
use domain::ids::{EntryId, FirmId, UserId};
use domain::ports::{Clock, Ports};
use domain::records;
use domain::time::entry::EntryRecord;
use domain::time::intake;

use super::Answer;
use crate::access::Caller;
use crate::input::{Segment, Text};
use crate::refusal::Refusal;
use crate::{Deps, wake};

/// States a time entry. Its push follows soon.
#[utoipa::path(put, path = "/v1/time-entries/{id}", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id", pattern = "^[A-Za-z0-9._:-]{1,128}$")),
    request_body = TimeEntryBody,
    responses((status = 200, description = "As stored", body = TimeEntryView)))]
pub(crate) async fn put_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<TimeEntryView> {
    let statement = read_entry(&id, text.body())?;
    let now = deps.ports.clock().now();
    let stamp = Stamp { version: statement.version, as_of: now };
    let (record, applied) =
        intake::put(deps.ports.store(), &caller.0, statement.value, stamp, now).await?;
    wake::time(&deps, &caller.0).await;
    show(&deps, &caller, record, Some(applied)).await
}

/// A time entry and how it stands with XPM. A deleted one is shown too, until and after XPM lets it go.
#[utoipa::path(get, path = "/v1/time-entries/{id}", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As it stands", body = TimeEntryView)))]
pub(crate) async fn get_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<TimeEntryView> {
    let (_, record) = find(&deps, &caller.0, id).await?;
    show(&deps, &caller, record, None).await
}

/// States that a time entry is gone. It leaves XPM as the firm has chosen.
#[utoipa::path(delete, path = "/v1/time-entries/{id}", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As stored", body = TimeEntryView)))]
pub(crate) async fn delete_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
) -> Answer<TimeEntryView> {
    let (id, record) = find(&deps, &caller.0, id).await?;
    if record.entry.deleted {
        return show(&deps, &caller, record, Some(false)).await;
    }
    let now = deps.ports.clock().now();
    let stamp = Stamp { version: None, as_of: now };
    let (record, applied) = intake::delete(deps.ports.store(), &caller.0, &id, stamp, now).await?;
    wake::time(&deps, &caller.0).await;
    show(&deps, &caller, record, Some(applied)).await
}

async fn find<P: Ports>(
    deps: &Deps<P>,
    firm: &FirmId,
    id: String,
) -> Result<(EntryId, EntryRecord), Refusal> {
    let id = EntryId::parse(id).map_err(|_| Refusal::NotFound)?;
    let kept = records::get::<EntryRecord>(deps.ports.store(), firm, id.as_str()).await?;
    let record = kept.map(|it| it.record).filter(heard_of);
    Ok((id, record.ok_or(Refusal::NotFound)?))
}

/// Whether more is known of an entry than that it is gone.
fn heard_of(record: &EntryRecord) -> bool {
    !(record.entry.deleted && record.entry.value.user_id == UserId::nobody())
}

async fn show<P: Ports>(
    deps: &Deps<P>,
    caller: &Caller,
    record: EntryRecord,
    applied: Option<bool>,
) -> Answer<TimeEntryView> {
    let (firm, obstacle) = caller.readiness(&deps.ports).await?;
    Ok(Json(TimeEntryView::of(record, &firm, obstacle, applied)))
}
