//! What real firms hold: namesakes, shared addresses, changing forms, and every sort of letter. Nothing is
//! created twice, nothing overwritten by a blank, and the counts add up to what was read.

use domain::contacts::matches::MatchState;
use domain::contacts::sync::SyncRun;
use domain::ports::Kind;
use domain::reason::Reason;
use memory::practice::{Method, Trouble};
use serde_json::{Value, json};

use crate::desk::{Desk, company, organisation, skipped, with};
use crate::pushing::acme;

/// Every record is counted once, and every skipped one with its reason.
fn adds_up(run: &SyncRun) {
    let it = run.counts;
    let parts =
        [it.matched, it.created, it.partial, it.updated, it.unchanged, it.skipped, it.failed];
    assert_eq!(it.read, parts.iter().sum::<u64>(), "{it:?}");
    assert_eq!(it.skipped, skipped(run).iter().map(|it| it.1).sum::<u64>());
    assert_eq!((run.progress.done, run.progress.total), (it.read, it.read));
}

/// A second look writes nothing on either side.
async fn again(desk: &Desk) {
    desk.push().await;
    let (kept, done) = (desk.kept(), desk.done());
    desk.pass(8 * 24 * 60);
    adds_up(&desk.sync().await);
    desk.push().await;
    assert_eq!(desk.kept(), kept);
    assert_eq!(desk.done(), done);
}

/// A person in both, of whom both say the same but for their own name.
fn spouse(uuid: &str, name: &str) -> Value {
    let (first, last) = name.split_once(' ').unwrap();
    json!({"uuid": uuid, "name": name, "first_name": first, "last_name": last,
        "email": "family@lee.example", "phone": "02 5550 1234", "business_structure": "Individual",
        "physical": {"lines": ["1 High St"], "city": "Sydney", "postcode": "2000"}})
}

fn person(id: &str, name: &str) -> Value {
    let (first, last) = name.split_once(' ').unwrap();
    json!({"id": id, "kind": "person", "name": name, "first_name": first, "last_name": last,
        "emails": ["family@lee.example"], "contact_type": "Client"})
}

#[tokio::test]
async fn kb_26_two_clients_equal_in_name_and_email_are_two_and_stay_two() {
    let desk = Desk::pushing().await;
    desk.contact(acme()).await;
    for uuid in ["a1", "a2"] {
        desk.client(company(uuid, "Acme", "a@acme.example"));
    }
    let run = desk.sync().await;
    adds_up(&run);
    assert_eq!((run.counts.matched, run.counts.created), (1, 1));
    again(&desk).await;
    assert_eq!(desk.contacts().await, ["o-1", "xpm-a2"]);
    assert_eq!(desk.there().len(), 2);
}

/// Both clients are there before the app says anything: which of them it means, a person says.
#[tokio::test]
async fn kb_26_kb_55_of_two_equal_clients_none_is_taken_and_none_added() {
    let desk = Desk::pushing().await;
    for uuid in ["a1", "a2"] {
        desk.client(company(uuid, "Acme", "a@acme.example"));
    }
    desk.pushed(acme()).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "ambiguous_exact"]));
    for uuid in ["a1", "a2"] {
        assert_eq!(desk.state(uuid).await, (MatchState::Partial, Some(Reason::AmbiguousExact)));
    }
    assert_eq!(desk.done(), Vec::<&str>::new());
}

#[tokio::test]
async fn kb_26_spouses_who_share_an_address_are_two_people() {
    let desk = Desk::pushing().await;
    desk.client(spouse("a1", "Ann Lee"));
    desk.client(spouse("a2", "Bob Lee"));
    desk.contact(person("p-1", "Ann Lee")).await;
    let run = desk.sync().await;
    adds_up(&run);
    // Ann is matched; Bob shares nothing but what a household shares, with someone who is taken.
    assert_eq!((run.counts.matched, run.counts.created), (1, 1));
    again(&desk).await;
    assert_eq!(desk.contacts().await, ["p-1", "xpm-a2"]);

    let desk = Desk::pushing().await;
    desk.client(spouse("a2", "Bob Lee"));
    desk.contact(person("p-1", "Ann Lee")).await;
    let run = desk.sync().await;
    adds_up(&run);
    assert_eq!(run.counts.partial, 1);
    again(&desk).await;
    assert_eq!((desk.contacts().await, desk.there().len()), (vec!["p-1".to_owned()], 1));
}

