//! Later syncs: nothing where nothing changed, and only what changed where something did.

use domain::contacts::book;
use domain::contacts::matches::MatchState;
use domain::desired::Stamp;
use domain::ids::ContactId;
use domain::ports::Kind;
use domain::reason::Reason;
use serde_json::json;

use crate::desk::{Desk, company, organisation, skipped, with};

/// KB-29: matched, created, partial, waiting and skipped ones alike.
#[tokio::test]
async fn kb_29_a_second_sync_writes_nothing() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.contact(organisation("o-2", "Beta", "other@beta.example")).await;
    desk.client(with(
        company("a1", "Acme", "a@acme.example"),
        json!({"phone": "02 5550 1234", "contacts": [{"uuid": "c1", "name": "Ann Lee"}]}),
    ));
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example; d@gamma.example"));
    desk.client(json!({"uuid": "e1", "name": "Old", "archived": true}));
    desk.sync().await;
    let before = desk.kept();

    for days in [0, 1, 8] {
        desk.pass(days * 24 * 60);
        let run = desk.sync().await;
        assert_eq!((run.counts.matched, run.counts.created, run.counts.updated), (0, 0, 0));
        assert_eq!(desk.kept(), before, "after {days} days");
    }
}

/// Apart from the run itself and the sync's own cursor.
#[tokio::test]
async fn kb_29_an_unchanged_cycle_costs_a_fixed_number_of_commits() {
    let mut costs = Vec::new();
    for clients in [1, 100] {
        let desk = Desk::new().await;
        for n in 0..clients {
            let name = format!("Client {n}");
            desk.client(company(&format!("a{n:03}"), &name, &format!("c{n}@x.example")));
        }
        desk.sync().await;
        // Another list of types has everything compared again.
        desk.settings(|it| it.contact_types.push("Supplier".into())).await;
        let before = desk.ports.store.commits();
        assert_eq!(desk.sync().await.counts.unchanged, clients);
        costs.push(desk.ports.store.commits() - before);
    }
    assert_eq!(costs, [4, 4]);
}

#[tokio::test]
async fn kb_60_a_change_in_xpm_comes_over_and_is_counted_once() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.sync().await;
    desk.pass(60);
    desk.client(with(company("a1", "Acme Ltd", "new@acme.example"), json!({"phone": "5550 1"})));
    let run = desk.sync().await;
    assert_eq!((run.counts.read, run.counts.updated), (1, 1));
    let contact = desk.book("xpm-a1").await.contact.value;
    assert_eq!(contact.name, "Acme Ltd");
    assert_eq!(contact.emails, ["new@acme.example"]);
    assert_eq!(contact.phones[0].number, "5550 1");
    assert_eq!(desk.matched("a1").await.xpm.name, "Acme Ltd");
}

#[tokio::test]
async fn kb_25_a_renamed_contact_is_found_by_its_new_name_alone() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.contact(organisation("o-1", "Omega", "o@omega.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("b1", "Omega", "o@omega.example"));
    desk.sync().await;
    assert_eq!(desk.matched("b1").await.contact, Some(ContactId::parse("o-1").unwrap()));
    assert_eq!(desk.matched("a1").await.contact, Some(ContactId::parse("xpm-a1").unwrap()));
    // The name's words, the whole name and one e-mail address for each of the two contacts.
    assert_eq!(desk.count(Kind::ContactKey), 6);
}

#[tokio::test]
async fn kb_64_what_the_app_changed_is_not_overwritten() {
    let desk = Desk::new().await;
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"phone": "5550 1"})));
    desk.sync().await;
    desk.pass(60);
    let changed = with(
        organisation("xpm-a1", "Acme", "a@acme.example"),
        json!({"phones": [{"label": "phone", "number": "5550 7"}]}),
    );
    desk.contact(changed).await;
    desk.client(with(company("a1", "Acme Ltd", "a@acme.example"), json!({"phone": "5550 9"})));
    desk.sync().await;
    let contact = desk.book("xpm-a1").await.contact.value;
    assert_eq!((contact.name.as_str(), contact.phones[0].number.as_str()), ("Acme Ltd", "5550 7"));
    let conflicts = serde_json::to_value(desk.matched("a1").await.conflicts).unwrap();
    assert_eq!(conflicts, json!(["phones"]));
}

