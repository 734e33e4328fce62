//! Tandem on one machine: the functions with the very events that AWS would
//! send, against emulators of DynamoDB and SQS that are real network endpoints,
//! and a simulator of Xero.

pub mod args;
pub mod banner;
pub mod demo;
pub mod dynamo;
mod fleet;
mod folder;
pub mod function;
pub mod headless;
pub mod http;
pub mod in_process;
pub mod invoke;
mod keys;
pub mod mapper;
pub mod processes;
pub mod queues;
pub mod schedule;
pub mod settings;
mod simulator;
pub mod stack;
mod stop;
pub mod wiring;
pub mod witness;

pub use stack::{Addresses, Options, Runner, Stack, StartError};

/// What made a part fail.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
