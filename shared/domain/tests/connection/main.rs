//! The promises of the connection to Xero, kept against the twins: consent, tokens, copies of XPM's
//! lists, and the gate before every call.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod breaker;
mod connecting;
mod copies;
mod desk;
mod gate;
mod interleaved;
mod organisations;
mod recovery;
mod stampede;
mod tokens;
