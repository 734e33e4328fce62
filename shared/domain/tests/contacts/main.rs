//! The promises of the contact sync from XPM, kept against the twins.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod again;
mod awkward;
mod book;
mod chosen;
mod desk;
mod first;
mod identity;
mod interrupted;
mod lost;
mod many;
mod met;
mod planned;
mod push;
mod pushing;
mod quiet;
mod review;
mod runs;
mod ticking;
mod two_way;
mod undone;
