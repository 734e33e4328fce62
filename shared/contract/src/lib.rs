//! What practice apps send and receive: the JSON of the API and of inbound webhooks.
//!
//! A body is read in two steps. What is no JSON, has the wrong types or unknown fields is
//! [`body::BodyError::Malformed`], with the place of the first fault; what can be read but breaks a
//! rule is [`body::BodyError::Invalid`], with every fault at once.

pub mod body;
pub mod cells;
pub mod conflicts;
pub mod connection;
pub mod contacts;
pub mod decisions;
pub mod drafts;
pub mod entries;
pub mod events;
pub mod issues;
pub mod keys;
pub mod links;
pub mod list;
pub mod matches;
pub mod moves;
pub mod problem;
pub mod processes;
pub mod pushes;
pub mod reconciliation;
pub mod settings;
pub mod summaries;
pub mod syncs;
pub mod tasks;
pub mod users;
pub mod webhooks;
pub mod why;
pub mod xpm;

mod check;
mod object;
mod table;
