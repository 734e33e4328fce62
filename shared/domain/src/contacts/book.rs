//! The practice app's contacts as we keep them: its newest statement, and what the sync made of it.

use serde::{Deserialize, Serialize};

use super::contact::Contact;
use super::keys::{contact_keys, rekey};
use super::listing;
use crate::desired::{Desired, Stamp};
use crate::ids::{ContactId, FirmId};
use crate::ports::{Down, Kind, Store};
use crate::records::{self, Edit, Kept, Record};

/// A contact as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactRecord {
    /// The contact as it stands, with the version of the app's newest statement.
    pub contact: Desired<Contact>,
    /// What the app last stated, where the sync has changed the contact since.
    #[serde(default)]
    pub stated: Option<Contact>,
}

impl Record for ContactRecord {
    const KIND: Kind = Kind::Contact;

    fn id(&self) -> String {
        self.contact.value.id.to_string()
    }
}

/// What became of a statement about a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Whether it was news; an older version than the stored one is not.
    pub applied: bool,
    /// The contact as it stands now.
    pub record: ContactRecord,
}

impl ContactRecord {
    /// A contact stated for the first time.
    pub fn first(contact: Contact, stamp: Stamp) -> Self {
        Self { contact: Desired::first(contact, stamp), stated: None }
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

/// Takes what the practice app says of a contact. The contact must have passed [`Contact::check`].
pub async fn put(
    store: &impl Store,
    firm: &FirmId,
    contact: Contact,
    stamp: Stamp,
) -> Result<Applied, Down> {
    let id = contact.id.clone();
    records::amend(store, firm, id.as_str(), |it: Option<ContactRecord>| match it {
        None => {
            let record = ContactRecord::first(contact.clone(), stamp);
            let keys = rekey(firm, &id, &[], &contact_keys(&contact));
            Edit::Write(record.clone(), keys, Applied { applied: true, record })
        }
        Some(before) => {
            let mut record = before.clone();
            let applied = record.state(contact.clone(), stamp);
            if record == before {
                return Edit::Leave(Applied { applied, record });
            }
            let keys = rekey(firm, &id, &keys_of(&before), &keys_of(&record));
            Edit::Write(record.clone(), keys, Applied { applied, record })
        }
    })
    .await
}

/// Takes the news that a contact is gone; `None` when it was never here. Its match stays, so that
/// the next sync does not bring it back.
pub async fn delete(
    store: &impl Store,
    firm: &FirmId,
    id: &ContactId,
    stamp: Stamp,
) -> Result<Option<Applied>, Down> {
    records::amend(store, firm, id.as_str(), |it: Option<ContactRecord>| match it {
        None => Edit::Leave(None),
        Some(before) => {
            let mut record = before.clone();
            let applied = record.contact.delete(stamp);
            if record == before {
                return Edit::Leave(Some(Applied { applied, record }));
            }
            let keys = rekey(firm, id, &keys_of(&before), &keys_of(&record));
            Edit::Write(record.clone(), keys, Some(Applied { applied, record }))
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

/// The keys a contact can be found by; none once it is gone.
pub(super) fn keys_of(record: &ContactRecord) -> Vec<String> {
    if record.contact.deleted { Vec::new() } else { contact_keys(&record.contact.value) }
}
