//! BY-12: faults of the line and of the service.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{World, world};

fn break_with(world: &World, faults: Value) {
    world.simulator.control().set_faults(serde_json::from_value(faults).unwrap());
}

fn entries(world: &World) -> usize {
    world.ledger()["time_entries"].as_array().unwrap().len()
}

/// What a raw client gets to see of an answer, and how its connection ends.
async fn raw(world: &World, body: &str) -> (Vec<u8>, std::io::Result<()>) {
    let mut stream = TcpStream::connect(world.simulator.address()).await.unwrap();
    let request = format!(
        "POST /practicemanager/3.1/time.api/add HTTP/1.1\r\nHost: sim\r\n\
         Authorization: Bearer {}\r\nXero-Tenant-Id: {}\r\nContent-Length: {}\r\n\r\n{body}",
        world.token,
        world.tenant,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    let end = stream.read_to_end(&mut seen).await.map(|_| ());
    (seen, end)
}

/// BY-12, must-have 11: the duplicate that every retry risks.
#[tokio::test]
async fn by_12_a_reset_after_commit_leaves_an_entry_and_a_reset_connection() {
    let world = world().await;
    let body = World::timesheet(&world.open_job().await, 6);
    let before = entries(&world);
    for (kind, more) in [("reset_after_commit", 1), ("reset_before_commit", 1)] {
        break_with(
            &world,
            json!([{"match": {"method": "POST", "path": "time.api/add"}, "kind": kind}]),
        );
        let (seen, end) = raw(&world, &body).await;
        assert!(seen.is_empty(), "{kind}");
        assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{kind}");
        assert_eq!(entries(&world), before + more, "{kind}");
        let call = world.simulator.control().calls(0).pop().unwrap();
        assert_eq!((call.status, call.fault.as_deref()), (None, Some(kind)));
    }
}

#[tokio::test]
async fn a_truncated_answer_ends_in_the_middle_of_its_body() {
    let world = world().await;
    let body = World::timesheet(&world.open_job().await, 6);
    let before = entries(&world);
    break_with(&world, json!([{"match": {"path": "*/time.api/add"}, "kind": "truncate"}]));
    let (seen, end) = raw(&world, &body).await;
    end.unwrap();
    let text = String::from_utf8(seen).unwrap();
    let (head, rest) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"));
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(rest.len(), length.parse::<usize>().unwrap() / 2);
    assert!(rest.starts_with("<Response api-method=\"Add\">"));
    assert_eq!(entries(&world), before + 1);

    break_with(&world, json!([{"kind": "truncate"}]));
    let response = world.request(Method::GET, "client.api/list").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err());
}

#[tokio::test]
async fn a_timeout_answers_nothing_before_or_after_the_commit() {
    let world = world().await;
    let body = World::timesheet(&world.open_job().await, 6);
    let before = entries(&world);
    for (kind, more) in [("timeout_before", 0), ("timeout_after_commit", 1)] {
        break_with(&world, json!([{"kind": kind}]));
        let request = world.request(Method::POST, "time.api/add").body(body.clone());
        let error = request.timeout(std::time::Duration::from_millis(200)).send().await;
        assert!(error.unwrap_err().is_timeout(), "{kind}");
        assert_eq!(entries(&world), before + more, "{kind}");
    }
}

/// BY-12, must-have 11.
#[tokio::test]
async fn by_12_a_status_comes_instead_of_the_answer_committed_or_not() {
    let world = world().await;
    let body = World::timesheet(&world.open_job().await, 6);
    let before = entries(&world);
    break_with(
        &world,
        json!([
            {"kind": "status", "code": 503},
            {"kind": "status", "code": 500, "commit": true},
            {"kind": "status", "code": 429, "retry_after": 7},
            {"kind": "status", "code": 429, "retry_after": "soon"},
            {"kind": "status", "code": 418, "body": "no"},
        ]),
    );
    let down = world.post("time.api/add", &body).await;
    assert_eq!((down.status, down.json()["Detail"].as_str()), (503, Some("ServiceNotAvailable")));
    assert_eq!(entries(&world), before);
    let failed = world.post("time.api/add", &body).await;
    assert_eq!((failed.status, failed.one("Status").as_str()), (500, "ERROR"));
    assert_eq!(entries(&world), before + 1);
    let busy = world.post("time.api/add", &body).await;
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("7")));
    assert_eq!(world.post("time.api/add", &body).await.header("retry-after"), Some("soon"));
    assert_eq!(world.post("time.api/add", &body).await.text, "no");
    assert_eq!(world.post("time.api/add", &body).await.status, 200);
}

/// BY-12, must-have 11.
#[tokio::test]
async fn by_12_a_slow_answer_is_right_and_late() {
    let world = world().await;
    break_with(&world, json!([{"match": {"path": "client.api/list"}, "kind": "slow", "ms": 150}]));
    let started = std::time::Instant::now();
    assert_eq!(world.get("client.api/list").await.one("Status"), "OK");
    assert!(started.elapsed() >= std::time::Duration::from_millis(150));
}

#[tokio::test]
async fn a_page_for_people_and_garbage_come_with_status_200() {
    let world = world().await;
    break_with(&world, json!([{"kind": "html"}, {"kind": "garbage"}]));
    let page = world.get("staff.api/list").await;
    assert_eq!(page.status, 200);
    assert!(page.text.starts_with("<!DOCTYPE html>"));
    let garbage = world.get("staff.api/list").await;
    assert_eq!(garbage.status, 200);
    assert!(roxmltree::Document::parse(&garbage.text).is_err());
}

#[tokio::test]
async fn a_late_commit_takes_effect_when_its_time_has_come() {
    let world = world().await;
    let body = World::timesheet(&world.open_job().await, 6);
    let before = entries(&world);
    break_with(&world, json!([{"kind": "late_commit", "seconds": 600}]));
    assert!(world.request(Method::POST, "time.api/add").body(body).send().await.is_err());
    world.simulator.control().advance(599).unwrap();
    assert_eq!(entries(&world), before);
    world.simulator.control().advance(1).unwrap();
    assert_eq!(entries(&world), before + 1);
    let ledger = world.ledger();
    let effect = ledger["effects"].as_array().unwrap().last().unwrap();
    assert_eq!(effect["call"], world.simulator.control().calls(0).last().unwrap().number);
}

#[tokio::test]
async fn a_fault_waits_for_its_call_and_is_used_up() {
    let world = world().await;
    break_with(
        &world,
        json!([{"match": {"method": "GET", "path": "*/task.api/*"}, "times": 2, "after": 1,
                "kind": "status", "code": 502}]),
    );
    let mut seen = Vec::new();
    for path in
        ["staff.api/list", "task.api/list", "task.api/list", "task.api/list", "task.api/list"]
    {
        seen.push(world.get(path).await.status);
    }
    assert_eq!(seen, [200, 200, 502, 502, 200]);
    assert_eq!(world.simulator.control().faults()[0].times, 0);
}

#[tokio::test]
async fn the_token_endpoint_breaks_too_and_the_old_token_still_works() {
    let world = world().await;
    break_with(
        &world,
        json!([{"match": {"path": "/connect/token"}, "kind": "reset_after_commit"}]),
    );
    let url = format!("{}/connect/token", world.simulator.url());
    let form = [("grant_type", "refresh_token"), ("refresh_token", &world.refresh_token)];
    let request = || {
        world.http.post(&url).basic_auth("tandem-local", Some("tandem-local-secret")).form(&form)
    };
    assert!(request().send().await.is_err());
    assert_eq!(request().send().await.unwrap().status(), 200);
}
