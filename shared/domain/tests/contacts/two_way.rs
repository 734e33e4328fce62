//! Both directions together: what changed on one side reaches the other, once, and nothing comes back.

use domain::contacts::book;
use domain::contacts::conflicts::{self, Keep, Resolved};
use domain::contacts::contact::Contact;
use domain::contacts::fields::Field;
use domain::desired::Stamp;
use domain::firm::Policy;
use domain::journal::Actor;
use domain::ports::{Kind, Lane, Lanes};
use domain::practice::{Address, Client};
use jiff::SignedDuration;
use memory::practice::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, company, organisation, with};
use crate::pushing::{acme, ann};

/// A field, a value of it in the contact, and another one.
fn fields() -> Vec<(&'static str, Value, Value)> {
    let phone = |number: &str| json!({"phones": [{"label": "phone", "number": number}]});
    let at = |physical: Option<&str>, mailing: Option<&str>| {
        let one = |label: &str, line: Option<&str>| {
            line.map(|line| json!({"label": label, "lines": [line], "city": "Perth"}))
        };
        let all = [one("physical", physical), one("mailing", mailing)];
        json!({"addresses": all.into_iter().flatten().collect::<Vec<_>>()})
    };
    vec![
        ("name", json!({"name": "Acme"}), json!({"name": "Acme Two"})),
        ("email", json!({"emails": ["a@acme.example"]}), json!({"emails": ["b@acme.example"]})),
        ("phones", phone("5550 1"), phone("5550 2")),
        ("physical", at(Some("1 High St"), None), at(Some("2 Low St"), None)),
        ("mailing", at(None, Some("PO Box 1")), at(None, Some("PO Box 2"))),
    ]
}

/// What a client says in the field.
fn in_xpm(field: &str, it: &Client) -> Option<String> {
    let line = |it: &Option<Address>| it.as_ref().and_then(|it| it.lines.first().cloned());
    match field {
        "name" => Some(it.name.clone()),
        "email" => it.email.clone(),
        "phones" => it.phone.clone(),
        "physical" => line(&it.physical),
        "mailing" => line(&it.postal),
        other => panic!("{other}"),
    }
}

/// What a contact says in it.
fn in_app(field: &str, it: &Contact) -> Option<String> {
    let line = || it.addresses.first().and_then(|it| it.lines.first().cloned());
    match field {
        "name" => Some(it.name.clone()),
        "email" => it.emails.first().cloned(),
        "phones" => it.phones.first().map(|it| it.number.clone()),
        "physical" | "mailing" => line(),
        other => panic!("{other}"),
    }
}

/// Somebody types the value into XPM.
fn type_in(it: &mut Client, field: &str, value: &Value) {
    let text = |it: &Value| it.as_str().map(str::to_owned);
    let address = || {
        let lines = vec![value["addresses"][0]["lines"][0].as_str().unwrap().to_owned()];
        Some(Address { lines, city: Some("Perth".into()), ..Address::default() })
    };
    match field {
        "name" => it.name = text(&value["name"]).unwrap(),
        "email" => it.email = text(&value["emails"][0]),
        "phones" => it.phone = text(&value["phones"][0]["number"]),
        "physical" => it.physical = address(),
        "mailing" => it.postal = address(),
        other => panic!("{other}"),
    }
}

/// Five fields, two directions, changed and added: 18, for a name is never added (KB-60).
#[tokio::test]
async fn kb_60_every_field_goes_both_ways_whether_changed_or_added() {
    let mut cases = 0;
    for (field, one, other) in fields() {
        for added in [false, true] {
            for from_app in [false, true] {
                if added && field == "name" {
                    continue;
                }
                cases += 1;
                let case = format!("{field}, added: {added}, from the app: {from_app}");
                let desk = Desk::pushing().await;
                let bare = with(acme(), json!({"emails": []}));
                let first = if added { bare.clone() } else { with(bare.clone(), one.clone()) };
                desk.pushed(first.clone()).await;
                let second = with(bare, other.clone());
                if from_app {
                    desk.pushed(second.clone()).await;
                } else {
                    desk.pass(10);
                    desk.edit(&desk.only(), |it| type_in(it, field, &other));
                    desk.sync().await;
                }
                let contact = desk.book("o-1").await.contact.value;
                let wanted = in_app(field, &crate::pushing::contact(second));
                assert!(wanted.is_some());
                assert_eq!(in_xpm(field, &desk.only()), wanted, "{case}");
                assert_eq!(in_app(field, &contact), wanted, "{case}");
                // And there it stays.
                let (kept, done) = (desk.kept(), desk.done());
                desk.pass(10);
                desk.sync().await;
                desk.push().await;
                assert_eq!((desk.kept(), desk.done()), (kept, done), "{case}");
            }
        }
    }
    assert_eq!(cases, 18);
}

