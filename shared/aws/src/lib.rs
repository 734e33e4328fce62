//! The domain's ports, kept by AWS: records and cache in DynamoDB, wakes in
//! SQS, secrets under KMS.
//!
//! Nothing here reads the environment: settings come through a look-up function
//! ([`client::Sdk::load`]), so that one machine and Lambda run the same code.

pub mod cache;
pub mod client;
pub mod clock;
pub mod http;
pub mod store;
pub mod vault;
pub mod wakes;

use domain::ports::{Cause, Down};

pub use cache::DynamoCache;
pub use client::Sdk;
pub use clock::SystemClock;
pub use store::DynamoRecords;
pub use vault::{AnyVault, FileVault, KmsVault};
pub use wakes::SqsWakes;

fn down(what: &'static str, cause: impl Into<Cause>) -> Down {
    Down { what, cause: cause.into() }
}
