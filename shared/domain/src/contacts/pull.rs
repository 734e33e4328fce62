//! Merging an XPM record and a contact field by field, against what both sides said last time.
//!
//! The merge brings over what XPM changed, and says what remains to be sent there: the pull does the
//! one, the push both. What both sides changed waits for a person (KB-64), a blank never overwrites a
//! value (KB-61), and of several values only those that XPM replaced are replaced (G10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client::Imported;
use super::contact::{AddressLabel, Contact, ContactKind, Phone};
use super::fields::{Field, first, phone_key, values, within};
use super::matches::{XpmKind, XpmSide};
use super::merge::{Choice, Sides, Step, step};
use super::names::email_key;
use crate::firm::ContactSync;

/// What both sides last said of a field when they were in step, as compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// XPM.
    pub xpm: String,
    /// The practice app, as far as it goes to XPM.
    pub app: String,
    /// What XPM was asked to say and may say by now, because no answer came: `xpm` and `app` once it
    /// does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// What XPM was asked to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// XPM, if it does.
    pub xpm: String,
    /// What the practice app said then.
    pub app: String,
}

/// The fields that have been in step. One that never was has no entry.
pub type Base = BTreeMap<Field, Synced>;

/// The most values in a list, as a contact may state itself.
const MOST: usize = 20;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    /// The contact, changed or not.
    pub contact: Contact,
    /// What the next one compares against.
    pub base: Base,
    /// Fields in which both sides changed, left as they are for a person to decide.
    pub conflicts: Vec<Field>,
    /// Fields that remain to be sent to XPM.
    pub send: Vec<Field>,
}

impl Synced {
    /// Both sides of a field at this moment.
    pub(super) fn now(field: Field, contact: &Contact, kind: XpmKind, xpm: &Imported) -> Self {
        let app = field.outgoing(contact, kind);
        Self { xpm: field.in_xpm(xpm, contact.kind), app, asked: None }
    }

    /// What was last in step, now that XPM says this: perhaps what it was asked to say.
    fn known(self, theirs: &str) -> Self {
        match self.asked {
            Some(Asked { xpm, app }) if xpm == theirs => Self { xpm, app, asked: None },
            _ => self,
        }
    }
}

/// Merges an XPM record into the contact, as far as XPM has the say.
pub fn pull(contact: &Contact, side: &XpmSide, base: &Base, sync: &ContactSync) -> Pulled {
    let (xpm, kind) = (&side.fields, side.kind);
    let (conflicts, send) = (Vec::new(), Vec::new());
    let mut it = Pulled { contact: contact.clone(), base: base.clone(), conflicts, send };
    for field in Field::ALL {
        let now = Synced::now(field, contact, kind, xpm);
        let last = base.get(&field).map(|it| it.clone().known(&now.xpm));
        if let Some(last) = &last {
            it.base.insert(field, last.clone());
        }
        let sides = Sides {
            theirs: &now.xpm,
            ours: &now.app,
            has_theirs: field.agrees(contact, xpm),
            has_ours: if field == Field::Name {
                field.agrees(contact, xpm)
            } else {
                within(&now.app, &now.xpm)
            },
            list: field.is_list(),
            exact: field == Field::Name,
        };
        // A name is never blank for good, so a blank one is never news.
        let blanks = sync.blank_overwrites && field != Field::Name;
        let choice = Choice { policy: field.policy(&sync.conflict), blanks };
        match step(sides, last.as_ref(), choice) {
            Step::Leave => {}
            Step::Agree => {
                it.base.insert(field, now);
            }
            Step::Take => {
                let old = replaceable(last.as_ref(), &now);
                take(field, &mut it.contact, xpm, &old);
                it.base.insert(field, Synced::now(field, &it.contact, kind, xpm));
            }
            Step::Send => it.send.push(field),
            Step::Ask => it.conflicts.push(field),
        }
    }
    it
}

