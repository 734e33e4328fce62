//! What holds for every route.

use lambda_http::Body;
use serde_json::json;

use crate::world::{KEY, World};

#[tokio::test]
async fn what_does_not_exist_is_not_found_with_or_without_a_key() {
    let world = World::new().await;
    for path in
        ["/v1", "/v1/nothing", "/v1/contacts/", "/v1/contacts/a/b", "/v2/contacts", "/docs/../x"]
    {
        assert_eq!(world.get(path).await.problem(), (404, "not_found"), "{path}");
        let keyless = world.send("GET", path, &[], Body::Empty).await;
        assert_eq!(keyless.problem(), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_field_is_malformed_and_named() {
    let world = World::new().await;
    for (path, body, place) in [
        ("/v1/contacts/c", json!({"kind": "person", "name": "A", "nmae": "A"}), "/nmae"),
        ("/v1/contacts/c", json!({"phones": [{"number": "1", "x": 1}]}), "/phones/0/x"),
        ("/v1/processes/p", json!({"name": "A", "id": "p"}), "/id"),
        ("/v1/tasks/t", json!({"name": 1}), "/name"),
        ("/v1/users/u", json!({"name": "A", "e-mail": "a"}), "/e-mail"),
        ("/v1/time-entries/e", json!({"running": 1}), "/running"),
    ] {
        let answered = world.put(path, body).await;
        assert_eq!((answered.problem(), answered.places()), ((400, "malformed"), vec![place]));
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let world = World::new().await;
    let headers = [("authorization", "Bearer tdm_local_demo")];
    for body in ["", "{", "name=A", "null", "[]", "{} {}", "\"\\ud800\"", "{\"name\": NaN}"] {
        let answered = world.send("PUT", "/v1/tasks/t", &headers, body.into()).await;
        assert_eq!(answered.problem(), (400, "malformed"), "{body}");
    }
    let bytes = Body::Binary(b"{\"name\": \"\xff\"}".to_vec());
    let answered = world.send("PUT", "/v1/tasks/t", &headers, bytes).await;
    assert_eq!(answered.problem(), (400, "malformed"));
}

#[tokio::test]
async fn g42_a_body_over_256_kib_is_too_large_wherever_it_is_sent() {
    let world = World::new().await;
    let headers = [("authorization", "Bearer tdm_local_demo")];
    let longest = |length: usize| Body::Text(format!("{}{{}}", " ".repeat(length - 2)));
    for (method, path) in
        [("PUT", "/v1/tasks/t"), ("GET", "/v1/tasks"), ("POST", "/v1/syncs"), ("GET", "/nowhere")]
    {
        let answered = world.send(method, path, &headers, longest((256 << 10) + 1)).await;
        assert_eq!(answered.problem(), (413, "too_large"), "{method} {path}");
    }
    let fits = world.send("PUT", "/v1/tasks/t", &headers, longest(256 << 10)).await;
    assert_eq!(fits.status, 422);
}

#[tokio::test]
async fn while_the_records_are_down_a_change_is_put_off_and_not_half_made() {
    let world = World::new().await;
    world.ports().store.fail_commits(1);
    let answered = world.put("/v1/users/u", json!({"name": "A"})).await;
    assert_eq!(answered.problem(), (503, "unavailable"));
    assert_eq!(world.get("/v1/users/u").await.status, 404);
    world.ports().store.fail_lanes(1);
    assert_eq!(world.put("/v1/tasks/t", json!({"name": "A"})).await.status, 503);
}

#[tokio::test]
async fn only_what_is_read_can_be_asked_for_by_head() {
    let world = World::new().await;
    let head = world.ask("HEAD", "/v1/settings", KEY, None).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(world.ask("HEAD", "/v1/syncs/x/y", KEY, None).await.status, 404);
}
