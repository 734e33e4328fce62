//! Time that stands still until it is moved, and chance that repeats itself.

use std::sync::Mutex;

use domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::lock;

/// A clock that tests move, with a seeded generator.
#[derive(Debug)]
pub struct MemoryClock(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    seed: u64,
    drawn: u64,
}

impl MemoryClock {
    /// Stands at `now`; chance begins with seed 0.
    pub fn at(now: Timestamp) -> Self {
        Self::seeded(now, 0)
    }

    /// Stands at `now`; chance follows from the seed.
    pub fn seeded(now: Timestamp, seed: u64) -> Self {
        Self(Mutex::new(State { now, seed, drawn: 0 }))
    }

    /// Moves to an instant, earlier or later.
    pub fn set(&self, now: Timestamp) {
        lock(&self.0).now = now;
    }

    /// Moves on, or back.
    ///
    /// # Panics
    /// At the end of time (the year 9999).
    pub fn advance(&self, by: SignedDuration) {
        let mut state = lock(&self.0);
        state.now = state.now.checked_add(by).expect("time goes on");
    }
}

impl Default for MemoryClock {
    /// Stands at noon (UTC) of 22 November 2026.
    fn default() -> Self {
        Self::at(Timestamp::constant(1_795_348_800, 0))
    }
}

impl Clock for MemoryClock {
    fn now(&self) -> Timestamp {
        lock(&self.0).now
    }

    fn random(&self) -> [u8; 32] {
        let mut state = lock(&self.0);
        state.drawn += 1;
        let drawn = [state.seed.to_be_bytes(), state.drawn.to_be_bytes()].concat();
        Sha256::digest(drawn).into()
    }

    /// Waiting is what moves this clock on.
    async fn wait(&self, until: Timestamp) {
        let mut state = lock(&self.0);
        state.now = state.now.max(until);
    }
}
