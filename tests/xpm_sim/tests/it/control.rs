//! The control API over HTTP.

use serde_json::{Value, json};

use crate::world::{Answer, World, read, standing, start, world};

async fn put(world: &World, path: &str, body: impl Into<String>) -> Answer {
    read(world.http.put(format!("{}/_sim/{path}", world.simulator.url())).body(body.into())).await
}

async fn get(world: &World, path: &str) -> Value {
    read(world.http.get(format!("{}/_sim/{path}", world.simulator.url()))).await.json()
}

async fn empty() -> World {
    World::of(start(xpm_sim::Options { demo: false, ..standing() }).await)
}

#[tokio::test]
async fn records_are_loaded_as_xml_and_as_json() {
    let world = empty().await;
    let staff = "11111111-1111-4111-8111-111111111111";
    let task = "22222222-2222-4222-8222-222222222222";
    let client = "33333333-3333-4333-8333-333333333333";
    let job_task = "44444444-4444-4444-8444-444444444444";
    let loads = [
        (
            "staff",
            format!("<StaffList><Staff><UUID>{staff}</UUID><Name>Ada</Name></Staff></StaffList>"),
        ),
        ("tasks", json!([{"uuid": task, "name": "Review"}]).to_string()),
        (
            "clients",
            format!(
                "<Response><Status>OK</Status><Clients><Client><UUID>{client}</UUID>\
                 <Name>Acme</Name><Website>https://a.example.com</Website>\
                 <GSTPeriod>Monthly</GSTPeriod><Contacts><Contact><Name>Bo</Name>\
                 <IsPrimary>Yes</IsPrimary></Contact></Contacts></Client></Clients></Response>"
            ),
        ),
        (
            "jobs",
            json!({"jobs": [{
                "number": "X77", "name": "Review 2026", "client_uuid": client,
                "state": "In Progress", "start_date": "2026-07-01", "due_date": "20261231",
                "assigned": [staff],
                "tasks": [{"uuid": job_task, "task_uuid": task, "assigned": [{"uuid": staff}]}],
            }]})
            .to_string(),
        ),
        (
            "templates",
            json!([{"name": "T", "tasks": [{"task_uuid": task, "estimated_minutes": 30}]}])
                .to_string(),
        ),
        (
            "times",
            json!([{"job": "X77", "job_task_uuid": job_task, "staff_uuid": staff,
                    "date": "2026-11-02", "minutes": 12, "note": "by hand"}])
            .to_string(),
        ),
    ];
    for (kind, body) in loads {
        let answer = put(&world, kind, body).await;
        assert_eq!(answer.json(), json!({"loaded": 1}), "{kind}: {}", answer.text);
    }
    let job = world.get("job.api/get/X77").await;
    assert_eq!(job.one("Job/State"), "In Progress");
    assert_eq!(job.one("Job/Client/Name"), "Acme");
    assert_eq!(job.one("Job/Tasks/Task/UUID"), job_task);
    assert_eq!(job.one("Job/Tasks/Task/Name"), "Review");
    assert_eq!(job.one("Job/Tasks/Task/ActualMinutes"), "12");
    assert_eq!(job.one("Job/Tasks/Task/Assigned/Staff/Name"), "Ada");
    let shown = world.get(&format!("client.api/get/{client}")).await;
    assert_eq!(shown.one("Client/Website"), "https://a.example.com");
    assert_eq!(shown.one("Client/GSTPeriod"), "Monthly");
    assert_eq!(shown.one("Client/Contacts/Contact/IsPrimary"), "Yes");
    assert_eq!(get(&world, "ledger").await["effects"], json!([]));
}

