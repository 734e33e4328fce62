//! Keys: who gets in, and who does not.

use std::collections::BTreeSet;

use lambda_http::Body;
use serde_json::json;

use crate::world::{KEY, World};

#[tokio::test]
async fn g45_every_route_but_a_named_few_refuses_without_a_key() {
    let world = World::new().await;
    let mut open = Vec::new();
    for (path, method, operation) in world.contract.operations() {
        let asked = path.replace("{id}", "x").replace("{uuid}", "ab").replace("{number}", "J1");
        for headers in [
            vec![],
            vec![("authorization", "Bearer tdm_local_nobody")],
            vec![("authorization", "Bearer tdm_wrong_demo")],
            vec![("authorization", "Bearer ")],
            vec![("authorization", "Bearer")],
            vec![("authorization", "Basic dGRtX2xvY2FsX2RlbW86")],
            vec![("authorization", KEY)],
            vec![
                ("authorization", "Bearer tdm_local_demo"),
                ("authorization", "Bearer tdm_local_demo"),
            ],
            vec![("authorization", "Bearer \u{e9}")],
            vec![("x-api-key", KEY)],
        ] {
            let answered = world.send(&method, &asked, &headers, Body::Empty).await;
            if path.starts_with("/v1/") {
                assert_eq!(
                    answered.problem(),
                    (401, "unauthorized"),
                    "{method} {path} {headers:?}"
                );
                assert_eq!(answered.headers["www-authenticate"], "Bearer");
                assert_eq!(operation["security"], json!([{"api_key": []}]));
            } else {
                assert_eq!(answered.status, 200, "{method} {path}");
                open.push(path.clone());
            }
        }
    }
    open.dedup();
    assert_eq!(open, ["/docs", "/health", "/openapi.json"]);
}

/// A key that was revoked, and a key whose firm was written over with another's.
#[tokio::test]
async fn g45_a_revoked_key_and_one_of_another_firm_open_no_route() {
    let world = World::new().await;
    let issue = async || world.post("/v1/api-keys", json!({"name": "laptop"})).await.json;
    let (revoked, live) = (issue().await, issue().await);
    let live = live["key"].as_str().unwrap();
    let path = format!("/v1/api-keys/{}", revoked["id"].as_str().unwrap());
    assert_eq!(world.ask("GET", "/v1/settings", live, None).await.status, 200);
    assert_eq!(world.delete(&path).await.status, 204);
    let secret = live.strip_suffix("_demo").unwrap();
    let before = world.ports().store.snapshot();
    for key in [
        revoked["key"].as_str().unwrap(),
        &format!("{secret}_other"),
        &format!("{secret}_third"),
        &format!("{secret}_nobody"),
        secret,
        &format!("{live}_other"),
        &live.to_uppercase(),
        &live[..live.len() - 1],
    ] {
        for (path, method, _) in world.contract.operations() {
            if !path.starts_with("/v1/") {
                continue;
            }
            let asked = path.replace("{id}", "x").replace("{uuid}", "ab").replace("{number}", "1");
            let answered = world.ask(&method, &asked, key, None).await;
            assert_eq!(answered.problem(), (401, "unauthorized"), "{method} {path} {key}");
        }
    }
    assert_eq!(format!("{:?}", world.ports().store.snapshot()), format!("{before:?}"));
}

/// `Allow` names the methods that there are. Whoever has no key is told of no method of a closed
/// route.
#[tokio::test]
async fn g45_a_method_that_a_route_does_not_serve_is_405_with_those_that_it_does() {
    let world = World::new().await;
    for (path, operations) in world.contract.0["paths"].as_object().unwrap() {
        let served: BTreeSet<String> =
            operations.as_object().unwrap().keys().map(|it| it.to_uppercase()).collect();
        let asked = path.replace("{id}", "x").replace("{uuid}", "ab").replace("{number}", "1");
        for method in
            ["DELETE", "GET", "PATCH", "POST", "PUT", "TRACE", "OPTIONS", "CONNECT", "QUERY", "get"]
        {
            if served.contains(method) {
                continue;
            }
            let answered = world.ask(method, &asked, KEY, None).await;
            assert_eq!(answered.problem(), (405, "method_not_allowed"), "{method} {path}");
            let allow = answered.headers["allow"].to_str().unwrap().split(',');
            let allow: BTreeSet<String> =
                allow.map(|it| it.trim().to_owned()).filter(|it| it != "HEAD").collect();
            assert_eq!(allow, served, "{method} {path}");
            let keyless = world.send(method, &asked, &[], Body::Empty).await;
            let status = if path.starts_with("/v1/") { 401 } else { 405 };
            assert_eq!(keyless.status, status, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn g45_the_scheme_is_written_as_anyone_likes() {
    let world = World::new().await;
    for value in ["bearer tdm_local_demo", "BEARER tdm_local_demo", "Bearer  tdm_local_demo"] {
        let headers = [("authorization", value)];
        let answered = world.send("GET", "/v1/settings", &headers, Body::Empty).await;
        assert_eq!(answered.status, 200, "{value}");
    }
}

#[tokio::test]
async fn g47_a_key_is_shown_once_and_kept_only_as_a_digest() {
    let world = World::new().await;
    let issued = world.post("/v1/api-keys", json!({"name": "laptop"})).await;
    assert_eq!(issued.status, 201);
    let key = issued.json["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("tdm_") && key.ends_with("_demo") && key.len() > 55, "{key}");
    assert_eq!(world.ask("GET", "/v1/settings", &key, None).await.status, 200);

    let listed = world.get("/v1/api-keys").await;
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 2);
    let dump = format!("{:?} {}", world.ports().store.items(), listed.text);
    assert!(!dump.contains(&key) && !dump.contains(&key[12..40]));
}

#[tokio::test]
async fn g47_a_revoked_key_lets_nobody_in_from_the_next_request_on() {
    let world = World::new().await;
    let issued = world.post("/v1/api-keys", json!({"name": "laptop"})).await.json;
    let (key, id) = (issued["key"].as_str().unwrap(), issued["id"].as_str().unwrap());
    assert_eq!(world.delete(&format!("/v1/api-keys/{id}")).await.status, 204);
    assert_eq!(world.ask("GET", "/v1/settings", key, None).await.status, 401);
    // Once more is no error, and the key is still listed.
    assert_eq!(world.delete(&format!("/v1/api-keys/{id}")).await.status, 204);
    let listed = world.get("/v1/api-keys").await.json;
    let revoked = listed["items"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
    assert!(revoked["revoked_at"].is_string());
}

#[tokio::test]
async fn a_key_that_does_not_exist_cannot_be_revoked() {
    let world = World::new().await;
    for id in ["x", &"0".repeat(64), &"g".repeat(64), &"0".repeat(5000)] {
        assert_eq!(world.delete(&format!("/v1/api-keys/{id}")).await.status, 404);
    }
}

#[tokio::test]
async fn while_the_records_are_down_nobody_is_told_that_their_key_is_bad() {
    let world = World::new().await;
    world.ports().store.fail_reads(1);
    let answered = world.get("/v1/settings").await;
    assert_eq!(answered.problem(), (503, "unavailable"));
    assert_eq!(answered.headers["retry-after"], "1");
}
