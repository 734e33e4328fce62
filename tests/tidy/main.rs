//! Rules about the code itself, kept by `cargo test`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod alarms;
mod files;
mod floors;
mod names;
mod supply;
