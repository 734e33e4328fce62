//! The pieces of a run, one after the other, from where it stands: a plan is verified before anything of
//! it is written, and what XPM no longer lists is found before anyone is matched anew.

use jiff::{SignedDuration, Timestamp};

use super::chunks;
use super::process::{Planned, Task, as_planned, chunk};
use super::run::{Mode, Stage, SyncRun};
use super::saved::save;
use super::sweep::sweep;
use super::work::{ALIVE, CHUNK, Turn};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::lease::Lease;
use crate::ports::{Clock, Down, Ports};
use crate::records::Kept;

/// How old what was saved of the progress may become while nothing changes.
const STALE: SignedDuration = SignedDuration::from_secs(5);

/// For whom, with what, and until when.
pub(super) struct Worker<'a, P> {
    pub(super) ports: &'a P,
    pub(super) firm: &'a Firm,
    pub(super) deadline: Deadline,
    pub(super) lease: &'a mut Lease,
}

/// Why a run does not go on.
pub(super) enum Halt {
    /// What was read has vanished.
    ChunkLost,
    /// The plan no longer holds.
    Moved,
    /// Not in this turn.
    Stopped(Turn),
}

impl Halt {
    /// Another worker has taken over.
    pub(super) const OVERTAKEN: Self = Self::Stopped(Turn::Overtaken);

    /// The end of the turn, where it can be nothing else.
    pub(super) fn turn(self) -> Turn {
        match self {
            Self::Stopped(turn) => turn,
            Self::ChunkLost | Self::Moved => Turn::OutOfTime,
        }
    }
}

impl<P: Ports> Worker<'_, P> {
    /// Whether there is time for another piece, and the lane is still ours.
    pub(super) async fn check(&mut self) -> Result<Option<Halt>, Down> {
        if !self.deadline.allows(self.ports.clock().now(), CHUNK) {
            return Ok(Some(Halt::Stopped(Turn::OutOfTime)));
        }
        let ours = self.lease.extend(self.ports, ALIVE).await?;
        Ok(if ours { None } else { Some(Halt::OVERTAKEN) })
    }

    /// What a piece of a run goes by.
    pub(super) fn task(&self, run: &SyncRun, now: Timestamp) -> Task<'_> {
        let n = run.plan.next;
        let planned = match (run.mode, &run.of) {
            (Mode::Plan, _) => Some(Planned { run: run.id.clone(), before: Some(n) }),
            (Mode::Apply, Some(plan)) => Some(Planned { run: plan.clone(), before: None }),
            (Mode::Apply, None) | (Mode::Undo, _) => None,
        };
        Task {
            firm: &self.firm.id,
            settings: &self.firm.settings,
            run: run.id.clone(),
            mode: run.mode,
            tenant: run.plan.tenant.clone(),
            planned,
            chunk: n,
            all_read: run.plan.since.is_none(),
            asked_at: run.plan.asked_at,
            now,
        }
    }
}

/// Works a run off that has read XPM.
pub(super) async fn work_off<P: Ports>(
    worker: &mut Worker<'_, P>,
    run: &mut Kept<SyncRun>,
) -> Result<Option<Halt>, Down> {
    if run.record.of.is_some() && run.record.plan.next == 0 {
        let before = run.record.plan.verified;
        let halt = verify(worker, &mut run.record, ALL).await?;
        let lost =
            run.record.plan.verified > before && !save(worker.ports, &worker.firm.id, run).await?;
        match (lost, halt) {
            (true, _) => return Ok(Some(Halt::OVERTAKEN)),
            (false, Some(halt)) => return Ok(Some(halt)),
            (false, None) => {}
        }
    }
    if run.record.plan.since.is_none()
        && let Some(halt) = sweep(worker, run, Stage::Sweep).await?
    {
        return Ok(Some(halt));
    }
    process(worker, run).await
}

/// All chunks of a plan.
pub(super) const ALL: SignedDuration = SignedDuration::MAX;

/// Holds a plan against what both sides say now, chunk by chunk, for so long.
pub(super) async fn verify<P: Ports>(
    worker: &mut Worker<'_, P>,
    run: &mut SyncRun,
    so_long: SignedDuration,
) -> Result<Option<Halt>, Down> {
    let Some(plan) = run.of.clone() else { return Ok(None) };
    let begun = worker.ports.clock().now();
    while run.plan.chunks.is_some_and(|it| run.plan.verified < it) {
        if let Some(halt) = worker.check().await? {
            return Ok(Some(halt));
        }
        let n = run.plan.verified;
        let ports = worker.ports;
        let Some(entries) = chunks::read(ports, &worker.firm.id, run, n).await? else {
            return Ok(Some(Halt::ChunkLost));
        };
        let now = ports.clock().now();
        if now.duration_since(begun) > so_long {
            return Ok(None);
        }
        let planned = Some(Planned { run: plan.clone(), before: Some(n) });
        let (run_of_plan, mode) = (plan.clone(), Mode::Plan);
        let task = Task { run: run_of_plan, mode, planned, chunk: n, ..worker.task(run, now) };
        if !as_planned(ports.store(), &task, &entries).await? {
            return Ok(Some(Halt::Moved));
        }
        run.plan.verified += 1;
    }
    Ok(None)
}

/// Works the chunks off, one after the other, from where the run stands.
async fn process<P: Ports>(
    worker: &mut Worker<'_, P>,
    run: &mut Kept<SyncRun>,
) -> Result<Option<Halt>, Down> {
    let mut saved_at = worker.ports.clock().now();
    let mut unsaved = false;
    while run.record.plan.chunks.is_some_and(|it| run.record.plan.next < it) {
        if let Some(halt) = worker.check().await? {
            let own = unsaved && matches!(halt, Halt::Stopped(Turn::OutOfTime));
            let lost = own && !save(worker.ports, &worker.firm.id, run).await?;
            return Ok(Some(if lost { Halt::OVERTAKEN } else { halt }));
        }
        let (ports, firm) = (worker.ports, worker.firm);
        let n = run.record.plan.next;
        let Some(entries) = chunks::read(ports, &firm.id, &run.record, n).await? else {
            return Ok(Some(Halt::ChunkLost));
        };
        let task = worker.task(&run.record, ports.clock().now());
        let wrote = chunk(ports.store(), &task, &mut run.record, &entries).await?;
        run.record.plan.next += 1;
        unsaved = true;
        // A chunk that changed nothing can be done again for nothing.
        if wrote || ports.clock().now() > saved_at + STALE {
            if !save(ports, &firm.id, run).await? {
                return Ok(Some(Halt::OVERTAKEN));
            }
            saved_at = ports.clock().now();
            unsaved = false;
        }
    }
    Ok(None)
}