#[tokio::test]
async fn kb_61_what_is_cleared_on_one_side_is_not_cleared_on_the_other() {
    for (field, one, _) in fields().into_iter().filter(|it| it.0 != "name") {
        let full = with(with(acme(), json!({"emails": []})), one);
        let bare = with(acme(), json!({"emails": []}));
        for allowed in [false, true] {
            let desk = Desk::pushing().await;
            desk.settings(|it| it.contact_sync.blank_overwrites = allowed).await;
            desk.pushed(full.clone()).await;
            desk.pushed(bare.clone()).await;
            assert_eq!(in_xpm(field, &desk.only()).is_none(), allowed, "{field} in XPM");

            let desk = Desk::pushing().await;
            desk.settings(|it| it.contact_sync.blank_overwrites = allowed).await;
            desk.pushed(full.clone()).await;
            desk.pass(10);
            desk.edit(&desk.only(), |it| {
                (it.email, it.phone, it.physical, it.postal) = (None, None, None, None);
            });
            desk.sync().await;
            let contact = desk.book("o-1").await.contact.value;
            assert_eq!(in_app(field, &contact).is_none(), allowed, "{field} in the app");
        }
    }
}

/// G19: a hundred changes, to and fro, cost a hundred writes and no more.
#[tokio::test]
async fn kb_62_g19_a_hundred_changes_to_and_fro_are_written_once_each() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    let mut sent = 1;
    for n in 0..100 {
        desk.pass(10);
        let phone = format!("5550 {n:04}");
        if n % 2 == 0 {
            let phones = json!({"phones": [{"label": "phone", "number": phone}]});
            desk.contact(with(acme(), phones)).await;
            sent += 1;
        } else {
            desk.edit(&desk.only(), |it| it.phone = Some(format!("({phone})")));
        }
        for _ in 0..2 {
            desk.push().await;
            desk.sync().await;
        }
        let digits = |it: &str| it.replace(|c: char| !c.is_ascii_digit(), "");
        let app = desk.book("o-1").await.contact.value.phones[0].number.clone();
        assert_eq!(digits(&app), digits(&desk.only().phone.unwrap()));
        assert_eq!(desk.done().len(), sent, "after {n}");
    }
    assert_eq!(desk.done().len(), 51);
}

/// KB-62: an app that states back whatever it is told of. One change on either side is written once, and a
/// hundred rounds make nothing more of it.
#[tokio::test]
async fn kb_62_g19_an_app_that_states_back_what_it_is_told_makes_no_more_of_one_change() {
    for in_xpm in [false, true] {
        let desk = Desk::pushing().await;
        let (mut version, mut heard) = (1, 0);
        desk.pushed(with(acme(), json!({"phones": [{"label": "Work", "number": "02 5550 0001"}]})))
            .await;
        desk.round(&mut version, &mut heard).await;
        let before = (desk.done().len(), heard);
        if in_xpm {
            // XPM writes numbers in its own way.
            desk.pass(10);
            desk.edit(&desk.only(), |it| it.phone = Some("(02) 5550-0002".into()));
        } else {
            let it = json!({"phones": [{"label": "Work", "number": "02 5550 0002"}]});
            desk.pushed(with(acme(), it)).await;
        }
        for _ in 0..100 {
            desk.round(&mut version, &mut heard).await;
        }
        let (written, told) = (desk.done().len() - before.0, heard - before.1);
        assert_eq!((written, told), if in_xpm { (0, 1) } else { (1, 0) }, "in XPM: {in_xpm}");
        let digits = |it: &str| it.replace(|c: char| !c.is_ascii_digit(), "");
        let app = desk.book("o-1").await.contact.value.phones[0].number.clone();
        assert_eq!(digits(&app), "0255500002");
        assert_eq!(digits(&desk.only().phone.unwrap()), "0255500002");
    }
}

