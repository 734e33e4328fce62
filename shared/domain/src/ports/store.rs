//! The records: what must not be lost.

use std::future::Future;

use jiff::Timestamp;
use serde_json::Value;

use super::{Down, Lane};
use crate::ids::FirmId;

/// Keeps records, each under a key of its firm, each with a version.
pub trait Store: Send + Sync {
    /// The item, as last committed.
    fn read(&self, key: &Key) -> impl Future<Output = Result<Option<Item>, Down>> + Send;

    /// Those of the items that exist, in no order. Any number of keys.
    fn read_many(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<Item>, Down>> + Send;

    /// Items of one firm and kind, in the order of their ids.
    fn list(&self, range: &Range) -> impl Future<Output = Result<Page, Down>> + Send;

    /// Makes all changes or none. At most 100, each of another key.
    fn commit(&self, changes: Vec<Change>) -> impl Future<Output = Result<Committed, Down>> + Send;

    /// Keys of the firm's items whose time in this lane has come, earliest first.
    /// May miss what was committed within the last second.
    fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(Timestamp, Key)>, Down>> + Send;
}

/// Where an item is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Whose it is.
    pub firm: FirmId,
    /// What it is.
    pub kind: Kind,
    /// Which of them.
    pub id: String,
}

impl Key {
    /// The key of a firm's item.
    pub fn new(firm: &FirmId, kind: Kind, id: impl Into<String>) -> Self {
        Self { firm: firm.clone(), kind, id: id.into() }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// The kinds of items.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word for it in keys.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

kinds! {
    /// The firm and its settings.
    Firm = "firm",
    /// A hashed API key.
    ApiKey = "api_key",
    /// The connection to Xero, and its organisation.
    Connection = "connection",
    /// The token set of the connection, sealed.
    Token = "token",
    /// Work waiting in a lane.
    Lane = "lane",
    /// A contact of the practice app.
    Contact = "contact",
    /// What a contact can be found by.
    ContactKey = "contact_key",
    /// What became of an XPM client or contact.
    Match = "match",
    /// What a match that is not made can be found by.
    MatchKey = "match_key",
    /// From a contact to its match.
    ContactMatch = "contact_match",
    /// A contact sync.
    Sync = "sync",
    /// What a sync did with a record, or would do.
    SyncChange = "sync_change",
    /// A process and its XPM task type.
    Process = "process",
    /// A task and its link.
    Task = "task",
    /// From a contact, process or job to its tasks.
    TaskOf = "task_of",
    /// A person who records time.
    User = "user",
    /// A time entry and its push.
    Entry = "entry",
    /// From a task or user to its entries.
    EntryOf = "entry_of",
    /// Records to be looked through because the settings changed.
    Revisit = "revisit",
    /// A job to be created when its document set goes out.
    JobDraft = "job_draft",
    /// From a client to the drafts sent for it; from a job to the draft that took it for its own.
    JobDraftOf = "job_draft_of",
    /// From a day to its entries, and how each stands.
    EntryOn = "entry_on",
    /// From a cause to everything that it holds up.
    Cause = "cause",
    /// An order to try again what a cause holds up.
    Redrive = "redrive",
    /// A comparison of time with XPM, and how far it came.
    Comparison = "comparison",
    /// What changed, when, by whom and why.
    Journal = "journal",
    /// A place in the feed, and whose it is.
    Feed = "feed",
    /// How far something has come in the feed or in the journal.
    FeedMark = "feed_mark",
    /// Where outbound events go.
    Endpoint = "endpoint",
    /// What became of one event at one endpoint.
    Delivery = "delivery",
    /// From an endpoint to what it is still to be sent, by time.
    Pending = "pending",
    /// From an organisation of Xero to the firms that connected it.
    Tenant = "tenant",
    /// A person who may sign in to the console.
    Member = "member",
    /// From a person to the firms whose member they are.
    MemberOf = "member_of",
    /// An answer kept for a repeated `Idempotency-Key`.
    Idempotency = "idempotency",
    /// That a firm was erased.
    Erasure = "erasure",
}

/// A stored thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Where it is kept.
    pub key: Key,
    /// Grows by one with every change; the first is 1.
    pub version: u64,
    /// What it says: a JSON object.
    pub body: Value,
    /// When it needs looking at, if it does.
    pub due: Option<Due>,
    /// From when it may be gone, if ever. It may be there for days after that, to the second.
    pub expires: Option<Timestamp>,
}

/// When an item needs looking at, and in which lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Who looks.
    pub lane: Lane,
    /// When, to the millisecond.
    pub at: Timestamp,
}

/// One change of a commit.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Writes the item, if what is there is as expected.
    Put(Item, Expect),
    /// Removes the item, if what is there is as expected.
    Delete(Key, Expect),
}

impl Change {
    /// What it changes.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put(item, _) => &item.key,
            Self::Delete(key, _) => key,
        }
    }
}

/// What must be there for a change to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Absent,
    /// This version.
    Version(u64),
    /// Whatever it may be.
    Any,
}

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a conflict means nothing was written"]
pub enum Committed {
    /// All of it is written.
    Done,
    /// Something was not as expected, or is being changed by another; nothing is written.
    Conflict,
}

/// A stretch of a firm's items of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Whose.
    pub firm: FirmId,
    /// What.
    pub kind: Kind,
    /// Only ids that begin so; empty for all.
    pub prefix: String,
    /// Only ids after this one.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

impl Range {
    /// The first `limit` items of a kind whose ids begin with `prefix`.
    pub fn of(firm: &FirmId, kind: Kind, prefix: impl Into<String>, limit: usize) -> Self {
        Self { firm: firm.clone(), kind, prefix: prefix.into(), after: None, limit }
    }
}

/// Part of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The items, in the order of their ids.
    pub items: Vec<Item>,
    /// Where the next page begins, if there is more.
    pub next: Option<String>,
}
