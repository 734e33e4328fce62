//! The contact sync from XPM: asked for or scheduled, in the background, in pieces that each survive a crash.
//!
//! A run first reads XPM's clients once into chunks of the cache, then works the chunks off one by one.
//! What it has counted and how far it is are saved together, and each record it writes remembers the
//! run and the count, so that a piece done twice counts once.

mod change;
mod chunks;
mod commit;
mod counts;
mod create;
mod decide;
mod fetch;
mod follow;
mod incoming;
mod look;
mod process;
mod prune;
mod run;
mod saved;
mod schedule;
mod stages;
mod sweep;
mod tell;
mod track;
mod undo;
mod work;

pub use change::{Difference, SyncChange, changes};
pub use counts::{Counts, Failure, Outcome, Progress, Trouble};
pub use follow::{Followed, Obstacle, apply, undo};
pub use run::{Mode, RunState, Shown, Skipped, SyncRun, Waiting};
pub use work::work;

pub(super) use create::imported;
pub(super) use look::own_id;
#[cfg(test)]
pub(crate) use track::SyncState as Track;

use jiff::Timestamp;

use super::listing;
use crate::firm::{FIRM, Firm};
use crate::ids::{FirmId, SyncId};
use crate::ports::{Clock, Committed, Down, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::records::{self, Kept};
use run::RUNS;
use track::{SyncState, track};

/// How often a start is tried again because someone else was faster.
const RACES: usize = 20;

/// Starts a run, or answers the one in progress (KB-07).
pub async fn request<P: Ports>(
    ports: &P,
    firm: &FirmId,
    mode: Mode,
    now: Timestamp,
) -> Result<SyncRun, Down> {
    begin(ports.store(), ports.wakes(), ports.clock(), firm, mode, now).await
}

/// As [`request`], for who has no more of the outside.
pub async fn begin(
    store: &(impl Store + Lanes),
    wakes: &impl Wakes,
    clock: &impl Clock,
    firm: &FirmId,
    mode: Mode,
    now: Timestamp,
) -> Result<SyncRun, Down> {
    store.mark(firm, Lane::Contacts, now).await?;
    let run = start(store, clock, firm, mode, now).await?.record;
    // The lane is marked, so the sweep finds the run should this message not be sent.
    if let Err(error) = wakes.wake(&wake(firm, Lane::Contacts)).await {
        tracing::warn!(firm.id = %firm, %error, "the contact sync was not woken");
    }
    Ok(run)
}

/// A run.
pub async fn get(store: &impl Store, firm: &FirmId, id: &SyncId) -> Result<Option<SyncRun>, Down> {
    if !id.as_str().starts_with(RUNS) {
        return Ok(None);
    }
    Ok(records::get::<SyncRun>(store, firm, id.as_str()).await?.map(|it| it.record))
}

/// A page of the runs, newest first, and where the next one begins.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<SyncRun>>, Option<String>), Down> {
    listing::page(store, firm, RUNS, after, limit, |_: &SyncRun| true).await
}

/// The run in progress, or a new one.
async fn start(
    store: &impl Store,
    clock: &impl Clock,
    firm: &FirmId,
    mode: Mode,
    now: Timestamp,
) -> Result<Kept<SyncRun>, Down> {
    let settings = records::get::<Firm>(store, firm, FIRM).await?.map(|it| it.record.settings);
    let rules = track::rules(&settings.unwrap_or_default());
    let tenant = crate::connection::read(store, firm).await?.organisation;
    for _ in 0..RACES {
        let (state, version) = track(store, firm).await?;
        if let Some(id) = &state.current
            && let Some(run) = records::get(store, firm, id.as_str()).await?
        {
            return Ok(run);
        }
        let id = run::new_id(now, &clock.random())?;
        let tenant = tenant.as_ref().map(|it| it.tenant.clone());
        let run = SyncRun::new(id, mode, now, &state, &rules, tenant);
        let state = SyncState { current: Some(run.id.clone()), ..state };
        let changes = vec![records::put(firm, &state, version)?, records::put(firm, &run, None)?];
        match store.commit(changes).await? {
            Committed::Done => return Ok(Kept { record: run, version: 1 }),
            Committed::Conflict => {}
        }
    }
    Err(Down { what: "the records", cause: "too many starts of one contact sync".into() })
}

fn wake(firm: &FirmId, lane: Lane) -> Wake {
    Wake { firm: firm.clone(), lane }
}
