//! The rules of Tandem: what is matched, linked, pushed, and why not.
//!
//! Nothing here performs I/O, reads a clock or the environment, or knows AWS or
//! XML. The outside is asked through [`ports`]; time, settings and chance are
//! arguments.

pub mod ids;
pub mod ports;
pub mod practice;
