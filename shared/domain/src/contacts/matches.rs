//! What became of each XPM client and contact: matched with one of ours, waiting, or left alone.
//!
//! One contact has at most one match. A pointer from the contact, written in the same commit and only
//! where there is none, keeps it so whoever writes at the same time (KB-26, SH-03).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::{Employer, Imported};
use super::fields::Field;
use super::listing;
use super::matching::Candidate;
use super::pull::Base;
use super::sync::Outcome;
use crate::ids::{ContactId, FirmId, SyncId, TenantId, XpmUuid};
use crate::ports::{Down, Kind, Store};
use crate::reason::Reason;
use crate::records::{self, Kept, Record};

/// What became of an XPM client or contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// How it stands.
    pub state: MatchState,
    /// The XPM organisation that the record belongs to; nothing where it was never noted.
    #[serde(default)]
    pub tenant: Option<TenantId>,
    /// How it came about, where it is or was matched.
    pub origin: Option<Origin>,
    /// The XPM side, as last read while in step.
    pub xpm: XpmSide,
    /// The contact it is or was matched with.
    pub contact: Option<ContactId>,
    /// What a person may choose from, the likeliest first.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// Why it is not matched, or why a matched one is not kept in step.
    pub reason: Option<Reason>,
    /// Contacts that a person said this is not (KB-42, KB-45).
    #[serde(default)]
    pub rejected: Vec<ContactId>,
    /// What both sides said when they were last in step.
    #[serde(default)]
    pub base: Base,
    /// Fields that both sides changed.
    #[serde(default)]
    pub conflicts: Vec<Field>,
    /// When it was last written to XPM: what was read there before is not believed any more.
    #[serde(default)]
    pub pushed_at: Option<Timestamp>,
    /// The run that wrote it last, and what it counted it as: counting again counts the same.
    #[serde(default)]
    pub changed_in: Option<(SyncId, Outcome)>,
}

/// How a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchState {
    /// Matched with a contact.
    Matched,
    /// A person must choose.
    Partial,
    /// Waiting to become a contact.
    Unmatched,
    /// A person took the match away; it does not come back by itself.
    Removed,
}

/// How a match came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// By rule.
    Auto,
    /// By a person.
    Manual,
    /// The contact was made from it.
    Created,
}

/// The XPM side of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct XpmSide {
    /// Client, or contact of clients.
    pub kind: XpmKind,
    /// XPM's id.
    pub uuid: XpmUuid,
    /// Its name there.
    pub name: String,
    /// Its e-mail field there, as typed.
    #[serde(default)]
    pub email: Option<String>,
    /// A client's legal form, in the firm's words.
    #[serde(default)]
    pub business_structure: Option<String>,
    /// A client's business number; shown and compared, never imported (KB-20).
    #[serde(default)]
    pub business_number: Option<String>,
    /// The clients a contact belongs to.
    #[serde(default)]
    pub clients: Vec<Employer>,
    /// The fields that are kept in step.
    pub fields: Imported,
}

/// What an XPM record is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XpmKind {
    /// A client of the firm.
    Client,
    /// A person at one or more clients.
    Contact,
}

/// Whether XPM has put the record of a match away, or no longer has it: the match stands, but another
/// record may have taken its place there (KB-65, KB-66, BY-13).
pub fn dead(it: &Match) -> bool {
    it.state == MatchState::Matched && it.reason.is_some_and(gone)
}

/// Whether this says that XPM no longer treats a record as a client.
pub(super) fn gone(reason: Reason) -> bool {
    [Reason::Archived, Reason::Deleted, Reason::Prospect, Reason::Vanished].contains(&reason)
}

impl Match {
    /// Whether this is known to be another than the contact, which is not matched with it: it belongs to
    /// another, or a person has said so.
    pub(super) fn is_not(&self, contact: &ContactId) -> bool {
        matches!(self.state, MatchState::Matched | MatchState::Removed)
            || self.rejected.contains(contact)
    }
}

impl Record for Match {
    const KIND: Kind = Kind::Match;

    fn id(&self) -> String {
        self.xpm.uuid.to_string()
    }
}

/// From a contact to its match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMatch {
    /// The contact.
    pub contact: ContactId,
    /// The XPM record it is matched with.
    pub xpm: XpmUuid,
    /// What that is.
    pub kind: XpmKind,
}

impl Record for ContactMatch {
    const KIND: Kind = Kind::ContactMatch;

    fn id(&self) -> String {
        self.contact.to_string()
    }
}

/// The XPM client that a contact is matched with. A person who is only a client's contact has none.
pub async fn client_of(
    store: &impl Store,
    firm: &FirmId,
    contact: &ContactId,
) -> Result<Option<XpmUuid>, Down> {
    let kept = records::get::<ContactMatch>(store, firm, contact.as_str()).await?;
    Ok(kept.and_then(|Kept { record, .. }| match record.kind {
        XpmKind::Client => Some(record.xpm),
        XpmKind::Contact => None,
    }))
}

/// What became of an XPM record.
pub async fn get(
    store: &impl Store,
    firm: &FirmId,
    uuid: &XpmUuid,
) -> Result<Option<Kept<Match>>, Down> {
    records::get(store, firm, uuid.as_str()).await
}

/// A page of the matches in a state, or of all, and where the next one begins. They are chosen as
/// they are read, so a page may be short while more follow.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    state: Option<MatchState>,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<Match>>, Option<String>), Down> {
    let wanted = |it: &Match| state.is_none_or(|state| it.state == state);
    listing::page(store, firm, "", after, limit, wanted).await
}
