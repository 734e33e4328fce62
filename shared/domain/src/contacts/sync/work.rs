//! What the worker does when it is woken: goes on with the run in progress, or starts one that is due.

use jiff::{SignedDuration, Timestamp};

use super::fetch::{self, Ready, read_xpm};
use super::process::{Task, chunk};
use super::run::{Mode, RunState, SyncRun, Waiting};
use super::track::{SyncState, track};
use super::{chunks, schedule, start, wake};
use crate::connection::{self, State};
use crate::deadline::Deadline;
use crate::firm::{FIRM, Firm};
use crate::ids::FirmId;
use crate::lease::Lease;
use crate::metric::{Metric, count};
use crate::ports::{Clock, Committed, Down, Lane, Lanes, Ports, Store, Wakes};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How long one chunk may take.
const CHUNK: SignedDuration = SignedDuration::from_secs(10);
/// How long a worker is believed to be alive after its last sign.
pub(super) const ALIVE: SignedDuration = SignedDuration::from_secs(30);
/// How old what was saved of the progress may become while nothing changes.
const STALE: SignedDuration = SignedDuration::from_secs(5);
/// So many readings may be lost before a pause is made.
const FEW: u32 = 2;
/// When a lane that was marked is looked at once more.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);
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
            Turn::Rest(until) => Some(until),
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
    let connected = match connection::read(ports.store(), id).await?.state {
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
        (Some(run), Some(reason)) => return close(ports, id, run, reason).await,
        (None, Some(_)) => return Ok(Turn::Idle),
        (Some(run), None) => run,
        (None, None) => {
            let interval = firm.settings.contact_sync.interval_minutes;
            let due = state.finished_at.map(|it| schedule::next(id, interval, it));
            match due {
                Some(due) if due > now => return Ok(Turn::Rest(due)),
                Some(_) | None => start(ports.store(), ports.clock(), id, Mode::Apply, now).await?,
            }
        }
    };
    loop {
        if run.record.plan.chunks.is_none() {
            match read_xpm(ports, &firm, &mut run, deadline, lease).await? {
                Ready::Yes => {}
                Ready::Failed => return finish(ports, &firm, run, RunState::Failed).await,
                Ready::No(turn) => return Ok(turn),
            }
        }
        match process(ports, &firm, &mut run, deadline, lease).await? {
            Processed::All => return finish(ports, &firm, run, RunState::Done).await,
            Processed::ChunkLost => {
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
            Processed::Stopped(turn) => return Ok(turn),
        }
    }
}

enum Processed {
    All,
    ChunkLost,
    Stopped(Turn),
}

/// Works the chunks off, one after the other, from where the run stands.
async fn process<P: Ports>(
    ports: &P,
    firm: &Firm,
    run: &mut Kept<SyncRun>,
    deadline: Deadline,
    lease: &mut Lease,
) -> Result<Processed, Down> {
    let mut saved_at = ports.clock().now();
    let mut unsaved = false;
    while run.record.plan.chunks.is_some_and(|it| run.record.plan.next < it) {
        let now = ports.clock().now();
        if !deadline.allows(now, CHUNK) {
            let overtaken = unsaved && !save(ports, &firm.id, run).await?;
            let turn = if overtaken { Turn::Overtaken } else { Turn::OutOfTime };
            return Ok(Processed::Stopped(turn));
        }
        if !lease.extend(ports, ALIVE).await? {
            return Ok(Processed::Stopped(Turn::Overtaken));
        }
        let n = run.record.plan.next;
        let Some(entries) = chunks::read(ports, &firm.id, &run.record, n).await? else {
            tracing::warn!(firm.id = %firm.id, run.id = %run.record.id, "chunk {n} has vanished");
            return Ok(Processed::ChunkLost);
        };
        let task = Task {
            firm: &firm.id,
            settings: &firm.settings,
            run: run.record.id.clone(),
            all_read: run.record.plan.since.is_none(),
            now,
        };
        let wrote = chunk(ports.store(), &task, &mut run.record, &entries).await?;
        run.record.plan.next += 1;
        unsaved = true;
        // A chunk that changed nothing can be done again for nothing.
        if wrote || ports.clock().now() > saved_at + STALE {
            if !save(ports, &firm.id, run).await? {
                return Ok(Processed::Stopped(Turn::Overtaken));
            }
            saved_at = ports.clock().now();
            unsaved = false;
        }
    }
    Ok(Processed::All)
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
    if applied {
        connection::synced(ports.store(), id, now).await?;
        ports.store().mark(id, Lane::Time, now).await?;
    }
    run.record.state = ending;
    run.record.finished_at = Some(now);
    let (state, version) = track(ports.store(), id).await?;
    if state.current.as_ref() != Some(&run.record.id) {
        return Ok(Turn::Overtaken);
    }
    let state: SyncState = state.after(&run.record, now);
    let changes =
        vec![records::put(id, &state, version)?, records::put(id, &run.record, Some(run.version))?];
    if ports.store().commit(changes).await? == Committed::Conflict {
        return Ok(Turn::Overtaken);
    }
    count(if ending == RunState::Done { Metric::SyncsDone } else { Metric::SyncsFailed }, 1);
    if applied && let Err(error) = ports.wakes().wake(&wake(id, Lane::Time)).await {
        tracing::warn!(firm.id = %id, %error, "the time lane was not woken");
    }
    let interval = firm.settings.contact_sync.interval_minutes;
    Ok(Turn::Rest(schedule::next(id, interval, now)))
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

/// Saves the run as it stands; `false` when another worker has saved it meanwhile.
pub(super) async fn save<P: Ports>(
    ports: &P,
    firm: &FirmId,
    run: &mut Kept<SyncRun>,
) -> Result<bool, Down> {
    let change = records::put(firm, &run.record, Some(run.version))?;
    match ports.store().commit(vec![change]).await? {
        Committed::Done => {
            run.version += 1;
            Ok(true)
        }
        Committed::Conflict => Ok(false),
    }
}
