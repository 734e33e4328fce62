//! The first sync of a firm: what is matched, created, offered and left alone.

use domain::contacts::contact::ContactKind;
use domain::contacts::matches::{MatchState, Origin, client_of};
use domain::contacts::sync::{Counts, RunState};
use domain::desired::Stamp;
use domain::firm::{Create, Scope};
use domain::ids::{ContactId, TaskId};
use domain::linking::task::{self, Task, TaskKind, TaskRecord};
use domain::reason::Reason;
use domain::records;
use serde_json::json;

use crate::desk::{Desk, company, organisation, skipped, uuid, with};

/// KB-08: one of everything, and the counts add up to what was read.
#[tokio::test]
async fn kb_08_a_mixed_firm_is_counted_record_by_record() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme Pty Ltd", "a@acme.example")).await;
    desk.contact(organisation("o-2", "Beta", "other@beta.example")).await;
    desk.client(with(
        company("a1", "ACME Pty Ltd", "A@acme.example"),
        json!({"contacts": [
            {"uuid": "c1", "name": "Ann Lee", "email": "ann@acme.example", "position": "Director"}
        ]}),
    ));
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    desk.client(json!({
        "uuid": "d1", "name": "Jo Bloggs", "business_structure": "Individual",
        "contacts": [{"uuid": "c2", "name": "Pat Bloggs"}]
    }));
    desk.client(json!({"uuid": "e1", "name": "Old", "archived": true}));
    desk.client(json!({"uuid": "e2", "name": "Maybe", "prospect": true}));
    desk.client(json!({"uuid": "f1", "name": " "}));

    let run = desk.sync().await;

    assert_eq!(run.state, RunState::Done);
    assert_eq!(
        run.counts,
        Counts {
            read: 10,
            matched: 1,
            created: 3,
            partial: 1,
            updated: 0,
            unchanged: 0,
            skipped: 4,
            failed: 1,
        }
    );
    assert_eq!(
        skipped(&run),
        [("contact_of_individual", 1), ("archived", 1), ("deleted", 1), ("prospect", 1)]
    );
    assert_eq!((run.progress.done, run.progress.total), (10, 10));
    assert_eq!(desk.contacts().await, ["o-1", "o-2", "xpm-c0", "xpm-c1", "xpm-d1"]);
}

#[tokio::test]
async fn kb_21_an_exact_match_fills_in_what_the_contact_lacks() {
    let desk = Desk::new().await;
    let before = with(
        organisation("o-1", "Acme Pty Ltd", "a@acme.example"),
        json!({"contact_type": "Prospect", "business_number": "51 824"}),
    );
    desk.contact(before).await;
    desk.client(with(
        company("a1", "Acme Pty Ltd", "a@acme.example"),
        json!({"phone": "02 5550 1234", "business_number": "99 999",
            "physical": {"lines": ["1 High St"], "city": "Sydney"}}),
    ));
    let run = desk.sync().await;
    assert_eq!(run.counts.matched, 1);
    let it = desk.matched("a1").await;
    assert_eq!((it.state, it.origin), (MatchState::Matched, Some(Origin::Auto)));
    let contact = desk.book("o-1").await.contact.value;
    assert_eq!(contact.phones[0].number, "02 5550 1234");
    assert_eq!(contact.addresses[0].lines, ["1 High St"]);
    // KB-05, KB-20: neither the type nor any other field of an existing contact is touched.
    assert_eq!(contact.contact_type.as_deref(), Some("Prospect"));
    assert_eq!(contact.business_number.as_deref(), Some("51 824"));
    let id = ContactId::parse("o-1").unwrap();
    let client = client_of(&desk.ports.store, &desk.firm, &id).await.unwrap();
    assert_eq!(client, Some(uuid("a1")));
}

