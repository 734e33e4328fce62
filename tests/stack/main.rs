//! The whole stack, as its users meet it: real HTTP, real endpoints, real processes, `kill -9`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod connecting;
mod contacts;
mod crash;
mod events;
mod jobs;
mod leaving;
mod roles;
mod spine;
mod stage;
mod world;
