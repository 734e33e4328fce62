//! Outbound events: the feed, and its delivery.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod deliveries;
mod feed;
#[path = "../connection/interleaved.rs"]
mod interleaved;
mod office;
