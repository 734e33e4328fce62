//! Contact syncs: asked for, watched, planned, applied and undone (BY-01, BY-10).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use contract::syncs::{ChangeView, OUTCOMES, SyncMode, SyncState, SyncView};
use domain::contacts::sync::{self, Followed, Mode, Obstacle};
use domain::ids::SyncId;
use domain::ports::{Clock, Ports};
use jiff::tz::TimeZone;
use lambda_http::http::HeaderValue;

use super::address;
use super::guard::by_script;
use super::history::{plain, words};
use super::page::{Asked, Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Moment, Pager, Tone, Why};
use crate::Deps;

/// How many runs, and how many changes of one, a page holds.
const RUNS: usize = 25;
const CHANGES: usize = 50;

#[derive(Template)]
#[template(path = "syncs.html")]
struct List {
    frame: Frame,
    tab: &'static str,
    runs: Vec<Run>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "sync.html")]
struct One {
    frame: Frame,
    tab: &'static str,
    run: Run,
    outcome: &'static str,
    outcomes: &'static [&'static str],
    changes: Vec<Change>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "sync_progress.html")]
struct Progress {
    run: Run,
}

/// A run.
struct Run {
    id: SyncId,
    what: &'static str,
    badge: Badge,
    /// Whether it goes on by itself.
    live: bool,
    /// Whether it is a plan that can be applied.
    applicable: bool,
    /// Whether it can be undone.
    undoable: bool,
    started: Option<Moment>,
    finished: Option<Moment>,
    expires: Option<Moment>,
    calls: u32,
    done: u64,
    total: u64,
    counts: [(&'static str, u64); 8],
    skipped: Vec<(Why, u64)>,
    failures: Vec<(String, String, Why)>,
    why: Option<Why>,
    detail: Option<String>,
    of: Option<SyncId>,
    followed_by: Option<SyncId>,
}

/// What a run did with one record, or would do.
struct Change {
    id: String,
    name: String,
    outcome: &'static str,
    why: Option<Why>,
    contact: Option<String>,
    differences: Vec<(String, String, String)>,
    calls: u32,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let (store, zone) = (deps.ports.store(), seat.zone());
    let (found, next) = sync::list(store, &seat.firm.id, address::after(&asked), RUNS).await?;
    let runs = found.into_iter().map(|it| Run::of(it.record.into(), &zone)).collect();
    let pager = address::pager("/console/syncs", &[], &asked, next);
    shown(&List { frame: seat.frame.at(Section::Contacts), tab: "syncs", runs, pager })
}

pub(super) async fn start<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let mode = match posted.get("mode") {
        "apply" => Mode::Apply,
        "plan" => Mode::Plan,
        _ => return Err(Refused::Unreadable),
    };
    let now = deps.ports.clock().now();
    let run = sync::request(&deps.ports, &seat.firm.id, mode, now).await?;
    let to = format!("/console/syncs/{}", run.id);
    if run.mode != mode {
        let text = "Another run is in progress; this is it. Ask again when it has ended.";
        return Ok(seat.undone(&deps, &to, text).await?);
    }
    Ok(seat.done(&deps, &to, "The run has been asked for.").await?)
}

pub(super) async fn one<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    asked: Asked,
) -> Paged {
    let (store, zone, firm) = (deps.ports.store(), seat.zone(), &seat.firm.id);
    let id = SyncId::parse(id).map_err(|_| Refused::NotFound)?;
    let run = sync::get(store, firm, &id).await?.ok_or(Refused::NotFound)?;
    let outcome = OUTCOMES.iter().copied().find(|it| *it == asked.get("outcome"));
    let (found, next) =
        sync::changes(store, firm, &id, outcome, address::after(&asked), CHANGES).await?;
    let outcome = outcome.unwrap_or_default();
    let path = format!("/console/syncs/{id}");
    let pager = address::pager(&path, &[("outcome", outcome)], &asked, next);
    shown(&One {
        frame: seat.frame.at(Section::Contacts),
        tab: "syncs",
        run: Run::of(run.into(), &zone),
        outcome,
        outcomes: &OUTCOMES,
        changes: found.into_iter().map(|it| Change::of(it.record.into())).collect(),
        pager,
    })
}

