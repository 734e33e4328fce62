//! No firm sees or touches another's things.

use serde_json::{Value, json};

use crate::world::{OTHER_KEY, World, an_hour};

#[tokio::test]
async fn g46_every_id_of_one_firm_is_not_found_by_another() {
    let world = World::new().await;
    let sync = filled(&world).await;
    let key = world.get("/v1/api-keys").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let before = world.ports().store.snapshot();
    for (path, method, _) in world.contract.operations() {
        let id = match path.split('/').nth(2) {
            Some("contacts") => "c-1",
            Some("processes") => "p-1",
            Some("tasks") => "t-1",
            Some("users") => "u-1",
            Some("time-entries") => "e-1",
            Some("syncs") => &sync,
            Some("api-keys") => &key,
            Some("webhook-endpoints") => "w-1",
            _ => continue,
        };
        // To put is to make one's own.
        let makes = method == "PUT" && path.ends_with("{id}");
        if !path.contains("{id}") || makes {
            continue;
        }
        let body = match path.rsplit('/').next() {
            Some("link") if method == "PUT" => {
                Some(json!({"job_number": "J1", "job_task_uuid": "ab"}))
            }
            Some("xpm-staff") => Some(json!({"staff_uuid": "ab"})),
            _ => None,
        };
        let asked = path.replace("{id}", id).replace("{number}", "1");
        let answered = world.ask(&method, &asked, OTHER_KEY, body).await;
        assert_eq!(answered.problem(), (404, "not_found"), "{method} {asked}");
    }
    assert_eq!(format!("{:?}", world.ports().store.snapshot()), format!("{before:?}"));
}

#[tokio::test]
async fn g46_the_same_id_at_two_firms_is_two_things() {
    let world = World::new().await;
    filled(&world).await;
    let body = json!({"name": "Theirs"});
    let theirs = world.ask("PUT", "/v1/processes/p-1", OTHER_KEY, Some(body)).await.ok();
    assert_eq!((&theirs["applied"], &theirs["version"]), (&json!(true), &json!(1)));
    assert_eq!(world.get("/v1/processes/p-1").await.ok()["name"], "Tax return");
}

#[tokio::test]
async fn g46_lists_and_cursors_lead_only_to_ones_own() {
    let world = World::new().await;
    filled(&world).await;
    world.put("/v1/contacts/c-2", json!({"kind": "organisation", "name": "B"})).await.ok();
    let cursor = world.get("/v1/contacts?limit=1").await.ok()["next_cursor"].clone();
    for path in ["contacts", "processes", "tasks", "users", "time-entries", "syncs", "matches"] {
        let answered = world.ask("GET", &format!("/v1/{path}"), OTHER_KEY, None).await.ok();
        assert_eq!(answered, json!({"items": [], "next_cursor": null}), "{path}");
    }
    let path = format!("/v1/contacts?cursor={}", cursor.as_str().unwrap());
    assert_eq!(world.ask("GET", &path, OTHER_KEY, None).await.ok()["items"], json!([]));
}

/// Puts one of everything; answers the id of the sync.
async fn filled(world: &World) -> String {
    let contact = json!({"kind": "organisation", "name": "Acme"});
    world.put("/v1/contacts/c-1", contact).await.ok();
    world.put("/v1/processes/p-1", json!({"name": "Tax return"})).await.ok();
    world.put("/v1/tasks/t-1", json!({"name": "Return 2025"})).await.ok();
    world.put("/v1/users/u-1", json!({"name": "Ann"})).await.ok();
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    let endpoint = json!({"url": "https://hooks.example.com/x"});
    world.put("/v1/webhook-endpoints/w-1", endpoint).await.ok();
    let sync: Value = world.post("/v1/syncs", json!({"mode": "apply"})).await.json;
    sync["id"].as_str().unwrap().into()
}
