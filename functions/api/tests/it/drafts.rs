//! Jobs from documents, as a practice app asks for them.

use domain::contacts::matches::ContactMatch;
use domain::deadline::Deadline;
use domain::firm::{FIRM, Firm, JobState};
use domain::jobs::work::work;
use domain::ports::{Clock, Lane, Store, Wake};
use domain::practice::{Named, Staff};
use domain::records;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{OTHER_KEY, World, demo, put, tenant};

/// CA-10, CA-15, CA-18, CA-19: from the draft to the job, with its number, its link and its steps.
#[tokio::test]
async fn ca_15_a_draft_becomes_one_job_when_its_documents_go_out() {
    let world = practice().await;
    let made = world.post("/v1/job-drafts", a_draft()).await;
    assert_eq!((made.status.as_u16(), &made.json["state"]), (201, &json!("draft")));
    assert_eq!(made.json["name"], "BAS - Quarter");
    assert!(made.json["notice"].as_str().unwrap().contains("template"));
    let again = world.post("/v1/job-drafts", a_draft()).await;
    assert_eq!((again.status.as_u16(), &again.json), (200, &made.json));

    let lines = json!({"costs": [
        {"date": "2026-11-22", "description": "ASIC & fee", "quantity": "2", "unit_cost": "0.10",
         "unit_price": "12.50"},
        {"id": "own", "date": "2026-11-22", "description": "courier", "billable": false,
         "quantity": "1", "unit_cost": "5", "unit_price": "-7.005"}]});
    let grid = world.put("/v1/job-drafts/d-1/costs", lines).await.ok();
    assert_eq!(grid["totals"], json!({"cost": "5.20", "price": "17.995", "billable": "25.00"}));
    assert_eq!(
        (&grid["costs"][0]["id"], &grid["costs"][0]["billable"]),
        (&json!("line-1"), &json!(true))
    );
    assert_eq!(grid["costs_confirmed"], false);
    let confirmed = world.post("/v1/job-drafts/d-1/costs/confirm", json!({})).await.ok();
    assert_eq!(confirmed["costs_confirmed"], true);

    for action in ["download", "send", "download"] {
        world.ports().wakes.take();
        let body = json!({ "action": action });
        let told = world.post("/v1/document-sets/d-1/delivered", body).await;
        assert_eq!(told.status, 202);
        assert!(told.json["steps"].as_array().unwrap().len() == 5, "{}", told.text);
        let woken = world.ports().wakes.take();
        assert_eq!(woken, [Wake { firm: demo(), lane: Lane::Jobs }]);
        run(&world).await;
    }
    let jobs = world.ports().practice.jobs_now(&tenant());
    assert_eq!(jobs.len(), 1);
    world.ports().clock.advance(SignedDuration::from_secs(10));
    let created = world.get("/v1/job-drafts/d-1").await.ok();
    assert_eq!((&created["state"], &created["job_number"]), (&json!("created"), &json!("J000001")));
    assert!(created["job_url"].as_str().unwrap().starts_with("https://"));
    let steps = created["steps"].as_array().unwrap();
    assert!(steps.iter().all(|it| it["state"] == "done"), "{steps:?}");
    assert!(created["costs"][0]["xpm_uuid"].is_string());

    let fee = domain::practice::CostSheet {
        date: jiff::civil::date(2026, 11, 22),
        description: "by hand".into(),
        billable: true,
        quantity: "1".parse().unwrap(),
        unit_cost: "1".parse().unwrap(),
        unit_price: "1".parse().unwrap(),
    };
    world.ports().practice.put_cost(&tenant(), &jobs[0].number, fee);
    let costs = world.get("/v1/job-drafts/d-1/costs").await.ok();
    assert_eq!(costs["items"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&costs["items"][2]["id"], &costs["items"][2]["description"]),
        (&json!(null), &json!("by hand"))
    );
    let undone = world.post("/v1/job-drafts/d-1/undo", json!({})).await;
    assert_eq!((undone.status.as_u16(), &undone.json["undo"]["state"]), (202, &json!("pending")));
    run(&world).await;
    let kept = world.get("/v1/job-drafts/d-1").await.ok();
    assert_eq!(kept["undo"]["reason"]["code"], "job_has_costs");
}

