//! Connecting, as a browser does it.

use local::demo;
use local::stack::Runner;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::stage::Stage;

/// XB-01, KB-01, G37: PKCE, a state for one browser, once.
#[tokio::test(flavor = "multi_thread")]
async fn xb_01_a_person_is_sent_to_xero_through_our_own_site_and_a_state_is_used_once() {
    let stage = Stage::open(Runner::InProcess).await;
    let user = &stage.user;
    let (status, answer) = user
        .call(Method::POST, "/v1/connection/authorize", Some(json!({ "return_to": "/" })))
        .await;
    assert_eq!(status, 200, "{answer}");
    let url = answer["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/oauth/start?", user.public)), "{url}");

    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let start = browser.get(url).send().await.unwrap();
    assert_eq!(start.status(), 303);
    let cookie = start.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let consent = start.headers()["location"].to_str().unwrap().to_owned();
    assert!(consent.starts_with(&user.simulator), "{consent}");
    for part in [
        "code_challenge_method=S256",
        "code_challenge=",
        "state=",
        "offline_access",
        "practicemanager",
    ] {
        assert!(consent.contains(part), "{part}: {consent}");
    }

    let state = consent.split(['?', '&']).find_map(|it| it.strip_prefix("state=")).unwrap();
    let callback = format!("{}/oauth/callback?state={state}&code=guessed", user.public);
    let stranger = browser.get(&callback).send().await.unwrap();
    assert_eq!(stranger.status(), 400, "without the cookie");
    let cookie = cookie.split(';').next().unwrap();
    let guess = browser.get(&callback).header("cookie", cookie).send().await.unwrap();
    assert_eq!(guess.status(), 502, "a guessed code");
    let again = browser.get(&callback).header("cookie", cookie).send().await.unwrap();
    assert_eq!(again.status(), 400, "a used state");
    assert_eq!(user.get("/v1/connection").await["state"], "disconnected");
}

/// XB-02: only a ledger, and no practice: a clear refusal.
#[tokio::test(flavor = "multi_thread")]
async fn xb_02_a_login_without_xpm_is_refused_and_nothing_is_stored() {
    let stage = Stage::open(Runner::InProcess).await;
    let knobs = json!({ "third_party_addons": false });
    let url = format!("{}/_sim/knobs", stage.user.simulator);
    stage.user.http.put(url).json(&knobs).send().await.unwrap();
    assert!(local::headless::connect(&stage.user.public, demo::API_KEY).await.is_err());
    assert_eq!(stage.user.get("/v1/connection").await["state"], "disconnected");
}

/// SH-01, G30: an access token at its end is refreshed, and the work goes on.
#[tokio::test(flavor = "multi_thread")]
async fn g30_an_expired_token_is_refreshed_and_the_work_goes_on() {
    let stage = Stage::open(Runner::InProcess).await;
    let url = format!("{}/_sim/knobs", stage.user.simulator);
    let knobs = json!({ "access_token_seconds": 1 });
    assert_eq!(stage.user.http.put(url).json(&knobs).send().await.unwrap().status(), 200);
    stage.user.connect().await;
    let tokens = async || {
        let url = format!("{}/_sim/calls", stage.user.simulator);
        let calls: Value = stage.user.http.get(url).send().await.unwrap().json().await.unwrap();
        let calls = calls.as_array().unwrap().clone();
        calls.iter().filter(|it| it["path"] == "/connect/token" && it["status"] == 200).count()
    };
    let before = tokens().await;
    assert_eq!(stage.user.get("/v1/xpm/staff").await["stale"], false);
    assert_eq!(tokens().await, before + 1);
    assert_eq!(stage.user.get("/v1/connection").await["state"], "connected");
}

/// G45, G46: no key, another's key, and a firm that does not exist.
#[tokio::test(flavor = "multi_thread")]
async fn g46_nobody_gets_in_without_the_firms_own_key() {
    let stage = Stage::open(Runner::InProcess).await;
    for key in ["", "tdm_local_other", "tdm_local_demo2", "tdm_local_demo_"] {
        let request = stage.user.http.get(format!("{}/v1/connection", stage.user.public));
        assert_eq!(request.bearer_auth(key).send().await.unwrap().status(), 401, "{key:?}");
    }
}
