//! Contacts on their way to XPM, and what a person decides where both sides changed.

use domain::contacts::book::{self, ContactRecord};
use domain::contacts::fields::Field;
use domain::contacts::matches::{ContactMatch, Match};
use domain::ids::ContactId;
use domain::ports::{Kind, Lane, Lanes, Store, Wake};
use domain::records;
use serde_json::{Value, json};

use crate::world::{World, demo};

#[tokio::test]
async fn kb_53_a_contact_that_changes_wakes_its_lane() {
    let world = World::connected().await;
    let wake = [Wake { firm: demo(), lane: Lane::ContactsOut }];
    world.put("/v1/contacts/o-1", acme()).await.ok();
    assert_eq!(world.ports().wakes.take(), wake);
    assert_eq!(world.delete("/v1/contacts/o-1").await.status, 204);
    assert_eq!(world.ports().wakes.take(), wake);
    let due = world.ports().store.look(&demo(), Lane::ContactsOut).await.unwrap().due_at;
    assert!(due.is_some());
}

#[tokio::test]
async fn kb_33_a_matched_contact_keeps_its_kind() {
    let world = World::connected().await;
    matched(&world).await;
    let mut person = acme();
    person["kind"] = json!("person");
    let refused = world.put("/v1/contacts/o-1", person).await;
    assert_eq!((refused.problem(), refused.places()), ((422, "invalid"), vec!["/kind"]));
    assert_eq!(world.get("/v1/contacts/o-1").await.ok()["kind"], "organisation");
}

#[tokio::test]
async fn kb_64_a_person_sees_both_values_and_decides() {
    let world = World::connected().await;
    matched(&world).await;
    let listed = world.get("/v1/conflicts").await.ok();
    assert_eq!(
        listed["items"],
        json!([{"id": "a1", "contact_id": "o-1", "name": "Acme", "version": 1, "conflicts":
            [{"field": "phones", "xpm": ["5550 9"], "app": ["5550 7"]}]}])
    );
    let keep = |version: u64| json!({"field": "phones", "keep": "xpm", "version": version});
    let resolve = "/v1/matches/a1/resolve";
    assert_eq!(world.post(resolve, keep(9)).await.problem(), (409, "stale"));
    assert_eq!(world.post("/v1/matches/b1/resolve", keep(1)).await.status, 404);
    let other = json!({"field": "email", "keep": "xpm", "version": 1});
    assert_eq!(world.post(resolve, other).await.problem(), (409, "no_conflict"));
    let wrong = world.post(resolve, json!({"field": "fax", "keep": "both"})).await;
    assert_eq!(wrong.places(), ["/field", "/keep", "/version"]);
    let done = world.post(resolve, keep(1)).await.ok();
    assert_eq!((&done["conflicts"], &done["version"]), (&json!([]), &json!(2)));
    let phones = &world.get("/v1/contacts/o-1").await.ok()["phones"];
    assert_eq!(phones[0]["number"], "5550 9");
    assert_eq!(world.get("/v1/conflicts").await.ok()["items"], json!([]));
}

fn acme() -> Value {
    json!({"kind": "organisation", "name": "Acme", "phones": [{"number": "5550 7"}]})
}

/// Acme, matched with a client whose phone was changed on both sides.
async fn matched(world: &World) {
    world.put("/v1/contacts/o-1", acme()).await.ok();
    let side = json!({"kind": "client", "uuid": "a1", "name": "Acme",
        "fields": {"name": "Acme", "phones": [{"number": "5550 9"}]}});
    let it: Match =
        serde_json::from_value(json!({"state": "matched", "origin": "auto", "xpm": side,
        "contact": "o-1", "reason": null, "conflicts": [Field::Phones],
        "base": {"phones": {"xpm": "55501\n", "app": "55501\n"}}}))
        .unwrap();
    let pointer: ContactMatch =
        serde_json::from_value(json!({"contact": "o-1", "xpm": "a1", "kind": "client"})).unwrap();
    let changes = vec![
        records::put(&demo(), &it, None).unwrap(),
        records::put(&demo(), &pointer, None).unwrap(),
    ];
    let _ = world.ports().store.commit(changes).await.unwrap();
    let id = ContactId::parse("o-1").unwrap();
    let found: Option<ContactRecord> = book::get(&world.ports().store, &demo(), &id).await.unwrap();
    assert!(found.is_some());
    assert_eq!(
        world.ports().store.items().iter().filter(|it| it.key.kind == Kind::Match).count(),
        1
    );
}