#[tokio::test]
async fn kb_20_kb_22_a_created_contact_has_five_fields_and_the_assigned_type() {
    let desk = Desk::new().await;
    desk.settings(|it| it.contact_sync.assign_contact_type = Some("Client".into())).await;
    desk.client(with(
        company("a1", "Acme", "a@acme.example; b@acme.example"),
        json!({"phone": "02 5550 1234", "business_number": "99 999",
            "physical": {"lines": ["1 High St"]}, "postal": {"lines": ["PO Box 1"]}}),
    ));
    desk.sync().await;
    let contact = desk.book("xpm-a1").await.contact.value;
    assert_eq!(
        serde_json::to_value(contact).unwrap(),
        json!({
            "id": "xpm-a1", "kind": "organisation", "name": "Acme", "first_name": null,
            "last_name": null, "emails": ["a@acme.example", "b@acme.example"],
            "phones": [{"label": "phone", "number": "02 5550 1234"}],
            "addresses": [
                {"label": "physical", "lines": ["1 High St"], "city": null, "region": null,
                    "postcode": null, "country": null},
                {"label": "mailing", "lines": ["PO Box 1"], "city": null, "region": null,
                    "postcode": null, "country": null}
            ],
            "contact_type": "Client", "organisations": [], "business_number": null,
            "archived": false
        })
    );
}

#[tokio::test]
async fn kb_28_kb_30_individuals_and_sole_traders_become_people() {
    let desk = Desk::new().await;
    desk.client(json!({"uuid": "a1", "name": "Smith, John", "business_structure": "individual "}));
    desk.client(json!({"uuid": "a2", "name": "J & M Smith", "business_structure": "Sole Trader"}));
    desk.client(json!({"uuid": "a3", "name": "Smith Family Trust", "business_structure": "Trust"}));
    desk.client(json!({"uuid": "a4", "name": "Unsaid"}));
    desk.sync().await;
    for (id, kind, first, last) in [
        ("xpm-a1", ContactKind::Person, Some("John"), Some("Smith")),
        ("xpm-a2", ContactKind::Person, Some("J & M"), Some("Smith")),
        ("xpm-a3", ContactKind::Organisation, None, None),
        ("xpm-a4", ContactKind::Organisation, None, None),
    ] {
        let it = desk.book(id).await.contact.value;
        let names = (it.first_name.as_deref(), it.last_name.as_deref());
        assert_eq!((it.kind, names), (kind, (first, last)), "{id}");
    }
}

#[tokio::test]
async fn kb_32_a_contact_of_two_companies_is_one_person_at_both() {
    let desk = Desk::new().await;
    let pat = |position: &str| {
        json!({"contacts": [
            {"uuid": "c1", "name": "Pat Lee", "mobile": "0400 000 000", "position": position}
        ]})
    };
    desk.client(with(company("a1", "Acme", "a@acme.example"), pat("Director")));
    desk.client(with(company("b1", "Beta", "b@beta.example"), pat("Secretary")));
    desk.client(with(
        json!({"uuid": "d1", "name": "Lee, Pat", "business_structure": "Individual"}),
        pat(""),
    ));
    let run = desk.sync().await;
    assert_eq!((run.counts.created, run.counts.read), (4, 5));
    let pat = desk.book("xpm-c1").await.contact.value;
    assert_eq!(pat.kind, ContactKind::Person);
    assert_eq!(
        serde_json::to_value(&pat.organisations).unwrap(),
        json!([{"id": "xpm-a1", "position": "Director"}, {"id": "xpm-b1", "position": "Secretary"}])
    );
    // A person who is only a client's contact is no client.
    let client = client_of(&desk.ports.store, &desk.firm, &pat.id).await.unwrap();
    assert_eq!(client, None);
}

#[tokio::test]
async fn kb_04_clients_only_imports_no_contact_and_both_does_at_the_next_sync() {
    let desk = Desk::new().await;
    desk.settings(|it| it.contact_sync.scope = Scope::ClientsOnly).await;
    desk.client(with(
        company("a1", "Acme", "a@acme.example"),
        json!({"contacts": [{"uuid": "c1", "name": "Ann Lee"}]}),
    ));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("clients_only", 1), ("deleted", 1)]);
    assert_eq!(desk.contacts().await, ["xpm-a1"]);

    desk.pass(60);
    desk.settings(|it| it.contact_sync.scope = Scope::ClientsAndContacts).await;
    desk.sync().await;
    assert_eq!(desk.contacts().await, ["xpm-a1", "xpm-c1"]);
}

