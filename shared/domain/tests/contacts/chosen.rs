//! Choosing which contacts go to XPM: those that are there already follow by themselves (KB-50).

use domain::firm::{Firm, Scope, Settings, change};
use domain::journal::Actor;
use domain::ports::Kind;
use domain::records::{self, Kept};
use jiff::SignedDuration;
use memory::practice::Method;
use serde_json::json;

use crate::desk::{Desk, company, organisation, with};

use crate::pushing::{acme, ann};

impl Desk {
    /// A person changes the settings.
    async fn choose(&self, edit: impl FnOnce(&mut Settings)) {
        let kept = records::get::<Firm>(&self.ports.store, &self.firm, "firm").await.unwrap();
        let Kept { record: Firm { mut settings, .. }, .. } = kept.unwrap();
        edit(&mut settings);
        let (store, now) = (&self.ports.store, self.now());
        assert!(change::change(store, &self.firm, &settings, &Actor::App, now).await.unwrap());
    }
}

/// Nothing goes to XPM yet; the app has stated so many organisations, and one of another type.
async fn unchosen(many: usize) -> Desk {
    let desk = Desk::pushing().await;
    desk.settings(|it| it.contact_sync.push_contact_types.clear()).await;
    for n in 0..many {
        let it =
            organisation(&format!("o-{n:03}"), &format!("Firm {n}"), &format!("f{n}@x.example"));
        desk.contact(with(it, json!({"contact_type": "Client"}))).await;
    }
    let other = organisation("z", "Zed", "z@zed.example");
    desk.contact(with(other, json!({"contact_type": "Supplier"}))).await;
    desk.push().await;
    assert_eq!(desk.standing("z").await, json!(["held", "push_off"]));
    desk
}

fn only(kind: &str) -> impl FnOnce(&mut Settings) {
    let kind = kind.to_owned();
    move |it| it.contact_sync.push_contact_types = vec![kind]
}

#[tokio::test]
async fn kb_50_choosing_a_type_looks_at_every_contact_that_is_there_and_writes_each_once() {
    let desk = unchosen(30).await;
    // Some of them are in XPM already, one of them with less than here.
    desk.client(company("a1", "Firm 1", "f1@x.example"));
    desk.client(company("a2", "Firm 2", "other@x.example"));
    desk.choose(only("Client")).await;
    for _ in 0..5 {
        desk.push().await;
        desk.pass(1);
    }
    // 30, but for the one that was found and the one that waits for a person.
    assert_eq!(desk.done(), vec!["client added"; 28]);
    assert_eq!(desk.standing("o-001").await, "settled");
    assert_eq!(desk.standing("o-002").await, json!(["held", "partial"]));
    assert_eq!(desk.standing("z").await, json!(["held", "type_not_pushed"]));
    assert_eq!(desk.count(Kind::Revisit), 0);
    let calls = desk.ports.practice.calls();
    let at = |method| calls.iter().filter(|it| it.method == method).count();
    assert!(at(Method::SearchClients) >= 30);
    // XPM's own list says the same: nothing comes back and nothing more goes.
    let done = desk.done();
    desk.sync().await;
    desk.push().await;
    assert_eq!(desk.done(), done);
}

#[tokio::test]
async fn kb_50_what_was_made_from_xpm_goes_back_only_where_it_says_more() {
    let desk = Desk::pushing().await;
    desk.settings(|it| {
        it.contact_sync.push_contact_types.clear();
        it.contact_sync.assign_contact_type = Some("Client".into());
    })
    .await;
    for n in 0..20 {
        let it = company(&format!("a{n}"), &format!("Firm {n}"), &format!("f{n}@x.example"));
        desk.client(it);
    }
    desk.sync().await;
    let calls = desk.ports.practice.calls().len();
    let kept = desk.kept();
    desk.choose(only("Client")).await;
    desk.push().await;
    assert_eq!(desk.calls_from(calls), []);
    assert_eq!(desk.kept(), kept);
}

#[tokio::test]
async fn kb_50_choosing_goes_on_to_the_end_whoever_dies_and_adds_nobody_twice() {
    let desk = unchosen(25).await;
    desk.choose(only("Client")).await;
    for commits in [3, 11, 12, 40, 77] {
        desk.ports.store.fail_commits_after(commits);
        let deadline = domain::deadline::Deadline { at: desk.now() + SignedDuration::from_mins(5) };
        let _ = domain::contacts::out::work(&desk.ports, &desk.firm, deadline).await;
        desk.ports.store.fail_commits(0);
        desk.pass(5);
    }
    for _ in 0..6 {
        desk.push().await;
        desk.pass(5);
    }
    let mut names: Vec<String> = desk.there().into_iter().map(|it| it.name).collect();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), desk.there().len()), (25, 25));
}

/// KB-53: while many are looked through, an edit does not wait for all of them.
#[tokio::test]
async fn kb_53_an_edit_goes_before_what_a_setting_has_set_due() {
    let desk = unchosen(60).await;
    desk.choose(only("Client")).await;
    let short = domain::deadline::Deadline { at: desk.now() + SignedDuration::from_secs(40) };
    domain::contacts::out::work(&desk.ports, &desk.firm, short).await.unwrap();
    let before = desk.there().len();
    assert!((1..40).contains(&before), "{before}");
    desk.contact(acme()).await;
    let asked = desk.now();
    let deadline = domain::deadline::Deadline { at: desk.now() + SignedDuration::from_secs(60) };
    domain::contacts::out::work(&desk.ports, &desk.firm, deadline).await.unwrap();
    let added = desk.there().iter().any(|it| it.name == "Acme");
    assert!(added, "after {:?}, {} of 61", desk.now().duration_since(asked), desk.there().len());
    assert!(desk.there().len() < 61);
}

#[tokio::test]
async fn kb_04_kb_51_a_wider_scope_lets_the_people_follow() {
    let desk = Desk::pushing().await;
    desk.settings(|it| it.contact_sync.scope = Scope::ClientsOnly).await;
    desk.pushed(acme()).await;
    desk.pushed(ann()).await;
    assert_eq!(desk.standing("p-1").await, json!(["held", "clients_only"]));
    desk.choose(|it| it.contact_sync.scope = Scope::ClientsAndContacts).await;
    desk.push().await;
    assert_eq!(desk.only_person().name, "Ann Lee");
    assert_eq!(desk.done(), ["client added", "contact added"]);
}

#[tokio::test]
async fn kb_50_a_type_taken_out_of_the_set_stops() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    desk.choose(only("Supplier")).await;
    desk.push().await;
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    assert_eq!((desk.done(), desk.only().name.as_str()), (vec!["client added"], "Acme"));
    assert_eq!(desk.standing("o-1").await, json!(["held", "type_not_pushed"]));
}
