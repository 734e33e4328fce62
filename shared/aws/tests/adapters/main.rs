//! The adapters against an emulator of DynamoDB in process, and stand-ins for SQS and KMS.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cache;
mod faults;
mod queues;
mod stack;
mod store;
mod vaults;