#[tokio::test]
async fn kb_32_kb_33_a_contact_of_two_clients_outlives_the_change_of_their_form() {
    let desk = Desk::pushing().await;
    let ann = json!([{"uuid": "c1", "name": "Ann Lee", "email": "ann@lee.example"}]);
    for (uuid, name) in [("a1", "Acme"), ("b1", "Beta")] {
        let it = company(uuid, name, &format!("{uuid}@x.example"));
        desk.client(with(it, json!({"contacts": ann})));
    }
    let run = desk.sync().await;
    adds_up(&run);
    assert_eq!((run.counts.read, run.counts.created), (4, 3));
    for form in ["Individual", "Trust", ""] {
        desk.pass(10);
        let first = desk.there().into_iter().find(|it| it.uuid.as_str() == "a1").unwrap();
        desk.edit(&first, |it| it.business_structure = Some(form.into()));
        adds_up(&desk.sync().await);
        again(&desk).await;
        assert_eq!(desk.contacts().await, ["xpm-a1", "xpm-b1", "xpm-c1"], "{form:?}");
    }
}

/// Names as they are, each another in its first letters.
fn names() -> Vec<String> {
    let long = "Long ".repeat(800);
    let mut all: Vec<String> = [
        "Smith & Sons <Pty> \"Ltd\"",
        "R&D & Co",
        "\u{682a}\u{5f0f}\u{4f1a}\u{793e}\u{5c71}\u{7530}",
        "\u{1f98a} Fox \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{c9}cole d\u{2019}\u{e9}t\u{e9}",
        "'; DROP TABLE--",
        "=1+1",
    ]
    .map(str::to_owned)
    .into();
    all.push(long.trim_end().to_owned());
    assert_eq!(all.last().map(|it| it.chars().count()), Some(3_999));
    all.push("x".repeat(4_000));
    all.push("\u{682a}".repeat(4_000));
    all
}

#[tokio::test]
async fn kb_25_kb_29_any_name_comes_over_as_it_is_and_is_found_again() {
    let desk = Desk::pushing().await;
    let names = names();
    for (n, name) in names.iter().enumerate() {
        desk.client(company(&format!("a{n}"), name, &format!("n{n}@x.example")));
        // Half of them are there already.
        if n % 2 == 0 {
            let it = organisation(&format!("o-{n}"), name, &format!("n{n}@x.example"));
            let it: domain::contacts::contact::Contact = serde_json::from_value(it).unwrap();
            let stamp = domain::desired::Stamp { version: None, as_of: desk.now() };
            domain::contacts::book::put(&desk.ports.store, &desk.firm, it, stamp).await.unwrap();
        }
    }
    let run = desk.sync().await;
    adds_up(&run);
    let half = names.len() as u64 / 2;
    assert_eq!((run.counts.matched, run.counts.created, run.counts.failed), (half, half, 0));
    for (n, name) in names.iter().enumerate() {
        let id = if n % 2 == 0 { format!("o-{n}") } else { format!("xpm-a{n}") };
        assert_eq!(desk.book(&id).await.contact.value.name, *name);
    }
    again(&desk).await;
}

#[tokio::test]
async fn kb_50_kb_29_any_name_goes_over_as_it_is_once() {
    let desk = Desk::pushing().await;
    let names: Vec<String> = names().into_iter().filter(|it| it.chars().count() <= 500).collect();
    for (n, name) in names.iter().enumerate() {
        let it = organisation(&format!("o-{n}"), name, &format!("n{n}@x.example"));
        desk.pushed(with(it, json!({"contact_type": "Client"}))).await;
    }
    let mut there: Vec<String> = desk.there().into_iter().map(|it| it.name).collect();
    there.sort();
    let mut expected = names.clone();
    expected.sort();
    assert_eq!(there, expected);
    desk.sync().await;
    again(&desk).await;
    assert_eq!(desk.count(Kind::Match), names.len());
}

/// KB-61, KB-66: half a list is no list, and a blank is no news, whoever says it.
#[tokio::test]
async fn kb_61_kb_66_neither_half_a_list_nor_a_blank_takes_anything_away() {
    let desk = Desk::pushing().await;
    for n in 0..20 {
        let full = json!({"phone": "5550 1", "physical": {"lines": ["1 High St"]}});
        desk.client(with(company(&format!("a{n:02}"), &format!("Firm {n}"), "x@x.example"), full));
    }
    desk.sync().await;
    let before = desk.kept();
    desk.pass(8 * 24 * 60);
    desk.ports.practice.fail_next(Method::Clients, Trouble::UncertainAfter);
    let run = desk.sync().await;
    assert_eq!(desk.kept(), before);
    for _ in 0..10 {
        desk.pass(1);
        desk.work().await;
    }
    adds_up(&desk.run(&run).await);
    assert_eq!(desk.kept(), before);
    for client in desk.there() {
        desk.edit(&client, |it| (it.email, it.phone, it.physical) = (None, None, None));
    }
    adds_up(&desk.sync().await);
    for n in 0..20 {
        let it = desk.book(&format!("xpm-a{n:02}")).await.contact.value;
        assert_eq!((it.emails.len(), it.phones.len(), it.addresses.len()), (1, 1, 1));
    }
    assert_eq!(desk.done(), Vec::<&str>::new());
}
