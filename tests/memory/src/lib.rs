//! A twin in memory of every port, as unforgiving as the original, with knobs
//! for everything that can go wrong.
//!
//! No twin waits: each call happens at one instant, and no lock is held across
//! an await. [`contract`] holds the tests that a twin and its original both pass.

pub mod cache;
pub mod clock;
pub mod contract;
pub mod courier;
pub mod identity;
pub mod lines;
pub mod ports;
pub mod practice;
pub mod store;
pub mod vault;
pub mod wakes;

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ports::Down;

pub use cache::MemoryCache;
pub use clock::MemoryClock;
pub use courier::MemoryCourier;
pub use identity::MemoryIdentity;
pub use lines::Lines;
pub use ports::MemoryPorts;
pub use practice::MemoryPractice;
pub use store::MemoryStore;
pub use vault::MemoryVault;
pub use wakes::MemoryWakes;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn down(what: &'static str, why: &str) -> Down {
    Down { what, cause: why.into() }
}

/// Whether this one of the next calls is to go wrong; counts down.
fn due(left: &mut u32) -> bool {
    let now = *left > 0;
    *left = left.saturating_sub(1);
    now
}
