//! The practice app's contacts as we keep them: its newest statement, and what the sync made of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contact::Contact;
use super::keys::{contact_keys, rekey};
use super::listing;
use super::matches::ContactMatch;
use super::out::state::{Outgoing, State};
use crate::desired::{Desired, Stamp};
use crate::ids::{ContactId, FirmId};
use crate::lanes::Waiting;
use crate::ports::{Down, Due, Kind, Lane, Lanes, Store};
use crate::records::{self, Edit, Kept, Record};

/// A contact as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactRecord {
    /// The contact as it stands, with the version of the app's newest statement.
    pub contact: Desired<Contact>,
    /// What the app last stated, where the sync has changed the contact since.
    #[serde(default)]
    pub stated: Option<Contact>,
    /// How it stands with XPM.
    #[serde(default)]
    pub push: Outgoing,
    /// When it needs looking at, if it does: to be sent to XPM, or to be matched.
    #[serde(default)]
    pub look_at: Option<Timestamp>,
}

impl Record for ContactRecord {
    const KIND: Kind = Kind::Contact;

    fn id(&self) -> String {
        self.contact.value.id.to_string()
    }

    fn due(&self) -> Option<Due> {
        self.look_at.map(|at| Due { lane: Self::LANE, at })
    }
}

impl Waiting for ContactRecord {
    const LANE: Lane = Lane::ContactsOut;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(at);
    }
}

/// What became of a statement about a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Whether it was news; an older version than the stored one is not.
    pub applied: bool,
    /// Whether it was refused, because a matched contact cannot become one of another kind (KB-33).
    pub kind_fixed: bool,
    /// The contact as it stands now.
    pub record: ContactRecord,
}

impl ContactRecord {
    /// A contact stated for the first time.
    pub fn first(contact: Contact, stamp: Stamp) -> Self {
        let (stated, push, look_at) = (None, Outgoing::default(), None);
        Self { contact: Desired::first(contact, stamp), stated, push, look_at }
    }

    /// Takes a statement of the app. The same version told once more, word for word, does not undo
    /// what the sync has changed since.
    fn state(&mut self, contact: Contact, stamp: Stamp) -> bool {
        let same_version = self.contact.explicit && stamp.version == Some(self.contact.version);
        if same_version && !self.contact.deleted && self.stated.as_ref() == Some(&contact) {
            return true;
        }
        let applied = self.contact.update(contact, stamp);
        if applied {
            self.stated = None;
        }
        applied
    }

    /// Takes a change that the sync makes. The app's version and time stay, so that an edit already
    /// on its way still counts as newer.
    pub fn change(&mut self, contact: Contact) {
        if contact != self.contact.value {
            let before = std::mem::replace(&mut self.contact.value, contact);
            self.stated.get_or_insert(before);
        }
    }
}

/// Takes what the practice app says of a contact, to be looked at soon. The contact must have passed
/// [`Contact::check`].
pub async fn put(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    contact: Contact,
    stamp: Stamp,
) -> Result<Applied, Down> {
    // Marked before it is written: see `ports::Lanes`.
    store.mark(firm, Lane::ContactsOut, stamp.as_of).await?;
    let id = contact.id.clone();
    for known_unmatched in [false, true] {
        let put = records::amend(store, firm, id.as_str(), |it| {
            state(firm, it, contact.clone(), stamp, known_unmatched)
        });
        let applied = put.await?;
        if !applied.kind_fixed {
            return Ok(applied);
        }
        // Another kind than before: that is for those to change who are not matched yet.
        let is_matched = records::get::<ContactMatch>(store, firm, id.as_str()).await?.is_some();
        if is_matched {
            return Ok(applied);
        }
    }
    Err(Down { what: "the records", cause: "a contact kept changing its kind".into() })
}

/// What a statement makes of the record. A change of the kind is taken where the contact is known not
/// to be matched.
fn state(
    firm: &FirmId,
    record: Option<ContactRecord>,
    contact: Contact,
    stamp: Stamp,
    known_unmatched: bool,
) -> Edit<ContactRecord, Applied> {
    let Some(before) = record else {
        let id = contact.id.clone();
        let mut record = ContactRecord::first(contact, stamp);
        record.look_at = Some(stamp.as_of);
        let keys = rekey(firm, &id, &[], &keys_of(&record));
        let applied = Applied { applied: true, kind_fixed: false, record: record.clone() };
        return Edit::Write(record, keys, applied);
    };
    let kind_fixed = !known_unmatched && before.contact.value.kind != contact.kind;
    let mut record = before.clone();
    let applied = record.state(contact, stamp);
    if record == before {
        return Edit::Leave(Applied { applied, kind_fixed: false, record });
    }
    if kind_fixed {
        return Edit::Leave(Applied { applied: false, kind_fixed, record: before });
    }
    // Said once more, what is in XPM needs no look.
    let settled = matches!(record.push.state, State::Settled { .. });
    if !settled || record.contact.value != before.contact.value || before.contact.deleted {
        record.look_at = Some(stamp.as_of);
    }
    let keys = rekey(firm, &before.contact.value.id, &keys_of(&before), &keys_of(&record));
    Edit::Write(record.clone(), keys, Applied { applied, kind_fixed, record })
}

/// Takes the news that a contact is gone; `None` when it was never here. Its match stays, so that
/// the next sync does not bring it back.
pub async fn delete(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &ContactId,
    stamp: Stamp,
) -> Result<Option<Applied>, Down> {
    store.mark(firm, Lane::ContactsOut, stamp.as_of).await?;
    records::amend(store, firm, id.as_str(), |it: Option<ContactRecord>| match it {
        None => Edit::Leave(None),
        Some(before) => {
            let mut record = before.clone();
            let applied = record.contact.delete(stamp);
            let kind_fixed = false;
            if record == before {
                return Edit::Leave(Some(Applied { applied, kind_fixed, record }));
            }
            record.look_at = Some(stamp.as_of);
            let keys = rekey(firm, id, &keys_of(&before), &keys_of(&record));
            Edit::Write(record.clone(), keys, Some(Applied { applied, kind_fixed, record }))
        }
    })
    .await
}

/// A contact, unless it is gone or never was.
pub async fn get(
    store: &impl Store,
    firm: &FirmId,
    id: &ContactId,
) -> Result<Option<ContactRecord>, Down> {
    let kept = records::get::<ContactRecord>(store, firm, id.as_str()).await?;
    Ok(kept.map(|it| it.record).filter(|it| !it.contact.deleted))
}

/// A page of the contacts that are not gone, in the order of their ids, and where the next one begins.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<ContactRecord>>, Option<String>), Down> {
    listing::page(store, firm, "", after, limit, |it: &ContactRecord| !it.contact.deleted).await
}

/// The most organisations by which a person can be found: keeps a change of all keys in one commit.
const WORKPLACES: usize = 10;

/// The keys a contact can be found by; none once it is gone. A person is found by its organisations too.
pub(super) fn keys_of(record: &ContactRecord) -> Vec<String> {
    if record.contact.deleted {
        return Vec::new();
    }
    let it = &record.contact.value;
    let at = it.organisations.iter().take(WORKPLACES).map(|it| people_of(&it.id));
    let mut keys: Vec<String> = contact_keys(it).into_iter().chain(at).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// The prefix under which the people of an organisation are found.
pub(super) fn people_of(organisation: &ContactId) -> String {
    format!("o:{organisation}#")
}
