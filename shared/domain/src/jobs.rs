//! Jobs that are created when the documents they belong to go out.
//!
//! One document set, one draft, one job, ever: the draft's record lies under the document set's id. Once
//! the documents are delivered, the lane `jobs` brings XPM to what the draft says, one durable step after
//! the other: the job, its staff, its costs, its state. What creates goes by protocol P1.

mod advance;
pub mod cost;
pub mod desk;
pub mod draft;
pub mod estimate;
pub mod examine;
mod given;
mod kept;
mod look_back;
mod plan;
pub mod push;
mod refusal;
mod send;
pub mod steps;
mod undo;
pub mod work;

pub use plan::client;
pub use steps::{Standing, StepView, causes, costs_of, standing, steps};
