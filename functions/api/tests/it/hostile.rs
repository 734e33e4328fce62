//! Whatever is sent, the answer is one that the document tells of, and never a failure of ours.

use lambda_http::http::header::AUTHORIZATION;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::{Body, Request, RequestExt as _};
use serde_json::json;

use crate::world::World;

const NAUGHTY: &[&str] = &[
    "",
    " ",
    "..",
    "../..",
    "a/b",
    "a\\b",
    "%",
    "%%",
    "a#b",
    "a?b",
    "null",
    "undefined",
    "true",
    "-1",
    "1e309",
    "NaN",
    "{}",
    "[]",
    "'; DROP TABLE users; --",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "\u{0}",
    "\u{1}\u{7f}",
    "\r\nX-Evil: 1",
    "\u{feff}",
    "\u{202e}txet",
    "\u{200b}",
    "Ω≈ç√∫",
    "社會科學院",
    "👩‍👩‍👧‍👧",
    "ﷺ",
    "Z̮̞̠͙͔ͅ",
    "\u{fdd0}\u{ffff}",
    "İ",
    "ẞ",
    "COM1",
    "__proto__",
    "constructor",
    "r",
    "track",
    "firm",
    "x",
];

#[tokio::test]
async fn g42_naughty_names_in_paths_and_queries_are_answered_by_the_book() {
    let world = World::connected().await;
    let long = "x".repeat(5000);
    for (path, method, _) in world.contract.operations() {
        for text in NAUGHTY.iter().copied().chain([long.as_str()]) {
            let text = escape(text);
            let asked =
                path.replace("{id}", &text).replace("{uuid}", &text).replace("{number}", &text);
            let names =
                ["limit", "cursor", "state", "date_from", "date_to", "query", text.as_str()];
            for name in names.into_iter().filter(|_| method == "GET" && asked == path) {
                send(&world, &method, &format!("{asked}?{name}={text}"), "").await;
            }
            send(&world, &method, &asked, "{}").await;
        }
        // Not even UTF-8.
        let asked =
            path.replace("{id}", "%FF%FE").replace("{uuid}", "%C3").replace("{number}", "%80");
        send(&world, &method, &asked, "{}").await;
    }
}

