//! People who record time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::list::Page;
use contract::users::{HealthView, StaffChoice, UserBody, UserView, read_staff, read_user};
use domain::copies::{self, Asker, STAFF};
use domain::desired::Stamp;
use domain::ids::{FirmId, UserId};
use domain::ports::{Clock, Down, Lane, Ports};
use domain::practice::Staff;
use domain::records;
use domain::time::health;
use domain::time::user::{self, UserRecord};

use super::Answer;
use crate::access::Caller;
use crate::input::{Asked, PageQuery, Segment, Text};
use crate::refusal::Refusal;
use crate::{Deps, scan, wake};

/// The people, in the order of their ids.
#[utoipa::path(get, path = "/v1/users", tag = "users", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<UserView>)))]
pub(crate) async fn list_users<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Asked(query): Asked<PageQuery>,
) -> Answer<Page<UserView>> {
    let staff = staff(&deps, &firm).await?;
    let wanted = |it: &UserRecord| !it.user.deleted;
    let show = |it| UserView::of(it, staff.as_deref(), None);
    Ok(Json(scan::page(deps.ports.store(), &firm, query.stretch()?, wanted, show).await?))
}

/// States a person.
#[utoipa::path(put, path = "/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The practice app's id", pattern = "^[A-Za-z0-9._:-]{1,128}$")),
    request_body = UserBody,
    responses((status = 200, description = "As stored", body = UserView)))]
pub(crate) async fn put_user<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<UserView> {
    let statement = read_user(&id, text.body())?;
    let now = deps.ports.clock().now();
    let stamp = Stamp { version: statement.version, as_of: now };
    let (record, applied) =
        user::put(deps.ports.store(), &firm, statement.value, stamp, now).await?;
    wake::time(&deps, &firm).await;
    let staff = staff(&deps, &firm).await?;
    Ok(Json(UserView::of(record, staff.as_deref(), Some(applied))))
}

/// A person.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The practice app's id")),
    responses((status = 200, description = "As it stands", body = UserView)))]
pub(crate) async fn get_user<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
) -> Answer<UserView> {
    let id = UserId::parse(id).map_err(|_| Refusal::NotFound)?;
    let found = records::get::<UserRecord>(deps.ports.store(), &firm, id.as_str()).await?;
    let found = found.map(|it| it.record).filter(|it| !it.user.deleted);
    let staff = staff(&deps, &firm).await?;
    Ok(Json(UserView::of(found.ok_or(Refusal::NotFound)?, staff.as_deref(), None)))
}

/// Says which member of the XPM staff a person is.
#[utoipa::path(put, path = "/v1/users/{id}/xpm-staff", tag = "users",
    params(("id" = String, Path, description = "The practice app's id")),
    request_body = StaffChoice,
    responses((status = 200, description = "As stored", body = UserView)))]
pub(crate) async fn choose_staff<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    Segment(id): Segment,
    text: Text,
) -> Answer<UserView> {
    let id = UserId::parse(id).map_err(|_| Refusal::NotFound)?;
    let chosen = read_staff(text.body())?;
    let now = deps.ports.clock().now();
    let record = user::choose(deps.ports.store(), &firm, &id, chosen, now).await?;
    let record = record.ok_or(Refusal::NotFound)?;
    wake::time(&deps, &firm).await;
    let staff = staff(&deps, &firm).await?;
    Ok(Json(UserView::of(record, staff.as_deref(), None)))
}

/// Whether everyone who records time can be booked for: unmapped, no longer on XPM's list, with an
/// e-mail address that several share, two people as one, or refused for not being on a job.
#[utoipa::path(get, path = "/v1/users/health", tag = "users",
    responses((status = 200, description = "What is wrong with whom", body = HealthView)))]
pub(crate) async fn check_users<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<HealthView> {
    let firm = caller.firm(&deps.ports).await?;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    let staff = copies::staff(&deps.ports, asker).await;
    let staff = staff.map_err(|it| Refusal::unavailable(it, deps.ports.clock()))?;
    let store = deps.ports.store();
    let everyone = health::everyone(store, &firm.id).await?;
    let people = everyone.iter().filter(|it| !it.user.deleted).count();
    let refused = health::not_on_job(store, &firm.id).await?;
    let ailing = health::ailing(everyone, &staff.items, &refused);
    Ok(Json(HealthView::of(people, ailing, &staff)))
}

/// The staff, as far as a copy is at hand: XPM is not asked for it here.
async fn staff<P: Ports>(deps: &Deps<P>, firm: &FirmId) -> Result<Option<Vec<Staff>>, Down> {
    Ok(copies::at_hand::<P, Staff>(&deps.ports, firm, STAFF).await?.map(|it| it.items))
}
