//! The promises of jobs from documents, kept against the twins: one document set, one job.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod asking;
mod costs;
mod creating;
mod desk;
mod interrupted;
mod many;
mod undoing;
mod why;
