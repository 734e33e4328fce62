//! One task: its link, why it has none, and what a person can decide about it (XB-50 to XB-55, XB-83).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::links::{Chosen, LinkWord};
use contract::moves::MoveView;
use domain::contacts::matches::client_of;
use domain::copies::{self, Asker, Unavailable};
use domain::gate::Shut;
use domain::ids::{ContactId, JobNumber, TaskId, XpmUuid};
use domain::linking::by_hand;
use domain::linking::task::TaskRecord;
use domain::ports::{Clock, Lane, Ports};
use domain::practice::Job;
use domain::time::moving;

use super::entry::{CheckRow, rows};
use super::page::{Asked, Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Why};
use super::tasks::{PATH, badge};
use crate::access::Caller;
use crate::input::Segment;
use crate::refusal::Refusal;
use crate::routes::tasks::{find, get_task, place};
use crate::routes::why::why_task;
use crate::{Deps, wake};

#[derive(Template)]
#[template(path = "task.html")]
struct Task {
    frame: Frame,
    id: String,
    name: String,
    process: Option<String>,
    contact: Option<String>,
    badge: Badge,
    why: Option<Why>,
    job: Option<(String, String)>,
    linked: bool,
    allowable: bool,
    /// What can be chosen, and where it was found.
    options: Vec<Choice>,
    found: &'static str,
    /// Why XPM could not be asked.
    silent: Option<Why>,
    asked_job: String,
    checks: Vec<CheckRow>,
}

/// A task on a job.
struct Choice {
    value: String,
    text: String,
}

#[derive(Template)]
#[template(path = "move.html")]
struct Move {
    frame: Frame,
    id: String,
    name: String,
    view: MoveView,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    asked: Asked,
) -> Paged {
    let caller = || Caller(seat.firm.id.clone());
    let at = || State(Arc::clone(&deps));
    let it = get_task(at(), caller(), Segment(id.clone())).await?.0;
    let why = why_task(at(), caller(), Segment(id.clone())).await?.0;
    let (mut silent, mut found) = (None, "What fits best");
    let mut options: Vec<Choice> = it.link.candidates.iter().map(Choice::of).collect();
    let number = asked.get("job");
    if !number.is_empty() || !asked.get("jobs").is_empty() {
        found = "What XPM has";
        match jobs(&deps, &seat, number, it.contact_id.as_ref()).await? {
            Ok(jobs) => options = jobs.iter().flat_map(Choice::all).collect(),
            Err(why) => silent = Some(why),
        }
    }
    let job = it.link.job_number.zip(it.link.job_task_uuid);
    shown(&Task {
        asked_job: number.into(),
        frame: seat.frame.at(Section::Linking),
        id,
        name: it.name,
        process: it.process_id.map(|it| it.to_string()),
        contact: it.contact_id.map(|it| it.to_string()),
        badge: badge(it.link.state),
        why: it.link.reason.as_ref().map(Why::from),
        job: job.map(|(job, task)| (job.to_string(), task.to_string())),
        linked: matches!(it.link.state, LinkWord::Auto | LinkWord::Manual),
        allowable: matches!(it.link.state, LinkWord::UnmappedByUser | LinkWord::Broken),
        options,
        found,
        silent,
        checks: rows(&why),
    })
}

/// The job of this number, or else all of the contact's client; or why XPM does not say.
async fn jobs<P: Ports>(
    deps: &Arc<Deps<P>>,
    seat: &Seat,
    number: &str,
    contact: Option<&ContactId>,
) -> Result<Result<Vec<Job>, Why>, Refused> {
    let limits = seat.firm.settings.budget;
    let asker = Asker { firm: &seat.firm.id, limits, lane: Lane::Refresh };
    let copy = match (JobNumber::parse(number), contact) {
        (Ok(number), _) => copies::job(&deps.ports, asker, &number).await,
        (Err(_), Some(contact)) => {
            let client = client_of(deps.ports.store(), &seat.firm.id, contact).await?;
            match client {
                Some(client) => copies::jobs_of(&deps.ports, asker, &client).await,
                None => return Ok(Ok(Vec::new())),
            }
        }
        (Err(_), None) => return Ok(Ok(Vec::new())),
    };
    match copy {
        Ok(copy) => Ok(Ok(copy.items)),
        Err(Unavailable::Shut(Shut::Down(down))) => Err(down.into()),
        Err(other) => Ok(Err(other.reason().into())),
    }
}

