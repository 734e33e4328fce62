//! Outbound events: all that the journal tells, in one order for everyone who follows (BY-09).

mod deliver;
pub mod delivery;
pub mod endpoint;
mod fan_out;
pub mod feed;
mod place;
mod secrets;
pub mod work;
