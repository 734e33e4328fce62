//! What the simulator promises, asked over HTTP. The expected values are those
//! of the fact sheet on XPM, not of the code.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod clients;
mod control;
mod durability;
mod envelope;
mod errors;
mod faults;
mod identity;
mod jobs;
mod limits;
mod paging;
mod records;
mod time;
mod world;