#[tokio::test]
async fn g42_naughty_texts_in_every_field_are_answered_by_the_book() {
    let world = World::new().await;
    let long = "é".repeat(60_000);
    let mut kept = 0;
    for text in NAUGHTY.iter().copied().chain([long.as_str()]) {
        let it = serde_json::Value::from(text).to_string();
        for (path, body) in [
            (
                "/v1/contacts/c",
                format!(
                    r#"{{"kind": "person", "name": {it}, "first_name": {it}, "contact_type": {it},
                "phones": [{{"label": {it}, "number": {it}}}], "business_number": {it},
                "addresses": [{{"label": "physical", "lines": [{it}], "city": {it}, "country": {it}}}]}}"#
                ),
            ),
            (
                "/v1/contacts/c",
                format!(
                    r#"{{"kind": {it}, "name": "A", "emails": [{it}], "organisations": [{{"id": {it}}}]}}"#
                ),
            ),
            ("/v1/processes/p", format!(r#"{{"name": {it}}}"#)),
            ("/v1/processes/p", format!(r#"{{"name": "A", "xpm_task_uuid": {it}}}"#)),
            ("/v1/tasks/t", format!(r#"{{"name": {it}}}"#)),
            ("/v1/tasks/t", format!(r#"{{"name": "A", "start_date": {it}, "contact_id": {it}}}"#)),
            ("/v1/users/u", format!(r#"{{"name": {it}, "email": {it}}}"#)),
            (
                "/v1/time-entries/e",
                format!(r#"{{"user_id": "u", "date": "2026-11-22", "seconds": 1, "note": {it}}}"#),
            ),
            ("/v1/time-entries/e", format!(r#"{{"user_id": {it}, "date": {it}, "seconds": 1}}"#)),
            (
                "/v1/settings",
                format!(r#"{{"region": {it}, "time_zone": {it}, "contact_types": [{it}]}}"#),
            ),
            (
                "/v1/settings",
                format!(r#"{{"contact_types": [{it}], "jobs": {{"template_prefix": {it}}}}}"#),
            ),
            ("/v1/connection/organisation", format!(r#"{{"tenant_id": {it}}}"#)),
            ("/v1/tasks/t/link", format!(r#"{{"job_number": {it}, "job_task_uuid": {it}}}"#)),
        ] {
            let status = send(&world, "PUT", path, &body).await;
            assert!([200, 404, 413, 422].contains(&status), "{path} {body:.200}: {status}");
            kept += u32::from(status == 200);
        }
        for path in ["contacts", "processes", "tasks", "users", "time-entries"] {
            send(&world, "GET", &format!("/v1/{path}"), "").await;
        }
    }
    assert!(kept > 100, "{kept}");
}

#[tokio::test]
async fn g42_the_corners_of_time_and_number_are_answered_by_the_book() {
    let world = World::new().await;
    for (n, when) in [
        r#""date": "0000-01-01""#,
        r#""date": "9999-12-31""#,
        r#""started_at": "-009999-01-02T01:59:59Z""#,
        r#""started_at": "0000-01-01T00:00:00Z""#,
        r#""started_at": "9999-12-30T22:00:00.999999999Z", "ended_at": "9999-12-30T22:00:00.999999999Z""#,
        r#""started_at": "9999-12-31T23:59:60Z""#,
        r#""started_at": "0000-01-01T00:00:00+23:59""#,
        r#""started_at": "9999-12-31T23:59:59-23:59""#,
        r#""started_at": "0000-01-01T00:00:00Z", "ended_at": "9999-12-30T00:00:00Z""#,
    ]
    .iter()
    .enumerate()
    {
        for seconds in ["0", "86400", "86401", "4294967295", "4294967296", "18446744073709551615", "1e999", "-0"] {
            let body = format!(r#"{{"user_id": "u", {when}, "seconds": {seconds}}}"#);
            send(&world, "PUT", &format!("/v1/time-entries/e-{n}"), &body).await;
        }
    }
    send(&world, "GET", "/v1/time-entries?date_from=0000-01-01&date_to=9999-12-31", "").await;
}

/// The gateway decodes `/v1/tasks/t%23/link`, and what reaches the routes is cut to `/v1/tasks/t`.
#[tokio::test]
async fn g42_an_id_that_cuts_the_path_leads_nowhere() {
    let world = World::new().await;
    world.put("/v1/tasks/t", json!({"name": "A"})).await.ok();
    for (raw, left) in
        [("/v1/tasks/t#/link", 404), ("/v1/tasks/t?/link", 404), ("/v1/tasks/t", 204)]
    {
        let mut request = Request::new(Body::Empty).with_raw_http_path(raw);
        *request.method_mut() = Method::DELETE;
        *request.uri_mut() = "https://tandem.example/v1/tasks/t".parse().unwrap();
        let key = HeaderValue::from_static("Bearer tdm_local_demo");
        request.headers_mut().insert(AUTHORIZATION, key);
        let response = api::handle(&world.router, request).await;
        assert_eq!(response.status().as_u16(), left, "{raw}");
    }
    assert_eq!(world.get("/v1/tasks/t").await.status, 404);
}

async fn send(world: &World, method: &str, path: &str, body: &str) -> u16 {
    let headers = [("authorization", "Bearer tdm_local_demo")];
    world.send(method, path, &headers, Body::from(body)).await.status.as_u16()
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|it| {
            if it.is_ascii_alphanumeric() {
                char::from(it).to_string()
            } else {
                format!("%{it:02X}")
            }
        })
        .collect()
}
