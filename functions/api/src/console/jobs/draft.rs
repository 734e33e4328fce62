//! A draft: what is asked for, its costs, and how far it has come.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use domain::copies::{self, STAFF};
use domain::ids::XpmUuid;
use domain::jobs::desk::{self, Hand, Not};
use domain::jobs::draft::{Action, JobDraft, Plan, Undo};
use domain::jobs::push::Wire;
use domain::jobs::steps::{StepName, StepState};
use domain::jobs::{Standing, StepView, standing, steps};
use domain::ports::{Clock, Down, Ports};
use domain::practice::Staff;
use domain::why::{Check, Verdict};

use super::adding::set_of;
use super::grid::Grid;
use super::{badge, job, named, names, page_refusal};
use crate::access::Caller;
use crate::console::page::{Paged, Posted, page as shown};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Badge, Moment, Tone, Why};
use crate::routes::why::draft_checks;
use crate::{Deps, wake};

#[derive(Template)]
#[template(path = "job_draft.html")]
struct DraftPage {
    frame: Frame,
    id: String,
    plan: Plan,
    client: String,
    staff: Vec<String>,
    grid: Grid,
    progress: Progress,
}

#[derive(Template)]
#[template(path = "job_progress.html")]
struct ProgressPart {
    frame: Frame,
    id: String,
    progress: Progress,
}

/// How far a draft has come, and what can be done about it.
struct Progress {
    badge: Badge,
    /// Whether it may have come further in a moment.
    live: bool,
    delivered: Option<Moment>,
    number: Option<String>,
    url: Option<String>,
    steps: Vec<Step>,
    checks: Vec<Checked>,
    next: Option<&'static str>,
    candidates: Vec<String>,
    undo: Option<Why>,
    can_deliver: bool,
    can_retry: bool,
    can_discard: bool,
    can_undo: bool,
}

struct Step {
    title: String,
    badge: Badge,
    why: Option<Why>,
    words: Option<String>,
}

/// One check of "why not?".
struct Checked {
    title: &'static str,
    badge: Badge,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Paged {
    let id = set_of(id)?;
    let draft = desk::get(deps.ports.store(), &seat.firm.id, &id).await?;
    let draft = draft.ok_or(Refused::NotFound)?;
    let grid = Grid::of(&draft);
    shown(&whole(&deps, &seat, draft, grid).await?)
}

/// The page of a draft with a grid on it.
pub(super) async fn whole<P: Ports>(
    deps: &Deps<P>,
    seat: &Seat,
    draft: JobDraft,
    grid: Grid,
) -> Result<impl Template + use<P>, Refused> {
    let plan = draft.plan.clone().ok_or(Refused::NotFound)?;
    let contacts = names(deps, &seat.firm.id, [&plan.contact].into_iter()).await?;
    Ok(DraftPage {
        frame: seat.frame.clone().at(Section::Jobs),
        id: draft.id.to_string(),
        client: named(&contacts, &plan.contact),
        staff: staff(deps, seat, &plan).await?,
        grid,
        progress: Progress::of(deps, seat, &draft).await?,
        plan,
    })
}

/// How far it has come, as a part of the page that renews itself.
pub(in crate::console) async fn progress<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Paged {
    let id = set_of(id)?;
    let draft = desk::get(deps.ports.store(), &seat.firm.id, &id).await?;
    let draft = draft.ok_or(Refused::NotFound)?;
    let progress = Progress::of(&deps, &seat, &draft).await?;
    shown(&ProgressPart { frame: seat.frame, id: id.to_string(), progress })
}

/// Does what one of the buttons of a draft says.
pub(in crate::console) async fn act<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let id = set_of(id)?;
    let store = deps.ports.store();
    let firm = seat.firm.id.clone();
    let hand = Hand { firm: &firm, actor: seat.actor(), now: deps.ports.clock().now() };
    let (ruling, said) = match posted.get("act") {
        "deliver" => (
            desk::deliver(store, &hand, &id, Action::Send, false).await?,
            "Delivered: the job is being created.",
        ),
        "retry" => (desk::retry(store, &hand, &id).await?, "It is tried again."),
        "undo" => (desk::undo(store, &hand, &id).await?, "The job is to be taken back."),
        "discard" => (desk::discard(store, &hand, &id).await?, "The draft is discarded."),
        "resolve" => {
            let chosen = Some(posted.get("candidate")).filter(|it| !it.is_empty());
            (desk::resolve(store, &hand, &id, chosen).await?, "Noted: it goes on from there.")
        }
        _ => return Err(Refused::Unreadable),
    };
    let to = format!("/console/jobs/drafts/{id}");
    match ruling {
        Ok(_) => {
            wake::jobs(&deps, &firm).await;
            Ok(seat.done(&deps, &to, said).await?)
        }
        Err(Not::Missing) => Err(Refused::NotFound),
        Err(Not::Now(reason)) => {
            let text = format!("{} {}", reason.sentence(), reason.next_step());
            Ok(seat.undone(&deps, &to, text).await?)
        }
        Err(Not::Wrong(wrong)) => {
            let text: Vec<String> = wrong.into_iter().map(|it| it.detail).collect();
            Ok(seat.undone(&deps, &to, text.join("; ")).await?)
        }
    }
}