#[tokio::test]
async fn kb_26_two_exact_contacts_wait_for_a_person() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.contact(organisation("o-2", "acme", "A@acme.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    let it = desk.matched("a1").await;
    assert_eq!((it.state, it.reason), (MatchState::Partial, Some(Reason::AmbiguousExact)));
    let ids: Vec<&str> = it.candidates.iter().map(|it| it.contact_id.as_str()).collect();
    assert_eq!(ids, ["o-1", "o-2"]);
    assert_eq!(desk.contacts().await, ["o-1", "o-2"]);
}

#[tokio::test]
async fn kb_26_a_contact_is_matched_with_one_client_and_no_more() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("a2", "Acme", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!((run.counts.matched, run.counts.created), (1, 1));
    assert_eq!(desk.contacts().await, ["o-1", "xpm-a2"]);
}

#[tokio::test]
async fn kb_26_a_shared_email_offers_all_who_share_it() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Smith Family Trust", "s@smith.example")).await;
    desk.contact(organisation("o-2", "Smith Holdings", "s@smith.example")).await;
    desk.client(company("a1", "Smith Pty Ltd", "s@smith.example"));
    desk.sync().await;
    let it = desk.matched("a1").await;
    assert_eq!((it.state, it.reason), (MatchState::Partial, Some(Reason::Partial)));
    assert_eq!(it.candidates.len(), 2);
}

#[tokio::test]
async fn kb_24_the_same_name_without_an_email_is_partial() {
    let desk = Desk::new().await;
    desk.contact(json!({"id": "o-1", "kind": "organisation", "name": "Acme"})).await;
    desk.client(json!({"uuid": "a1", "name": "Acme"}));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Partial, Some(Reason::Partial)));
}

#[tokio::test]
async fn kb_27_a_person_is_not_matched_with_an_organisation() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Jo Bloggs", "jo@x.example")).await;
    desk.client(json!({"uuid": "a1", "name": "Jo Bloggs", "email": "jo@x.example",
        "business_structure": "Individual"}));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Partial, Some(Reason::KindMismatch)));
}

#[tokio::test]
async fn kb_05_a_type_that_no_longer_exists_halts_creation_with_a_reason() {
    let desk = Desk::new().await;
    desk.settings(|it| it.contact_sync.assign_contact_type = Some("Gone".into())).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("deleted", 1), ("contact_type_missing", 1)]);
    let reason = Some(Reason::ContactTypeMissing);
    assert_eq!(desk.state("a1").await, (MatchState::Unmatched, reason));
    assert!(desk.contacts().await.is_empty());

    desk.settings(|it| it.contact_types.push("Gone".into())).await;
    desk.sync().await;
    assert_eq!(desk.contacts().await, ["xpm-a1"]);
}

#[tokio::test]
async fn kb_40_what_is_to_be_created_may_wait_for_review() {
    let desk = Desk::new().await;
    desk.settings(|it| it.contact_sync.create_in_practice = Create::Ask).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("deleted", 1), ("ask_first", 1)]);
    let reason = Some(Reason::AskFirst);
    assert_eq!(desk.state("a1").await, (MatchState::Unmatched, reason));
    assert!(desk.contacts().await.is_empty());
}

/// XB-22, XB-24: a task that had no client is looked at again as soon as its contact has one.
#[tokio::test]
async fn sh_03_the_tasks_of_a_newly_matched_contact_are_looked_at_again() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.contact(organisation("o-2", "Beta", "b@beta.example")).await;
    let put = |id: &str, contact: &str| Task {
        id: TaskId::parse(id).unwrap(),
        name: "Accounts".into(),
        kind: TaskKind::Task,
        process_id: None,
        contact_id: Some(ContactId::parse(contact).unwrap()),
        start_date: None,
        due_date: None,
        rolled_over: false,
    };
    let stamp = Stamp { version: None, as_of: desk.now() };
    for task in [put("t-1", "o-1"), put("t-2", "o-2")] {
        task::put(&desk.ports.store, &desk.firm, task, stamp, desk.now()).await.unwrap();
    }
    let before = desk.now();
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    for (id, look_at) in [("t-1", desk.now()), ("t-2", before)] {
        let task = records::get::<TaskRecord>(&desk.ports.store, &desk.firm, id).await.unwrap();
        assert_eq!(task.unwrap().record.look_at, Some(look_at), "{id}");
    }
}

#[tokio::test]
async fn sh_04_another_firms_contact_is_no_candidate() {
    let desk = Desk::new().await;
    let mut other = Desk::new().await;
    other.firm = domain::ids::FirmId::parse("other").unwrap();
    // The same tables, another firm.
    other.ports = desk.ports;
    other.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    let desk = Desk { firm: domain::ids::FirmId::parse("demo").unwrap(), ports: other.ports };
    desk.client(company("a1", "Acme", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!((run.counts.matched, run.counts.created), (0, 1));
}
