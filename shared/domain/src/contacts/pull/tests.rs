use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Base, Field, Imported, Phone, Pulled, XpmKind, XpmSide};
use crate::contacts::contact::{AddressLabel, Contact, PostalAddress};
use crate::firm::{Conflicts, ContactSync, Policy};

/// Of a client, as the sync does.
fn pull(contact: &Contact, fields: &Imported, base: &Base, sync: &ContactSync) -> Pulled {
    super::pull(contact, &client(fields), base, sync)
}

fn client(fields: &Imported) -> XpmSide {
    let (uuid, name, fields) = ("aa".to_owned(), fields.name.clone(), fields.clone());
    let uuid = crate::ids::XpmUuid::parse(uuid).unwrap();
    let (email, business_structure, business_number) = (None, None, None);
    let (kind, clients) = (XpmKind::Client, Vec::new());
    XpmSide { kind, uuid, name, email, business_structure, business_number, clients, fields }
}

fn by(conflict: &Conflicts) -> ContactSync {
    ContactSync { conflict: conflict.clone(), ..ContactSync::default() }
}

#[test]
fn kb_20_nothing_but_the_five_fields_is_touched() {
    let contact = contact(json!({
        "contact_type": "Prospect", "business_number": "51 824", "archived": false,
        "organisations": [{"id": "o-1", "position": "Director"}]
    }));
    let it = pull(&contact, &everything(), &Base::new(), &ContactSync::default()).contact;
    let mut rest = it.clone();
    rest.name.clone_from(&contact.name);
    (rest.first_name, rest.last_name) = (contact.first_name.clone(), contact.last_name.clone());
    rest.emails.clear();
    rest.phones.clear();
    rest.addresses.clear();
    assert_eq!(rest, contact);
    assert_eq!(it.emails, ["a@x.example"]);
    assert_eq!(it.phones.len(), 1);
    assert_eq!(it.addresses.len(), 2);
}

/// KB-60, from XPM: changes and additions of each field come over.
#[test]
fn kb_60_what_xpm_changes_comes_over() {
    let (contact, base) = in_step();
    let changed = Imported {
        name: "New Name".into(),
        emails: vec!["b@x.example".into()],
        phones: vec![phone("5550 9999")],
        physical: address(AddressLabel::Physical, "9 New St"),
        mailing: address(AddressLabel::Mailing, "PO Box 9"),
        ..everything()
    };
    let it = pull(&contact, &changed, &base, &ContactSync::default());
    assert_eq!(it.conflicts, []);
    assert_eq!(it.contact.name, "New Name");
    assert_eq!(it.contact.emails, ["b@x.example"]);
    assert_eq!(it.contact.phones, [phone("5550 9999")]);
    assert_eq!(it.contact.addresses[0].lines, ["9 New St"]);
    assert_eq!(it.contact.addresses[1].lines, ["PO Box 9"]);
}

#[test]
fn kb_60_what_xpm_adds_comes_beside_what_is_there() {
    let (contact, base) = in_step();
    let more = Imported {
        emails: vec!["a@x.example".into(), "b@x.example".into()],
        phones: vec![phone("5550 1234"), phone("5550 9999")],
        ..everything()
    };
    let it = pull(&contact, &more, &base, &ContactSync::default()).contact;
    assert_eq!(it.emails, ["a@x.example", "b@x.example"]);
    assert_eq!(it.phones, [phone("5550 1234"), phone("5550 9999")]);
}

#[test]
fn kb_61_a_blank_in_xpm_clears_nothing() {
    let (contact, base) = in_step();
    let blank = Imported { name: "Acme".into(), ..Imported::default() };
    let it = pull(&contact, &blank, &base, &ContactSync::default());
    assert_eq!((it.contact, it.base), (contact, base));
}

#[test]
fn kb_61_one_of_two_emails_removed_in_xpm_stays() {
    let two = vec!["a@x.example".to_owned(), "b@x.example".to_owned()];
    let before = Imported { emails: two.clone(), ..everything() };
    let first = pull(&contact(json!({})), &before, &Base::new(), &ContactSync::default());
    let it = pull(&first.contact, &everything(), &first.base, &ContactSync::default());
    assert_eq!(it.contact.emails, two);
}

#[test]
fn kb_64_what_both_sides_changed_waits_for_a_person() {
    let (mut contact, base) = in_step();
    contact.phones = vec![phone("5550 7777")];
    let changed = Imported {
        phones: vec![phone("5550 9999")],
        emails: vec!["b@x.example".into()],
        ..everything()
    };
    let it = pull(&contact, &changed, &base, &ContactSync::default());
    assert_eq!(it.conflicts, [Field::Phones]);
    assert_eq!(it.contact.phones, [phone("5550 7777")]);
    assert_eq!(it.contact.emails, ["b@x.example"]);
    assert_eq!(it.base[&Field::Phones], base[&Field::Phones]);
}