#[tokio::test]
async fn kb_65_what_xpm_archives_is_flagged_kept_and_resumed() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.pass(60);
    desk.client(with(company("a1", "Renamed", "a@acme.example"), json!({"archived": true})));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("archived", 1)]);
    assert_eq!(desk.state("a1").await, (MatchState::Matched, Some(Reason::Archived)));
    assert_eq!(desk.book("xpm-a1").await.contact.value.name, "Acme");

    desk.pass(60);
    desk.client(company("a1", "Renamed", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!(run.counts.updated, 1);
    assert_eq!(desk.state("a1").await, (MatchState::Matched, None));
    assert_eq!(desk.book("xpm-a1").await.contact.value.name, "Renamed");
}

/// XB-24: what XPM puts away, and brings back, has the tasks of its contact looked at again.
#[tokio::test]
async fn xb_24_the_tasks_of_an_archived_client_are_told() {
    use domain::linking::task::{self, TaskRecord};
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    let (store, firm) = (&desk.ports.store, &desk.firm);
    let it = json!({"id": "t-1", "name": "Accounts", "kind": "task", "rolled_over": false,
        "contact_id": "xpm-a1"});
    let stamp = domain::desired::Stamp { version: None, as_of: desk.now() };
    let it = serde_json::from_value(it).unwrap();
    task::put(store, firm, it, stamp, desk.now()).await.unwrap();
    for archived in [true, true, false] {
        let rest = |it: Option<TaskRecord>| match it {
            Some(it) => {
                domain::records::Edit::Write(TaskRecord { look_at: None, ..it }, vec![], ())
            }
            None => domain::records::Edit::Leave(()),
        };
        domain::records::amend(store, firm, "t-1", rest).await.unwrap();
        desk.pass(60);
        let before = desk.state("a1").await.1;
        let client = with(company("a1", "Acme", "a@acme.example"), json!({"archived": archived}));
        desk.client(client);
        desk.sync().await;
        let kept = domain::records::get::<TaskRecord>(store, firm, "t-1").await.unwrap();
        let turned = before.is_some() != archived;
        assert_eq!(kept.unwrap().record.look_at.is_some(), turned, "{before:?} {archived}");
    }
}

#[tokio::test]
async fn kb_33_a_changed_structure_is_flagged_and_nobody_is_made_anew() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.pass(60);
    let structure = json!({"business_structure": "Sole Trader"});
    desk.client(with(company("a1", "Acme", "a@acme.example"), structure));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Matched, Some(Reason::KindMismatch)));
    assert_eq!(desk.contacts().await, ["xpm-a1"]);
}

#[tokio::test]
async fn kb_32_people_stay_when_their_company_becomes_an_individual() {
    let desk = Desk::new().await;
    let people = json!({"contacts": [{"uuid": "c1", "name": "Ann Lee"}]});
    desk.client(with(company("a1", "Acme", "a@acme.example"), people));
    desk.sync().await;
    desk.pass(60);
    let changed = json!({"business_structure": "Individual",
        "contacts": [{"uuid": "c1", "name": "Ann Lee"}, {"uuid": "c2", "name": "Bo Lee"}]});
    desk.client(with(company("a1", "Acme", "a@acme.example"), changed));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("contact_of_individual", 2)]);
    assert_eq!(desk.contacts().await, ["xpm-a1", "xpm-c1"]);
}