impl Progress {
    async fn of<P: Ports>(deps: &Deps<P>, seat: &Seat, draft: &JobDraft) -> Result<Self, Refused> {
        let stands = standing(draft);
        let caller = Caller(seat.firm.id.clone());
        let checks = draft_checks(deps, &caller, draft).await.map_err(page_refusal)?;
        let job = job(draft);
        let undo = match draft.undo {
            Some(Undo::Kept(reason)) => Some(reason.into()),
            Some(Undo::Asked { .. } | Undo::Done) | None => None,
        };
        let asked = matches!(draft.undo, Some(Undo::Asked { .. } | Undo::Done));
        Ok(Self {
            badge: match draft.undo {
                Some(Undo::Done) => Badge { tone: Tone::Plain, text: "Taken back" },
                Some(Undo::Asked { .. }) => Badge { tone: Tone::Wait, text: "Being taken back" },
                Some(Undo::Kept(_)) | None => badge(stands),
            },
            live: matches!(stands, Standing::Committed | Standing::Creating),
            delivered: draft.delivered.map(|it| Moment::of(it.at, &seat.zone())),
            number: job.map(|it| it.number.to_string()),
            url: job.and_then(|it| it.url.clone()).filter(|it| it.starts_with("https://")),
            steps: steps(draft).into_iter().map(|it| Step::of(it, draft)).collect(),
            next: domain::why::failure(&checks).map(|it| it.next_step()),
            checks: checks.into_iter().map(Checked::of).collect(),
            candidates: match &draft.wire {
                Wire::Ambiguous { candidates, .. } => candidates.clone(),
                Wire::Idle { .. } | Wire::Sending { .. } | Wire::Unknown { .. } => Vec::new(),
            },
            undo,
            can_deliver: stands == Standing::Draft,
            can_retry: !draft.refused.is_empty() && !draft.discarded,
            can_discard: draft.made.job.is_none() && !draft.discarded,
            can_undo: job.is_some() && !asked,
        })
    }
}

impl Step {
    fn of(it: StepView, draft: &JobDraft) -> Self {
        let line = it.line.as_ref();
        let line = draft.confirmed.iter().find(|of| Some(&of.id) == line);
        let title = match it.name {
            StepName::Add => "Create the job".to_owned(),
            StepName::Assign => "Put the staff on it".to_owned(),
            StepName::Cost => {
                format!("Cost: {}", line.map_or("", |it| it.sheet.description.as_str()))
            }
            StepName::State => "Put it in its state".to_owned(),
        };
        let (tone, text) = match it.state {
            StepState::Skipped => (Tone::Plain, "Not asked for"),
            StepState::Pending => (Tone::Plain, "To come"),
            StepState::Sending => (Tone::Wait, "Being sent"),
            StepState::Unknown => (Tone::Wait, "Being looked for"),
            StepState::Ambiguous => (Tone::Bad, "Choose which it is"),
            StepState::Failed => (Tone::Bad, "Refused"),
            StepState::Done => (Tone::Good, "Done"),
        };
        let why = it.reason.map(Why::from);
        Self { title, badge: Badge { tone, text }, why, words: it.words }
    }
}

impl Checked {
    fn of(it: Check) -> Self {
        let title = match it.name {
            "wanted" => "The draft is wanted",
            "connection" => "The firm is connected to XPM",
            "jobs_switch" => "Creating jobs is switched on",
            "organisation" => "The draft is of the organisation that is connected",
            "client" => "The contact is matched with a client",
            "delivery" => "The documents went out",
            "rate_budget" => "Calls to XPM are left",
            "job" => "XPM took the job",
            "staff" => "XPM took its staff",
            "costs" => "XPM took its costs",
            "state" => "XPM took its state",
            other => other,
        };
        let (tone, text) = match it.verdict {
            Verdict::Passed => (Tone::Good, "Yes"),
            Verdict::Failed(reason) => (Tone::Bad, reason.sentence()),
            Verdict::NotReached => (Tone::Plain, "Not looked at yet"),
        };
        Self { title, badge: Badge { tone, text } }
    }
}

/// Who is to be on the job, by name where the list is at hand: XPM is not asked for it here.
async fn staff<P: Ports>(deps: &Deps<P>, seat: &Seat, plan: &Plan) -> Result<Vec<String>, Down> {
    let copy = copies::at_hand::<P, Staff>(&deps.ports, &seat.firm.id, STAFF).await?;
    let known = copy.map(|it| it.items).unwrap_or_default();
    let name = |uuid: &XpmUuid| {
        let found = known.iter().find(|it| it.uuid == *uuid);
        found.map_or_else(|| uuid.to_string(), |it| it.name.clone())
    };
    Ok(plan.staff.iter().map(name).collect())
}
