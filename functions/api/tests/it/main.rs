//! The API from the gateway inwards, on the memory twins. Every answer is held against the document.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod access;
mod connection;
mod console;
mod console_contacts;
mod console_jobs;
mod console_settings;
mod console_time;
mod contacts;
mod conventions;
mod document;
mod draft_tables;
mod drafts;
mod events;
mod hostile;
mod idempotency;
mod lists;
mod matches;
mod pause;
mod reconciliation;
mod records;
mod schema;
mod syncs;
mod tenants;
mod world;
mod xpm;
