//! The connection without a browser, against a stand-in for the API and Xero
//! that insists on the cookies and fields a browser would bring.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use local::headless::connect;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use xpm_sim::{App, Simulator};

type Fields = HashMap<String, String>;
type World = Arc<Mutex<Connection>>;

#[derive(Clone, Default)]
struct Connection {
    url: String,
    tenant: Option<String>,
    without_form: bool,
    refusing: bool,
    asked: usize,
    elsewhere: Option<String>,
}

#[tokio::test]
async fn a_firm_is_connected_to_the_first_organisation() {
    let world = world(Connection::default()).await;
    connect(&url(&world), "tdm_local_demo").await.unwrap();
    assert_eq!(world.lock().unwrap().tenant.as_deref(), Some("first"));
}

#[tokio::test]
async fn a_connected_firm_is_left_alone() {
    let connected = Connection { tenant: Some("earlier".into()), ..Connection::default() };
    let world = world(connected).await;
    connect(&url(&world), "tdm_local_demo").await.unwrap();
    assert_eq!(world.lock().unwrap().asked, 0);
}

#[tokio::test]
async fn a_wrong_key_is_reported_with_the_apis_own_words() {
    let world = world(Connection::default()).await;
    let error = connect(&url(&world), "tdm_other").await.unwrap_err().to_string();
    assert!(error.contains("/v1/connection answers 401"), "{error}");
    assert!(error.contains("who is this?"), "{error}");
}

#[tokio::test]
async fn a_page_without_a_form_is_reported_by_its_address() {
    let world = world(Connection { without_form: true, ..Connection::default() }).await;
    let error = connect(&url(&world), "tdm_local_demo").await.unwrap_err().to_string();
    assert!(error.contains("/identity/connect/authorize has no consent form"), "{error}");
    assert!(!error.contains("state="), "{error}");
}

#[tokio::test]
async fn a_callback_that_refuses_is_reported_without_its_query() {
    let world = world(Connection { refusing: true, ..Connection::default() }).await;
    let error = connect(&url(&world), "tdm_local_demo").await.unwrap_err().to_string();
    assert!(error.contains("/oauth/callback answers 400"), "{error}");
    assert!(!error.contains("code="), "{error}");
}

#[tokio::test]
async fn the_simulators_consent_page_is_understood() {
    let world = world(Connection::default()).await;
    let app =
        App { redirect_uris: vec![format!("{}/oauth/callback", url(&world))], ..App::default() };
    let asked = [
        ("response_type", "code"),
        ("client_id", &app.client_id),
        ("redirect_uri", &app.redirect_uris[0]),
        ("scope", &app.scopes.join(" ")),
        ("state", "a state & more"),
        ("nonce", "a-nonce"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = xpm_sim::Options { apps: vec![app.clone()], ..xpm_sim::Options::default() };
    let simulator = Simulator::start(listener, options).unwrap();
    let page = format!("{}/identity/connect/authorize", simulator.url());
    let page = reqwest::Url::parse_with_params(&page, asked).unwrap();
    world.lock().unwrap().elsewhere = Some(page.into());

    connect(&url(&world), "tdm_local_demo").await.unwrap();
    assert!(world.lock().unwrap().tenant.is_some());
}

async fn world(connection: Connection) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = Arc::new(Mutex::new(Connection { url, ..connection }));
    let router = Router::new()
        .route("/v1/connection", get(state))
        .route("/v1/connection/authorize", post(authorize))
        .route("/oauth/start", get(start))
        .route("/identity/connect/authorize", get(consent_page))
        .route("/identity/connect/consent", post(consent))
        .route("/oauth/callback", get(callback))
        .route("/", get("home"))
        .with_state(Arc::clone(&world));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    world
}

async fn state(State(world): State<World>, headers: HeaderMap) -> Response {
    if headers["authorization"] != "Bearer tdm_local_demo" {
        return (StatusCode::UNAUTHORIZED, "who is this?").into_response();
    }
    let connected = world.lock().unwrap().tenant.is_some();
    let state = if connected { "connected" } else { "disconnected" };
    Json(json!({ "state": state })).into_response()
}

async fn authorize(State(world): State<World>, Json(body): Json<Value>) -> Json<Value> {
    assert_eq!(body, json!({ "return_to": "/" }));
    let mut world = world.lock().unwrap();
    world.asked += 1;
    Json(json!({ "url": format!("{}/oauth/start?ticket=1", world.url) }))
}

async fn start(State(world): State<World>) -> Response {
    let cookie = [("set-cookie", "login=ours; Path=/; HttpOnly")];
    let here = "/identity/connect/authorize?state=s%20s".to_owned();
    let consent = world.lock().unwrap().elsewhere.clone().unwrap_or(here);
    (cookie, Redirect::to(&consent)).into_response()
}

async fn consent_page(State(world): State<World>, Query(query): Query<Fields>) -> Response {
    if world.lock().unwrap().without_form {
        return Html("<p>Sorry</p>").into_response();
    }
    let state = &query["state"];
    let page = format!(
        r#"<form method="post" action="/identity/connect/consent">
        <input type="hidden" name="state" value="{state}">
        <input type="radio" name="tenant" value="first"><input type="radio" name="tenant" value="second">
        <button name="decision" value="allow">Allow</button></form>"#
    );
    ([("set-cookie", "xero=theirs")], Html(page)).into_response()
}

async fn consent(headers: HeaderMap, Form(fields): Form<Fields>) -> Redirect {
    assert_eq!(headers["cookie"], "login=ours; xero=theirs");
    assert_eq!(fields["decision"], "allow");
    assert_eq!(fields["state"], "s s");
    Redirect::to(&format!("/oauth/callback?code=c-{}", fields["tenant"]))
}

async fn callback(
    State(world): State<World>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Result<Redirect, StatusCode> {
    assert!(headers["cookie"].to_str().unwrap().contains("login=ours"));
    let mut world = world.lock().unwrap();
    if world.refusing {
        return Err(StatusCode::BAD_REQUEST);
    }
    let code = &query["code"];
    world.tenant = Some(code.strip_prefix("c-").unwrap_or(code).to_owned());
    Ok(Redirect::to("/"))
}

fn url(world: &World) -> String {
    world.lock().unwrap().url.clone()
}
