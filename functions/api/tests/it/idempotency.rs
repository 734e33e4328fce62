//! Requests repeated under one key.

use jiff::SignedDuration;
use lambda_http::Body;
use serde_json::json;

use crate::world::{Answered, OTHER_KEY, World};

#[tokio::test]
async fn a_repeated_post_is_carried_out_once_and_answered_alike() {
    let world = World::new().await;
    let first = post(&world, "/v1/syncs", "k-1", r#"{"mode": "apply"}"#).await;
    assert_eq!(first.status, 202);
    let commits = world.ports().store.commits();
    let second = post(&world, "/v1/syncs", "k-1", r#"{"mode": "apply"}"#).await;
    assert_eq!((second.status, &second.json), (first.status, &first.json));
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!(world.ports().store.commits(), commits);
}

#[tokio::test]
async fn a_key_used_for_another_request_is_a_conflict() {
    let world = World::new().await;
    post(&world, "/v1/xpm/refresh", "k-1", r#"{"resource": "tasks"}"#).await;
    for (path, body) in
        [("/v1/xpm/refresh", r#"{"resource": "staff"}"#), ("/v1/syncs", r#"{"resource": "tasks"}"#)]
    {
        let answered = post(&world, path, "k-1", body).await;
        assert_eq!(answered.problem(), (409, "idempotency_key_reused"));
    }
    let again = post(&world, "/v1/xpm/refresh", "k-1", r#"{"resource": "tasks"}"#).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (204, ""));
}

#[tokio::test]
async fn g47_an_issued_key_is_neither_kept_nor_repeated() {
    let world = World::new().await;
    let issued = post(&world, "/v1/api-keys", "k-1", r#"{"name": "a"}"#).await;
    assert_eq!(issued.status, 201);
    let again = post(&world, "/v1/api-keys", "k-1", r#"{"name": "a"}"#).await;
    assert_eq!(again.problem(), (409, "idempotency_key_used"));
    let key = issued.json["key"].as_str().unwrap();
    assert!(!format!("{:?}", world.ports().store.items()).contains(key));
    assert_eq!(world.get("/v1/api-keys").await.json["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_address_for_consent_is_good_once_so_each_request_gets_its_own() {
    let world = World::new().await;
    let first = post(&world, "/v1/connection/authorize", "k-1", "{}").await.ok();
    let second = post(&world, "/v1/connection/authorize", "k-1", "{}").await.ok();
    assert_ne!(first, second);
    let other = post(&world, "/v1/connection/authorize", "k-1", r#"{"return_to": "/x"}"#).await;
    assert_eq!(other.status, 409);
}

#[tokio::test]
async fn what_was_refused_may_be_mended_under_the_same_key() {
    let world = World::new().await;
    assert_eq!(post(&world, "/v1/syncs", "k-1", r#"{"mode": "dry"}"#).await.status, 422);
    assert_eq!(post(&world, "/v1/syncs", "k-1", r#"{"mode": "apply"}"#).await.status, 202);
}

#[tokio::test]
async fn g46_two_firms_may_use_the_same_idempotency_key() {
    let world = World::new().await;
    let first = post(&world, "/v1/syncs", "k-1", "{}").await;
    let bearer = format!("Bearer {OTHER_KEY}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k-1")];
    let theirs = world.send("POST", "/v1/syncs", &headers, Body::from("{}")).await;
    assert_ne!(first.json["id"], theirs.json["id"]);
}

#[tokio::test]
async fn a_request_that_died_on_the_way_may_be_sent_again_after_a_minute() {
    let world = World::new().await;
    let store = &world.ports().store;
    let empty = store.snapshot();
    post(&world, "/v1/syncs", "k-1", "{}").await;
    // As if the function had been stopped before it kept its answer.
    let mut kept =
        store.items().into_iter().find(|it| it.key.kind.as_str() == "idempotency").unwrap();
    kept.body["answer"] = json!(null);
    store.restore(&empty);
    use domain::ports::{Change, Committed, Expect, Store};
    let written = store.commit(vec![Change::Put(kept, Expect::Any)]).await.unwrap();
    assert_eq!(written, Committed::Done);
    assert_eq!(post(&world, "/v1/syncs", "k-1", "{}").await.problem(), (409, "in_progress"));
    world.ports().clock.advance(SignedDuration::from_secs(61));
    assert_eq!(post(&world, "/v1/syncs", "k-1", "{}").await.status, 202);
}

#[tokio::test]
async fn a_key_that_is_no_plain_text_is_refused() {
    let world = World::new().await;
    for key in ["", "a b", "é", &"x".repeat(256)] {
        let answered = post(&world, "/v1/syncs", key, "{}").await;
        assert_eq!(answered.problem(), (400, "malformed_header"), "{key}");
    }
}

#[tokio::test]
async fn g55_a_key_is_good_for_a_week_and_free_after_it_whenever_the_store_forgets() {
    for deletes in [false, true] {
        let world = World::connected().await;
        let body = r#"{"mode":"plan"}"#;
        let first = post(&world, "/v1/syncs", "k", body).await;
        assert_eq!(first.status, 202);
        let hour = jiff::SignedDuration::from_hours(1);
        world.ports().clock.advance(domain::retention::IDEMPOTENCY - hour);
        world.ports().store.expire();
        assert_eq!(
            post(&world, "/v1/syncs", "k", body).await.headers["idempotent-replayed"],
            "true"
        );
        world.ports().clock.advance(hour);
        if deletes {
            assert_eq!(world.ports().store.expire(), 1);
        }
        let again = post(&world, "/v1/syncs", "k", body).await;
        assert!(!again.headers.contains_key("idempotent-replayed"), "{deletes}");
    }
}

async fn post(world: &World, path: &str, key: &str, body: &str) -> Answered {
    let headers = [("authorization", "Bearer tdm_local_demo"), ("idempotency-key", key)];
    world.send("POST", path, &headers, Body::from(body)).await
}
