//! One time entry: how it stands, why, and what a person can decide about it (BY-03).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::pushes::{PushState, XpmTime};
use contract::why::{VerdictWord, Why as Checks};
use domain::ids::{EntryId, XpmUuid};
use domain::ports::{Clock, Ports};
use domain::time::decide::{self, Side, Taken};

use super::page::{Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Tone, Why};
use super::time::{Names, badge, day, whys};
use crate::access::Caller;
use crate::input::Segment;
use crate::routes::entries::get_time_entry;
use crate::routes::why::why_time_entry;
use crate::{Deps, wake};

#[derive(Template)]
#[template(path = "entry.html")]
struct Entry {
    frame: Frame,
    id: String,
    badge: Badge,
    day: String,
    person: String,
    task: Option<(String, String)>,
    seconds: u32,
    minutes: i64,
    note: String,
    attempts: u32,
    xpm_uuid: Option<String>,
    whys: Vec<Why>,
    detail: Option<String>,
    checks: Vec<CheckRow>,
    candidates: Vec<String>,
    /// What XPM says instead.
    there: Option<XpmTime>,
    gone: bool,
    surplus: Vec<String>,
    may: May,
}

/// What can be decided.
struct May {
    release: bool,
    delete: bool,
    retry: bool,
    repair: bool,
}

/// One of the ordered checks.
pub(super) struct CheckRow {
    pub(super) name: &'static str,
    pub(super) badge: Badge,
    pub(super) why: Option<Why>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Paged {
    let caller = || Caller(seat.firm.id.clone());
    let at = || State(Arc::clone(&deps));
    let it = get_time_entry(at(), caller(), Segment(id.clone())).await?.0;
    let why = why_time_entry(at(), caller(), Segment(id.clone())).await?.0;
    let names = Names::of(deps.ports.store(), &seat.firm.id, std::slice::from_ref(&it)).await?;
    let code = it.push.reason.as_ref().map_or("", |it| it.code);
    let held = it.push.state == PushState::Held;
    let uuids = |them: &[XpmUuid]| them.iter().map(ToString::to_string).collect::<Vec<_>>();
    shown(&Entry {
        badge: badge(it.push.state),
        day: day(&it, &seat.zone()),
        frame: seat.frame.at(Section::Time),
        id,
        person: names.person(&it),
        task: names.task(&it),
        seconds: it.seconds,
        minutes: it.push.minutes,
        attempts: it.push.attempts,
        xpm_uuid: it.push.xpm_uuid.as_ref().map(ToString::to_string),
        whys: whys(&it),
        checks: rows(&why),
        candidates: uuids(&it.push.candidates),
        surplus: uuids(&it.push.surplus),
        may: May {
            release: held && code == "late_link",
            delete: held && code == "deletion_asks",
            retry: held || it.push.state == PushState::Rejected,
            repair: it.push.drift.is_some() || !it.push.surplus.is_empty(),
        },
        gone: it.push.drift.as_ref().is_some_and(|it| it.gone),
        there: it.push.drift.and_then(|it| it.entry),
        detail: it.push.detail,
        note: it.note,
    })
}

/// Releases an entry that is held, or decides on its deletion.
pub(super) async fn release<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let (firm, id) = (&seat.firm.id, known(&id)?);
    let (taken, said) = match posted.get("decision") {
        "" => (decide::release(store, firm, &id, now).await?, "Released: it is pushed soon."),
        "delete" => {
            let taken = decide::decide_deletion(store, firm, &id, Side::App, now).await?;
            (taken, "It is removed from XPM soon.")
        }
        "keep" => {
            let taken = decide::decide_deletion(store, firm, &id, Side::Xpm, now).await?;
            (taken, "It stays in XPM.")
        }
        _ => return Err(Refused::Unreadable),
    };
    answer(&deps, seat, &id, taken, said).await
}

/// Has an entry tried once more.
pub(super) async fn retry<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    _: Posted,
) -> Paged {
    let (id, now) = (known(&id)?, deps.ports.clock().now());
    let taken = decide::retry(deps.ports.store(), &seat.firm.id, &id, now).await?;
    answer(&deps, seat, &id, taken, "It is tried again soon.").await
}

/// Says which of several in XPM it is, or none of them.
pub(super) async fn choose<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let (id, now) = (known(&id)?, deps.ports.clock().now());
    let chosen = match posted.get("xpm_uuid") {
        "" => return Err(Refused::Unreadable),
        "none" => None,
        uuid => Some(XpmUuid::parse(uuid).map_err(|_| Refused::Unreadable)?),
    };
    let store = deps.ports.store();
    let taken = decide::choose(store, &seat.firm.id, &id, chosen.as_ref(), now).await?;
    answer(&deps, seat, &id, taken, "Chosen: it is settled with XPM soon.").await
}

/// Puts right what a comparison found, in favour of one side.
pub(super) async fn repair<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let (id, now) = (known(&id)?, deps.ports.clock().now());
    let side = match posted.get("keep") {
        "app" => Side::App,
        "xpm" => Side::Xpm,
        _ => return Err(Refused::Unreadable),
    };
    let taken = decide::repair(deps.ports.store(), &seat.firm.id, &id, side, now).await?;
    answer(&deps, seat, &id, taken, "Decided: both sides agree soon.").await
}

fn known(id: &str) -> Result<EntryId, Refused> {
    EntryId::parse(id).map_err(|_| Refused::NotFound)
}

async fn answer<P: Ports>(
    deps: &Arc<Deps<P>>,
    seat: Seat,
    id: &EntryId,
    taken: Taken,
    said: &'static str,
) -> Paged {
    let to = format!("/console/time/entries/{id}");
    Ok(match taken {
        Taken::Yes(_) => {
            wake::time(deps, &seat.firm.id).await;
            seat.done(deps, &to, said).await?
        }
        Taken::Unheard => return Err(Refused::NotFound),
        Taken::Pointless => {
            let text = "Nothing about this entry waits for that decision any more. It is shown as \
                        it stands now.";
            seat.undone(deps, &to, text).await?
        }
        Taken::NoCandidate => {
            let text = "That is none of the candidates, or taken for another entry meanwhile. \
                        Choose again.";
            seat.undone(deps, &to, text).await?
        }
    })
}

/// The checks, for people.
pub(super) fn rows(why: &Checks) -> Vec<CheckRow> {
    let row = |it: &contract::why::CheckView| {
        let (tone, text) = match it.verdict {
            VerdictWord::Passed => (Tone::Good, "Passed"),
            VerdictWord::Failed => (Tone::Bad, "Failed"),
            VerdictWord::NotReached => (Tone::Plain, "Not reached"),
        };
        let badge = Badge { tone, text };
        CheckRow { name: called(it.name), badge, why: it.reason.as_ref().map(Why::from) }
    };
    why.checks.iter().map(row).collect()
}

fn called(check: &'static str) -> &'static str {
    match check {
        "connection" => "XPM is connected and set up",
        "client_link" => "The contact is matched with a client",
        "process_mapping" => "The process is mapped to an XPM task",
        "auto_link" => "Auto-link is switched on",
        "task_link" => "The task is linked to a job",
        "linked_client" => "The job belongs to the contact’s client",
        "timer_context" => "The time can be sent",
        "staff_map" => "The person is a member of staff in XPM",
        "job_state" => "The job takes time",
        "lock" => "The period is open",
        "rate_budget" => "There are calls left",
        "answer" => "XPM took it",
        other => other,
    }
}