/// What XPM says of a contact's other company is remembered while only one of the two changes.
#[tokio::test]
async fn kb_32_a_contact_known_through_a_company_goes_on_when_only_the_individual_changes() {
    let desk = Desk::new().await;
    let pat = |phone: &str| json!({"contacts": [{"uuid": "c1", "name": "Pat", "phone": phone}]});
    let individual = json!({"uuid": "d1", "name": "Lee, Pat", "business_structure": "Individual"});
    desk.client(with(company("a1", "Acme", "a@acme.example"), pat("5550 1")));
    desk.client(with(individual.clone(), pat("5550 1")));
    desk.sync().await;
    desk.pass(60);
    desk.client(with(individual, pat("5550 2")));
    let run = desk.sync().await;
    assert_eq!((run.counts.read, run.counts.updated, run.counts.unchanged), (2, 1, 1));
    assert_eq!(desk.book("xpm-c1").await.contact.value.phones[0].number, "5550 2");
}

#[tokio::test]
async fn kb_32_a_contact_whose_company_became_an_individual_stays_as_it_is() {
    let desk = Desk::new().await;
    let pat = |phone: &str| json!({"contacts": [{"uuid": "c1", "name": "Pat", "phone": phone}]});
    let individual = json!({"business_structure": "Individual"});
    let other = company("d1", "Lee, Pat", "lee@x.example");
    let acme = with(company("a1", "Acme", "a@acme.example"), pat("5550 1"));
    desk.client(acme.clone());
    desk.client(with(with(other.clone(), individual.clone()), pat("5550 1")));
    desk.sync().await;
    desk.pass(6);
    desk.client(with(acme, individual.clone()));
    desk.sync().await;
    desk.pass(6);
    desk.client(with(with(other, individual), pat("5550 2")));
    let run = desk.sync().await;
    assert_eq!((run.counts.read, skipped(&run)), (2, vec![("contact_of_individual", 1)]));
    assert_eq!(desk.book("xpm-c1").await.contact.value.phones[0].number, "5550 1");
}

#[tokio::test]
async fn kb_32_a_person_gains_the_company_that_appears_later() {
    let desk = Desk::new().await;
    let ann = json!({"contacts": [{"uuid": "c1", "name": "Ann Lee"}]});
    desk.client(with(company("a1", "Acme", "a@acme.example"), ann.clone()));
    desk.sync().await;
    desk.pass(60);
    desk.client(with(company("b1", "Beta", "b@beta.example"), ann));
    desk.sync().await;
    let at = desk.book("xpm-c1").await.contact.value.organisations;
    let at: Vec<&str> = at.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(at, ["xpm-a1", "xpm-b1"]);
}

#[tokio::test]
async fn kb_42_a_match_taken_away_does_not_come_back() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.remove("a1").await;
    desk.client(company("a1", "Renamed", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("match_removed", 1)]);
    assert_eq!(desk.book("xpm-a1").await.contact.value.name, "Acme");
}

#[tokio::test]
async fn a_partial_that_is_archived_no_longer_waits_for_anyone() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "other@acme.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    assert_eq!(desk.state("a1").await.0, MatchState::Partial);
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"archived": true})));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Unmatched, Some(Reason::Archived)));
    assert!(desk.matched("a1").await.candidates.is_empty());
}

#[tokio::test]
async fn a_partial_whose_doubt_is_gone_is_matched_when_it_is_read_again() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "other@acme.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!((run.counts.matched, run.counts.partial), (1, 0));
    assert_eq!(desk.state("a1").await, (MatchState::Matched, None));
}

#[tokio::test]
async fn a_contact_deleted_in_the_app_is_not_brought_back() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.pass(60);
    let id = ContactId::parse("xpm-a1").unwrap();
    let stamp = Stamp { version: None, as_of: desk.now() };
    book::delete(&desk.ports.store, &desk.firm, &id, stamp).await.unwrap().unwrap();
    desk.client(company("a1", "Renamed", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!(run.counts.unchanged, 1);
    assert!(desk.contacts().await.is_empty());
    assert_eq!(desk.count(Kind::ContactKey), 0);
}
