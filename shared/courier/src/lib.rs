//! The firms' endpoints over HTTP: each event is posted once, to the public Internet only (G44).
//!
//! An address is given by someone else, so it must not lead to where only we can go. Names are
//! resolved by [`resolver`] at the moment of connecting, and a connection is made only to the
//! addresses that it let through: a name that changes its answer in between changes nothing. A
//! redirect is an answer like any other, and not followed.

pub mod address;
pub mod post;
mod public;
pub mod resolver;

pub use address::{Address, BadAddress, Reach};
pub use post::{HttpCourier, Unusable};
