//! Bringing XPM's five fields into a contact, field by field, against what both sides said last time.
//!
//! Only what XPM changed since then comes over; what the practice app changed meanwhile is not
//! overwritten (KB-64), a blank never overwrites a value (KB-61), and of several values only those
//! that XPM replaced are replaced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client::Imported;
use super::contact::{AddressLabel, Contact, ContactKind, Phone};
use super::fields::{Field, first, phone_key, values};
use super::names::email_key;
use crate::firm::{Conflicts, Policy};

/// What both sides last said of a field when they were in step, as compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// XPM.
    pub xpm: String,
    /// The practice app.
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
}

/// Brings XPM's fields into the contact.
pub fn pull(contact: &Contact, xpm: &Imported, base: &Base, policy: &Conflicts) -> Pulled {
    let mut it = Pulled { contact: contact.clone(), base: base.clone(), conflicts: Vec::new() };
    for field in Field::ALL {
        let theirs = field.in_xpm(xpm, contact.kind);
        let ours = field.in_app(contact);
        let last = base.get(&field);
        match step(field, contact, xpm, last, policy) {
            Step::Leave => {}
            Step::Agreed => {
                // What the app has beyond XPM since they were in step remains to be pushed.
                let app = match last {
                    Some(last) if theirs != ours => last.app.clone(),
                    Some(_) | None => ours,
                };
                it.base.insert(field, Synced { xpm: theirs, app });
            }
            Step::Take => {
                take(field, &mut it.contact, xpm, last.map_or("", |it| it.xpm.as_str()));
                let app = field.in_app(&it.contact);
                it.base.insert(field, Synced { xpm: theirs, app });
            }
            Step::Conflict => it.conflicts.push(field),
        }
    }
    it
}

/// The base of a contact made from an XPM record.
pub fn created(contact: &Contact, xpm: &Imported) -> Base {
    let synced =
        |field: Field| Synced { xpm: field.in_xpm(xpm, contact.kind), app: field.in_app(contact) };
    let told = Field::ALL.into_iter().map(|field| (field, synced(field)));
    told.filter(|(_, it)| !it.xpm.is_empty()).collect()
}

enum Step {
    Leave,
    Agreed,
    Take,
    Conflict,
}

fn step(
    field: Field,
    contact: &Contact,
    xpm: &Imported,
    last: Option<&Synced>,
    policy: &Conflicts,
) -> Step {
    let theirs = field.in_xpm(xpm, contact.kind);
    let ours = field.in_app(contact);
    if theirs.is_empty() || last.is_some_and(|it| it.xpm == theirs) {
        return Step::Leave;
    }
    // Once in step, a change of a name's case alone is a change like any other.
    let renamed = field == Field::Name && last.is_some();
    if theirs == ours || (field.agrees(contact, xpm) && !renamed) {
        return Step::Agreed;
    }
    // Values of a list stand side by side, so the first meeting loses none of them.
    let adds = last.is_none() && matches!(field, Field::Email | Field::Phones);
    if ours.is_empty() || last.is_some_and(|it| it.app == ours) {
        return Step::Take;
    }
    match field.policy(policy) {
        Policy::Xpm => Step::Take,
        Policy::App if last.is_none() => Step::Agreed,
        Policy::App => Step::Leave,
        Policy::Ask if adds => Step::Take,
        Policy::Ask => Step::Conflict,
    }
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
    let Some(theirs) = theirs.clone() else { return };
    match first(contact, label) {
        Some(n) => contact.addresses[n] = theirs,
        None => contact.addresses.push(theirs),
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
    if new.is_empty() {
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
