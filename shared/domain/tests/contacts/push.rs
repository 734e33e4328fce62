//! Contacts into XPM: which of them go, and as what.

use domain::contacts::book;
use domain::contacts::matches::MatchState;
use domain::desired::Stamp;
use domain::ports::Kind;
use jiff::SignedDuration;
use memory::practice::Method;
use serde_json::json;

use crate::desk::{Desk, company, organisation, uuid, with};
use crate::pushing::{acme, ann, contact};

#[tokio::test]
async fn kb_06_without_a_chosen_type_nothing_is_sent_even_of_matched_contacts() {
    let desk = Desk::pushing().await;
    desk.settings(|it| it.contact_sync.push_contact_types.clear()).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(acme()).await;
    desk.sync().await;
    assert_eq!(desk.state("a1").await.0, MatchState::Matched);
    let calls = desk.ports.practice.calls().len();
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    desk.pushed(with(
        organisation("o-2", "Beta", "b@beta.example"),
        json!({"contact_type": "Client"}),
    ))
    .await;
    assert_eq!(desk.calls_from(calls), []);
    assert_eq!(desk.standing("o-1").await, json!(["held", "push_off"]));
}

#[tokio::test]
async fn kb_50_an_organisation_of_a_chosen_type_is_created_and_updated() {
    let desk = Desk::pushing().await;
    desk.pushed(with(
        acme(),
        json!({"phones": [{"label": "Work", "number": "02 5550 1234"}],
            "addresses": [{"label": "physical", "lines": ["1 High St"], "city": "Sydney"}]}),
    ))
    .await;
    let client = desk.only();
    assert_eq!((client.name.as_str(), client.email.as_deref()), ("Acme", Some("a@acme.example")));
    assert_eq!(client.phone.as_deref(), Some("02 5550 1234"));
    assert_eq!(client.physical.unwrap().city.as_deref(), Some("Sydney"));
    assert_eq!(desk.standing("o-1").await, "settled");
    assert_eq!(desk.matched(client.uuid.as_str()).await.state, MatchState::Matched);

    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    assert_eq!(desk.only().name, "Acme Ltd");
    assert_eq!(desk.only().phone.as_deref(), Some("02 5550 1234"));
    assert_eq!(desk.done(), ["client added", "client updated"]);
}

#[tokio::test]
async fn kb_50_a_type_changed_into_the_set_pushes_and_out_of_it_stops() {
    let desk = Desk::pushing().await;
    desk.pushed(with(acme(), json!({"contact_type": "Prospect"}))).await;
    assert_eq!(desk.done(), Vec::<&str>::new());
    assert_eq!(desk.standing("o-1").await, json!(["held", "type_not_pushed"]));
    desk.pushed(acme()).await;
    assert_eq!(desk.done(), ["client added"]);
    desk.pushed(with(acme(), json!({"contact_type": "Prospect", "name": "Acme Ltd"}))).await;
    assert_eq!((desk.done().len(), desk.only().name.as_str()), (1, "Acme"));
    desk.pushed(with(acme(), json!({"contact_type": "Supplier", "name": "Acme Ltd"}))).await;
    assert_eq!(desk.only().name, "Acme Ltd");
}

#[tokio::test]
async fn a_contact_that_is_gone_is_deleted_from_nowhere() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    desk.pushed(with(acme(), json!({"archived": true}))).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "contact_archived"]));
    desk.gone("o-1").await;
    desk.push().await;
    assert_eq!(desk.done(), ["client added"]);
    assert!(!desk.only().archived);
}

#[tokio::test]
async fn kb_51_a_person_follows_its_organisation() {
    let desk = Desk::pushing().await;
    desk.pushed(ann()).await;
    assert_eq!(desk.standing("p-1").await, json!(["held", "organisation_not_pushed"]));
    assert_eq!(desk.done(), Vec::<&str>::new());
    desk.pushed(acme()).await;
    assert_eq!(desk.done(), ["client added", "contact added"]);
    let person = desk.only_person();
    assert_eq!(
        (person.name.as_str(), person.email.as_deref()),
        ("Ann Lee", Some("ann@lee.example"))
    );
    assert_eq!(person.position.as_deref(), Some("CEO"));
    assert_eq!(desk.standing("p-1").await, "settled");
    desk.pushed(with(ann(), json!({"phones": [{"label": "Mobile", "number": "0491 570 156"}]})))
        .await;
    assert_eq!(desk.only_person().mobile.as_deref(), Some("0491 570 156"));
}