/// CA-05: contacts are searched by name, archived ones left out, and namesakes told apart.
#[tokio::test]
async fn ca_05_contacts_are_searched_by_name() {
    let world = practice().await;
    for (id, number) in [("n-1", "11 111"), ("n-2", "22 222")] {
        let body =
            json!({"kind": "organisation", "name": "Namesake Ltd", "business_number": number});
        world.put(&format!("/v1/contacts/{id}"), body).await.ok();
    }
    let found = world.get("/v1/contacts?query=MESAKE&limit=1").await.ok();
    assert_eq!(found["items"][0]["business_number"], "11 111");
    let next =
        format!("/v1/contacts?query=MESAKE&cursor={}", found["next_cursor"].as_str().unwrap());
    let found = world.get(&next).await.ok();
    assert_eq!((&found["items"][0]["id"], &found["next_cursor"]), (&json!("n-2"), &json!(null)));
    assert_eq!(world.get("/v1/contacts?query=n").await.problem(), (400, "bad_query"));
}

/// CA-10: all faults at once, with their places, those that cannot be read and those against the lists.
#[tokio::test]
async fn ca_10_everything_wrong_with_a_draft_is_told_at_once() {
    let world = practice().await;
    let body = json!({"document_set_id": "a/b", "contact_id": "nobody", "template_uuid": "ffff",
        "name": "x\u{0}", "description": "d".repeat(10_001), "start_date": "22/11/2026",
        "due_date": "2026-11-21", "staff_uuids": ["5701", "zz", "5799"], "state_code": "NOPE"});
    let told = world.post("/v1/job-drafts", body).await;
    assert_eq!(told.problem(), (422, "invalid"));
    for place in [
        "/contact_id",
        "/description",
        "/document_set_id",
        "/name",
        "/staff_uuids/1",
        "/start_date",
        "/state_code",
        "/template_uuid",
    ] {
        assert!(told.places().contains(&place), "{place} is not told: {}", told.text);
    }
    let told = world.post("/v1/job-drafts", json!({})).await;
    assert_eq!(told.places(), ["/contact_id", "/document_set_id", "/template_uuid"]);
    let mut back = a_draft();
    back["due_date"] = json!("2026-11-21");
    assert_eq!(world.post("/v1/job-drafts", back).await.places(), ["/due_date"]);
    assert_eq!(world.get("/v1/job-drafts/d-1").await.status, 404);
}

/// CA-12: decimals are texts, exact and bounded; a float is no decimal.
#[tokio::test]
async fn ca_12_bad_costs_are_told_with_their_places_and_change_nothing() {
    let world = practice().await;
    world.post("/v1/job-drafts", a_draft()).await;
    let line = |quantity: &str, cost: &str, price: &str| {
        json!({"date": "2026-11-22", "description": "x", "quantity": quantity, "unit_cost": cost,
            "unit_price": price})
    };
    let told = world.put("/v1/job-drafts/d-1/costs", json!({"costs": [
        line("12345678901234567890", "1", "1"), line("1", "1e3", "1"), line("1", "1", "0.12345"), {}]}));
    let told = told.await;
    assert_eq!(told.problem(), (422, "invalid"));
    assert_eq!(
        told.places(),
        [
            "/costs/0/quantity",
            "/costs/1/unit_cost",
            "/costs/2/unit_price",
            "/costs/3/date",
            "/costs/3/quantity",
            "/costs/3/unit_cost",
            "/costs/3/unit_price"
        ]
    );
    let told = world
        .put(
            "/v1/job-drafts/d-1/costs",
            json!({"costs": [line("0", "1", "1"), line("-1", "1", "1")]}),
        )
        .await;
    assert_eq!(told.places(), ["/costs/0/quantity", "/costs/1/quantity"]);
    let float = json!({"costs": [{"date": "2026-11-22", "description": "x", "quantity": 1.5,
        "unit_cost": "1", "unit_price": "1"}]});
    assert_eq!(world.put("/v1/job-drafts/d-1/costs", float).await.status, 400);
    assert_eq!(world.get("/v1/job-drafts/d-1").await.ok()["costs"], json!([]));
}

