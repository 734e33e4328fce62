//! Lanes: which firm has work of which sort, kept so that no lost message matters.
//!
//! A lane is marked *before* its work is written. Whoever has worked it off may
//! quieten it only if no mark was made since it looked.

use std::future::Future;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Down;
use crate::ids::FirmId;

/// How many shards the due lanes are spread over.
pub const LANE_SHARDS: u8 = 8;

macro_rules! lanes {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// A sort of work, done by one function. In the order in which they share the call budget.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Lane { $($(#[$doc])* $name),+ }

        impl Lane {
            /// Every lane.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word for it in keys.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// Whether its work calls XPM.
            pub fn asks_xpm(self) -> bool {
                !matches!(self, Self::Events | Self::Deliveries)
            }
        }
    };
}

lanes! {
    /// Linking tasks and pushing time.
    Time = "time",
    /// Creating jobs.
    Jobs = "jobs",
    /// Contacts of the practice app, into XPM.
    ContactsOut = "contacts_out",
    /// Clients of XPM, into the practice app.
    Contacts = "contacts",
    /// Refreshing what is cached.
    Refresh = "refresh",
    /// Putting what happened in order for others; calls nothing of XPM.
    Events = "events",
    /// Sending it to the firm's endpoints; calls nothing of XPM.
    Deliveries = "deliveries",
}

/// Remembers which firm has work in which lane, and from when.
pub trait Lanes: Send + Sync {
    /// Notes that there is work from `at` on. The note lasts until [`Lanes::settle`].
    fn mark(
        &self,
        firm: &FirmId,
        lane: Lane,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Down>> + Send;

    /// How often the lane was marked, how much of that is worked off, and when it is due.
    fn look(
        &self,
        firm: &FirmId,
        lane: Lane,
    ) -> impl Future<Output = Result<LaneState, Down>> + Send;

    /// Sets when the lane is due next, unless it was marked since `seen` marks; says whether it did.
    /// A lane that was never marked does not come into being by having nothing due.
    fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> impl Future<Output = Result<bool, Down>> + Send;

    /// Firms whose lane is due, of one shard (below [`LANE_SHARDS`]), earliest first.
    fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<FirmId>, Down>> + Send;
}

/// A firm's lane as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneState {
    /// How often it was marked, ever.
    pub marks: u64,
    /// How often it had been marked when it was last settled: the `seen` of that [`Lanes::settle`].
    pub settled: u64,
    /// From when there is work, if there is.
    pub due_at: Option<Timestamp>,
}

/// The way to our own later selves.
pub trait Wakes: Send + Sync {
    /// Asks for the firm's lane to be worked soon. Losing or repeating it is harmless.
    fn wake(&self, wake: &Wake) -> impl Future<Output = Result<(), Down>> + Send;
}

/// All that a message says: no data travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wake {
    /// Who has work.
    pub firm: FirmId,
    /// Of which sort.
    pub lane: Lane,
}
