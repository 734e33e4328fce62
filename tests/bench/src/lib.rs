//! What Tandem costs: how soon a function answers, how fast webhooks are taken, how a long client
//! list is read, what becomes of time.
//!
//! Machines differ, and are shared. So a figure stands beside another that the same run measured,
//! or under a limit with room to spare.

pub mod chance;
pub mod cold_start;
pub mod first_sync;
pub mod intake;
pub mod jobs;
pub mod meter;
pub mod parse;
pub mod process;
pub mod push;
pub mod samples;
pub mod scale;
pub mod suggestions;
pub mod table;
pub mod time;
mod tools;
pub mod workspace;

pub use local::Cause;
