//! Working one chunk off: look, decide, write, and count what became of each record.

use jiff::Timestamp;

use super::chunks::Entry;
use super::commit::commit;
use super::counts::{Outcome, Trouble};
use super::decide::{Step, decide};
use super::incoming::{Incoming, name};
use super::look::{Known, look};
use super::run::{Mode, SyncRun};
use super::tell::tell;
use crate::contacts::crowd::{self, Asking};
use crate::contacts::matches::Match;
use crate::firm::{ContactSync, Create, Settings};
use crate::ids::{ContactId, FirmId, SyncId, TenantId};
use crate::journal;
use crate::linking::revisit_contact;
use crate::ports::{Change, Committed, Down, Lane, Lanes, Store};
use crate::reason::Reason;

/// How often one record is tried again because someone else was faster.
const RACES: usize = 20;
/// How many writes are under way at once.
pub(super) const AT_ONCE: usize = 4;

/// For whom, in which run, and by which settings.
pub(super) struct Task<'a> {
    pub(super) firm: &'a FirmId,
    pub(super) settings: &'a Settings,
    pub(super) run: SyncId,
    /// Whether it writes.
    pub(super) mode: Mode,
    /// The organisation that was read.
    pub(super) tenant: Option<TenantId>,
    /// The plan that is made, verified or applied.
    pub(super) planned: Option<Planned>,
    /// Which chunk it is.
    pub(super) chunk: u32,
    /// Whether the run has read every client.
    pub(super) all_read: bool,
    /// When XPM was first asked for what is read.
    pub(super) asked_at: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// A plan.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// Its run.
    pub(super) run: SyncId,
    /// What the plan would do before this chunk counts as done; nothing where it is done indeed.
    pub(super) before: Option<u32>,
}

impl Task<'_> {
    /// How contacts are synchronised.
    pub(super) fn sync(&self) -> &ContactSync {
        &self.settings.contact_sync
    }

    /// An entry, made ready to be judged.
    pub(super) fn incoming(&self, entry: &Entry, before: Option<&Match>) -> Option<Incoming> {
        Incoming::of(entry, before, self.all_read, self.sync())
    }

    /// Why no contact may be created, if so (KB-05).
    pub(super) fn obstacle_to_create(&self) -> Option<Reason> {
        let missing = |it: &String| !self.settings.contact_types.contains(it);
        match self.sync().create_in_practice {
            Create::Ask => Some(Reason::AskFirst),
            Create::Auto if self.sync().assign_contact_type.as_ref().is_some_and(missing) => {
                Some(Reason::ContactTypeMissing)
            }
            Create::Auto => None,
        }
    }
}

/// Works a chunk off, and counts it into the run; says whether anything was written.
pub(super) async fn chunk(
    store: &(impl Store + Lanes),
    task: &Task<'_>,
    run: &mut SyncRun,
    entries: &[Entry],
) -> Result<bool, Down> {
    let all: Vec<&Entry> = entries.iter().collect();
    let mut steps = steps(store, task, &all).await?.0;
    let wrote = steps.iter().any(|it| !it.changes.is_empty());
    if wrote && task.mode == Mode::Apply {
        journal::open(store, task.firm, task.now).await?;
        announce(store, task, &steps).await?;
    }
    for n in commit(store, &steps).await? {
        steps[n] = alone(store, task, all[n]).await?;
    }
    if task.mode == Mode::Apply {
        revisit(store, task, &steps).await?;
    }
    for (entry, step) in entries.iter().zip(&steps) {
        let (uuid, name) = name(entry);
        run.count(uuid, name, step.outcome);
    }
    Ok(wrote)
}

/// Whether a plan would do with these entries what it has noted.
pub(super) async fn as_planned(
    store: &impl Store,
    task: &Task<'_>,
    entries: &[Entry],
) -> Result<bool, Down> {
    let all: Vec<&Entry> = entries.iter().collect();
    let (steps, known) = steps(store, task, &all).await?;
    Ok(all.iter().zip(&steps).all(|(entry, step)| known.agrees(name(entry).0, step)))
}

/// What becomes of each entry, in their order.
async fn steps(
    store: &impl Store,
    task: &Task<'_>,
    entries: &[&Entry],
) -> Result<(Vec<Step>, Known), Down> {
    let mut known = look(store, task, entries).await?;
    let mut steps = Vec::with_capacity(entries.len());
    for entry in entries {
        let before = known.matches.found.get(name(entry).0.as_str()).map(|it| &it.record);
        let step = match task.incoming(entry, before) {
            Some(incoming) => decide(task, &incoming, &mut known)?,
            None => Step::only(Outcome::Failed(Trouble::TooLarge)),
        };
        steps.push(settle(task, entry, &known, step)?);
    }
    Ok((steps, known))
}

/// The step with what tells of it; none where a plan that is being applied has it otherwise.
pub(super) fn settle(
    task: &Task<'_>,
    entry: &Entry,
    known: &Known,
    mut step: Step,
) -> Result<Step, Down> {
    let uuid = name(entry).0;
    tell(task, entry, known, &mut step)?;
    let applied = task.planned.as_ref().is_some_and(|it| it.before.is_none());
    if applied && !known.done_in(uuid, &task.run) && !known.agrees(uuid, &step) {
        return Ok(Step::only(Outcome::Failed(Trouble::Moved)));
    }
    Ok(step)
}

/// One record by itself, looked at afresh until nobody interferes.
async fn alone(store: &(impl Store + Lanes), task: &Task<'_>, entry: &Entry) -> Result<Step, Down> {
    for _ in 0..RACES {
        let Some(step) = steps(store, task, &[entry]).await?.0.pop() else { break };
        if step.changes.is_empty() {
            return Ok(step);
        }
        announce(store, task, std::slice::from_ref(&step)).await?;
        match store.commit(step.changes.clone()).await? {
            Committed::Done => return Ok(step),
            Committed::Conflict => {}
        }
    }
    Ok(Step::only(Outcome::Failed(Trouble::Contended)))
}

/// Marks the lane towards XPM, should a contact be due in it once this is written.
async fn announce(store: &impl Lanes, task: &Task<'_>, steps: &[Step]) -> Result<(), Down> {
    let goes = |it: &Change| match it {
        Change::Put(item, _) => item.due.is_some_and(|it| it.lane == Lane::ContactsOut),
        Change::Delete(..) => false,
    };
    if steps.iter().any(|it| it.changes.iter().any(goes)) {
        store.mark(task.firm, Lane::ContactsOut, task.now).await?;
    }
    Ok(())
}

/// Has the tasks of newly matched contacts looked at again. A contact that was just made has none.
pub(super) async fn revisit(
    store: &(impl Store + Lanes),
    task: &Task<'_>,
    steps: &[Step],
) -> Result<(), Down> {
    let contacts: Vec<&ContactId> = steps.iter().filter_map(|it| it.revisit.as_ref()).collect();
    let questions = contacts
        .into_iter()
        .map(|id| -> Asking<'_, _> { Box::pin(revisit_contact(store, task.firm, id, task.now)) });
    crowd::all(questions.collect(), AT_ONCE).await?;
    Ok(())
}
