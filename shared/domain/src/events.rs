//! Outbound events: all that the journal tells, in one order for everyone who follows (BY-09).

pub mod feed;
mod place;
mod rounds;
pub mod work;
