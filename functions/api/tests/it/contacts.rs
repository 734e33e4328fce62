//! Contacts on their way to XPM, and what a person decides where both sides changed.

use domain::contacts::book::{self, ContactRecord};
use domain::contacts::fields::Field;
use domain::contacts::matches::{ContactMatch, Match};
use domain::contacts::out::state::State;
use domain::ids::{ContactId, XpmUuid};
use domain::ports::{Kind, Lane, Lanes, Store, Wake};
use domain::records::{self, Kept};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::{World, demo, put};

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

#[tokio::test]
async fn kb_40_sh_06_what_xpm_may_hold_several_times_is_shown_with_what_to_do_and_decided_by_review()
 {
    let world = World::connected().await;
    world.put("/v1/contacts/o-1", acme()).await.ok();
    let two = vec![XpmUuid::parse("a1").unwrap(), XpmUuid::parse("a2").unwrap()];
    amend(&world, |it| {
        (it.push.state, it.look_at) = (State::Ambiguous { candidates: two }, None);
    })
    .await;
    for uuid in ["a1", "a2"] {
        let side =
            json!({"kind": "client", "uuid": uuid, "name": "Acme", "fields": {"name": "Acme"}});
        let it: Match =
            serde_json::from_value(json!({"state": "partial", "origin": null, "xpm": side,
            "contact": null, "reason": "ambiguous_exact",
            "candidates": [{"contact_id": "o-1", "name": "Acme", "score": 1.0, "signals": []}]}))
            .unwrap();
        put(world.ports(), &demo(), &it).await;
    }
    let shown = &world.get("/v1/contacts/o-1").await.ok()["push"];
    assert_eq!(
        (&shown["state"], &shown["candidates"]),
        (&json!("ambiguous"), &json!(["a1", "a2"]))
    );
    assert_eq!(shown["reason"]["code"], "several_records");
    assert!(shown["reason"]["next_step"].as_str().unwrap().contains("review list"));
    let why = world.get("/v1/contacts/o-1/why").await.ok();
    let (failed, next) = (&why["checks"][2], &why["next_step"]);
    assert_eq!((&failed["name"], &failed["verdict"]), (&json!("match"), &json!("failed")));
    assert_eq!(*next, shown["reason"]["next_step"]);

    world.ports().wakes.take();
    let body = json!({"contact_id": "o-1", "version": 1});
    world.post("/v1/matches/a2/confirm", body).await.ok();
    assert!(world.ports().wakes.take().iter().any(|it| it.lane == Lane::ContactsOut));
    let due = world.ports().store.due(&demo(), Lane::ContactsOut, Timestamp::MAX, 9).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(world.get("/v1/contacts/o-1").await.ok()["push"]["state"], "pending");
}

async fn amend(world: &World, edit: impl FnOnce(&mut ContactRecord)) {
    let store = &world.ports().store;
    let kept = records::get::<ContactRecord>(store, &demo(), "o-1").await.unwrap();
    let Some(Kept { mut record, version }) = kept else { panic!("no contact") };
    edit(&mut record);
    let _ =
        store.commit(vec![records::put(&demo(), &record, Some(version)).unwrap()]).await.unwrap();
}

fn acme() -> Value {
    json!({"kind": "organisation", "name": "Acme", "phones": [{"number": "5550 7"}]})
}

/// Acme, matched with a client whose phone was changed on both sides.
pub(crate) async fn matched(world: &World) {
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
