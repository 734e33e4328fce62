//! What the adapters make of Xero's services: of odd answers, sent by a scripted server, and of
//! the simulator's.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod conformance;
mod identity;
mod limits;
mod once;
mod reading;
mod refusing;
mod secrets;
mod server;
mod simulator;
mod things;
mod writing;
