//! What the worker does when it is woken: goes on with the run in progress, or starts one that is due.

use jiff::{SignedDuration, Timestamp};

use super::fetch::{self, Ready, read_xpm};
use super::run::{self, Mode, RunState, Stage, SyncRun, Waiting};
use super::saved::{self, UNSAVED, overtaken, save};
use super::stages::{Halt, Worker, work_off};
use super::sweep::sweep;
use super::track::{SyncState, rules, track};
use super::undo::undo;
use super::{change, prune, schedule, start, wake};
use crate::connection::{self, State};
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm};
use crate::ids::{FirmId, TenantId};
use crate::lease::Lease;
use crate::metric::{Metric, count};
use crate::ports::{Clock, Committed, Down, Lane, Lanes, Ports, Store, Wakes};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How long one chunk may take.
pub(super) const CHUNK: SignedDuration = SignedDuration::from_secs(10);
/// How long a worker is believed to be alive after its last sign.
pub(super) const ALIVE: SignedDuration = SignedDuration::from_secs(30);
/// So many readings may be lost before a pause is made.
const FEW: u32 = 2;
/// When a lane that was marked is looked at once more.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// A rest this short is waited out; a longer one is left to the sweep.
const SHORT: SignedDuration = SignedDuration::from_secs(10);
/// So many planned changes are forgotten in one stroke.
const PLANNED: usize = 1_000;
/// How often a lane is looked at again because it was marked meanwhile.
const ROUNDS: usize = 8;

/// How a turn ended.
pub(super) enum Turn {
    /// Nothing to do before then.
    Rest(Timestamp),
    /// Nothing to do until someone marks the lane.
    Idle,
    /// There is more to do than this invocation has time for.
    OutOfTime,
    /// Another worker has taken over.
    Overtaken,
}

/// Works the firm's contact lane off, as far as the time allows.
pub async fn work<P: Ports>(ports: &P, firm: &FirmId, deadline: Deadline) -> Result<(), Down> {
    // Whoever has the lease looks again before it leaves; failing that, the sweep comes by.
    let Some(mut lease) = Lease::take(ports, firm, Lane::Contacts, ALIVE).await? else {
        return Ok(());
    };
    let worked = rounds(ports, firm, deadline, &mut lease).await;
    lease.release(ports).await?;
    worked
}

async fn rounds<P: Ports>(
    ports: &P,
    firm: &FirmId,
    deadline: Deadline,
    lease: &mut Lease,
) -> Result<(), Down> {
    for _ in 0..ROUNDS {
        let lane = ports.store().look(firm, Lane::Contacts).await?;
        let seen = lane.marks;
        let next = match turn(ports, firm, deadline, lease).await? {
            Turn::Rest(until) => {
                let now = ports.clock().now();
                if until > now && until <= now + SHORT && deadline.allows(until, CHUNK) {
                    ports.clock().wait(until).await;
                    continue;
                }
                Some(until)
            }
            Turn::Idle => None,
            Turn::OutOfTime => {
                // The lane is due for the sweep; the message only makes it sooner.
                let now = ports.clock().now();
                ports.store().settle(firm, Lane::Contacts, seen, Some(now)).await?;
                return ports.wakes().wake(&wake(firm, Lane::Contacts)).await;
            }
            Turn::Overtaken => return Ok(()),
        };
        // A mark comes before what it announces: that may have been written just after this turn.
        let again = (lane.marks != lane.settled).then(|| ports.clock().now() + SECOND_LOOK);
        let next = next.into_iter().chain(again).min();
        if ports.store().settle(firm, Lane::Contacts, seen, next).await?
            || !deadline.allows(ports.clock().now(), CHUNK)
        {
            return Ok(());
        }
    }
    Ok(())
}

async fn turn<P: Ports>(
    ports: &P,
    id: &FirmId,
    deadline: Deadline,
    lease: &mut Lease,
) -> Result<Turn, Down> {
    let Some(Kept { record: firm, .. }) = records::get::<Firm>(ports.store(), id, FIRM).await?
    else {
        return Ok(Turn::Idle);
    };
    let (state, _) = track(ports.store(), id).await?;
    let connection = connection::read(ports.store(), id).await?;
    let tenant = connection.organisation.map(|it| it.tenant);
    let connected = match connection.state {
        State::Connected => None,
        State::Disconnected | State::ChooseOrganisation => Some(Reason::NotConnected),
        State::ReconnectRequired => Some(Reason::ReconnectRequired),
    };
    let now = ports.clock().now();
    if connected.is_none() && state.is_overdue(firm.settings.contact_sync.interval_minutes, now) {
        count(Metric::SyncsOverdue, 1);
    }
    let current = match &state.current {
        Some(run) => records::get::<SyncRun>(ports.store(), id, run.as_str()).await?,
        None => None,
    };
    let mut run = match (current, connected) {
        (Some(run), _) if run.record.mode == Mode::Undo => run,
        (Some(run), Some(reason)) => return close(ports, id, run, reason).await,
        (None, Some(_)) => return Ok(Turn::Idle),
        (Some(run), None) => run,
        (None, None) => {
            let interval = firm.settings.contact_sync.interval_minutes;
            let due = state.finished_at.map(|it| schedule::next(id, interval, it));
            match due {
                Some(due) if due > now => return Ok(Turn::Rest(due)),
                Some(_) | None => scheduled(ports, &firm, &state, tenant.clone(), now).await?,
            }
        }
    };
    // What was read of one organisation is not written beside another.
    if run.record.plan.tenant != tenant {
        return fail(ports, &firm, run, Reason::FormerMatch).await;
    }
    let mut worker = Worker { ports, firm: &firm, deadline, lease };
    loop {
        let halt = match run.record.mode {
            Mode::Undo => undo(&mut worker, &mut run).await?,
            Mode::Apply | Mode::Plan => match read(&mut worker, &mut run).await? {
                Ready::Yes => work_off(&mut worker, &mut run).await?,
                Ready::Failed => return finish(ports, &firm, run, RunState::Failed).await,
                Ready::No(turn) => Some(Halt::Stopped(turn)),
            },
        };
        match halt {
            None => return finish(ports, &firm, run, RunState::Done).await,
            Some(Halt::Stopped(turn)) => return Ok(turn),
            // A plan is applied as it was made, or not at all.
            Some(Halt::Moved) => return fail(ports, &firm, run, Reason::WorldMoved).await,
            Some(Halt::ChunkLost) if run.record.plan.series.is_some() => {
                return fail(ports, &firm, run, Reason::WorldMoved).await;
            }
            Some(Halt::ChunkLost) => {
                tracing::warn!(firm.id = %firm.id, run.id = %run.record.id, "a chunk has vanished");
                if run.record.mode == Mode::Plan
                    && !change::forget(ports.store(), id, &run.record.id, PLANNED).await?
                {
                    return Ok(Turn::OutOfTime);
                }
                run.record.begin_again();
                // A cache that loses everything must not cost one call after another.
                if run.record.plan.attempts >= FEW {
                    let until = fetch::again(&run.record, ports.clock().now());
                    let reason = Reason::XpmUnreachable;
                    run.record.waiting = Some(Waiting { reason, until: Some(until), words: None });
                    let saved = save(ports, id, &mut run).await?;
                    return Ok(if saved { Turn::Rest(until) } else { Turn::Overtaken });
                }
            }
        }
    }
}