/// CA-01, CA-03: what stands in the way of every draft is told with its reason.
#[tokio::test]
async fn ca_03_without_the_switch_or_the_connection_no_draft_is_made() {
    let world = practice().await;
    settings(&world, |it| it.settings.jobs.enabled = false).await;
    assert_eq!(world.post("/v1/job-drafts", a_draft()).await.problem(), (409, "jobs_off"));
    let world = World::new().await;
    settings(&world, |it| it.settings.jobs.enabled = true).await;
    assert_eq!(world.post("/v1/job-drafts", a_draft()).await.problem(), (409, "not_connected"));
}

/// CA-04, CA-15: one document set, one draft; a discarded one makes no job and gives way to another.
#[tokio::test]
async fn ca_04_a_draft_is_changed_and_discarded() {
    let world = practice().await;
    world.post("/v1/job-drafts", a_draft()).await;
    let mut other = a_draft();
    other["name"] = json!("Other");
    let taken = world.post("/v1/job-drafts", other.clone()).await;
    assert_eq!(taken.problem(), (409, "document_set_taken"));
    let changed = world
        .ask(
            "PATCH",
            "/v1/job-drafts/d-1",
            crate::world::KEY,
            Some(json!({"name": "Other", "state_code": null})),
        )
        .await
        .ok();
    assert_eq!((&changed["name"], &changed["state_code"]), (&json!("Other"), &json!(null)));
    assert_eq!(changed["staff_uuids"], json!(["5701"]));
    let gone = world.delete("/v1/job-drafts/d-1").await.ok();
    assert_eq!(gone["state"], "discarded");
    let told = world.post("/v1/document-sets/d-1/delivered", json!({"action": "send"})).await;
    assert_eq!(told.problem(), (409, "discarded"));
    assert_eq!(world.post("/v1/job-drafts", other).await.status, 201);
    assert_eq!(world.get("/v1/job-drafts").await.ok()["items"].as_array().unwrap().len(), 1);
}

/// G46: another firm's document set is not found, whatever is done with it.
#[tokio::test]
async fn g46_another_firms_draft_is_not_found() {
    let world = practice().await;
    world.post("/v1/job-drafts", a_draft()).await;
    for (method, path, body) in [
        ("GET", "/v1/job-drafts/d-1", None),
        ("PATCH", "/v1/job-drafts/d-1", Some(json!({}))),
        ("DELETE", "/v1/job-drafts/d-1", None),
        ("GET", "/v1/job-drafts/d-1/costs", None),
        ("GET", "/v1/job-drafts/d-1/why", None),
        ("PUT", "/v1/job-drafts/d-1/costs", Some(json!({"costs": []}))),
        ("POST", "/v1/job-drafts/d-1/costs/confirm", None),
        ("POST", "/v1/job-drafts/d-1/retry", None),
        ("POST", "/v1/job-drafts/d-1/undo", None),
        ("POST", "/v1/job-drafts/d-1/resolve", Some(json!({"candidate": null}))),
        ("POST", "/v1/document-sets/d-1/delivered", Some(json!({"action": "send"}))),
    ] {
        let told = world.ask(method, path, OTHER_KEY, body).await;
        assert_eq!(told.problem(), (404, "not_found"), "{method} {path}");
    }
    assert_eq!(world.get("/v1/job-drafts/d-1").await.ok()["state"], "draft");
}

