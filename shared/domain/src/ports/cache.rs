//! The cache: what may vanish at any time, and must not be believed after its time.

use std::future::Future;

use jiff::Timestamp;
use serde_json::Value;

use super::{Committed, Down, Expect};
use crate::ids::FirmId;

/// Keeps things for a while. An item past its time does not exist, whether or not it was deleted yet.
pub trait Cache: Send + Sync {
    /// The item, unless its time is over at `now`.
    fn fetch(
        &self,
        key: &CacheKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Cached>, Down>> + Send;

    /// Keeps the item until `expires_at`, if what is there at `now` is as expected.
    /// The version becomes 1, or one more than the expected one.
    fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> impl Future<Output = Result<Committed, Down>> + Send;

    /// Forgets the item, if what is there at `now` is as expected.
    fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> impl Future<Output = Result<Committed, Down>> + Send;

    /// Ids of what lies on a firm's shelf, at most `limit`, in no order: what is past its time is among
    /// them until it was deleted.
    fn ids(
        &self,
        firm: &FirmId,
        shelf: Shelf,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<String>, Down>> + Send;
}

/// Where a cached item is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey {
    /// Whose it is.
    pub firm: FirmId,
    /// What it is.
    pub shelf: Shelf,
    /// Which of them.
    pub id: String,
}

impl CacheKey {
    /// The key of a firm's cached item.
    pub fn new(firm: &FirmId, shelf: Shelf, id: impl Into<String>) -> Self {
        Self { firm: firm.clone(), shelf, id: id.into() }
    }
}

macro_rules! shelves {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// The sorts of cached items.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Shelf { $($(#[$doc])* $name),+ }

        impl Shelf {
            /// Every shelf.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word for it in keys.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

shelves! {
    /// Lists and jobs read from XPM.
    Xpm = "xpm",
    /// Authorisations under way.
    Authorisation = "authorisation",
    /// Ids of webhook deliveries already taken.
    Seen = "seen",
    /// Who is working on what.
    Lease = "lease",
    /// Calls made and calls left.
    Budget = "budget",
    /// Chunks of a sync's client list.
    SyncChunk = "sync_chunk",
    /// Why a lane stands still.
    Pause = "pause",
    /// Who is signed in to the console.
    Session = "session",
}

/// A cached item.
#[derive(Clone, Debug, PartialEq)]
pub struct Cached {
    /// Counts the writes since it came into being.
    pub version: u64,
    /// What it says.
    pub body: Value,
    /// When it ceases to exist.
    pub expires_at: Timestamp,
}
