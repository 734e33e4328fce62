//! What is sent to XPM of a contact: of a change only what differs (KB-56), of several addresses and
//! phones only the first (KB-54), and never a field that XPM reads otherwise than it is written.

use crate::contacts::contact::{AddressLabel, Contact, ContactKind, PostalAddress};
use crate::contacts::fields::{Field, Phones, first, main_email, phone_key, values};
use crate::contacts::matches::XpmKind;
use crate::contacts::names::{email_key, emails, tidy};
use crate::contacts::pull::Base;
use crate::practice::{Address, Client, ClientContact, ClientDraft, ContactDraft};

/// A new client.
pub(super) fn new_client(it: &Contact) -> ClientDraft {
    let person = it.kind == ContactKind::Person;
    let part = |it: &Option<String>| it.clone().filter(|it| person && !it.trim().is_empty());
    let home = |label| first(it, label).map(|n| whole(&it.addresses[n]));
    ClientDraft {
        name: Some(tidy(&it.name)),
        first_name: part(&it.first_name),
        last_name: part(&it.last_name),
        email: main_email(it).map(str::to_owned),
        phone: Phones::of(it, XpmKind::Client).phone.map(|it| it.number.clone()),
        physical: home(AddressLabel::Physical),
        postal: home(AddressLabel::Mailing),
        business_structure: None,
        export_code: None,
    }
}

/// A new contact of a client.
pub(super) fn new_contact(it: &Contact, position: Option<String>) -> ContactDraft {
    let Phones { phone, mobile } = Phones::of(it, XpmKind::Contact);
    ContactDraft {
        name: Some(tidy(&it.name)),
        email: main_email(it).map(str::to_owned),
        phone: phone.map(|it| it.number.clone()),
        mobile: mobile.map(|it| it.number.clone()),
        position,
        primary: None,
    }
}

/// The change that brings these fields of the contact to a client.
pub(super) fn client(it: &Contact, fields: &[Field], there: &Client, base: &Base) -> ClientDraft {
    let mut draft = ClientDraft::default();
    for field in fields {
        match field {
            Field::Name => {
                draft.name = other(&it.name, Some(&there.name));
                if it.kind == ContactKind::Person {
                    let part = |own: &Option<String>, there: &Option<String>| {
                        other(own.as_deref().unwrap_or_default(), there.as_deref())
                    };
                    draft.first_name = part(&it.first_name, &there.first_name);
                    draft.last_name = part(&it.last_name, &there.last_name);
                }
            }
            Field::Email => draft.email = email(it, there.email.as_deref(), base),
            Field::Phones => {
                let phone = Phones::of(it, XpmKind::Client).phone;
                draft.phone = Some(phone.map(|it| it.number.clone()).unwrap_or_default());
            }
            Field::PhysicalAddress => {
                draft.physical = address(it, AddressLabel::Physical, there.physical.as_ref());
            }
            Field::MailingAddress => {
                draft.postal = address(it, AddressLabel::Mailing, there.postal.as_ref());
            }
        }
    }
    draft
}

/// The change that brings these fields of the contact to a client's contact. Its role there is XPM's own.
pub(super) fn contact(
    it: &Contact,
    fields: &[Field],
    there: &ClientContact,
    base: &Base,
) -> ContactDraft {
    let mut draft = ContactDraft::default();
    for field in fields {
        match field {
            Field::Name => draft.name = other(&it.name, Some(&there.name)),
            Field::Email => draft.email = email(it, there.email.as_deref(), base),
            Field::Phones => {
                let Phones { phone, mobile } = Phones::of(it, XpmKind::Contact);
                let none = phone.is_none() && mobile.is_none();
                let number = |own: Option<&str>, there: &Option<String>| {
                    let there = there.as_deref().unwrap_or_default();
                    let own = own.or(none.then_some(""))?;
                    (phone_key(own) != phone_key(there)).then(|| own.to_owned())
                };
                draft.phone = number(phone.map(|it| it.number.as_str()), &there.phone);
                draft.mobile = number(mobile.map(|it| it.number.as_str()), &there.mobile);
            }
            Field::PhysicalAddress | Field::MailingAddress => {}
        }
    }
    draft
}