#[tokio::test]
async fn kb_51_an_association_added_later_pushes_and_one_removed_deletes_nothing() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    desk.pushed(with(ann(), json!({"organisations": []}))).await;
    assert_eq!(desk.standing("p-1").await, json!(["held", "no_organisation"]));
    desk.pushed(ann()).await;
    assert_eq!(desk.done(), ["client added", "contact added"]);
    desk.pushed(with(ann(), json!({"organisations": [], "name": "Ann Other"}))).await;
    assert_eq!(desk.standing("p-1").await, json!(["held", "no_organisation"]));
    assert_eq!(desk.only_person().name, "Ann Lee");
}

#[tokio::test]
async fn kb_51_a_person_of_two_organisations_is_one_contact_of_two_clients() {
    let desk = Desk::pushing().await;
    let beta =
        with(organisation("o-2", "Beta", "b@beta.example"), json!({"contact_type": "Supplier"}));
    desk.pushed(acme()).await;
    desk.pushed(beta).await;
    let both = json!({"organisations": [{"id": "o-1"}, {"id": "o-2", "position": "Owner"}]});
    desk.pushed(with(ann(), both)).await;
    let there = desk.there();
    assert_eq!(there[0].contacts[0].uuid, there[1].contacts[0].uuid);
    assert_eq!(there[1].contacts[0].position.as_deref(), Some("Owner"));
    assert_eq!(desk.done(), ["client added", "client added", "contact added", "contact linked"]);
    assert_eq!(desk.standing("p-1").await, "settled");
    // Leaving one of them unlinks nobody, and is flagged.
    desk.pushed(with(ann(), json!({"organisations": [{"id": "o-2"}]}))).await;
    assert_eq!(desk.standing("p-1").await, json!(["settled", "still_at_client"]));
    assert_eq!(desk.there()[0].contacts.len(), 1);
}

#[tokio::test]
async fn kb_52_a_person_of_an_organisation_that_does_not_go_stays() {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(with(acme(), json!({"contact_type": "Prospect"}))).await;
    desk.sync().await;
    desk.pushed(ann()).await;
    assert_eq!(desk.standing("p-1").await, json!(["held", "organisation_not_pushed"]));
    assert_eq!(desk.done(), Vec::<&str>::new());
}

#[tokio::test]
async fn kb_30_a_person_matched_with_a_client_updates_the_client() {
    let desk = Desk::pushing().await;
    let lee = json!({"uuid": "a1", "name": "Ann Lee", "email": "ann@lee.example",
        "business_structure": "Sole Trader"});
    desk.client(lee);
    desk.contact(with(ann(), json!({"contact_type": "Client"}))).await;
    desk.sync().await;
    let married = json!({"contact_type": "Client", "name": "Ann Moe", "last_name": "Moe"});
    desk.pushed(with(ann(), married)).await;
    let client = desk.only();
    assert_eq!((client.name.as_str(), client.last_name.as_deref()), ("Ann Moe", Some("Moe")));
    assert_eq!(desk.done(), ["client updated"]);
}

