//! What a person decides about an entry.

use std::sync::Arc;

use axum::extract::State;
use contract::decisions::{
    ChoiceBody, ReleaseBody, RepairBody, read_choice, read_release, read_side,
};
use contract::entries::TimeEntryView;
use domain::ids::EntryId;
use domain::ports::{Clock, Down, Ports};
use domain::time::decide::{self, Taken};

use super::{find, show};
use crate::access::Caller;
use crate::input::{Nothing, Segment, Text};
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::{Deps, wake};

/// Releases a held entry. Time that was recorded before its task was linked goes to the job; of an
/// entry that was deleted in the practice app, `decision` says whether it goes from XPM as well.
#[utoipa::path(post, path = "/v1/time-entries/{id}/release", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = ReleaseBody,
    responses((status = 200, description = "As stored", body = TimeEntryView)))]
pub(crate) async fn release_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<TimeEntryView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let decision = read_release(text.or_empty())?;
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let taken = match decision {
        None => decide::release(store, &caller.0, &id, now).await,
        Some(side) => decide::decide_deletion(store, &caller.0, &id, side, now).await,
    };
    answer(&deps, &caller, taken).await
}

/// Has an entry that XPM rejected tried once more; one that is held is looked at again.
#[utoipa::path(post, path = "/v1/time-entries/{id}/retry", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As stored", body = TimeEntryView)))]
pub(crate) async fn retry_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    Nothing: Nothing,
) -> Answer<TimeEntryView> {
    let (id, _): (EntryId, _) = find(&deps, &caller.0, id).await?;
    let now = deps.ports.clock().now();
    let taken = decide::retry(deps.ports.store(), &caller.0, &id, now).await;
    answer(&deps, &caller, taken).await
}

/// Says which of several entries in XPM is this one; `null`: none of them, so that it is booked anew.
#[utoipa::path(post, path = "/v1/time-entries/{id}/choose", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = ChoiceBody,
    responses((status = 200, description = "As stored", body = TimeEntryView)))]
pub(crate) async fn choose_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<TimeEntryView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let chosen = read_choice(text.body())?;
    let now = deps.ports.clock().now();
    let taken = decide::choose(deps.ports.store(), &caller.0, &id, chosen.as_ref(), now).await;
    answer(&deps, &caller, taken).await
}

/// Puts right what a comparison with XPM found: in favour of one side, and so that XPM holds the
/// entry once.
#[utoipa::path(post, path = "/v1/time-entries/{id}/repair", tag = "time-entries",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = RepairBody,
    responses((status = 200, description = "As stored", body = TimeEntryView)))]
pub(crate) async fn repair_time_entry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<TimeEntryView> {
    let (id, _) = find(&deps, &caller.0, id).await?;
    let side = read_side(text.body())?;
    let now = deps.ports.clock().now();
    let taken = decide::repair(deps.ports.store(), &caller.0, &id, side, now).await;
    answer(&deps, &caller, taken).await
}

async fn answer<P: Ports>(
    deps: &Arc<Deps<P>>,
    caller: &Caller,
    taken: Result<Taken, Down>,
) -> Answer<TimeEntryView> {
    let record = match taken? {
        Taken::Yes(record) => *record,
        Taken::Unheard => return Err(Refusal::NotFound),
        Taken::Pointless => {
            let detail = "nothing about this entry waits for that decision";
            return Err(Refusal::Conflict("nothing_to_decide", detail.into()));
        }
        Taken::NoCandidate => {
            let detail = "none of the candidates, or taken for another entry meanwhile";
            return Err(Refusal::invalid("/xpm_uuid", "no_candidate", detail));
        }
    };
    wake::time(deps, &caller.0).await;
    show(deps, caller, record, None).await
}
