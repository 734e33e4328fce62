//! Contacts of the practice app and clients of XPM, matched with each other.
//!
//! A client without a counterpart becomes a contact, one with exactly one exact counterpart is matched,
//! and everything in between waits for a person. What was matched is kept in step.

pub mod book;
pub mod client;
pub mod conflicts;
pub mod contact;
pub mod fields;
pub mod keys;
pub mod matches;
pub mod matching;
pub mod merge;
pub mod names;
pub mod out;
pub mod pull;
pub mod review;
pub mod search;
pub mod sync;

mod crowd;
mod listing;
mod side;
