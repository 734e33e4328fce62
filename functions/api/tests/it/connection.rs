//! Connecting, and the settings.

use domain::connection::{Connection, Organisation, State};
use domain::firm::Settings;
use domain::ids::TenantId;
use domain::ports::{Lane, Wake};
use serde_json::json;

use crate::world::{World, demo, put};

#[tokio::test]
async fn xb_04_the_connection_says_which_steps_are_missing() {
    let world = World::new().await;
    let fresh = world.get("/v1/connection").await.ok();
    assert_eq!(fresh["state"], "disconnected");
    assert_eq!(fresh["missing_steps"], json!(["connect", "first_sync"]));
    assert_eq!(fresh["xpm_organisation"], json!(null));
    world.put("/v1/settings", json!({})).await.ok();
    let bare = world.get("/v1/connection").await.ok();
    assert_eq!(
        bare["missing_steps"],
        json!(["connect", "set_region", "set_time_zone", "first_sync"])
    );

    let world = World::connected().await;
    let ready = world.get("/v1/connection").await.ok();
    assert_eq!((&ready["state"], &ready["missing_steps"]), (&json!("connected"), &json!([])));
    assert_eq!(ready["xpm_organisation"], json!({"tenant_id": "tenant-1", "name": "Demo Ltd"}));
    assert_eq!(
        ready["budget"],
        json!({"per_minute": 60, "per_day": 5000, "used_today": 0, "left_today": 5000,
            "under_way": 0, "blocked_until": null})
    );
    assert_eq!(ready["freshness"][0], json!({"resource": "tasks", "as_of": null}));
}

#[tokio::test]
async fn the_person_is_sent_to_our_own_site_first_with_xeros_very_query() {
    let world = World::new().await;
    let answered = world.post("/v1/connection/authorize", json!({"return_to": "/settings"})).await;
    let url = answered.ok()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://tandem.example/oauth/start?response_type=code&"), "{url}");
    assert!(url.contains("code_challenge_method=S256") && url.contains("state=demo."), "{url}");
    // Without a body, the person comes back to the front page.
    let headers = [("authorization", "Bearer tdm_local_demo")];
    let bare = world.send("POST", "/v1/connection/authorize", &headers, lambda_http::Body::Empty);
    assert_eq!(bare.await.status, 200);
}

#[tokio::test]
async fn g37_nobody_is_sent_back_to_another_site() {
    let world = World::new().await;
    for to in ["https://evil.example", "//evil.example", "/\\evil.example", "x", ""] {
        let answered = world.post("/v1/connection/authorize", json!({"return_to": to})).await;
        assert_eq!((answered.problem(), answered.places()), ((422, "invalid"), vec!["/return_to"]));
    }
}

#[tokio::test]
async fn kb_02_without_a_served_region_nothing_is_connected() {
    let world = World::new().await;
    world.put("/v1/settings", json!({})).await.ok();
    let answered = world.post("/v1/connection/authorize", json!({})).await;
    assert_eq!(answered.problem(), (409, "region_not_served"));
    assert!(answered.json["detail"].as_str().unwrap().contains("South Africa"));
}

#[tokio::test]
async fn one_of_several_organisations_is_chosen() {
    let world = World::new().await;
    let choices = ["a", "b"]
        .map(|it| Organisation { tenant: TenantId::parse(it).unwrap(), name: it.to_uppercase() });
    let state = State::ChooseOrganisation;
    let open = Connection { state, choices: choices.into(), ..Connection::default() };
    put(world.ports(), &demo(), &open).await;
    let shown = world.get("/v1/connection").await.ok();
    assert_eq!(shown["choices"][1], json!({"tenant_id": "b", "name": "B"}));

    let path = "/v1/connection/organisation";
    assert_eq!(world.put(path, json!({"tenant_id": "c"})).await.places(), ["/tenant_id"]);
    assert_eq!(world.put(path, json!({})).await.places(), ["/tenant_id"]);
    let chosen = world.put(path, json!({"tenant_id": "b"})).await.ok();
    assert_eq!((&chosen["state"], &chosen["choices"]), (&json!("connected"), &json!([])));
}

#[tokio::test]
async fn xb_05_disconnecting_keeps_the_organisation_and_everything_else() {
    let world = World::connected().await;
    world.put("/v1/tasks/t-1", json!({"name": "A"})).await.ok();
    assert_eq!(world.delete("/v1/connection").await.status, 204);
    let shown = world.get("/v1/connection").await.ok();
    assert_eq!(
        (&shown["state"], &shown["xpm_organisation"]["name"]),
        (&json!("disconnected"), &json!("Demo Ltd"))
    );
    world.get("/v1/tasks/t-1").await.ok();
    assert_eq!(world.delete("/v1/connection").await.status, 204);
}

#[tokio::test]
async fn kb_03_settings_are_read_and_replaced_as_a_whole() {
    let world = World::new().await;
    let mut settings = world.get("/v1/settings").await.ok();
    assert_eq!(settings["region"], "AU");
    settings["contact_sync"]["scope"] = "clients_only".into();
    settings["region"] = "uk".into();
    let stored = world.put("/v1/settings", settings.clone()).await.ok();
    settings["region"] = "GB".into();
    assert_eq!(stored, settings);
    assert_eq!(world.get("/v1/settings").await.ok(), settings);
    let wakes =
        [Lane::Time, Lane::ContactsOut, Lane::Events].map(|lane| Wake { firm: demo(), lane });
    assert_eq!(world.ports().wakes.take(), wakes);
    let usual = world.put("/v1/settings", json!({})).await.ok();
    assert_eq!(usual, serde_json::to_value(Settings::default()).unwrap());
}

#[tokio::test]
async fn settings_that_break_a_rule_are_refused_and_change_nothing() {
    let world = World::new().await;
    let before = world.get("/v1/settings").await.ok();
    let broken = json!({"region": "IE", "budget": {"concurrent": 6}});
    let broken = world.put("/v1/settings", broken).await;
    assert_eq!(
        (broken.problem(), broken.places()),
        ((422, "invalid"), vec!["/budget/concurrent", "/region"])
    );
    let unknown = world.put("/v1/settings", json!({"contact_sync": {"scop": "x"}})).await;
    assert_eq!(
        (unknown.problem(), unknown.places()),
        ((400, "malformed"), vec!["/contact_sync/scop"])
    );
    assert_eq!(world.get("/v1/settings").await.ok(), before);
}
