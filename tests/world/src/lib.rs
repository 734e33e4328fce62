//! The World: a deterministic simulation of everything around the rules (spec: guarantees).
//!
//! One thread, a clock that stands still until nothing else can happen, and one generator: a seed is
//! a whole history, and the same seed is the same history. Workers run the real use cases against the
//! twins of every port, through ports that let the scheduler stop, kill, freeze or mislead them at
//! each call. The twin of XPM keeps the ledger, and [`judge`] compares it with what firms asked for.

pub mod judge;
pub mod plant;
pub mod run;

mod history;
mod ports;
mod scene;
mod scheduler;
mod weather;

/// Lives a history to its end: nothing in it ever waits for the machine.
///
/// # Errors
/// What the history itself gives, or that it did wait.
pub fn now<T>(
    history: impl Future<Output = Result<T, Box<dyn std::error::Error>>>,
) -> Result<T, Box<dyn std::error::Error>> {
    ports::at_once(history).unwrap_or_else(|| Err("a history waited for the machine".into()))
}
