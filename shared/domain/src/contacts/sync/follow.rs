//! What can follow a run: a plan is applied, a run is undone. Each is a run of its own, in the background.

use jiff::{SignedDuration, Timestamp};

use super::change;
use super::chunks::{self, Entry};
use super::fetch::{Fetched, fetch};
use super::incoming::name;
use super::process::{Planned, Task, as_planned};
use super::run::{self, Mode, RunState, SyncRun};
use super::stages::{Halt, Worker, verify};
use super::track::{self, OVERLAP, track};
use super::wake;
use super::work::ALIVE;
use crate::connection::{self, State};
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm};
use crate::ids::{FirmId, SyncId};
use crate::lease::Lease;
use crate::ports::{Clock, Committed, Down, Lane, Lanes, Ports, Store, Wakes};
use crate::reason::Reason;
use crate::records::{self, Kept};
use crate::retention;

/// How long whoever asks may wait for an answer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(22);
/// So much of it goes into holding the plan against what both sides say; the worker does the rest.
const VERIFYING: SignedDuration = SignedDuration::from_secs(8);

/// What became of the wish to have a run followed.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// This run does it.
    By(Box<SyncRun>),
    /// There is no such run.
    Unknown,
    /// It cannot be, as things stand.
    Not(Obstacle),
    /// XPM cannot be asked whether the plan still holds, for this reason; not before then.
    Later(Reason, Timestamp),
}

/// Why a run cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is no plan.
    NotAPlan,
    /// It is a plan, or itself an undoing.
    NotUndoable,
    /// It has not ended well.
    NotDone,
    /// It was done before.
    Done,
    /// It is too old.
    Expired,
    /// Another run is in progress.
    InProgress,
    /// The firm is not connected.
    NotConnected,
    /// Either side moved after the plan was made, or another organisation is connected.
    Moved,
}

impl Obstacle {
    /// The stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAPlan => "not_a_plan",
            Self::NotUndoable => "not_undoable",
            Self::NotDone => "not_done",
            Self::Done => "already_done",
            Self::Expired => "expired",
            Self::InProgress => "sync_in_progress",
            Self::NotConnected => "not_connected",
            Self::Moved => "world_moved",
        }
    }

    /// The plain sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotAPlan => "this run is no plan",
            Self::NotUndoable => "only a run that was applied can be undone",
            Self::NotDone => "this run has not ended well",
            Self::Done => "this was done before",
            Self::Expired => "this run is too old",
            Self::InProgress => "another sync is in progress; try again when it has ended",
            Self::NotConnected => "the firm is not connected to XPM",
            Self::Moved => "something changed on either side since; nothing was written",
        }
    }
}

/// Applies a plan, exactly as it was made, or refuses to: if either side has moved, nothing is written
/// (BY-01). One call to XPM. A large plan is held against our side partly by the run itself, which then
/// fails with [`Reason::WorldMoved`] before it writes.
pub async fn apply<P: Ports>(
    ports: &P,
    firm: &FirmId,
    plan: &SyncId,
    now: Timestamp,
) -> Result<Followed, Down> {
    let Some(plan) = known(ports.store(), firm, plan).await? else { return Ok(Followed::Unknown) };
    let kept = records::get::<Firm>(ports.store(), firm, FIRM).await?;
    let Some(Kept { record: whose, .. }) = kept else { return Ok(Followed::Unknown) };
    let expired = plan.record.expires_at().is_none_or(|it| it <= now);
    let obstacle = match plan.record.mode {
        Mode::Apply | Mode::Undo => Some(Obstacle::NotAPlan),
        Mode::Plan if plan.record.state != RunState::Done => Some(Obstacle::NotDone),
        Mode::Plan if plan.record.followed_by.is_some() => Some(Obstacle::Done),
        Mode::Plan if expired => Some(Obstacle::Expired),
        Mode::Plan => None,
    };
    if let Some(obstacle) = obstacle {
        return Ok(Followed::Not(obstacle));
    }
    let connection = connection::read(ports.store(), firm).await?;
    if connection.state != State::Connected {
        return Ok(Followed::Not(Obstacle::NotConnected));
    }
    let tenant = connection.organisation.map(|it| it.tenant);
    let old = &plan.record.plan;
    if old.tenant != tenant || old.rules != track::rules(&whose.settings) {
        return Ok(Followed::Not(Obstacle::Moved));
    }
    // Whoever works on the lane may be changing what the plan is held against.
    let Some(mut lease) = Lease::take(ports, firm, Lane::Contacts, ALIVE).await? else {
        return Ok(Followed::Not(Obstacle::InProgress));
    };
    let deadline = Deadline { at: now + PATIENCE };
    let worker = Worker { ports, firm: &whose, deadline, lease: &mut lease };
    let followed = apply_held(worker, plan, now).await;
    lease.release(ports).await?;
    followed
}