/// The run that is due. One that asks only for changes is written down once there is something to say
/// of it: it mostly finds nothing, and then its end says it all.
async fn scheduled<P: Ports>(
    ports: &P,
    firm: &Firm,
    state: &SyncState,
    tenant: Option<TenantId>,
    now: Timestamp,
) -> Result<Kept<SyncRun>, Down> {
    let id = run::new_id(now, &ports.clock().random())?;
    let record = SyncRun::new(id, Mode::Apply, now, state, &rules(&firm.settings), tenant);
    if record.plan.since.is_some() {
        return Ok(Kept { record, version: UNSAVED });
    }
    start(ports.store(), ports.clock(), &firm.id, Mode::Apply, now).await
}

/// Has a run read what it is about.
async fn read<P: Ports>(
    worker: &mut Worker<'_, P>,
    run: &mut Kept<SyncRun>,
) -> Result<Ready, Down> {
    if run.record.plan.retires
        && let Some(halt) = sweep(worker, run, Stage::Retire).await?
    {
        return Ok(Ready::No(halt.turn()));
    }
    if run.record.plan.chunks.is_some() {
        return Ok(Ready::Yes);
    }
    read_xpm(worker.ports, worker.firm, run, worker.deadline, worker.lease).await
}

/// Gives a run up.
async fn fail<P: Ports>(
    ports: &P,
    firm: &Firm,
    mut run: Kept<SyncRun>,
    reason: Reason,
) -> Result<Turn, Down> {
    run.record.waiting = Some(Waiting { reason, until: None, words: None });
    finish(ports, firm, run, RunState::Failed).await
}

/// Ends a run. What others must learn of it comes first: done twice it does no harm, forgotten it would.
async fn finish<P: Ports>(
    ports: &P,
    firm: &Firm,
    mut run: Kept<SyncRun>,
    ending: RunState,
) -> Result<Turn, Down> {
    let now = ports.clock().now();
    let id = &firm.id;
    let applied = ending == RunState::Done && run.record.mode == Mode::Apply;
    // Where nothing was read, nothing has changed for time either.
    let told =
        applied && (connection::synced(ports.store(), id, now).await? || run.version != UNSAVED);
    if told {
        ports.store().mark(id, Lane::Time, now).await?;
    }
    run.record.state = ending;
    run.record.started_at.get_or_insert(now);
    run.record.finished_at = Some(now);
    let (state, version) = track(ports.store(), id).await?;
    if state.current.as_ref() != saved::in_progress(&run) {
        return Ok(overtaken(&run, now));
    }
    let state: SyncState = state.after(&run.record, now);
    let changes = vec![records::put(id, &state, version)?, saved::change(id, &run)?];
    if ports.store().commit(changes).await? == Committed::Conflict {
        return Ok(overtaken(&run, now));
    }
    count(if ending == RunState::Done { Metric::SyncsDone } else { Metric::SyncsFailed }, 1);
    for lane in [Lane::Time, Lane::ContactsOut] {
        if told && let Err(error) = ports.wakes().wake(&wake(id, lane)).await {
            tracing::warn!(firm.id = %id, lane = lane.as_str(), %error, "a lane was not woken");
        }
    }
    if let Err(error) = prune::prune(ports.store(), id, now).await {
        tracing::warn!(firm.id = %firm.id, %error, "old runs were not forgotten");
    }
    let interval = firm.settings.contact_sync.interval_minutes;
    let next = state.finished_at.map_or(now, |it| schedule::next(id, interval, it));
    Ok(Turn::Rest(next))
}

/// Leaves a run for the time when the firm is connected again.
async fn close<P: Ports>(
    ports: &P,
    firm: &FirmId,
    mut run: Kept<SyncRun>,
    reason: Reason,
) -> Result<Turn, Down> {
    let waiting = Some(Waiting { reason, until: None, words: None });
    if run.record.waiting != waiting {
        run.record.waiting = waiting;
        if !save(ports, firm, &mut run).await? {
            return Ok(Turn::Overtaken);
        }
    }
    Ok(Turn::Idle)
}
