//! The promises of the time lane, kept against the twins.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod deciding;
mod desk;
mod marked;
mod nightly;
mod pushing;
mod repairing;
mod standing;
mod timers;
mod why;
