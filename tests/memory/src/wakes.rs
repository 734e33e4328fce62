//! A queue in memory, to look into.

use std::sync::Mutex;

use domain::ports::{Down, Wake, Wakes};

use crate::{down, due, lock};

/// Keeps wakes until they are taken.
#[derive(Debug, Default)]
pub struct MemoryWakes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Wake>,
    fail: u32,
    lose: u32,
    repeat: u32,
}

impl MemoryWakes {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next `n` wakes fail.
    pub fn fail_next(&self, n: u32) {
        lock(&self.0).fail = n;
    }

    /// The next `n` wakes are accepted and lost.
    pub fn lose_next(&self, n: u32) {
        lock(&self.0).lose = n;
    }

    /// The next `n` wakes are delivered twice.
    pub fn repeat_next(&self, n: u32) {
        lock(&self.0).repeat = n;
    }

    /// What waits, in the order of sending.
    pub fn waiting(&self) -> Vec<Wake> {
        lock(&self.0).waiting.clone()
    }

    /// Takes everything that waits, in the order of sending.
    pub fn take(&self) -> Vec<Wake> {
        std::mem::take(&mut lock(&self.0).waiting)
    }
}

impl Wakes for MemoryWakes {
    async fn wake(&self, wake: &Wake) -> Result<(), Down> {
        let mut state = lock(&self.0);
        if due(&mut state.fail) {
            return Err(down("the queue in memory", "told to fail"));
        }
        if due(&mut state.lose) {
            return Ok(());
        }
        if due(&mut state.repeat) {
            state.waiting.push(wake.clone());
        }
        state.waiting.push(wake.clone());
        Ok(())
    }
}
