//! The promises of linking, kept against the twins: one place or the reason why not, and what a person
//! decided stays decided.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod broken;
mod desk;
#[path = "../connection/interleaved.rs"]
mod interleaved;
mod mapping;
mod rule;
mod settings;
mod sticky;
mod waiting;