async fn apply_held<P: Ports>(
    mut worker: Worker<'_, P>,
    plan: Kept<SyncRun>,
    now: Timestamp,
) -> Result<Followed, Down> {
    let (ports, firm) = (worker.ports, worker.firm);
    let (state, _) = track(ports.store(), &firm.id).await?;
    if state.current.is_some() {
        return Ok(Followed::Not(Obstacle::InProgress));
    }
    let old = &plan.record;
    let id = run::new_id(now, &ports.clock().random())?;
    let tenant = old.plan.tenant.clone();
    let mut new = SyncRun::new(id, Mode::Apply, now, &state, &old.plan.rules, tenant);
    new.of = Some(old.id.clone());
    new.progress.total = old.progress.total;
    new.plan.since = old.plan.since;
    new.plan.asked_at = old.plan.asked_at;
    new.plan.chunks = old.plan.chunks;
    new.plan.away = old.plan.away;
    new.plan.series = Some(chunks::series(old));
    let xpm = match xpm_moved(&worker, old, &new, now).await? {
        Xpm::Still => verify(&mut worker, &mut new, VERIFYING).await?,
        Xpm::Moved => return Ok(Followed::Not(Obstacle::Moved)),
        Xpm::Closed => return Ok(Followed::Not(Obstacle::NotConnected)),
        Xpm::Silent(reason, until) => return Ok(Followed::Later(reason, until)),
    };
    match xpm {
        Some(Halt::Moved) => Ok(Followed::Not(Obstacle::Moved)),
        Some(Halt::ChunkLost) => Ok(Followed::Not(Obstacle::Expired)),
        Some(Halt::Stopped(_)) | None => start(ports, &firm.id, plan, new, now).await,
    }
}

/// Whether XPM has changed anything since a plan was made.
enum Xpm {
    Still,
    Moved,
    Closed,
    Silent(Reason, Timestamp),
}

async fn xpm_moved<P: Ports>(
    worker: &Worker<'_, P>,
    old: &SyncRun,
    new: &SyncRun,
    now: Timestamp,
) -> Result<Xpm, Down> {
    let (ports, firm) = (worker.ports, worker.firm);
    let mut probe = new.clone();
    probe.plan.series = None;
    probe.plan.since = old.plan.asked_at.map(|it| it - OVERLAP);
    let written = match fetch(ports, firm, &probe, worker.deadline).await? {
        Fetched::All(written) => written,
        Fetched::Shut(until, reason) | Fetched::Later(until, reason) => {
            return Ok(Xpm::Silent(reason, until));
        }
        Fetched::OutOfTime | Fetched::Refused(_) => {
            return Ok(Xpm::Silent(Reason::XpmUnreachable, now + PATIENCE));
        }
        Fetched::Closed => return Ok(Xpm::Closed),
    };
    probe.plan.away = written.away;
    for n in 0..written.chunks {
        let Some(entries) = chunks::read(ports, &firm.id, &probe, n).await? else {
            return Ok(Xpm::Silent(Reason::XpmUnreachable, now + PATIENCE));
        };
        let uuids = entries.iter().map(|it| name(it).0);
        let changes = change::of_records(ports.store(), &firm.id, &old.id, uuids).await?;
        let (planned, others): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|it| changes.iter().any(|c| c.uuid == *name(it).0));
        let mut pieces: Vec<u32> = changes.iter().map(|it| it.chunk).collect();
        pieces.sort_unstable();
        pieces.dedup();
        let mut left = planned;
        for piece in pieces {
            let Some(then) = chunks::read(ports, &firm.id, new, piece).await? else {
                return Ok(Xpm::Moved);
            };
            left.retain(|now| !then.iter().any(|then| same(then, now)));
        }
        let planned = Some(Planned { run: old.id.clone(), before: old.plan.chunks });
        let task = Task {
            run: old.id.clone(),
            mode: Mode::Plan,
            planned,
            all_read: false,
            ..worker.task(new, now)
        };
        if !left.is_empty() || !as_planned(ports.store(), &task, &others).await? {
            return Ok(Xpm::Moved);
        }
    }
    Ok(Xpm::Still)
}