/// Links a task to the place that was chosen.
pub(super) async fn link<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let caller = Caller(seat.firm.id.clone());
    let (id, record) = find(&deps, &caller.0, id).await?;
    let chosen = Choice::read(posted.get("place")).ok_or(Refused::Unreadable)?;
    let place = match place(&deps, &caller, &record, chosen).await {
        Ok(place) => place,
        Err(Refusal::Contract(_)) => {
            let text =
                "Not linked: XPM does not have that task on that job any more. Choose again.";
            return Ok(seat.undone(&deps, &to(&id), text).await?);
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let text = format!("Linked to job {}. Its time follows.", place.job_number);
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let done = by_hand::link(store, &seat.firm.id, &id, place, &seat.actor(), now).await?;
    answer(&deps, seat, &id, done, text).await
}

/// Takes a task's link away for good.
pub(super) async fn unlink<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    _: Posted,
) -> Paged {
    let (id, _) = find(&deps, &seat.firm.id, id).await?;
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let done = by_hand::unlink(store, &seat.firm.id, &id, &seat.actor(), now).await?;
    let text = "Unlinked. Auto-link leaves it alone until you allow it again.";
    answer(&deps, seat, &id, done, text.into()).await
}

/// Lets auto-link try again.
pub(super) async fn allow<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    _: Posted,
) -> Paged {
    let (id, _) = find(&deps, &seat.firm.id, id).await?;
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let done = by_hand::allow(store, &seat.firm.id, &id, &seat.actor(), now).await?;
    answer(&deps, seat, &id, done, "Allowed: auto-link tries again soon.".into()).await
}

/// The time that XPM holds elsewhere than where the task is linked now.
pub(super) async fn moving<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Paged {
    let (id, record) = find(&deps, &seat.firm.id, id).await?;
    let entries = moving::elsewhere(deps.ports.store(), &seat.firm.id, &record).await?;
    shown(&Move {
        frame: seat.frame.at(Section::Linking),
        id: id.to_string(),
        name: record.task.value.name,
        view: MoveView::of(true, entries),
    })
}

/// Has that time follow its task.
pub(super) async fn follow<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    _: Posted,
) -> Paged {
    let (id, record) = find(&deps, &seat.firm.id, id).await?;
    let now = deps.ports.clock().now();
    let moved = moving::follow(deps.ports.store(), &seat.firm.id, &record, now).await?;
    let text = format!("{} entries move to where the task is linked now.", moved.len());
    answer(&deps, seat, &id, Some(record), text).await
}

fn to(id: &TaskId) -> String {
    format!("{PATH}/{id}")
}

async fn answer<P: Ports>(
    deps: &Arc<Deps<P>>,
    seat: Seat,
    id: &TaskId,
    done: Option<TaskRecord>,
    said: String,
) -> Paged {
    done.ok_or(Refused::NotFound)?;
    wake::time(deps, &seat.firm.id).await;
    Ok(seat.done(deps, &to(id), said).await?)
}

impl Choice {
    fn of(it: &contract::links::PlaceView) -> Self {
        let since = it.start_date.map(|it| format!(", from {it}")).unwrap_or_default();
        Self {
            value: format!("{} {}", it.job_task_uuid, it.job_number),
            text: format!("{} {}{since}", it.job_number, it.name),
        }
    }

    /// The open tasks of a job.
    fn all(job: &Job) -> impl Iterator<Item = Self> {
        let open = job.tasks.iter().flatten().filter(|it| !it.completed);
        open.map(|it| Self {
            value: format!("{} {}", it.uuid, job.number),
            text: format!("{} {}: {}", job.number, job.name, it.name),
        })
    }

    /// The place behind a choice: no id has a blank in it.
    fn read(value: &str) -> Option<Chosen> {
        let (task, job) = value.split_once(' ')?;
        let job_task_uuid = XpmUuid::parse(task).ok()?;
        Some(Chosen { job_number: JobNumber::parse(job).ok()?, job_task_uuid })
    }
}