#[test]
fn kb_64_the_firm_may_say_who_wins() {
    let (mut contact, base) = in_step();
    contact.phones = vec![phone("5550 7777")];
    let changed = Imported { phones: vec![phone("5550 9999")], ..everything() };
    let xpm = Conflicts { phones: Policy::Xpm, ..Conflicts::default() };
    let app = Conflicts { phones: Policy::App, ..Conflicts::default() };
    let wins = |policy| pull(&contact, &changed, &base, &by(policy)).contact.phones;
    assert!(wins(&xpm).contains(&phone("5550 9999")));
    assert_eq!(wins(&app), [phone("5550 7777")]);
}

#[test]
fn what_the_app_changed_alone_stays_and_remains_to_be_pushed() {
    let (mut contact, base) = in_step();
    contact.name = "Renamed here".into();
    let it = pull(&contact, &everything(), &base, &ContactSync::default());
    assert_eq!((it.contact, it.base, it.conflicts), (contact, base, vec![]));
}

#[test]
fn a_change_of_case_alone_comes_over() {
    let (contact, base) = in_step();
    let changed = Imported { name: "ACME".into(), ..everything() };
    let it = pull(&contact, &changed, &base, &ContactSync::default());
    assert_eq!(it.contact.name, "ACME");
}

#[test]
fn a_replaced_phone_keeps_the_apps_name_for_it() {
    let (mut contact, base) = in_step();
    contact.phones[0].label = "Reception".into();
    contact.phones.push(Phone { label: "Fax".into(), number: "5550 0000".into() });
    let base = Base::from_iter(base.into_iter().map(|(field, mut it)| {
        it.app = field.outgoing(&contact, XpmKind::Client);
        (field, it)
    }));
    let changed = Imported { phones: vec![phone("5550 9999")], ..everything() };
    let it = pull(&contact, &changed, &base, &ContactSync::default()).contact;
    assert_eq!(it.phones[0], Phone { label: "Reception".into(), number: "5550 9999".into() });
    assert_eq!(it.phones[1].label, "Fax");
}

#[test]
fn kb_63_another_spelling_from_xpm_changes_nothing() {
    let (contact, base) = in_step();
    let same = Imported { phones: vec![phone("(5550) 1234")], ..everything() };
    assert_eq!(pull(&contact, &same, &base, &ContactSync::default()).contact, contact);
}

proptest! {
    /// KB-29: whatever was there, pulling the same again changes nothing.
    #[test]
    fn kb_29_pulling_twice_is_pulling_once(
        app in (0..3u8, 0..3u8, 0..3u8), before in (0..3u8, 0..3u8, 0..3u8),
        after in (0..3u8, 0..3u8, 0..3u8), policy in 0..3u8,
    ) {
        let policy = [Policy::Xpm, Policy::App, Policy::Ask][usize::from(policy)];
        let policy = Conflicts {
            name: policy, email: policy, phones: policy,
            physical_address: policy, mailing_address: policy,
        };
        let first = pull(&contact(json!({
            "name": format!("n{}", app.0), "emails": mails(app.1), "phones": phones(app.2)
        })), &import(before), &Base::new(), &by(&policy));
        let second = pull(&first.contact, &import(after), &first.base, &by(&policy));
        let third = pull(&second.contact, &import(after), &second.base, &by(&policy));
        prop_assert_eq!(&third, &second);
    }
}

fn mails(n: u8) -> Vec<String> {
    (0..n).map(|n| format!("m{n}@x.example")).collect()
}

fn phones(n: u8) -> Vec<Phone> {
    (0..n).map(|n| phone(&format!("5550 {n}"))).collect()
}

fn import((name, email, phone): (u8, u8, u8)) -> Imported {
    Imported {
        name: format!("n{name}"),
        emails: mails(email),
        phones: phones(phone),
        ..Imported::default()
    }
}

fn in_step() -> (Contact, Base) {
    let it = pull(&contact(json!({})), &everything(), &Base::new(), &ContactSync::default());
    (it.contact, it.base)
}

fn everything() -> Imported {
    Imported {
        name: "Acme".into(),
        emails: vec!["a@x.example".into()],
        phones: vec![phone("5550 1234")],
        physical: address(AddressLabel::Physical, "1 High St"),
        mailing: address(AddressLabel::Mailing, "PO Box 1"),
        ..Imported::default()
    }
}

fn phone(number: &str) -> Phone {
    Phone { label: "phone".into(), number: number.into() }
}

#[expect(clippy::unnecessary_wraps, reason = "stands where an import has an address or none")]
fn address(label: AddressLabel, line: &str) -> Option<PostalAddress> {
    let (city, region, postcode, country) = (None, None, None, None);
    Some(PostalAddress { label, lines: vec![line.into()], city, region, postcode, country })
}

fn contact(more: Value) -> Contact {
    let mut it = json!({"id": "c-1", "kind": "organisation", "name": "Acme"});
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(it).unwrap()
}
