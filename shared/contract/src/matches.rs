//! Matches: what became of each XPM client and contact.

mod csv;
mod decisions;

pub use csv::{Line, read_table, table};
pub use decisions::{
    Bulk, BulkBody, BulkFilter, ConfirmBody, Decided, DecisionBody, DecisionWord, Decisions,
    match_id, read_bulk, read_confirm, read_version,
};

use domain::contacts::book::ContactRecord;
use domain::contacts::matches::{Match, MatchState, Origin, XpmKind, XpmSide};
use domain::contacts::matching::{Candidate, Signal};
use domain::ids::{ContactId, XpmUuid};
use domain::records::Kept;
use serde::Serialize;
use utoipa::ToSchema;

use crate::contacts::{AddressBody, ContactWord, PhoneBody};
use crate::problem::ReasonView;

/// What became of an XPM client or contact.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Match)]
pub struct MatchView {
    /// XPM's id of it.
    pub id: String,
    /// How it stands.
    pub state: MatchWord,
    /// How it came about; none while it is not matched.
    #[schema(required)]
    pub origin: Option<MatchOrigin>,
    /// The XPM side.
    pub xpm: XpmRecord,
    /// The contact of the practice app.
    #[schema(required)]
    pub contact: Option<MatchedContact>,
    /// What a person may choose from, the likeliest first.
    pub candidates: Vec<CandidateView>,
    /// Why it is not matched, or why a matched one is not kept in step.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// Grows with every change; an action on an older one is refused.
    pub version: u64,
}

/// How a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MatchState)]
pub enum MatchWord {
    /// Matched with a contact.
    Matched,
    /// A person must choose.
    Partial,
    /// Waiting to become a contact.
    Unmatched,
    /// A person took the match away.
    Removed,
}

/// How a match came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchOrigin {
    /// By rule.
    Auto,
    /// By a person.
    Manual,
    /// The contact was made from it.
    Created,
}

/// An XPM client, or a contact of clients.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct XpmRecord {
    /// Client, or contact of clients.
    pub kind: XpmWord,
    /// XPM's id.
    #[schema(value_type = String)]
    pub uuid: XpmUuid,
    /// Its name there.
    pub name: String,
    /// Its e-mail field there, as typed.
    #[schema(required)]
    pub email: Option<String>,
    /// A client's legal form, in the firm's words.
    #[schema(required)]
    pub business_structure: Option<String>,
    /// A client's business number.
    #[schema(required)]
    pub business_number: Option<String>,
    /// Its phone numbers.
    pub phones: Vec<PhoneBody>,
    /// Its addresses.
    pub addresses: Vec<AddressBody>,
    /// The clients that a contact belongs to.
    pub clients: Vec<XpmRole>,
}

/// What an XPM record is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = XpmKind)]
pub enum XpmWord {
    /// A client of the firm.
    Client,
    /// A person at one or more clients.
    Contact,
}

/// A client that a contact belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct XpmRole {
    /// The client.
    #[schema(value_type = String)]
    pub client_uuid: XpmUuid,
    /// Role there.
    #[schema(required)]
    pub position: Option<String>,
}

/// A contact of the practice app, in short.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MatchedContact {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: ContactId,
    /// Organisation or person.
    pub kind: ContactWord,
    /// The display name.
    pub name: String,
    /// E-mail addresses.
    pub emails: Vec<String>,
}

/// A contact that an XPM record may be.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateView {
    /// The contact.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// Organisation or person, as far as noted.
    #[schema(required)]
    pub kind: Option<ContactWord>,
    /// Its name.
    pub name: String,
    /// How much speaks for it, from 0 to 1.
    pub score: f64,
    /// What was compared.
    pub signals: Vec<SignalView>,
}

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Signal)]
pub struct SignalView {
    /// What.
    pub name: String,
    /// How much it counts in this comparison, from 0 to 1; nothing where a side does not have it.
    pub weight: f64,
    /// How far both sides agree in it, from 0 to 1.
    pub agreement: f64,
    /// Whether both sides say the same.
    pub agrees: bool,
}

/// The state behind a word of a query.
pub fn state_named(word: &str) -> Option<MatchState> {
    [
        ("matched", MatchState::Matched),
        ("partial", MatchState::Partial),
        ("unmatched", MatchState::Unmatched),
        ("removed", MatchState::Removed),
    ]
    .into_iter()
    .find(|it| it.0 == word)
    .map(|it| it.1)
}

impl MatchView {
    /// A match as it stands, with its contact where we have it.
    pub fn of(kept: Kept<Match>, contact: Option<&ContactRecord>) -> Self {
        let Kept { record: it, version } = kept;
        let contact = contact.map(|it| &it.contact.value).map(|it| MatchedContact {
            id: it.id.clone(),
            kind: it.kind.into(),
            name: it.name.clone(),
            emails: it.emails.clone(),
        });
        Self {
            id: it.xpm.uuid.to_string(),
            state: it.state.into(),
            origin: it.origin.map(|it| match it {
                Origin::Auto => MatchOrigin::Auto,
                Origin::Manual => MatchOrigin::Manual,
                Origin::Created => MatchOrigin::Created,
            }),
            xpm: it.xpm.into(),
            contact,
            candidates: it.candidates.into_iter().map(Into::into).collect(),
            reason: it.reason.map(Into::into),
            version,
        }
    }
}

impl From<MatchState> for MatchWord {
    fn from(it: MatchState) -> Self {
        match it {
            MatchState::Matched => Self::Matched,
            MatchState::Partial => Self::Partial,
            MatchState::Unmatched => Self::Unmatched,
            MatchState::Removed => Self::Removed,
        }
    }
}

impl MatchWord {
    /// The word itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Partial => "partial",
            Self::Unmatched => "unmatched",
            Self::Removed => "removed",
        }
    }
}

impl From<XpmSide> for XpmRecord {
    fn from(it: XpmSide) -> Self {
        let clients = it.clients.into_iter();
        let addresses = it.fields.physical.into_iter().chain(it.fields.mailing);
        Self {
            kind: match it.kind {
                XpmKind::Client => XpmWord::Client,
                XpmKind::Contact => XpmWord::Contact,
            },
            uuid: it.uuid,
            name: it.name,
            email: it.email,
            business_structure: it.business_structure,
            business_number: it.business_number,
            phones: it.fields.phones.into_iter().map(Into::into).collect(),
            addresses: addresses.map(Into::into).collect(),
            clients: clients
                .map(|it| XpmRole { client_uuid: it.client, position: it.position })
                .collect(),
        }
    }
}

impl From<Candidate> for CandidateView {
    fn from(it: Candidate) -> Self {
        let Candidate { contact_id, kind, name, score, signals } = it;
        let kind = kind.map(Into::into);
        Self {
            contact_id,
            kind,
            name,
            score,
            signals: signals.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Signal> for SignalView {
    fn from(it: Signal) -> Self {
        Self { name: it.name, weight: it.weight, agreement: it.agreement, agrees: it.agrees }
    }
}
