//! A firm comes, takes its things with it, and goes without a trace (G55).

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod erasing;
mod town;
