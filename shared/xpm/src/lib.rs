//! Xero's identity service and Xero Practice Manager (XPM) 3.1 over HTTP.
//!
//! What XPM does, and how sure we are of it, is kept in one sheet of facts; a
//! comment such as `xpm-api 1.3` names its section. Nothing here decides
//! anything: a call is sent once, and its ending is told as it was.

pub mod client;
pub mod identity;
pub mod xml_in;
pub mod xml_out;

mod http;

pub use client::{Xpm, XpmSettings};
pub use http::Unusable;
pub use identity::{IdentitySettings, XeroIdentity};
