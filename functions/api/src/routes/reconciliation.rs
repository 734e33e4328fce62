//! Both sides' time per staff member, day and job (BY-05).
//!
//! XPM is asked for one member of staff at a time, and each answer is believed for ten minutes like
//! everything of XPM. Where the call budget ends before all have been asked, the request is answered
//! with 503 and `Retry-After`, and the next one goes on from there.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::reconciliation::ReconciliationView;
use domain::copies::{self, Asker};
use domain::firm::Firm;
use domain::ids::XpmUuid;
use domain::linking::task::TaskRecord;
use domain::ports::{Lane, Ports};
use domain::practice::Timesheet;
use domain::reconcile::{Ours, lines};
use domain::records;
use domain::time::entry::EntryRecord;
use domain::time::health::everyone;
use domain::time::rounding::minutes;
use domain::time::summary::{Days, of_person};
use domain::time::user::staff_of;

use super::Answer;
use super::entries::{DaysQuery, no_zone};
use crate::Deps;
use crate::access::Caller;
use crate::input::Asked;
use crate::refusal::Refusal;

/// Both sides' time of some days, for everyone who is mapped to a member of staff. Ask again after
/// `Retry-After` where XPM's limits do not allow it at once.
#[utoipa::path(get, path = "/v1/reconciliation/time", tag = "reconciliation", params(DaysQuery),
    responses((status = 200, description = "Both sides", body = ReconciliationView)))]
pub(crate) async fn reconcile_time<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
    Asked(query): Asked<DaysQuery>,
) -> Answer<ReconciliationView> {
    let firm = caller.firm(&deps.ports).await?;
    let days = query.days(firm.settings.zone().ok_or_else(no_zone)?)?;
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    let unavailable = |it| Refusal::unavailable(it, deps.ports.clock());
    let staff = copies::staff(&deps.ports, asker).await.map_err(unavailable)?.items;
    let mut theirs: BTreeMap<XpmUuid, Vec<Timesheet>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for person in everyone(deps.ports.store(), &firm.id).await? {
        let Ok(uuid) = staff_of(Some(&person), &staff) else { continue };
        let user = person.user.value.id.as_str();
        let entries = entries(&deps, &firm, &days, user).await?;
        found.entry(uuid).or_insert_with(Vec::new).extend(entries);
    }
    for uuid in found.keys() {
        let times = copies::times(&deps.ports, asker, uuid, days.from, days.to).await;
        theirs.insert(uuid.clone(), times.map_err(unavailable)?.items);
    }
    let jobs = jobs(&deps, &firm, found.values().flatten()).await?;
    let ours: Vec<Ours<'_>> = found
        .iter()
        .flat_map(|(staff, entries)| entries.iter().map(move |entry| (staff, entry)))
        .map(|(staff, entry)| Ours {
            entry,
            staff: staff.clone(),
            day: entry.entry.value.when.day(&days.zone),
            job: entry.entry.value.task_id.as_ref().and_then(|it| {
                jobs.get(it.as_str())
                    .and_then(|it| it.link.linked())
                    .map(|it| it.0.job_number.clone())
            }),
            minutes: minutes(entry.entry.value.seconds, firm.settings.time.rounding),
        })
        .filter(|it| days.contain(it.day))
        .collect();
    let theirs: Vec<Timesheet> = theirs.into_values().flatten().collect();
    Ok(Json(ReconciliationView::of(days.from, days.to, lines(&ours, &theirs))))
}

async fn entries<P: Ports>(
    deps: &Deps<P>,
    firm: &Firm,
    days: &Days,
    user: &str,
) -> Result<Vec<EntryRecord>, Refusal> {
    let ids = of_person(deps.ports.store(), &firm.id, days, user).await?;
    let kept = records::get_many::<EntryRecord>(deps.ports.store(), &firm.id, &ids).await?;
    Ok(kept.into_iter().map(|it| it.record).collect())
}

async fn jobs<P: Ports>(
    deps: &Deps<P>,
    firm: &Firm,
    entries: impl Iterator<Item = &EntryRecord>,
) -> Result<BTreeMap<String, TaskRecord>, Refusal> {
    let ids = entries.filter_map(|it| it.entry.value.task_id.as_ref());
    let mut ids: Vec<String> = ids.map(ToString::to_string).collect();
    ids.sort();
    ids.dedup();
    let kept = records::get_many::<TaskRecord>(deps.ports.store(), &firm.id, &ids).await?;
    Ok(kept.into_iter().map(|it| (it.record.task.value.id.to_string(), it.record)).collect())
}
