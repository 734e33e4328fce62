//! What the practice app says of contacts, whatever the order and however often.

use domain::contacts::book::{self, Applied};
use domain::contacts::contact::Contact;
use domain::desired::Stamp;
use domain::ids::ContactId;
use domain::ports::Kind;
use serde_json::{Value, json};

use crate::desk::{Desk, company, organisation, with};

#[tokio::test]
async fn g06_an_older_version_changes_nothing() {
    let desk = Desk::new().await;
    assert!(put(&desk, organisation("o-1", "New", "n@x.example"), Some(2)).await.applied);
    let late = put(&desk, organisation("o-1", "Old", "o@x.example"), Some(1)).await;
    assert!(!late.applied);
    assert_eq!(late.record.contact.value.name, "New");
    assert_eq!(desk.count(Kind::ContactKey), 3);
}

#[tokio::test]
async fn a_statement_made_again_writes_nothing() {
    let desk = Desk::new().await;
    put(&desk, organisation("o-1", "Acme", "a@x.example"), Some(1)).await;
    let before = desk.ports.store.commits();
    assert!(put(&desk, organisation("o-1", "Acme", "a@x.example"), Some(1)).await.applied);
    assert_eq!(desk.ports.store.commits(), before);
}

/// CA-05: by the beginning of a name first, then by any part of it; a page at a time, each once, none
/// that is archived; namesakes are all shown.
#[tokio::test]
async fn ca_05_contacts_are_found_by_part_of_their_name() {
    use domain::contacts::search::search;
    let desk = Desk::new().await;
    for (id, name) in [
        ("sm-1", "Smith & Sons"),
        ("o-2", "smith pty ltd"),
        ("o-3", "SMITH PTY LTD"),
        ("o-4", "Blacksmith"),
        ("o-5", "Jones # 100%"),
        ("o-6", "Smithers"),
    ] {
        put(&desk, organisation(id, name, &format!("{id}@x.example")), None).await;
    }
    let archived = organisation("o-6", "Smithers", "o-6@x.example");
    let archived = with(archived, json!({"archived": true}));
    put(&desk, archived, None).await;
    for limit in [1, 2, 50] {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let store = &desk.ports.store;
            let (found, next) = search(store, &desk.firm, " SMith", after, limit).await.unwrap();
            assert!(found.len() <= limit);
            ids.extend(found.into_iter().map(|it| it.contact.value.id.to_string()));
            let Some(next) = next else { break };
            after = Some(next);
        }
        assert_eq!(ids, ["sm-1", "o-2", "o-3", "o-4"], "{limit}");
    }
    for (text, ids) in
        [("# 10", vec!["o-5"]), ("0%", vec!["o-5"]), ("sm-1", vec![]), ("th p", vec!["o-2", "o-3"])]
    {
        let found = search(&desk.ports.store, &desk.firm, text, None, 9).await.unwrap().0;
        let found: Vec<_> = found.iter().map(|it| it.contact.value.id.as_str()).collect();
        assert_eq!(found, ids, "{text}");
    }
}

#[tokio::test]
async fn a_deleted_contact_is_neither_shown_nor_found() {
    let desk = Desk::new().await;
    put(&desk, organisation("o-1", "Acme", "a@acme.example"), Some(1)).await;
    let id = ContactId::parse("o-1").unwrap();
    let stamp = Stamp { version: Some(2), as_of: desk.now() };
    let deleted = book::delete(&desk.ports.store, &desk.firm, &id, stamp).await.unwrap().unwrap();
    assert!(deleted.applied);
    assert_eq!(book::get(&desk.ports.store, &desk.firm, &id).await.unwrap(), None);
    assert!(desk.contacts().await.is_empty());
    assert_eq!(desk.count(Kind::ContactKey), 0);
    desk.client(company("a1", "Acme", "a@acme.example"));
    assert_eq!(desk.sync().await.counts.created, 1);
}

/// The app has not heard of the phone that the sync brought, and says its old version once more.
#[tokio::test]
async fn kb_62_the_same_version_told_twice_does_not_undo_the_sync() {
    let desk = Desk::new().await;
    let stated = organisation("o-1", "Acme", "a@acme.example");
    put(&desk, stated.clone(), Some(1)).await;
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"phone": "5550 1"})));
    desk.sync().await;
    let again = put(&desk, stated.clone(), Some(1)).await;
    assert!(again.applied);
    assert_eq!(again.record.contact.value.phones.len(), 1);
    // A new version of it means what it says.
    let newer = put(&desk, stated, Some(2)).await;
    assert!(newer.record.contact.value.phones.is_empty());
}

#[tokio::test]
async fn a_page_of_contacts_leads_to_the_next() {
    let desk = Desk::new().await;
    for n in 0..7 {
        put(&desk, organisation(&format!("o-{n}"), "Acme", "a@x.example"), None).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = book::list(&desk.ports.store, &desk.firm, after, 3).await.unwrap();
        assert!(page.len() <= 3);
        seen.extend(page.into_iter().map(|it| it.record.contact.value.id.to_string()));
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, (0..7).map(|n| format!("o-{n}")).collect::<Vec<_>>());
}

async fn put(desk: &Desk, contact: Value, version: Option<u64>) -> Applied {
    let contact: Contact = serde_json::from_value(contact).unwrap();
    let stamp = Stamp { version, as_of: desk.now() };
    book::put(&desk.ports.store, &desk.firm, contact, stamp).await.unwrap()
}