/// BY-03, BY-06: why not, the issue that it is, and everything of one cause tried again.
#[tokio::test]
async fn by_06_a_draft_that_needs_a_person_says_why_and_is_redriven_by_its_cause() {
    let world = practice().await;
    world.post("/v1/job-drafts", a_draft()).await;
    let why = world.get("/v1/job-drafts/d-1/why").await.ok();
    assert_eq!(why["checks"][5]["name"], "delivery");
    assert_eq!(why["checks"][5]["reason"]["code"], "not_delivered");
    assert_eq!(why["checks"][6]["verdict"], "not_reached");
    assert_eq!(why["next_step"], "Download or send them; the job follows by itself.");

    world.ports().practice.drop_template(&tenant(), &"7e01".to_owned().try_into().unwrap());
    world.post("/v1/document-sets/d-1/delivered", json!({"action": "send"})).await;
    run(&world).await;
    let why = world.get("/v1/job-drafts/d-1/why").await.ok();
    assert_eq!(why["checks"][7]["reason"]["code"], "template_missing");
    let issues = world.get("/v1/issues").await.ok();
    let issue = &issues["items"][0];
    assert_eq!((&issue["subject"], &issue["count"]), (&json!("job_draft"), &json!(1)));
    assert_eq!(issue["cause"]["code"], "template_missing");

    let template = json!({"uuid": "7e01", "name": "BAS - Quarter"});
    world.ports().practice.put_template(&tenant(), serde_json::from_value(template).unwrap());
    world.ports().wakes.take();
    let body = json!({"cause": "template_missing"});
    let told = world.post("/v1/issues/redrive", body).await;
    assert_eq!((told.status.as_u16(), &told.json["done"]), (202, &json!(1)));
    assert!(world.ports().wakes.take().contains(&Wake { firm: demo(), lane: Lane::Jobs }));
    run(&world).await;
    assert_eq!(world.get("/v1/issues").await.ok()["items"], json!([]));
    let why = world.get("/v1/job-drafts/d-1/why").await.ok();
    assert!(why["checks"].as_array().unwrap().iter().all(|it| it["verdict"] == "passed"));
    assert_eq!(why["next_step"], json!(null));
}

pub(crate) async fn practice() -> World {
    let world = World::connected().await;
    settings(&world, |it| {
        it.settings.jobs.enabled = true;
        it.settings.jobs.states =
            vec![JobState { code: "INPROGRESS".into(), name: "In Progress".into() }];
    })
    .await;
    let practice = &world.ports().practice;
    let client = json!({"uuid": "c1", "name": "Acme"});
    practice.put_client(&tenant(), serde_json::from_value(client).unwrap());
    let template = json!({"uuid": "7e01", "name": "BAS - Quarter"});
    practice.put_template(&tenant(), serde_json::from_value::<Named>(template).unwrap());
    let staff = json!({"uuid": "5701", "name": "Ann"});
    practice.put_staff(&tenant(), serde_json::from_value::<Staff>(staff).unwrap());
    practice.put_state(&tenant(), "INPROGRESS", "In Progress");
    world.put("/v1/contacts/c-1", json!({"kind": "organisation", "name": "Acme"})).await.ok();
    let matched = json!({"contact": "c-1", "xpm": "c1", "kind": "client"});
    put(world.ports(), &demo(), &serde_json::from_value::<ContactMatch>(matched).unwrap()).await;
    world.ports().wakes.take();
    world
}

pub(crate) async fn settings(world: &World, change: impl FnOnce(&mut Firm)) {
    let kept = records::get::<Firm>(&world.ports().store, &demo(), FIRM).await.unwrap().unwrap();
    let mut firm = kept.record;
    change(&mut firm);
    let change = records::put(&demo(), &firm, Some(kept.version)).unwrap();
    let _ = world.ports().store.commit(vec![change]).await.unwrap();
}

/// The worker, as if it had been woken.
pub(crate) async fn run(world: &World) {
    let ports = world.ports();
    let deadline = Deadline { at: ports.clock.now() + SignedDuration::from_secs(60) };
    work(ports, &demo(), deadline).await.unwrap();
}

pub(crate) fn a_draft() -> Value {
    json!({"document_set_id": "d-1", "contact_id": "c-1", "template_uuid": "7e01",
        "description": "Minutes & <resolutions>", "start_date": "2026-11-22",
        "due_date": "2026-12-31", "staff_uuids": ["5701"], "state_code": "INPROGRESS"})
}