impl Desk {
    /// A sync, the app's echo of every contact it has not heard of, and the push of that.
    async fn round(&self, version: &mut u64, heard: &mut usize) {
        self.sync().await;
        let items = self.ports.store.items().into_iter();
        let entries = items.filter(|it| it.key.kind == Kind::Journal).map(|it| it.body);
        let told =
            entries.filter(|it| it["event"].as_str().is_some_and(|it| it.starts_with("contact")));
        let told: Vec<Value> = told.collect();
        for entry in &told[(*heard).min(told.len())..] {
            let contact: Contact = serde_json::from_value(entry["after"].clone()).unwrap();
            *version += 1;
            let stamp = Stamp { version: Some(*version), as_of: self.now() };
            book::put(&self.ports.store, &self.firm, contact, stamp).await.unwrap();
        }
        *heard = told.len();
        self.push().await;
    }
}

#[tokio::test]
async fn g18_a_second_run_writes_nothing_and_leaves_nothing_due() {
    let desk = Desk::pushing().await;
    for n in 0..20 {
        let name = format!("Client {n}");
        if n % 2 == 0 {
            desk.client(company(&format!("a{n:02}"), &name, &format!("c{n}@x.example")));
        }
        let it = organisation(&format!("o-{n}"), &name, &format!("c{n}@x.example"));
        desk.contact(with(it, json!({"contact_type": "Client"}))).await;
        let person = with(
            ann(),
            json!({"id": format!("p-{n}"), "name": format!("Ann {n}"),
            "organisations": [{"id": format!("o-{n}")}]}),
        );
        desk.contact(with(person, json!({"emails": [format!("p{n}@x.example")]}))).await;
    }
    for _ in 0..10 {
        desk.push().await;
        desk.sync().await;
    }
    assert_eq!(desk.there().len(), 20);
    assert!(desk.there().iter().all(|it| it.contacts.len() == 1));
    let (kept, done) = (desk.kept(), desk.done());
    desk.pass(60);
    desk.push().await;
    desk.sync().await;
    desk.push().await;
    assert_eq!((desk.kept(), desk.done()), (kept, done));
    assert_eq!(desk.ports.store.look(&desk.firm, Lane::ContactsOut).await.unwrap().due_at, None);
    assert_eq!(desk.count(Kind::MatchKey), 0);
}

#[tokio::test]
async fn kb_64_both_changed_goes_by_the_policy_and_the_rest_merges() {
    for (policy, xpm, app) in [
        (Policy::Xpm, "5550 9", "5550 9"),
        (Policy::App, "5550 7", "5550 7"),
        (Policy::Ask, "5550 9", "5550 7"),
    ] {
        let desk = both_changed(policy).await;
        let (client, contact) = (desk.only(), desk.book("o-1").await.contact.value);
        assert_eq!(client.phone.as_deref(), Some(xpm), "{policy:?}");
        assert_eq!(contact.phones[0].number, app, "{policy:?}");
        // What only one side changed is on both.
        assert_eq!((client.name.as_str(), contact.name.as_str()), ("Acme Ltd", "Acme Ltd"));
        assert_eq!(client.email.as_deref(), Some("new@acme.example"));
        let conflicts = desk.matched(client.uuid.as_str()).await.conflicts;
        let expected = if policy == Policy::Ask { vec![Field::Phones] } else { vec![] };
        assert_eq!(conflicts, expected);
    }
}

