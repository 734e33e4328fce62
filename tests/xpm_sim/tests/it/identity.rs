//! BY-12: consent, tokens and connections.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{Answer, World, client, read, standing, start, world};

const CALLBACK: &str = "http://127.0.0.1:7400/oauth/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B: the challenge of that verifier.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn consent<'a>(tenant: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "tandem-local"),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("state", "a b&c"),
        ("nonce", "n-0S6"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("tenant", tenant),
        ("decision", "allow"),
    ]
}

const EVERYTHING: &str = "openid profile email offline_access practicemanager";

async fn decide(world: &World, form: &[(&str, &str)]) -> Answer {
    let url = format!("{}/identity/connect/consent", world.simulator.url());
    read(world.http.post(url).form(form)).await
}

/// The query of a redirect.
fn pairs(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with(CALLBACK));
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

async fn code(world: &World, form: &[(&str, &str)]) -> String {
    let pairs = pairs(&decide(world, form).await);
    assert_eq!(pairs[1], ("state".to_owned(), "a b&c".to_owned()));
    assert_eq!(pairs[0].0, "code");
    pairs[0].1.clone()
}

async fn token(world: &World, form: &[(&str, &str)]) -> Answer {
    let url = format!("{}/connect/token", world.simulator.url());
    let request = world.http.post(url).basic_auth("tandem-local", Some("tandem-local-secret"));
    read(request.form(form)).await
}

async fn redeem(world: &World, code: &str, verifier: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ];
    token(world, &form).await
}

async fn refresh(world: &World, refresh_token: &str) -> Answer {
    token(world, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

async fn connections(world: &World, access_token: &str) -> Value {
    let url = format!("{}/connections", world.simulator.url());
    read(world.http.get(url).bearer_auth(access_token)).await.json()
}

fn assert_invalid_grant(answer: &Answer) {
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json(), json!({"error": "invalid_grant"}));
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_a_consent_leads_to_tokens_and_to_a_practice_beside_a_decoy() {
    let world = World { http: client(), ..world().await };
    let code = code(&world, &consent("Kurrajong Business Advisory", EVERYTHING)).await;
    let tokens = redeem(&world, &code, VERIFIER).await.json();
    assert_eq!(tokens["expires_in"], 1800);
    assert_eq!(tokens["token_type"], "Bearer");
    let access = tokens["access_token"].as_str().unwrap();
    let event = claims(access)["authentication_event_id"].clone();
    let all = connections(&world, access).await;
    let fresh: Vec<&Value> =
        all.as_array().unwrap().iter().filter(|it| it["authEventId"] == event).collect();
    let kinds: Vec<&str> = fresh.iter().map(|it| it["tenantType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ORGANISATION", "PRACTICEMANAGER"]);
    assert_eq!(fresh[1]["tenantName"], "Kurrajong Business Advisory");
    assert_eq!(fresh[1]["updatedDateUtc"], "2026-11-22T00:00:00.0000000");
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_the_id_token_is_signed_with_the_published_key_and_carries_the_nonce() {
    let world = world().await;
    let code = code(&world, &consent("", EVERYTHING)).await;
    let tokens = redeem(&world, &code, VERIFIER).await.json();
    let id_token = tokens["id_token"].as_str().unwrap();
    let claims = claims(id_token);
    assert_eq!(claims["nonce"], "n-0S6");
    assert_eq!(claims["aud"], "tandem-local");
    assert_eq!(claims["iss"], world.simulator.url());
    let half = &Sha256::digest(tokens["access_token"].as_str().unwrap())[..16];
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(half));

    let discovery = format!("{}/.well-known/openid-configuration", world.simulator.url());
    let discovery = read(world.http.get(discovery)).await.json();
    let keys = read(world.http.get(discovery["jwks_uri"].as_str().unwrap())).await.json();
    let number =
        |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let (message, signature) = id_token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).unwrap();
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_a_code_works_once_soon_and_with_its_verifier() {
    let world = world().await;
    let form = consent("", EVERYTHING);
    let used = code(&world, &form).await;
    assert_eq!(redeem(&world, &used, VERIFIER).await.status, 200);
    assert_invalid_grant(&redeem(&world, &used, VERIFIER).await);
    let other = code(&world, &form).await;
    let wrong = "x".repeat(43);
    assert_invalid_grant(&redeem(&world, &other, &wrong).await);
    let old = code(&world, &form).await;
    world.simulator.control().advance(300).unwrap();
    assert_invalid_grant(&redeem(&world, &old, VERIFIER).await);
}

#[tokio::test]
async fn a_verifier_shorter_than_the_rule_is_refused_though_its_digest_is_right() {
    let world = world().await;
    let short = "y".repeat(42);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&short));
    let mut form = consent("", EVERYTHING);
    form[6].1 = &challenge;
    let code = code(&world, &form).await;
    assert_invalid_grant(&redeem(&world, &code, &short).await);
}