/// How far a run is. Once it has ended, the page around it is asked to load anew.
pub(super) async fn progress<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Paged {
    let id = SyncId::parse(id).map_err(|_| Refused::NotFound)?;
    let run = sync::get(deps.ports.store(), &seat.firm.id, &id).await?;
    let run = Run::of(run.ok_or(Refused::NotFound)?.into(), &seat.zone());
    let ended = !run.live;
    let mut response = shown(&Progress { run })?;
    if ended && by_script(&headers) {
        response.headers_mut().insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

pub(super) async fn apply<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    _: Posted,
) -> Paged {
    let id = SyncId::parse(id).map_err(|_| Refused::NotFound)?;
    let now = deps.ports.clock().now();
    let followed = sync::apply(&deps.ports, &seat.firm.id, &id, now).await?;
    follow(&deps, seat, &id, followed, "The plan is being applied.").await
}

pub(super) async fn undo<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    _: Posted,
) -> Paged {
    let id = SyncId::parse(id).map_err(|_| Refused::NotFound)?;
    let now = deps.ports.clock().now();
    let followed = sync::undo(&deps.ports, &seat.firm.id, &id, now).await?;
    let text = "The run is being undone. What was changed since stays, and is listed.";
    follow(&deps, seat, &id, followed, text).await
}

async fn follow<P: Ports>(
    deps: &Arc<Deps<P>>,
    seat: Seat,
    id: &SyncId,
    followed: Followed,
    text: &str,
) -> Paged {
    let here = format!("/console/syncs/{id}");
    let why = match followed {
        Followed::By(run) => {
            return Ok(seat.done(deps, &format!("/console/syncs/{}", run.id), text).await?);
        }
        Followed::Unknown => return Err(Refused::NotFound),
        Followed::Not(it) => {
            let next = match it {
                Obstacle::Moved | Obstacle::Expired => " Make another plan and look at it.",
                Obstacle::NotConnected => " Connect in the overview.",
                Obstacle::InProgress
                | Obstacle::NotAPlan
                | Obstacle::NotUndoable
                | Obstacle::NotDone
                | Obstacle::Done => "",
            };
            format!("Not done: {}.{next}", it.sentence())
        }
        Followed::Later(reason, _) => {
            format!("Not done. {} {}", reason.sentence(), reason.next_step())
        }
    };
    Ok(seat.undone(deps, &here, why).await?)
}

impl Run {
    fn of(it: SyncView, zone: &TimeZone) -> Self {
        let moment = |it: Option<jiff::Timestamp>| it.map(|it| Moment::of(it, zone));
        let why =
            |it: contract::problem::ReasonView| Why { sentence: it.sentence, next: it.next_step };
        let done = it.state == SyncState::Done && it.followed_by.is_none();
        let counts = it.counts;
        Self {
            what: match it.mode {
                SyncMode::Apply if it.of.is_some() => "Plan applied",
                SyncMode::Apply => "Sync",
                SyncMode::Plan => "Dry run",
                SyncMode::Undo => "Undo",
            },
            badge: match it.state {
                SyncState::Queued => Badge { tone: Tone::Wait, text: "Asked for" },
                SyncState::Running => Badge { tone: Tone::Wait, text: "Under way" },
                SyncState::Done => Badge { tone: Tone::Good, text: "Done" },
                SyncState::Failed => Badge { tone: Tone::Bad, text: "Failed" },
            },
            live: matches!(it.state, SyncState::Queued | SyncState::Running),
            applicable: done && it.mode == SyncMode::Plan,
            undoable: done && it.mode == SyncMode::Apply,
            started: moment(it.started_at),
            finished: moment(it.finished_at),
            expires: moment(it.expires_at),
            calls: it.xpm_calls.unwrap_or_default(),
            done: it.progress.done,
            total: it.progress.total,
            counts: [
                ("Read", counts.read),
                ("Matched", counts.matched),
                ("Created", counts.created),
                ("Partial", counts.partial),
                ("Updated", counts.updated),
                ("Unchanged", counts.unchanged),
                ("Skipped", counts.skipped),
                ("Failed", counts.failed),
            ],
            skipped: it.skipped.into_iter().map(|it| (why(it.reason), it.count)).collect(),
            failures: it
                .failures
                .into_iter()
                .map(|it| (it.uuid, it.name, why(it.reason)))
                .collect(),
            why: it.reason.map(why),
            detail: it.detail,
            of: it.of,
            followed_by: it.followed_by,
            id: it.id,
        }
    }
}

impl Change {
    fn of(it: ChangeView) -> Self {
        let differences = it.differences.into_iter();
        Self {
            outcome: OUTCOMES
                .iter()
                .copied()
                .find(|word| serde_json::to_value(it.outcome).is_ok_and(|it| it == **word))
                .unwrap_or_default(),
            id: it.id,
            name: it.name,
            why: it.reason.map(|it| Why { sentence: it.sentence, next: it.next_step }),
            contact: it.contact_id,
            differences: differences
                .map(|it| (words(&it.field), plain(&it.before), plain(&it.after)))
                .collect(),
            calls: it.xpm_calls,
        }
    }
}
