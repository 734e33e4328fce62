//! Syncs: planned, applied, listed and undone.

use domain::contacts::sync::work;
use domain::deadline::Deadline;
use domain::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{KEY, OTHER_KEY, World, demo, tenant};

#[tokio::test]
async fn by_01_a_plan_is_made_listed_and_applied() {
    let world = world().await;
    let plan = world.post("/v1/syncs", json!({"mode": "plan"})).await.json;
    let early = world.post(&format!("/v1/syncs/{}/apply", id(&plan)), json!({})).await;
    assert_eq!(early.problem(), (409, "not_done"));
    world.work().await;
    let plan = world.get(&format!("/v1/syncs/{}", id(&plan))).await.ok();
    assert_eq!((&plan["state"], &plan["xpm_calls"]), (&json!("done"), &json!(1)));
    assert!(plan["expires_at"].is_string());
    let changes = world.get(&format!("/v1/syncs/{}/changes", id(&plan))).await.ok();
    let told: Vec<_> = list(&changes).map(|it| (it["id"].clone(), it["outcome"].clone())).collect();
    assert_eq!(
        told,
        [("a1", "created"), ("b1", "matched"), ("d1", "skipped")]
            .map(|(id, it)| (json!(id), json!(it)))
    );
    let skipped = world.get(&format!("/v1/syncs/{}/changes?outcome=skipped", id(&plan))).await.ok();
    let only = list(&skipped).next().unwrap();
    assert_eq!((&only["reason"]["code"], &only["xpm_calls"]), (&json!("archived"), &json!(0)));
    let bad = world.get(&format!("/v1/syncs/{}/changes?outcome=x", id(&plan))).await;
    assert_eq!(bad.problem(), (400, "bad_query"));

    let run = world.post(&format!("/v1/syncs/{}/apply", id(&plan)), json!({})).await;
    assert_eq!((run.status.as_u16(), &run.json["of"]), (202, &plan["id"]));
    world.work().await;
    let run = world.get(&format!("/v1/syncs/{}", id(&run.json))).await.ok();
    assert_eq!((&run["state"], &run["counts"]), (&json!("done"), &plan["counts"]));
    let again = world.post(&format!("/v1/syncs/{}/apply", id(&plan)), json!({})).await;
    assert_eq!(again.problem(), (409, "already_done"));
    let no_plan = world.post(&format!("/v1/syncs/{}/apply", id(&run)), json!({})).await;
    assert_eq!(no_plan.problem(), (409, "not_a_plan"));
}

#[tokio::test]
async fn by_01_a_plan_is_refused_when_either_side_has_moved() {
    for side in ["app", "xpm"] {
        let world = world().await;
        let plan = world.post("/v1/syncs", json!({"mode": "plan"})).await.json;
        world.work().await;
        if side == "app" {
            let body = json!({"kind": "organisation", "name": "Beta, renamed"});
            world.put("/v1/contacts/o-1", body).await.ok();
        } else {
            world.ports().clock.advance(SignedDuration::from_secs(60));
            world.client(json!({"uuid": "b1", "name": "Beta, renamed"}));
        }
        let refused = world.post(&format!("/v1/syncs/{}/apply", id(&plan)), json!({})).await;
        assert_eq!(refused.problem(), (409, "world_moved"), "{side}");
        world.work().await;
        assert!(world.get("/v1/contacts/xpm-a1").await.status == 404, "{side}");
    }
}

#[tokio::test]
async fn by_10_a_run_is_undone_once_by_those_whose_it_is() {
    let world = world().await;
    let run = world.post("/v1/syncs", json!({})).await.json;
    world.work().await;
    world.get("/v1/contacts/xpm-a1").await.ok();
    let path = format!("/v1/syncs/{}/undo", id(&run));
    for path in [&path, &format!("/v1/syncs/{}/apply", id(&run))] {
        let theirs = world.ask("POST", path, OTHER_KEY, Some(json!({}))).await;
        assert_eq!(theirs.status, 404);
    }
    let theirs = format!("/v1/syncs/{}/changes", id(&run));
    assert_eq!(world.ask("GET", &theirs, OTHER_KEY, None).await.status, 404);

    let undo = world.ask("POST", &path, KEY, None).await;
    assert_eq!((undo.status.as_u16(), &undo.json["mode"]), (202, &json!("undo")));
    world.work().await;
    let undo = world.get(&format!("/v1/syncs/{}", id(&undo.json))).await.ok();
    assert_eq!((&undo["state"], &undo["counts"]["updated"]), (&json!("done"), &json!(2)));
    assert_eq!(world.get("/v1/contacts/xpm-a1").await.status, 404);
    let run = world.get(&format!("/v1/syncs/{}", id(&run))).await.ok();
    assert_eq!(run["followed_by"], undo["id"]);
    assert_eq!(world.post(&path, json!({})).await.problem(), (409, "already_done"));
}

fn id(run: &Value) -> &str {
    run["id"].as_str().unwrap()
}

fn list(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().unwrap().iter()
}

/// One client to make, one to match, one to leave alone.
pub(crate) async fn world() -> World {
    let world = World::connected().await;
    let (name, emails) = ("Beta", json!(["b@beta.example"]));
    let body = json!({"kind": "organisation", "name": name, "emails": emails});
    world.put("/v1/contacts/o-1", body).await.ok();
    world.client(json!({"uuid": "a1", "name": "Acme", "email": "a@acme.example"}));
    world.client(json!({"uuid": "b1", "name": "Beta", "email": "b@beta.example"}));
    world.client(json!({"uuid": "d1", "name": "Delta", "archived": true}));
    world.ports().clock.advance(SignedDuration::from_secs(600));
    world
}

impl World {
    fn client(&self, client: Value) {
        let client = serde_json::from_value(client).unwrap();
        self.ports().practice.put_client(&tenant(), client);
    }

    pub(crate) async fn work(&self) {
        self.ports().clock.advance(SignedDuration::from_secs(61));
        let deadline = Deadline { at: self.ports().clock.now() + SignedDuration::from_secs(60) };
        work(self.ports(), &demo(), deadline).await.unwrap();
    }
}