/// Takes XPM's value of one field, whoever changed it (KB-64).
pub(super) fn take_over(contact: &mut Contact, side: &XpmSide, field: Field, base: &mut Base) {
    let now = Synced::now(field, contact, side.kind, &side.fields);
    let old = replaceable(base.get(&field), &now);
    take(field, contact, &side.fields, &old);
    base.insert(field, Synced::now(field, contact, side.kind, &side.fields));
}

/// The values that XPM's new ones replace: those that XPM had, and where both sides changed theirs,
/// the practice app's.
fn replaceable(last: Option<&Synced>, now: &Synced) -> String {
    match last {
        None => String::new(),
        Some(last) if last.app == now.app => last.xpm.clone(),
        Some(last) => format!("{}{}", last.xpm, now.app),
    }
}

/// The base of a contact made from an XPM record, or of a record made from a contact.
pub fn created(contact: &Contact, side: &XpmSide) -> Base {
    let synced = |field| (field, Synced::now(field, contact, side.kind, &side.fields));
    let told = Field::ALL.into_iter().map(synced);
    told.filter(|(_, it)| !it.xpm.is_empty() || !it.app.is_empty()).collect()
}

fn take(field: Field, contact: &mut Contact, xpm: &Imported, last: &str) {
    match field {
        Field::Name => {
            contact.name.clone_from(&xpm.name);
            if contact.kind == ContactKind::Person {
                contact.first_name.clone_from(&xpm.first_name);
                contact.last_name.clone_from(&xpm.last_name);
            }
        }
        Field::Email => replace(&mut contact.emails, &xpm.emails, last, |it| email_key(it), keep),
        Field::Phones => {
            let key = |it: &Phone| phone_key(&it.number);
            replace(&mut contact.phones, &xpm.phones, last, key, relabel);
        }
        Field::PhysicalAddress => take_address(contact, xpm, AddressLabel::Physical),
        Field::MailingAddress => take_address(contact, xpm, AddressLabel::Mailing),
    }
}

fn take_address(contact: &mut Contact, xpm: &Imported, label: AddressLabel) {
    let theirs = match label {
        AddressLabel::Physical => &xpm.physical,
        AddressLabel::Mailing => &xpm.mailing,
    };
    match (theirs.clone(), first(contact, label)) {
        (Some(theirs), Some(n)) => contact.addresses[n] = theirs,
        (Some(theirs), None) if contact.addresses.len() < MOST => contact.addresses.push(theirs),
        (None, Some(n)) => drop(contact.addresses.remove(n)),
        (Some(_) | None, None) => {}
    }
}

/// Puts XPM's new values in the places of those that it no longer has, and any more at the end.
fn replace<T: Clone>(
    own: &mut Vec<T>,
    theirs: &[T],
    last: &str,
    key: impl Fn(&T) -> String,
    fit: impl Fn(&T, T) -> T,
) {
    let there = |it: &T, all: &[T]| all.iter().any(|other| key(other) == key(it));
    let new: Vec<T> = theirs.iter().filter(|it| !there(it, own)).cloned().collect();
    let old = |it: &T| values(last).any(|old| old == key(it)) && !there(it, theirs);
    let mut places: Vec<usize> = (0..own.len()).filter(|n| old(&own[*n])).collect();
    // One of several that is gone in XPM stays (KB-61); all of them go only where a blank may clear.
    if new.is_empty() && !theirs.is_empty() {
        return;
    }
    places.reverse();
    for it in new {
        match places.pop() {
            Some(n) => own[n] = fit(&own[n], it),
            None if own.len() < MOST => own.push(it),
            None => {}
        }
    }
    for n in places {
        own.remove(n);
    }
}

fn keep(_: &String, new: String) -> String {
    new
}

/// A phone keeps the app's own name for it.
fn relabel(old: &Phone, new: Phone) -> Phone {
    Phone { label: old.label.clone(), number: new.number }
}

#[cfg(test)]
mod tests;
