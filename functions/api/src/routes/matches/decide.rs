//! Deciding about one match.

use std::sync::Arc;

use axum::extract::State;
use contract::body::BodyError;
use contract::matches::{
    ConfirmBody, DecisionBody, MatchView, match_id, read_confirm, read_version,
};
use domain::contacts::review::{self, Decision, Desk, Refused};
use domain::ports::{Clock, Lane, Ports};

use super::show;
use crate::access::{By, Caller};
use crate::input::{Segment, Text};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, wake};

/// Confirms that it is this contact; the fields that are kept in step come over at once.
#[utoipa::path(post, path = "/v1/matches/{id}/confirm", tag = "matches",
    params(("id" = String, Path, description = "XPM's id of the client or contact")),
    request_body = ConfirmBody,
    responses((status = 200, description = "The match", body = MatchView)))]
pub(crate) async fn confirm_match<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    by: By,
    Segment(id): Segment,
    text: Text,
) -> Answer<MatchView> {
    let read = read_confirm(text.body()).map(|(it, version)| (Decision::Confirm(it), version));
    decided(&deps, &caller, &by, &id, read).await
}

/// Makes a contact of it. It is none of those offered, and they are not offered again.
#[utoipa::path(post, path = "/v1/matches/{id}/create", tag = "matches",
    params(("id" = String, Path, description = "XPM's id of the client or contact")),
    request_body = DecisionBody,
    responses((status = 200, description = "The match", body = MatchView)))]
pub(crate) async fn create_match<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    by: By,
    Segment(id): Segment,
    text: Text,
) -> Answer<MatchView> {
    let read = read_version(text.body()).map(|version| (Decision::Create, version));
    decided(&deps, &caller, &by, &id, read).await
}

/// Takes a match away. Nothing is deleted, and nothing is synchronised any more.
#[utoipa::path(post, path = "/v1/matches/{id}/remove", tag = "matches",
    params(("id" = String, Path, description = "XPM's id of the client or contact")),
    request_body = DecisionBody,
    responses((status = 200, description = "The match", body = MatchView)))]
pub(crate) async fn remove_match<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    by: By,
    Segment(id): Segment,
    text: Text,
) -> Answer<MatchView> {
    let read = read_version(text.body()).map(|version| (Decision::Remove, version));
    decided(&deps, &caller, &by, &id, read).await
}

/// Lets it be matched again, though not with the contact that was removed.
#[utoipa::path(post, path = "/v1/matches/{id}/allow", tag = "matches",
    params(("id" = String, Path, description = "XPM's id of the client or contact")),
    request_body = DecisionBody,
    responses((status = 200, description = "The match", body = MatchView)))]
pub(crate) async fn allow_match<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    by: By,
    Segment(id): Segment,
    text: Text,
) -> Answer<MatchView> {
    let read = read_version(text.body()).map(|version| (Decision::Allow, version));
    decided(&deps, &caller, &by, &id, read).await
}

/// Carries out what was read. What does not exist is not found, whatever the body says.
async fn decided<P: Ports>(
    deps: &Arc<Deps<P>>,
    caller: &Caller,
    by: &By,
    id: &str,
    read: Result<(Decision, u64), BodyError>,
) -> Answer<MatchView> {
    let id = match_id(id).ok_or(Refusal::NotFound)?;
    let firm = caller.firm(&deps.ports).await?;
    let store = deps.ports.store();
    let (decision, version) = match read {
        Ok(it) => it,
        Err(_) if review::get(store, &firm, &id).await?.is_none() => return Err(Refusal::NotFound),
        Err(error) => return Err(error.into()),
    };
    let desk = Desk { store, firm: &firm, actor: &by.0, now: deps.ports.clock().now() };
    match review::decide(&desk, &id, &decision, version).await? {
        Ok(it) => {
            wake::contacts(deps, &firm.id).await;
            wake::lane(deps, &firm.id, Lane::Events).await;
            show(store, &firm.id, it).await
        }
        Err(Refused::Unknown) => Err(Refusal::NotFound),
        Err(it @ Refused::ContactUnknown) => {
            Err(Refusal::invalid("/contact_id", it.code(), it.sentence()))
        }
        Err(it) => {
            Err(Refusal::Conflict(it.code(), format!("{} {}", it.sentence(), it.next_step())))
        }
    }
}
