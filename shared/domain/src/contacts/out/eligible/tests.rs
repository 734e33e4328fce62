use serde_json::{Value, json};

use super::*;

#[test]
fn kb_06_without_a_chosen_type_nothing_goes_even_if_it_is_matched() {
    let none = ContactSync::default();
    let it = record(json!({"kind": "organisation", "contact_type": "Client"}));
    for matched in [None, Some(XpmKind::Client)] {
        assert_eq!(target(&it, matched, &[], &none), Err(Reason::PushOff));
    }
}

#[test]
fn kb_50_an_organisation_goes_by_its_type() {
    for (kind, expected) in [
        (json!("Client"), Ok(Target::Client)),
        (json!("Supplier"), Ok(Target::Client)),
        (json!("Prospect"), Err(Reason::TypeNotPushed)),
        (json!("client"), Err(Reason::TypeNotPushed)),
        (Value::Null, Err(Reason::TypeNotPushed)),
    ] {
        let it = record(json!({"kind": "organisation", "contact_type": kind}));
        assert_eq!(target(&it, None, &[], &chosen()), expected, "{kind}");
        assert_eq!(target(&it, Some(XpmKind::Client), &[], &chosen()), expected, "{kind}");
    }
}

#[test]
fn a_contact_that_is_gone_or_put_away_is_left_alone_in_xpm() {
    let shape = json!({"kind": "organisation", "contact_type": "Client", "archived": true});
    assert_eq!(target(&record(shape), None, &[], &chosen()), Err(Reason::ContactArchived));
    let mut gone = record(json!({"kind": "organisation", "contact_type": "Client"}));
    gone.contact.deleted = true;
    assert_eq!(target(&gone, None, &[], &chosen()), Err(Reason::GoneInPractice));
}

#[test]
fn kb_51_kb_52_a_person_goes_through_organisations_that_go() {
    let ann = record(json!({"kind": "person", "contact_type": "Client"}));
    let at = |kind: &str, client: Option<&str>| Workplace {
        position: Some("CEO".into()),
        organisation: Some(record(json!({"kind": "organisation", "contact_type": kind}))),
        client: client.map(|it| XpmUuid::parse(it).unwrap()),
    };
    let unknown = Workplace { position: None, organisation: None, client: None };
    let to = |ids: &[&str]| {
        let one = |id: &&str| (XpmUuid::parse(*id).unwrap(), Some("CEO".to_owned()));
        Ok(Target::ContactOf(ids.iter().map(one).collect()))
    };
    for (workplaces, expected) in [
        (vec![], Err(Reason::NoOrganisation)),
        (vec![unknown], Err(Reason::OrganisationNotPushed)),
        (vec![at("Prospect", Some("a1"))], Err(Reason::OrganisationNotPushed)),
        (vec![at("Client", None)], Err(Reason::OrganisationNotInXpm)),
        (vec![at("Client", Some("a1"))], to(&["a1"])),
        (vec![at("Prospect", Some("a1")), at("Client", Some("b1"))], to(&["b1"])),
        (vec![at("Client", Some("a1")), at("Client", Some("b1"))], to(&["a1", "b1"])),
        (vec![at("Client", Some("a1")), at("Supplier", Some("a1"))], to(&["a1"])),
    ] {
        assert_eq!(target(&ann, None, &workplaces, &chosen()), expected, "{workplaces:?}");
        let matched = Some(XpmKind::Contact);
        assert_eq!(target(&ann, matched, &workplaces, &chosen()), expected, "{workplaces:?}");
    }
}

#[test]
fn kb_30_a_person_who_is_a_client_goes_by_its_own_type() {
    let matched = Some(XpmKind::Client);
    let ann = record(json!({"kind": "person", "contact_type": "Client"}));
    assert_eq!(target(&ann, matched, &[], &chosen()), Ok(Target::Client));
    let ann = record(json!({"kind": "person"}));
    assert_eq!(target(&ann, matched, &[], &chosen()), Err(Reason::TypeNotPushed));
}

fn chosen() -> ContactSync {
    let push_contact_types = vec!["Client".into(), "Supplier".into()];
    ContactSync { push_contact_types, ..ContactSync::default() }
}

fn record(mut it: Value) -> ContactRecord {
    it["id"] = json!("c-1");
    let stamp =
        crate::desired::Stamp { version: None, as_of: jiff::Timestamp::from_second(0).unwrap() };
    ContactRecord::first(serde_json::from_value(it).unwrap(), stamp)
}