#[tokio::test]
async fn kb_53_a_change_is_in_xpm_within_seconds_while_a_pull_is_under_way() {
    let desk = Desk::pushing().await;
    desk.request().await;
    let started = desk.now();
    for n in 0..6 {
        let it =
            organisation(&format!("o-{n}"), &format!("Acme {n}"), &format!("a{n}@acme.example"));
        desk.contact(with(it, json!({"contact_type": "Client"}))).await;
    }
    desk.push().await;
    assert_eq!(desk.there().len(), 6);
    let took = desk.now().duration_since(started) / 6;
    assert!(took <= SignedDuration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn kb_54_only_the_first_address_and_the_first_phone_go() {
    let desk = Desk::pushing().await;
    let many = |n: &str| {
        let line = |label: &str, line: &str| json!({"label": label, "lines": [line]});
        json!({
            "phones": [{"label": "Work", "number": format!("5550 {n}")},
                {"label": "Home", "number": "5550 99"}],
            "addresses": [line("mailing", &format!("PO Box {n}")),
                line("physical", &format!("{n} High St")),
                line("physical", "99 Low St"), line("mailing", "PO Box 99")],
        })
    };
    // When it is created, and when it is changed.
    for n in ["1", "2"] {
        desk.pushed(with(acme(), many(n))).await;
        let client = desk.only();
        assert_eq!(client.phone, Some(format!("5550 {n}")));
        assert_eq!(client.physical.as_ref().unwrap().lines, [format!("{n} High St")]);
        assert_eq!(client.postal.as_ref().unwrap().lines, [format!("PO Box {n}")]);
        assert!(!serde_json::to_string(&client).unwrap().contains("99"));
    }
}

#[tokio::test]
async fn kb_55_a_client_added_in_xpm_after_the_last_sync_is_found_and_not_doubled() {
    let desk = Desk::pushing().await;
    desk.sync().await;
    desk.client(with(company("a1", "ACME", "a@acme.example"), json!({"phone": "5550 1"})));
    desk.pushed(with(acme(), json!({"contact_type": "Client"}))).await;
    assert!(!desk.done().contains(&"client added"));
    assert_eq!(desk.state("a1").await.0, MatchState::Matched);
    assert_eq!(desk.book("o-1").await.contact.value.phones[0].number, "5550 1");
    assert_eq!(desk.standing("o-1").await, "settled");
}

#[tokio::test]
async fn kb_55_what_is_perhaps_the_same_waits_for_a_person_and_nothing_is_added() {
    for (name, email, reason) in
        [("Acme", "other@acme.example", "partial"), ("Acme Holdings", "a@acme.example", "partial")]
    {
        let desk = Desk::pushing().await;
        desk.sync().await;
        desk.client(company("a1", name, email));
        desk.pushed(acme()).await;
        assert_eq!(desk.done(), Vec::<&str>::new());
        assert_eq!(desk.standing("o-1").await, json!(["held", reason]));
        let it = desk.matched("a1").await;
        assert_eq!((it.state, it.candidates.len()), (MatchState::Partial, 1));
    }
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("a2", "Acme", "a@acme.example"));
    desk.pushed(acme()).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "ambiguous_exact"]));
    assert_eq!(desk.state("a2").await.0, MatchState::Partial);
    assert_eq!(desk.done(), Vec::<&str>::new());
}

#[tokio::test]
async fn kb_55_what_is_put_away_in_xpm_is_not_added_once_more() {
    let desk = Desk::pushing().await;
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"archived": true})));
    desk.pushed(acme()).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "archived"]));
    assert_eq!(desk.done(), Vec::<&str>::new());
}

#[tokio::test]
async fn kb_55_a_person_whom_the_client_has_already_is_matched() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    let client = desk.only();
    let there = json!({"uuid": "c1", "name": "Ann Lee", "email": "ann@lee.example"});
    desk.edit(&client, |it| it.contacts.push(serde_json::from_value(there).unwrap()));
    desk.pushed(ann()).await;
    assert_eq!(desk.done(), ["client added"]);
    assert_eq!(desk.state("c1").await.0, MatchState::Matched);
}

#[tokio::test]
async fn kb_42_a_contact_whose_match_was_removed_is_not_added_again() {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(acme()).await;
    desk.sync().await;
    desk.push().await;
    desk.remove("a1").await;
    desk.pushed(with(acme(), json!({"name": "Renamed", "emails": ["new@acme.example"]}))).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "match_removed"]));
    assert_eq!(desk.done(), Vec::<&str>::new());
    assert_eq!(desk.only().name, "Acme");
}

