//! The rules of Tandem: what is matched, linked, pushed, and why not.
//!
//! Nothing here performs I/O, reads a clock or the environment, or knows AWS or
//! XML. The outside is asked through [`ports`]; time, settings and chance are
//! arguments.

pub mod budget;
pub mod chance;
pub mod connection;
pub mod contacts;
pub mod copies;
pub mod deadline;
pub mod desired;
pub mod events;
pub mod firm;
pub mod gate;
#[cfg(test)]
mod golden;
pub mod ids;
pub mod invalid;
pub mod issues;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod lanes;
mod lease;
pub mod linking;
pub mod members;
pub mod metric;
pub mod ports;
pub mod practice;
pub mod reason;
pub mod reconcile;
pub mod records;
pub mod retention;
mod rounds;
pub mod session;
pub mod text;
pub mod time;
pub mod why;
