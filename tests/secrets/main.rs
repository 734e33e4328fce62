//! No secret is said anywhere (G36): a firm lives through a day with everything logged at TRACE, and
//! then logs, metrics, tables and answers are searched for each of its secrets, in the forms that
//! secrets travel in.
//!
//! A program of its own, because the log of a whole process can be taken only once.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod forms;
#[expect(dead_code, reason = "the stack's own tests use more of it")]
#[path = "../stack/stage.rs"]
mod stage;
#[expect(dead_code, reason = "the stack's own tests use more of it")]
#[path = "../stack/world.rs"]
mod world;

use std::fs;
use std::net::TcpListener;

use aws_sdk_dynamodb::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::connection::tokens;
use domain::ids::FirmId;
use jiff::Timestamp;
use local::demo;
use local::dynamo::{CACHE, RECORDS};
use local::settings::{XERO_CLIENT_ID, XERO_CLIENT_SECRET, XERO_WEBHOOK_KEY};
use local::stack::Runner;
use memory::Lines;
use reqwest::redirect::Policy;
use reqwest::{Client as Http, Method};
use runtime::metrics::Meter;
use runtime::telemetry::subscriber;
use serde_json::{Value, json};
use wiring::Outside;

use forms::{Secret, hits};
use stage::{Stage, User};
use world::Work;

#[tokio::test(flavor = "multi_thread")]
async fn g36_no_secret_is_in_logs_metrics_tables_or_answers() {
    let lines = Lines::default();
    let sink = lines.clone();
    let meter = Meter { function: "any".into(), now: Timestamp::now };
    let log = subscriber("trace,xpm_sim=off", move || sink.clone(), Some(meter)).unwrap();
    tracing::subscriber::set_global_default(log).unwrap();

    let stage = Stage::open(Runner::InProcess).await;
    let secrets = a_day(&stage).await;
    let said = [
        ("logs and metrics", lines.all()),
        ("tables", tables(&stage).await),
        ("answers", answers(&stage.user).await),
    ];
    for (sink, texts) in &said {
        let found = hits(&secrets, texts);
        assert!(found.is_empty(), "{sink}: {found:#?}");
    }
    let logged = &said[0].1;
    assert!(logged.len() > 1000 && logged.iter().any(|it| it.contains("\"level\":\"TRACE\"")));
    assert!(logged.iter().any(|it| it.contains("PushesConfirmed")), "metrics are among them");

    // What was said by webhook can be followed to XPM.
    let entry = |it: &&String| it.contains("\"subject\":\"time_entry/e-1\"");
    let about: Vec<&String> = logged.iter().filter(entry).collect();
    let [stored, asked] = about.as_slice() else { panic!("{about:#?}") };
    let stored: Value = serde_json::from_str(stored).unwrap();
    assert_eq!(stored["http.request_id"].as_str().unwrap().len(), 36, "{stored}");
    assert!(asked.contains("XPM is asked") && asked.contains("\"attempt\":1"), "{asked}");

    // The search does find what is said.
    tracing::trace!(header = format!("Bearer {}", demo::API_KEY), "a slip");
    assert_eq!(hits(&secrets, &lines.all()).len(), 1);
}

/// Connects, books an hour, tells an endpoint, gives out a key; answers every secret there was.
async fn a_day(stage: &Stage) -> Vec<Secret> {
    let user = &stage.user;
    user.connect().await;
    let work = Work::find(user).await;
    work.set_up(user).await;
    assert_eq!(user.deliver("time_entry.updated", work.hour("e-1")).await, 202);
    let wrong = user.deliver_as("whsec_d3Jvbmctb25l", "task.deleted", json!({"id": "x"})).await;
    assert_eq!(wrong.unwrap(), 401);
    let pushed = async || user.get("/v1/time-entries/e-1").await["push"]["state"] == "pushed";
    user.until("the push", pushed).await;

    // Nobody is there any more once the listener is gone.
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = json!({"url": format!("http://{nowhere}/"), "types": ["api_key.issued"]});
    let endpoint = user.put("/v1/webhook-endpoints/here", endpoint).await;
    let key = user.call(Method::POST, "/v1/api-keys", Some(json!({"name": "second"}))).await;
    assert_eq!(key.0, 201, "{}", key.1);
    let tried = async || {
        let log = user.get("/v1/webhook-endpoints/here/deliveries").await;
        log["items"][0]["attempts"].as_u64().is_some_and(|it| it > 0)
    };
    user.until("a delivery", tried).await;
    let (state, cookie) = set_out(user).await;

    let outside = Outside::wire(|name: &str| stage.stack.settings().get(name)).unwrap();
    let firm = FirmId::parse(demo::FIRM).unwrap();
    let access = tokens::access(&outside, &firm).await.unwrap().0.token;
    let refresh = tokens::refresh_token(&outside, &firm).await.unwrap().unwrap();
    let data_key = stage.stack.settings().get("TANDEM_DATA_KEY_FILE").unwrap();
    let basic = STANDARD.encode(format!("{XERO_CLIENT_ID}:{XERO_CLIENT_SECRET}"));
    vec![
        Secret::of("the client secret", XERO_CLIENT_SECRET),
        Secret::of("the client's basic authorisation", basic),
        Secret::of("Xero's webhook key", XERO_WEBHOOK_KEY),
        Secret::of("the first API key", demo::API_KEY),
        Secret::of("the second API key", key.1["key"].as_str().unwrap()),
        Secret::of("the webhook secret", demo::WEBHOOK_SECRET.trim_start_matches("whsec_")),
        Secret::of(
            "the endpoint's secret",
            endpoint["secret"].as_str().unwrap().trim_start_matches("whsec_"),
        ),
        Secret::of("the access token", access.reveal()),
        Secret::of("the refresh token", refresh.reveal()),
        Secret::of("an authorisation's state", state),
        Secret::of("an authorisation's cookie", cookie),
        Secret::of("the data key", fs::read(data_key).unwrap()),
    ]
}

/// Begins an authorisation as a browser does: its state, and the cookie that binds the browser.
async fn set_out(user: &User) -> (String, String) {
    let ask = json!({"return_to": "/"});
    let (_, answer) = user.call(Method::POST, "/v1/connection/authorize", Some(ask)).await;
    let url = answer["url"].as_str().unwrap();
    let browser = Http::builder().redirect(Policy::none()).build().unwrap();
    let start = browser.get(url).send().await.unwrap();
    let cookie = start.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let state = url.split_once("state=").unwrap().1.split_once('.').unwrap().1;
    (state.to_owned(), cookie)
}

/// Every item of both tables. Only a test scans.
async fn tables(stage: &Stage) -> Vec<String> {
    let tables = Client::new(stage.stack.aws());
    let mut found = Vec::new();
    for table in [RECORDS, CACHE] {
        let mut pages = tables.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            found.push(format!("{:?}", item.unwrap()));
        }
    }
    found
}

/// What the API tells of everything that has a secret.
async fn answers(user: &User) -> Vec<String> {
    let mut found = Vec::new();
    for path in [
        "/v1/api-keys",
        "/v1/webhook-endpoints",
        "/v1/webhook-endpoints/here",
        "/v1/webhook-endpoints/here/deliveries",
        "/v1/settings",
        "/v1/connection",
        "/v1/audit",
        "/v1/events",
        "/v1/time-entries/e-1",
        "/v1/nowhere",
        "/health",
    ] {
        let (_, answer): (u16, Value) = user.call(Method::GET, path, None).await;
        found.push(answer.to_string());
    }
    found
}