#[tokio::test]
async fn kb_64_a_person_decides_whose_value_stays() {
    for (keep, number) in [(Keep::Xpm, "5550 9"), (Keep::App, "5550 7")] {
        let desk = both_changed(Policy::Ask).await;
        let uuid = desk.only().uuid;
        let get = || domain::contacts::matches::get(&desk.ports.store, &desk.firm, &uuid);
        let version = get().await.unwrap().unwrap().version;
        let decide = |field, version| {
            conflicts::resolve(&desk.ports, &desk.firm, &uuid, field, keep, version, &Actor::App)
        };
        let listed = conflicts::list(&desk.ports.store, &desk.firm, None, 10).await.unwrap().0;
        assert_eq!(listed.len(), 1);
        assert_eq!(decide(Field::Phones, version - 1).await.unwrap(), Resolved::Stale);
        assert_eq!(decide(Field::Email, version).await.unwrap(), Resolved::NoConflict);
        assert!(matches!(decide(Field::Phones, version).await.unwrap(), Resolved::Done(_)));
        desk.push().await;
        desk.pass(10);
        desk.sync().await;
        assert_eq!(desk.only().phone.as_deref(), Some(number));
        assert_eq!(desk.book("o-1").await.contact.value.phones[0].number, number);
        assert_eq!(get().await.unwrap().unwrap().record.conflicts, []);
    }
}

/// What a sync read before our own write is old news.
#[tokio::test]
async fn kb_62_a_sync_that_read_before_our_write_does_not_bring_the_old_value_back() {
    let desk = Desk::pushing().await;
    desk.pushed(acme()).await;
    desk.pass(10);
    desk.edit(&desk.only(), |it| it.phone = Some("5550 1".into()));
    desk.request().await;
    // The run reads XPM, and dies before it has worked anything off.
    desk.ports.store.fail_commits_after(2);
    let _ = desk.try_work().await;
    desk.ports.store.fail_commits(0);
    desk.ports.clock.advance(SignedDuration::from_secs(40));
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    assert_eq!(desk.only().name, "Acme Ltd");
    desk.work().await;
    assert_eq!(desk.book("o-1").await.contact.value.name, "Acme Ltd");
    desk.pass(10);
    desk.sync().await;
    let contact = desk.book("o-1").await.contact.value;
    assert_eq!((contact.name.as_str(), contact.phones.len()), ("Acme Ltd", 1));
    let lists =
        desk.ports.practice.calls().iter().filter(|it| it.method == Method::Clients).count();
    assert_eq!(lists, 2);
}

/// G10: a pull changes the values that XPM replaced, and drops no others.
#[tokio::test]
async fn g10_a_pull_drops_no_other_email_phone_address_or_organisation() {
    let desk = Desk::pushing().await;
    let rich = json!({
        "emails": ["a@acme.example", "second@acme.example"],
        "phones": [{"label": "Work", "number": "5550 1"}, {"label": "Fax", "number": "5550 2"}],
        "addresses": [{"label": "physical", "lines": ["1 High St"]},
            {"label": "physical", "lines": ["2 Low St"]}],
        "organisations": [{"id": "o-9"}], "business_number": "51 824"
    });
    desk.pushed(with(acme(), rich)).await;
    desk.pass(10);
    desk.edit(&desk.only(), |it| {
        it.email = Some("new@acme.example".into());
        it.phone = Some("5550 9".into());
        it.physical.as_mut().unwrap().lines = vec!["9 New St".into()];
    });
    desk.sync().await;
    let it = desk.book("o-1").await.contact.value;
    assert_eq!(it.emails, ["new@acme.example", "second@acme.example"]);
    assert_eq!(
        it.phones.iter().map(|it| it.number.as_str()).collect::<Vec<_>>(),
        ["5550 9", "5550 2"]
    );
    let lines: Vec<_> = it.addresses.iter().map(|it| it.lines[0].as_str()).collect();
    assert_eq!(lines, ["9 New St", "2 Low St"]);
    assert_eq!((it.organisations.len(), it.business_number.as_deref()), (1, Some("51 824")));
}

/// In step, then the phone changed on both sides, the name in XPM and the e-mail address in the app.
async fn both_changed(policy: Policy) -> Desk {
    let desk = Desk::pushing().await;
    desk.settings(|it| it.contact_sync.conflict.phones = policy).await;
    let phone = |number: &str| json!({"phones": [{"label": "phone", "number": number}]});
    desk.pushed(with(acme(), phone("5550 1"))).await;
    desk.pass(10);
    desk.edit(&desk.only(), |it| {
        it.phone = Some("5550 9".into());
        it.name = "Acme Ltd".into();
    });
    let email = json!({"emails": ["new@acme.example"]});
    desk.pushed(with(with(acme(), phone("5550 7")), email)).await;
    desk
}
