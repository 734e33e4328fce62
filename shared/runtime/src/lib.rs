//! Where Lambda's shapes meet ours: settings, logs, events, deadlines, signatures, problems.
//!
//! Nothing here reads the clock or the environment; both are handed in by `main`.

pub mod batch;
pub mod browser;
pub mod chain;
pub mod config;
pub mod deadline;
pub mod http;
pub mod metrics;
pub mod problem;
pub mod signature;
pub mod telemetry;
pub mod trigger;
pub mod worker;
