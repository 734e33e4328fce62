//! The promises of the webhooks, kept against the twins: what is answered with 2xx is stored, and
//! nothing but an authentic delivery changes anything.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod believed;
mod bodies;
mod desk;
mod stored;
mod xero;
