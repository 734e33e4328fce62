//! Fields that both sides changed, and a person's decisions on them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::conflicts::{ConflictedView, ResolveBody, read_resolve};
use contract::list::Page;
use domain::contacts::book::ContactRecord;
use domain::contacts::conflicts::{self, Resolved};
use domain::contacts::matches::Match;
use domain::ids::{FirmId, XpmUuid};
use domain::ports::{Down, Ports};
use domain::records::{self, Kept};

use super::Answer;
use crate::access::{By, Caller};
use crate::input::{Asked, PageQuery, Segment, Stretch, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// The matches with fields that both sides changed, each with both values. A page may be short while
/// more follow.
#[utoipa::path(get, path = "/v1/conflicts", tag = "matches", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<ConflictedView>)))]
pub(crate) async fn list_conflicts<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<ConflictedView>> {
    let Stretch { after, limit } = query.stretch()?;
    let (found, next) = conflicts::list(deps.ports.store(), &firm, after, limit).await?;
    Ok(Json(scan::shown(views(&deps, &firm, found).await?.into_iter(), next)))
}

/// Decides whose value of a field stays. The practice app's goes to XPM within seconds.
#[utoipa::path(post, path = "/v1/matches/{id}/resolve", tag = "matches",
    params(("id" = String, Path, description = "The match's id")),
    request_body = ResolveBody,
    responses((status = 200, description = "The match, with what is still in conflict", body = ConflictedView),
        (status = 409, description = "The match has changed, or the field is in no conflict")))]
pub(crate) async fn resolve_conflict<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(by): By,
    Segment(id): Segment,
    text: Text,
) -> Answer<ConflictedView> {
    let id = XpmUuid::parse(id).map_err(|_| Refusal::NotFound)?;
    let it = read_resolve(text.body())?;
    let done =
        conflicts::resolve(&deps.ports, &firm, &id, it.field, it.keep, it.version, &by).await?;
    let kept = match done {
        Resolved::Done(kept) => *kept,
        Resolved::Stale => {
            return Err(Refusal::Conflict("stale", "the match has changed; read it again".into()));
        }
        Resolved::NoConflict => {
            return Err(Refusal::Conflict("no_conflict", "the field is in no conflict".into()));
        }
        Resolved::Unknown => return Err(Refusal::NotFound),
    };
    wake::contacts(&deps, &firm).await;
    views(&deps, &firm, vec![kept]).await?.pop().map(Json).ok_or(Refusal::NotFound)
}

async fn views<P: Ports>(
    deps: &Arc<Deps<P>>,
    firm: &FirmId,
    found: Vec<Kept<Match>>,
) -> Result<Vec<ConflictedView>, Down> {
    let ids: Vec<String> =
        found.iter().filter_map(|it| it.record.contact.clone()).map(Into::into).collect();
    let contacts: HashMap<String, ContactRecord> =
        records::get_many::<ContactRecord>(deps.ports.store(), firm, &ids)
            .await?
            .into_iter()
            .map(|it| (it.record.contact.value.id.to_string(), it.record))
            .collect();
    let view = |it: Kept<Match>| {
        let id = it.record.contact.clone();
        ConflictedView::of(it, id.and_then(|id| contacts.get(id.as_str())))
    };
    Ok(found.into_iter().map(view).collect())
}
