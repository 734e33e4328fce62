//! The questions the domain asks of the outside.
//!
//! A port is named after the role it plays here, never after the vendor behind
//! it. Its answers are enums that make the caller face every case; its errors
//! mean only that the question could not be asked.

mod cache;
mod courier;
mod identity;
mod lanes;
mod store;
mod timesheets;
mod vault;
mod xpm;

pub use cache::{Cache, CacheKey, Cached, Shelf};
pub use courier::{Courier, Letter, Pause, Receipt};
pub use identity::{
    Authorisation, Connected, Denied, Grant, Identity, Person, Purpose, TENANT_TYPE, Unproven,
};
pub use lanes::{LANE_SHARDS, Lane, LaneState, Lanes, Wake, Wakes};
pub use store::{Change, Committed, Due, Expect, Item, Key, Kind, Page, Range, Store};
pub use timesheets::Timesheets;
pub use vault::{Seal, Sealed, Secret, Vault};
pub use xpm::{Access, ClientSink, Directory, Fault, Jobs, Left, Limit, Practice, Reply};

use std::future::Future;

use jiff::Timestamp;

/// Any lower-level failure, kept for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Something of ours could not be asked: a table, a queue, a key service.
#[derive(Debug, thiserror::Error)]
#[error("{what} did not answer")]
pub struct Down {
    /// Which of them, in words.
    pub what: &'static str,
    /// Why.
    #[source]
    pub cause: Cause,
}

/// What time it is, and what cannot be foreseen: the things a use case may not make up.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// 32 bytes that nobody can guess.
    fn random(&self) -> [u8; 32];

    /// Comes back at this instant, or soon after.
    fn wait(&self, until: Timestamp) -> impl Future<Output = ()> + Send;
}

/// All of the outside, for the workers that need most of it.
pub trait Ports: Send + Sync {
    /// What must not be lost.
    type Store: Store + Lanes;
    /// What may vanish.
    type Cache: Cache;
    /// The way to our own later selves.
    type Wakes: Wakes;
    /// Keeps secrets.
    type Vault: Vault;
    /// Xero's identity service.
    type Identity: Identity;
    /// XPM.
    type Practice: Practice;
    /// Time and chance.
    type Clock: Clock;

    /// What must not be lost.
    fn store(&self) -> &Self::Store;
    /// What may vanish.
    fn cache(&self) -> &Self::Cache;
    /// The way to our own later selves.
    fn wakes(&self) -> &Self::Wakes;
    /// Keeps secrets.
    fn vault(&self) -> &Self::Vault;
    /// Xero's identity service.
    fn identity(&self) -> &Self::Identity;
    /// XPM.
    fn practice(&self) -> &Self::Practice;
    /// Time and chance.
    fn clock(&self) -> &Self::Clock;
}
