//! BY-12: how XPM and its gateway refuse.

use reqwest::Method;

use crate::world::{read, world};

/// BY-12, must-have 2.
#[tokio::test]
async fn by_12_a_business_error_is_http_200_with_the_recorded_text() {
    let world = world().await;
    let nobody = "11111111-1111-4111-8111-111111111111";
    let job = "<ID>J000001</ID>";
    for (method, path, body, text) in [
        (
            "PUT",
            "job.api/state",
            "<Job><ID>J9</ID><State>PLANNED</State></Job>".to_owned(),
            "Invalid job identifier",
        ),
        ("POST", "job.api/delete", "<Job><ID>J9</ID></Job>".to_owned(), "Invalid job identifier"),
        ("PUT", "job.api/assign", "<Job><ID>J9</ID></Job>".to_owned(), "Invalid job identifier"),
        (
            "POST",
            "job.api/applytemplate",
            format!("<Job>{job}<TemplateUUID>{nobody}</TemplateUUID></Job>"),
            "Invalid job template identifier",
        ),
        (
            "PUT",
            "job.api/assign",
            format!("<Job>{job}<add uuid=\"{nobody}\"/></Job>"),
            "Invalid staff identifier for add request",
        ),
        (
            "PUT",
            "job.api/state",
            format!("<Job>{job}<State>Planned</State></Job>"),
            "Invalid state code",
        ),
        ("GET", "client.api/get/1", String::new(), "Invalid client identifier"),
        (
            "PUT",
            "client.api/archive",
            format!("<Client><UUID>{nobody}</UUID></Client>"),
            "Invalid client identifier",
        ),
        ("GET", "client.api/contact/1", String::new(), "Invalid contact identifier"),
        (
            "POST",
            "client.api/add",
            "<Client><Email>a@example.com</Email></Client>".to_owned(),
            "The client name is required",
        ),
        (
            "PUT",
            "client.api/update",
            "<Client><Name>x</Name></Client>".to_owned(),
            "Message not in expected format. The following required element was missing - /Client/UUID",
        ),
        (
            "POST",
            "time.api/add",
            "<Timesheet><Minutes>5</Minutes></Timesheet>".to_owned(),
            "Message not in expected format. The following required element was missing - /Timesheet/Job",
        ),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = read(world.request(method, path).body(body)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.one("Status"), "ERROR", "{path}");
        assert_eq!(answer.one("ErrorDescription"), text, "{path}");
    }
    assert_eq!(world.ledger()["effects"], serde_json::json!([]));
}

/// BY-12, must-have 2: one complaint per call, from, then to, then the range.
#[tokio::test]
async fn by_12_a_window_that_is_missing_or_over_a_year_is_400() {
    let world = world().await;
    for entity in ["job.api/list", "time.api/list", "invoice.api/list", "quote.api/list"] {
        for (query, complaint) in [
            ("", "'from'"),
            ("?to=20261231", "'from'"),
            ("?from=20260101", "'to'"),
            ("?from=20250101&to=20260102", "one year"),
        ] {
            let answer = world.get(&format!("{entity}{query}")).await;
            assert_eq!(answer.status, 400, "{entity}{query}");
            assert!(answer.one("ErrorDescription").contains(complaint), "{}", answer.text);
        }
        let year = world.get(&format!("{entity}?from=20250101&to=20260101")).await;
        assert_eq!(year.status, 200, "{entity}");
    }
}

/// BY-12, must-have 2.
#[tokio::test]
async fn by_12_a_wrong_token_is_401_in_the_gateways_json() {
    let world = world().await;
    let request =
        world.http.get(format!("{}/practicemanager/3.1/staff.api/list", world.simulator.url()));
    let answer =
        read(request.bearer_auth("nonsense").header("Xero-Tenant-Id", &world.tenant)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=invalid_token"));
    let body = answer.json();
    assert_eq!(body["Detail"], "AuthenticationUnsuccessful");
    assert_eq!(body["Status"], 401);
    assert_eq!(body["Type"], serde_json::Value::Null);
    assert_eq!(body["Extensions"], serde_json::json!({}));
    assert_eq!(body["Instance"].as_str(), answer.header("xero-correlation-id"));
}

/// BY-12, must-have 2.
#[tokio::test]
async fn by_12_an_expired_token_says_when_it_expired() {
    let world = world().await;
    world.simulator.control().advance(1800).unwrap();
    let answer = world.get("staff.api/list").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["Detail"], "TokenExpired: token expired at 11/22/2026 00:30:00");
}

/// BY-12, must-have 2: only the app's own counter sees such a call.
#[tokio::test]
async fn by_12_a_tenant_that_is_not_connected_is_403_without_tenant_counters() {
    let mut world = world().await;
    world.tenant = "8ed05197-9271-5b7e-8d4e-81639d8d62d2".to_owned();
    let answer = world.get("staff.api/list").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["Detail"], "AuthenticationUnsuccessful");
    assert_eq!(answer.header("x-appminlimit-remaining"), Some("9999"));
    assert_eq!(answer.header("x-minlimit-remaining"), None);
    assert_eq!(answer.header("x-daylimit-remaining"), None);
}

#[tokio::test]
async fn the_user_leaving_the_practice_is_403() {
    let world = world().await;
    let mut knobs = world.simulator.control().knobs();
    knobs.user_left = true;
    world.simulator.control().set_knobs(knobs).unwrap();
    assert_eq!(world.get("staff.api/list").await.status, 403);
}

#[tokio::test]
async fn a_body_with_characters_that_xml_does_not_know_is_refused() {
    let world = world().await;
    let answer = world.post("client.api/add", "<Client><Name>a\u{1}b</Name></Client>").await;
    assert_eq!(answer.one("Status"), "ERROR");
    assert_eq!(world.ledger()["clients"].as_array().map(Vec::len), Some(60));
}