#[tokio::test]
async fn nonsense_is_refused_with_its_reason() {
    let world = empty().await;
    for (path, body) in [
        ("clients", "<Clients><Client /></Clients>"),
        ("jobs", "[{}]"),
        ("unknown", "[]"),
        ("knobs", "{\"no_such_knob\": true}"),
        ("limits", "{\"per_minute\": \"many\"}"),
        ("faults", "[{\"kind\": \"no_such_kind\"}]"),
        ("clock", "{\"seconds\": 1}"),
        ("clients?tenant=Nobody", "[]"),
    ] {
        let answer = put(&world, path, body).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn effects_name_the_call_that_had_them() {
    let world = world().await;
    world.post("client.api/add", "<Client><Name>A</Name></Client>").await;
    let effects = get(&world, "ledger").await["effects"].clone();
    let calls = get(&world, "calls").await;
    assert_eq!(effects[0]["kind"], "client.add");
    assert_eq!(effects[0]["at"], "2026-11-22T00:00:00Z");
    assert_eq!(effects[0]["call"], calls[0]["number"]);
    assert_eq!(calls[0]["method"], "POST");
    assert_eq!(calls[0]["path"], "/practicemanager/3.1/client.api/add");
    assert_eq!(calls[0]["tenant"], world.tenant.as_str());
    assert_eq!(calls[0]["status"], 200);
    world.get("staff.api/list").await;
    assert_eq!(get(&world, "calls?since=1").await.as_array().map(Vec::len), Some(1));
    let later = get(&world, "calls?since=2026-11-22T00:00:01Z").await;
    assert_eq!(later, json!([]));
}

#[tokio::test]
async fn knobs_limits_and_clock_keep_what_is_not_named() {
    let world = world().await;
    let knobs =
        put(&world, "knobs", "{\"latency_ms\": 0, \"locked_before\": \"2026-07-01\"}").await;
    assert_eq!(knobs.json()["locked_before"], "2026-07-01");
    assert_eq!(knobs.json()["staff_assignment"], "task");
    let limits = put(&world, "limits", "{\"per_day\": 1000}").await;
    assert_eq!(
        limits.json(),
        json!({"per_minute": 60, "per_day": 1000, "concurrent": 5, "app_per_minute": 10_000, "phase": 0})
    );
    let clock = put(&world, "clock", "{\"advance_seconds\": 61}").await;
    assert_eq!(clock.json()["now"], "2026-11-22T00:01:01Z");
}

#[tokio::test]
async fn reset_goes_back_to_the_demo_firm() {
    let world = world().await;
    world.post("client.api/add", "<Client><Name>A</Name></Client>").await;
    let url = format!("{}/_sim/reset", world.simulator.url());
    assert_eq!(read(world.http.post(url)).await.status, 200);
    let ledger = get(&world, "ledger").await;
    assert_eq!(ledger["clients"].as_array().map(Vec::len), Some(60));
    assert_eq!(ledger["effects"], json!([]));
    assert_eq!(world.get("staff.api/list").await.status, 401);
}

#[tokio::test]
async fn many_clients_are_generated_at_once() {
    let world = empty().await;
    assert_eq!(put(&world, "generate", "{\"clients\": 2000}").await.status, 200);
    let list = world.get("client.api/list?detailed=true").await;
    assert_eq!(list.all("Clients/Client").len(), 2000);
    assert_eq!(list.all("Clients/Client/Contacts/Contact").len(), 2000);
}

#[tokio::test]
async fn the_demo_firm_is_the_same_in_every_run() {
    let (one, two) = (world().await.ledger(), world().await.ledger());
    assert_eq!(one, two);
    assert_eq!(one["jobs"].as_array().map(Vec::len), Some(150));
    let contacts = one["contacts"].as_array().unwrap();
    let shared = contacts.iter().filter(|it| it["client_uuids"].as_array().unwrap().len() > 1);
    assert!(shared.count() >= 5);
}

#[tokio::test]
async fn the_demo_firm_has_one_task_type_on_open_jobs_of_two_years() {
    let ledger = world().await.ledger();
    let jobs = ledger["jobs"].as_array().unwrap();
    let open = |year: &str| {
        jobs.iter()
            .filter(|it| it["state_code"] == "INPROGRESS" || it["state_code"] == "PLANNED")
            .filter(|it| it["start_date"].as_str().unwrap().starts_with(year))
            .flat_map(|job| {
                let tasks = job["tasks"].as_array().unwrap().iter();
                tasks.map(|it| (job["client_uuid"].to_string(), it["task_uuid"].to_string()))
            })
            .collect::<std::collections::BTreeSet<_>>()
    };
    let both: std::collections::BTreeSet<String> =
        open("2025").intersection(&open("2026")).map(|it| it.0.clone()).collect();
    assert!(both.len() >= 20, "{}", both.len());
}