/// The client as it will be once the change is made.
pub(super) fn changed_client(there: &Client, draft: &ClientDraft) -> Client {
    let mut it = there.clone();
    set(&mut it.first_name, &draft.first_name);
    set(&mut it.last_name, &draft.last_name);
    set(&mut it.email, &draft.email);
    set(&mut it.phone, &draft.phone);
    it.name = draft.name.clone().unwrap_or(it.name);
    for (there, draft) in [(&mut it.physical, &draft.physical), (&mut it.postal, &draft.postal)] {
        let Some(draft) = draft else { continue };
        let mut address = there.take().unwrap_or_default();
        if !draft.lines.is_empty() {
            address.lines.clone_from(&draft.lines);
        }
        set(&mut address.city, &draft.city);
        set(&mut address.region, &draft.region);
        set(&mut address.postcode, &draft.postcode);
        set(&mut address.country, &draft.country);
        *there = Some(address);
    }
    it
}

/// The contact as it will be once the change is made.
pub(super) fn changed_contact(there: &ClientContact, draft: &ContactDraft) -> ClientContact {
    let mut it = there.clone();
    set(&mut it.email, &draft.email);
    set(&mut it.phone, &draft.phone);
    set(&mut it.mobile, &draft.mobile);
    it.name = draft.name.clone().unwrap_or(it.name);
    it
}

/// The text, unless XPM has it already or it is blank.
fn other(own: &str, there: Option<&str>) -> Option<String> {
    let own = tidy(own);
    (!own.is_empty() && own != tidy(there.unwrap_or_default())).then_some(own)
}

/// XPM's e-mail field with the main address in it: in the place of the one that it replaces, and before
/// the others that XPM has (KB-25).
fn email(it: &Contact, there: Option<&str>, base: &Base) -> Option<String> {
    let Some(main) = main_email(it) else { return Some(String::new()) };
    let mut list = emails(there.unwrap_or_default());
    let ours = |other: &String| it.email_keys().contains(&email_key(other));
    let last = base.get(&Field::Email).map_or("", |it| it.app.as_str());
    let was_ours = |other: &String| values(last).any(|it| it == email_key(other));
    let old = list.iter().position(|it| was_ours(it) && !ours(it));
    let old = old.or_else(|| list.first().filter(|it| !ours(it)).map(|_| 0));
    match old {
        Some(n) => main.clone_into(&mut list[n]),
        None => list.insert(0, main.to_owned()),
    }
    Some(list.join("; "))
}

/// The parts of the first address of this sort that differ from XPM's; what is no more is emptied.
fn address(it: &Contact, label: AddressLabel, there: Option<&Address>) -> Option<Address> {
    let own = first(it, label).map(|n| whole(&it.addresses[n])).unwrap_or_default();
    let nothing = Address::default();
    let there = there.unwrap_or(&nothing);
    let part = |own: &Option<String>, there: &Option<String>| {
        let own = own.as_deref().unwrap_or_default();
        (tidy(own) != tidy(there.as_deref().unwrap_or_default())).then(|| own.to_owned())
    };
    let text = |it: &[String]| tidy(&it.join(" "));
    let lines = match text(&own.lines) == text(&there.lines) {
        true => Vec::new(),
        false if own.lines.is_empty() => vec![String::new()],
        false => own.lines.clone(),
    };
    let differing = Address {
        lines,
        city: part(&own.city, &there.city),
        region: part(&own.region, &there.region),
        postcode: part(&own.postcode, &there.postcode),
        country: part(&own.country, &there.country),
    };
    (differing != nothing).then_some(differing)
}

fn whole(it: &PostalAddress) -> Address {
    let PostalAddress { lines, city, region, postcode, country, .. } = it.clone();
    let lines = lines.into_iter().filter(|it| !it.trim().is_empty()).collect();
    let filled = |it: Option<String>| it.filter(|it| !it.trim().is_empty());
    let (city, region) = (filled(city), filled(region));
    Address { lines, city, region, postcode: filled(postcode), country: filled(country) }
}

fn set(there: &mut Option<String>, new: &Option<String>) {
    if new.is_some() {
        there.clone_from(new);
    }
}
