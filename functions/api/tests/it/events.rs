//! BY-08, BY-09: what happened, as a feed and as an audit trail, and where it goes.

use domain::deadline::Deadline;
use domain::events::work::publish;
use domain::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{OTHER_KEY, World, demo};

const HOOK: &str = "https://hooks.example.com/x";

async fn published(world: &World) {
    let at = world.ports().clock.now() + SignedDuration::from_secs(60);
    publish(world.ports(), &demo(), Deadline { at }).await.unwrap();
}

async fn region(world: &World, region: &str) {
    world.put("/v1/settings", json!({"region": region})).await.ok();
}

fn types(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn by_09_the_feed_is_followed_by_a_cursor_that_stays_good_at_its_end() {
    let world = World::new().await;
    let empty = world.get("/v1/events").await.ok();
    assert_eq!(empty["items"], json!([]));
    region(&world, "NZ").await;
    published(&world).await;
    let next =
        |page: &Value| format!("/v1/events?cursor={}", page["next_cursor"].as_str().unwrap());
    let first = world.get(&next(&empty)).await.ok();
    assert_eq!(types(&first), ["settings.changed"]);
    let event = &first["items"][0];
    assert_eq!(event["id"], "evt_demo_0000000000000001");
    assert_eq!(event["subject"], json!({"kind": "settings", "id": "firm"}));
    assert_eq!(event["data"]["region"], "NZ");
    assert_eq!(event["before"]["region"], "AU");
    assert_eq!(event["actor"]["by"], "key");
    let end = world.get(&next(&first)).await.ok();
    assert_eq!((&end["items"], &end["next_cursor"]), (&json!([]), &first["next_cursor"]));
    region(&world, "GB").await;
    published(&world).await;
    assert_eq!(types(&world.get(&next(&end)).await.ok()), ["settings.changed"]);
    assert_eq!(types(&world.get("/v1/events?type=match.partial").await.ok()), [""; 0]);
    assert_eq!(world.get("/v1/events?type=x").await.problem(), (400, "bad_query"));
    assert_eq!(world.get("/v1/events?cursor=YQ").await.problem(), (400, "bad_query"));
    let theirs = world.ask("GET", "/v1/events", OTHER_KEY, None).await.ok();
    assert_eq!(theirs["items"], json!([]));
}

#[tokio::test]
async fn by_08_who_changed_what_when_and_what_stood_there_before() {
    let world = World::new().await;
    let by = world.get("/v1/api-keys").await.ok()["items"][0]["id"].clone();
    region(&world, "NZ").await;
    region(&world, "NZ").await;
    let issued = world.post("/v1/api-keys", json!({"name": "=cmd"})).await;
    let key = issued.json["id"].as_str().unwrap().to_owned();
    let secret = issued.json["key"].as_str().unwrap().to_owned();
    world.delete(&format!("/v1/api-keys/{key}")).await;
    // Of one record at once, before the feed has it.
    let of_key = world.get(&format!("/v1/audit?subject=api_key/{key}")).await.ok();
    assert_eq!(types(&of_key), ["api_key.issued", "api_key.revoked"]);
    assert_eq!(of_key["items"][0]["before"], Value::Null);
    assert_eq!(of_key["items"][0]["event_id"], Value::Null);
    assert_eq!(of_key["items"][1]["actor"], json!({"by": "key", "id": by}));
    published(&world).await;
    let all = world.get("/v1/audit").await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 3, "the same settings again are no change");
    assert!(!all.to_string().contains(&secret));
    let mine = format!("/v1/audit?actor=key:{}", by.as_str().unwrap());
    assert_eq!(world.get(&mine).await.ok()["items"].as_array().unwrap().len(), 3);
    assert_eq!(world.get("/v1/audit?actor=rule").await.ok()["items"], json!([]));
    let later = "/v1/audit?from=2026-11-22T12:00:01Z";
    assert_eq!(world.get(later).await.ok()["items"], json!([]));
    let until = "/v1/audit?from=2026-11-22T12:00:00Z&to=2026-11-22T12:00:01Z&limit=2";
    let page = world.get(until).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let rest = format!("{until}&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = world.get(&rest).await.ok();
    assert_eq!((types(&rest).len(), &rest["next_cursor"]), (1, &Value::Null));
    for bad in ["subject=x/1", "subject=contact", "actor=someone", "from=yesterday", "x=1"] {
        let answered = world.get(&format!("/v1/audit?{bad}")).await;
        assert_eq!(answered.problem(), (400, "bad_query"), "{bad}");
    }
}

#[tokio::test]
async fn by_08_the_audit_trail_comes_as_a_table_too() {
    let world = World::new().await;
    region(&world, "NZ").await;
    published(&world).await;
    let table = world.get("/v1/audit.csv").await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let mut rows = table.text.split("\r\n");
    let columns = "at,type,subject_kind,subject_id,version,actor,run,reason,before,after";
    assert_eq!(rows.next(), Some(columns));
    let row = rows.next().unwrap();
    assert!(row.starts_with("2026-11-22T12:00:00Z,settings.changed,settings,firm,2,key:"), "{row}");
    assert!(row.contains("\"\"region\"\":\"\"NZ\"\""), "{row}");
    assert!(!table.headers.contains_key("next-cursor"));
}

#[tokio::test]
async fn by_09_an_endpoint_shows_its_secret_once_and_can_be_changed_and_removed() {
    let world = World::new().await;
    let made = world.put("/v1/webhook-endpoints/w-1", json!({"url": HOOK})).await.ok();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    assert_eq!((&made["active"], &made["types"]), (&json!(true), &json!([])));
    let body = json!({"url": HOOK, "types": ["contact.updated"], "active": false});
    let changed = world.put("/v1/webhook-endpoints/w-1", body).await.ok();
    assert_eq!((&changed["secret"], &changed["active"]), (&Value::Null, &json!(false)));
    let shown = world.get("/v1/webhook-endpoints/w-1").await.ok();
    assert_eq!(shown["types"], json!(["contact.updated"]));
    assert!(!shown.to_string().contains("whsec_"));
    let rotated = world.post("/v1/webhook-endpoints/w-1/rotate-secret", json!({})).await.ok();
    assert_ne!(rotated["secret"], json!(secret));
    assert_eq!(world.get("/v1/webhook-endpoints").await.ok()["items"][0], shown);
    assert_eq!(world.get("/v1/webhook-endpoints/w-1/deliveries").await.ok()["items"], json!([]));
    assert_eq!(world.delete("/v1/webhook-endpoints/w-1").await.status, 204);
    assert_eq!(world.get("/v1/webhook-endpoints/w-1").await.problem(), (404, "not_found"));
    assert_eq!(world.get("/v1/webhook-endpoints").await.ok()["items"], json!([]));
    published(&world).await;
    let told = world.get("/v1/events").await.ok();
    assert_eq!(
        types(&told),
        [
            "webhook_endpoint.changed",
            "webhook_endpoint.changed",
            "webhook_endpoint.secret_rotated",
            "webhook_endpoint.removed"
        ]
    );
    assert!(!told.to_string().contains(&secret));
}

#[tokio::test]
async fn g44_an_endpoint_that_is_not_of_the_public_internet_is_refused() {
    let world = World::new().await;
    for (url, code) in [
        ("http://hooks.example.com/", "not_https"),
        ("https://127.0.0.1/", "not_public"),
        ("https://2130706433/", "not_public"),
        ("https://[::ffff:169.254.169.254]/", "not_public"),
        ("https://localhost/", "not_public"),
        ("https://u:p@hooks.example.com/", "credentials"),
        ("https://hooks.example.com:25/", "bad_port"),
        ("hooks", "no_url"),
    ] {
        let answered = world.put("/v1/webhook-endpoints/w-1", json!({"url": url})).await;
        assert_eq!(answered.problem(), (422, "invalid"), "{url}");
        assert_eq!(answered.json["errors"][0]["code"], code, "{url}");
    }
    let types = json!({"url": HOOK, "types": ["contact.updated", "x"]});
    let answered = world.put("/v1/webhook-endpoints/w-1", types).await;
    assert_eq!(answered.places(), ["/types/1"]);
    assert_eq!(world.get("/v1/webhook-endpoints").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn g55_by_09_a_cursor_that_is_too_old_is_refused_and_never_answered_with_a_gap() {
    let world = World::new().await;
    region(&world, "NZ").await;
    region(&world, "AU").await;
    published(&world).await;
    let first = world.get("/v1/events?limit=1").await.ok();
    let old = format!("cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(types(&world.get(&format!("/v1/events?{old}")).await.ok()).len(), 1);
    world.ports().clock.advance(domain::retention::FEED);
    for path in ["/v1/events", "/v1/audit"] {
        let late = world.get(&format!("{path}?{old}")).await;
        assert_eq!(late.problem(), (410, "cursor_expired"), "{path}");
        assert!(types(&world.get(path).await.ok()).is_empty());
    }
}