#[tokio::test]
async fn a_wrong_secret_is_an_invalid_client() {
    let world = world().await;
    let url = format!("{}/connect/token", world.simulator.url());
    let form = [("grant_type", "refresh_token"), ("refresh_token", &world.refresh_token)];
    let request = world.http.post(url).basic_auth("tandem-local", Some("guess")).form(&form);
    let answer = read(request).await;
    assert_eq!(answer.json(), json!({"error": "invalid_client"}));
}

#[tokio::test]
async fn a_person_may_decline() {
    let world = world().await;
    let mut form = consent("", EVERYTHING);
    form[9].1 = "deny";
    let pairs = pairs(&decide(&world, &form).await);
    assert_eq!(pairs[0], ("error".to_owned(), "access_denied".to_owned()));
    assert_eq!(pairs[1], ("state".to_owned(), "a b&c".to_owned()));
}

#[tokio::test]
async fn what_an_app_may_not_ask_for_ends_on_xeros_own_page() {
    let world = world().await;
    for (index, value) in [
        (1, "somebody-else"),
        (2, "http://127.0.0.1:7400/oauth/callback/"),
        (3, "practicemanager accounting.transactions"),
        (7, "plain"),
    ] {
        let mut form = consent("", EVERYTHING);
        form[index].1 = value;
        let answer = decide(&world, &form).await;
        assert_eq!(answer.status, 500, "{value}");
        let url = format!("{}/identity/connect/authorize", world.simulator.url());
        let page = read(world.http.get(url).query(&form)).await;
        assert_eq!(page.status, 500, "{value}");
    }
}