/// Whether a record is what it was. Of a contact's clients, only those that changed are told again.
fn same(then: &Entry, now: &Entry) -> bool {
    match (then, now) {
        (Entry::Contact(then, at), Entry::Contact(now, again)) => {
            then == now && again.iter().all(|it| at.contains(it))
        }
        (then, now) => then == now,
    }
}

/// Has a run undone, in the background: everything it changed is put back as it stood, except what
/// was changed since, which is listed (BY-10).
pub async fn undo<P: Ports>(
    ports: &P,
    firm: &FirmId,
    done: &SyncId,
    now: Timestamp,
) -> Result<Followed, Down> {
    let Some(done) = known(ports.store(), firm, done).await? else { return Ok(Followed::Unknown) };
    let it = &done.record;
    let organisation = connection::read(ports.store(), firm).await?.organisation;
    let (state, _) = track(ports.store(), firm).await?;
    let obstacle = match it.mode {
        Mode::Plan | Mode::Undo => Some(Obstacle::NotUndoable),
        Mode::Apply if it.state != RunState::Done => Some(Obstacle::NotDone),
        Mode::Apply if it.followed_by.is_some() => Some(Obstacle::Done),
        Mode::Apply if it.requested_at + retention::SYNC <= now => Some(Obstacle::Expired),
        Mode::Apply if it.plan.tenant != organisation.map(|it| it.tenant) => Some(Obstacle::Moved),
        Mode::Apply if state.current.is_some() => Some(Obstacle::InProgress),
        Mode::Apply => None,
    };
    if let Some(obstacle) = obstacle {
        return Ok(Followed::Not(obstacle));
    }
    let id = run::new_id(now, &ports.clock().random())?;
    let tenant = it.plan.tenant.clone();
    let mut new = SyncRun::new(id, Mode::Undo, now, &state, &it.plan.rules, tenant);
    new.of = Some(it.id.clone());
    new.plan.retires = false;
    let counts = it.counts;
    new.progress.total = counts.matched + counts.created + counts.partial + counts.updated;
    start(ports, firm, done, new, now).await
}

async fn known(
    store: &impl Store,
    firm: &FirmId,
    id: &SyncId,
) -> Result<Option<Kept<SyncRun>>, Down> {
    match id.as_str().starts_with(run::RUNS) {
        true => records::get::<SyncRun>(store, firm, id.as_str()).await,
        false => Ok(None),
    }
}

/// Makes a run the one in progress, and notes with the one it follows that it does.
async fn start<P: Ports>(
    ports: &P,
    firm: &FirmId,
    followed: Kept<SyncRun>,
    new: SyncRun,
    now: Timestamp,
) -> Result<Followed, Down> {
    ports.store().mark(firm, Lane::Contacts, now).await?;
    let (state, version) = track(ports.store(), firm).await?;
    if state.current.is_some() {
        return Ok(Followed::Not(Obstacle::InProgress));
    }
    let state = track::SyncState { current: Some(new.id.clone()), ..state };
    let old = SyncRun { followed_by: Some(new.id.clone()), ..followed.record };
    let changes = vec![
        records::put(firm, &state, version)?,
        records::put(firm, &new, None)?,
        records::put(firm, &old, Some(followed.version))?,
    ];
    if ports.store().commit(changes).await? == Committed::Conflict {
        return Ok(Followed::Not(Obstacle::InProgress));
    }
    // The lane is marked, so the sweep finds the run should this message not be sent.
    if let Err(error) = ports.wakes().wake(&wake(firm, Lane::Contacts)).await {
        tracing::warn!(firm.id = %firm, %error, "the contact sync was not woken");
    }
    Ok(Followed::By(Box::new(new)))
}