#[tokio::test]
async fn an_edit_has_a_partial_match_judged_again_at_once() {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(with(acme(), json!({"emails": ["typo@acme.example"]}))).await;
    desk.sync().await;
    assert_eq!(desk.state("a1").await.0, MatchState::Partial);
    desk.pushed(acme()).await;
    assert_eq!(desk.state("a1").await.0, MatchState::Matched);
    assert_eq!(desk.count(Kind::MatchKey), 0);
    assert_eq!(desk.done(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_deleted_contact_is_no_candidate_any_more() {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(with(acme(), json!({"emails": ["typo@acme.example"]}))).await;
    desk.sync().await;
    desk.gone("o-1").await;
    desk.push().await;
    let it = desk.matched("a1").await;
    assert_eq!((it.state, it.candidates.len()), (MatchState::Unmatched, 0));
}

#[tokio::test]
async fn kb_33_a_matched_contact_keeps_its_kind() {
    let desk = Desk::pushing().await;
    let person = || contact(with(acme(), json!({"kind": "person"})));
    let put = |it| {
        desk.ports.clock.advance(SignedDuration::from_secs(1));
        let stamp = Stamp { version: None, as_of: desk.now() };
        book::put(&desk.ports.store, &desk.firm, it, stamp)
    };
    desk.contact(acme()).await;
    assert!(put(person()).await.unwrap().applied);
    assert!(put(contact(acme())).await.unwrap().applied);
    desk.push().await;
    let refused = put(person()).await.unwrap();
    assert_eq!((refused.applied, refused.kind_fixed), (false, true));
    assert_eq!(refused.record, desk.book("o-1").await);
}

#[tokio::test]
async fn kb_65_what_xpm_archived_or_lost_is_not_written() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    let client = desk.only();
    desk.edit(&client, |it| it.archived = true);
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "archived"]));
    assert_eq!(desk.done(), ["client added"]);
}

#[tokio::test]
async fn an_update_costs_two_calls_and_a_create_three() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    assert_eq!(
        desk.calls_from(0),
        [Method::SearchClients, Method::SearchClients, Method::AddClient]
    );
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    assert_eq!(desk.calls_from(3), [Method::Client, Method::UpdateClient]);
    desk.pushed(ann()).await;
    assert_eq!(desk.calls_from(5), [Method::Client, Method::AddContact]);
    desk.pushed(with(ann(), json!({"emails": ["new@lee.example"]}))).await;
    assert_eq!(desk.calls_from(7), [Method::Client, Method::UpdateContact]);
    // Said once more, nothing is asked at all.
    desk.pushed(with(ann(), json!({"emails": ["new@lee.example"]}))).await;
    assert_eq!(desk.calls_from(9), []);
}

#[tokio::test]
async fn g06_an_older_statement_is_never_sent_over_a_newer_one() {
    let desk = Desk::pushing().await;
    let put = |name: &str, version| {
        let it = contact(with(acme(), json!({"name": name})));
        let stamp = Stamp { version: Some(version), as_of: desk.now() };
        book::put(&desk.ports.store, &desk.firm, it, stamp)
    };
    put("Third", 3).await.unwrap();
    desk.push().await;
    for (name, version) in [("First", 1), ("Second", 2), ("Third", 3)] {
        put(name, version).await.unwrap();
        desk.push().await;
    }
    assert_eq!((desk.only().name.as_str(), desk.done()), ("Third", vec!["client added"]));
}

#[tokio::test]
async fn every_change_of_xpm_is_in_the_journal() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    let items = desk.ports.store.items();
    let written = items.iter().filter(|it| it.key.kind == Kind::Journal);
    let words: Vec<_> = written.map(|it| it.body["event"].clone()).collect();
    assert_eq!(words, ["client.created", "client.updated"]);
    let last = items.iter().rfind(|it| it.key.kind == Kind::Journal).unwrap();
    assert_eq!(
        (&last.body["before"]["name"], &last.body["after"]["name"]),
        (&json!("Acme"), &json!("Acme Ltd"))
    );
    assert_eq!(desk.only().uuid, uuid(desk.only().uuid.as_str()));
}