#[tokio::test]
async fn the_consent_page_offers_every_practice() {
    let world = world().await;
    let url = format!("{}/identity/connect/authorize", world.simulator.url());
    let page = read(world.http.get(url).query(&consent("", EVERYTHING)[..8])).await;
    assert_eq!(page.status, 200);
    for text in ["Harbour &amp; Vale Accountants", "Kurrajong Business Advisory", "a b&amp;c"] {
        assert!(page.text.contains(text), "{text}");
    }
    assert_eq!(page.text.matches("name=\"tenant\"").count(), 2);
    assert!(page.text.contains("name=\"decision\" value=\"allow\""));
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_a_user_without_the_add_on_switch_connects_no_practice() {
    let world = World::of(start(standing()).await);
    let control = world.simulator.control();
    let mut knobs = control.knobs();
    knobs.third_party_addons = false;
    control.set_knobs(knobs).unwrap();
    let mut form = consent(&world.tenant, EVERYTHING);
    form.push(("user", "second.person@harbourvale.example.com"));
    let code = code(&world, &form).await;
    let tokens = redeem(&world, &code, VERIFIER).await.json();
    let all = connections(&world, tokens["access_token"].as_str().unwrap()).await;
    let kinds: Vec<&Value> = all.as_array().unwrap().iter().map(|it| &it["tenantType"]).collect();
    assert_eq!(kinds, ["ORGANISATION"]);
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_one_consent_grants_several_practices_when_switched() {
    let world = world().await;
    let control = world.simulator.control();
    let mut knobs = control.knobs();
    knobs.grant_all_tenants = true;
    control.set_knobs(knobs).unwrap();
    let mut form = consent("", EVERYTHING);
    form.push(("user", "second.person@harbourvale.example.com"));
    let code = code(&world, &form).await;
    let tokens = redeem(&world, &code, VERIFIER).await.json();
    let all = connections(&world, tokens["access_token"].as_str().unwrap()).await;
    let practices =
        all.as_array().unwrap().iter().filter(|it| it["tenantType"] == "PRACTICEMANAGER").count();
    assert_eq!(practices, 2);
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_every_refresh_rotates_and_the_token_before_has_half_an_hours_grace() {
    let world = world().await;
    let first = &world.refresh_token;
    let second = refresh(&world, first).await.json()["refresh_token"].clone();
    let second = second.as_str().unwrap().to_owned();
    assert_ne!(*first, second);
    world.simulator.control().advance(1799).unwrap();
    assert_eq!(refresh(&world, first).await.status, 200);
    world.simulator.control().advance(1).unwrap();
    assert_invalid_grant(&refresh(&world, first).await);
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_only_the_token_immediately_before_has_a_grace() {
    let world = world().await;
    let first = &world.refresh_token;
    let second = refresh(&world, first).await.json()["refresh_token"].clone();
    let third = refresh(&world, second.as_str().unwrap()).await;
    assert_eq!(third.status, 200);
    assert_invalid_grant(&refresh(&world, first).await);
    assert_eq!(refresh(&world, second.as_str().unwrap()).await.status, 200);
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_a_refresh_token_dies_after_sixty_idle_days() {
    let world = world().await;
    world.simulator.control().advance(60 * 86_400 - 1).unwrap();
    let next = refresh(&world, &world.refresh_token).await.json()["refresh_token"].clone();
    world.simulator.control().advance(60 * 86_400).unwrap();
    assert_invalid_grant(&refresh(&world, next.as_str().unwrap()).await);
}

/// BY-12, must-have 10.
#[tokio::test]
async fn by_12_revocation_ends_the_token_and_removes_the_connections() {
    let world = world().await;
    let url = format!("{}/connect/revocation", world.simulator.url());
    let request = world.http.post(url).basic_auth("tandem-local", Some("tandem-local-secret"));
    let answer = read(request.form(&[("token", &world.refresh_token)])).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_invalid_grant(&refresh(&world, &world.refresh_token).await);
    assert_eq!(connections(&world, &world.token).await, json!([]));
    assert_eq!(world.get("staff.api/list").await.status, 403);
}

#[tokio::test]
async fn a_connection_can_be_removed_alone() {
    let world = world().await;
    let all = connections(&world, &world.token).await;
    let practice = all.as_array().unwrap().iter().find(|it| it["tenantType"] == "PRACTICEMANAGER");
    let id = practice.unwrap()["id"].as_str().unwrap();
    let url = format!("{}/connections/{id}", world.simulator.url());
    let delete = || read(world.http.delete(&url).bearer_auth(&world.token));
    assert_eq!(delete().await.status, 204);
    assert_eq!(delete().await.status, 404);
    assert_eq!(world.get("staff.api/list").await.status, 403);
}

#[tokio::test]
async fn granular_scopes_do_not_cover_templates() {
    let world = world().await;
    let scope = "practicemanager.job practicemanager.time.read practicemanager.staff.read";
    let code = code(&world, &consent(&world.tenant, scope)).await;
    let tokens = redeem(&world, &code, VERIFIER).await.json();
    assert_eq!(tokens["refresh_token"], Value::Null);
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let world = World { token, ..world };
    assert_eq!(world.get("job.api/get/J000001").await.status, 200);
    assert_eq!(world.get("staff.api/list").await.status, 200);
    let refused = world.get("template.api/list").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["Detail"], "AuthorizationUnsuccessful");
    assert_eq!(world.post("time.api/add", "<Timesheet/>").await.status, 401);
}

fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}
