//! A worker that is killed at its first call, at its second, and so on to its last (G20).

use std::sync::Arc;

use domain::ports::Clock;

use super::{History, MemoryClock, MemoryPorts, Play, World, judge, scene};
use crate::judge::Wrong;
use crate::scene::Made;

/// What came of killing a worker at every call.
#[derive(Clone, Debug, Default)]
pub struct Toll {
    /// How many were killed: one before and one after each call of a port.
    pub killed: u64,
    /// Entries that were to be pushed through it.
    pub pushes: u64,
    /// What went wrong, by the number of steps that the worker took.
    pub wrong: Vec<(u64, Wrong)>,
}

/// Has a firm record so many entries, again and again, and each time a worker die one step later.
///
/// # Errors
/// The World itself could not be set up or read.
pub async fn at_every_call(entries: u32) -> Made<Toll> {
    let mut toll = Toll::default();
    for steps in 0.. {
        let mut rng = fastrand::Rng::with_seed(7);
        let noon = MemoryClock::default().now();
        let outside = MemoryPorts::new(MemoryClock::seeded(noon, 7));
        let firms = scene::set_up(&outside).await?;
        outside.wakes.take();
        let history = History::new_entries(&firms[0], entries, &mut rng)?;
        let world = Arc::new(World::new(outside, rng.fork(), None));
        let said = history.statements.iter().map(|it| (world.now(), it.clone())).collect();
        let mut play = Play::new(&world, firms, said);
        play.doom = Some(steps);
        let at_rest = play.rest();
        if play.doom.is_some() {
            return Ok(toll);
        }
        toll.killed += play.killed;
        toll.pushes += u64::from(entries);
        let mut wrong = judge(&world, &play.firms, &history).await?;
        if !at_rest {
            wrong.push(Wrong::NeverAtRest);
        }
        toll.wrong.extend(wrong.into_iter().map(|it| (steps, it)));
    }
    Ok(toll)
}
