//! XPM's lists and jobs, and links by hand.

use domain::ids::{JobNumber, XpmUuid};
use domain::practice::{Client, Job, JobTask, Named, Staff};
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::json;

use crate::world::{World, tenant};

#[tokio::test]
async fn xb_30_a_list_is_asked_for_once_in_ten_minutes_unless_it_is_dropped() {
    let world = filled().await;
    let calls = || world.ports().practice.calls().len();
    let first = world.get("/v1/xpm/tasks").await.ok();
    assert_eq!(first["items"], json!([{"uuid": "a1", "name": "Accounts"}]));
    assert_eq!((&first["stale"], calls()), (&json!(false), 1));
    world.get("/v1/xpm/tasks").await.ok();
    assert_eq!(calls(), 1);
    let refresh = async || world.post("/v1/xpm/refresh", json!({"resource": "tasks"})).await;
    assert_eq!(refresh().await.status, 204);
    world.get("/v1/xpm/tasks").await.ok();
    assert_eq!(calls(), 2);

    assert_eq!(world.get("/v1/connection").await.ok()["freshness"][0]["as_of"], first["as_of"]);

    // XB-31: not as often as one likes, and one list says nothing of another.
    let too_soon = refresh().await;
    assert_eq!(too_soon.problem(), (429, "too_soon"));
    assert_eq!(too_soon.headers["retry-after"], "31");
    assert_eq!(world.post("/v1/xpm/refresh", json!({"resource": "staff"})).await.status, 204);
    world.get("/v1/xpm/tasks").await.ok();
    assert_eq!(calls(), 2);
    world.ports().clock.advance(SignedDuration::from_secs(30));
    assert_eq!(refresh().await.status, 204);
    world.get("/v1/xpm/tasks").await.ok();
    assert_eq!(calls(), 3);
}

#[tokio::test]
async fn xb_34_while_xpm_is_silent_an_old_list_is_shown_as_stale() {
    let world = filled().await;
    for path in [
        "/v1/xpm/staff",
        "/v1/xpm/clients?query=acme",
        "/v1/xpm/clients/c1/jobs",
        "/v1/xpm/jobs/J1",
    ] {
        let fresh = world.get(path).await.ok();
        world.ports().clock.advance(SignedDuration::from_mins(11));
        let method = match path {
            "/v1/xpm/staff" => Method::Staff,
            "/v1/xpm/clients?query=acme" => Method::SearchClients,
            "/v1/xpm/clients/c1/jobs" => Method::JobsOf,
            _ => Method::Job,
        };
        world.ports().practice.fail_next(method, Trouble::NotProcessed);
        let stale = world.get(path).await.ok();
        assert_eq!((&stale["stale"], &stale["as_of"]), (&json!(true), &fresh["as_of"]), "{path}");
        let again = world.get(path).await.ok();
        assert_eq!(again["stale"], json!(false), "{path}");
    }
}

#[tokio::test]
async fn without_a_copy_the_reason_is_told_and_when_to_ask_again() {
    let world = filled().await;
    world.ports().practice.fail_next(Method::Staff, Trouble::NotProcessed);
    let silent = world.get("/v1/xpm/staff").await;
    assert_eq!(silent.problem(), (503, "xpm_unreachable"));
    let world = World::new().await;
    for path in
        ["/v1/xpm/staff", "/v1/xpm/clients?query=x", "/v1/xpm/clients/ab/jobs", "/v1/xpm/jobs/J1"]
    {
        assert_eq!(world.get(path).await.problem(), (503, "not_connected"), "{path}");
    }
}

#[tokio::test]
async fn what_xpm_does_not_know_is_not_found() {
    let world = filled().await;
    for path in ["/v1/xpm/clients/ff/jobs", "/v1/xpm/clients/xyz/jobs", "/v1/xpm/jobs/J9"] {
        assert_eq!(world.get(path).await.problem(), (404, "not_found"), "{path}");
    }
    for query in ["", "?query=", "?query=%20", "?query=%00", "?q=x"] {
        assert_eq!(world.get(&format!("/v1/xpm/clients{query}")).await.status, 400, "{query}");
    }
    let bad = world.post("/v1/xpm/refresh", json!({"resource": "everything"})).await;
    assert_eq!(bad.places(), ["/resource"]);
    for resource in ["templates", "staff", "jobs:c1", "job:J1"] {
        let answered = world.post("/v1/xpm/refresh", json!({"resource": resource})).await;
        assert_eq!(answered.status, 204, "{resource}");
    }
}

#[tokio::test]
async fn jobs_clients_and_states_are_told_in_the_shape_of_the_contract() {
    let world = filled().await;
    let job = json!({"number": "J1", "uuid": "e1", "name": "Accounts 2025",
        "client": {"uuid": "c1", "name": "Acme"}, "state": "In Progress", "start_date": "2025-07-01",
        "due_date": null, "completed_date": null,
        "tasks": [{"uuid": "f1", "task_uuid": "a1", "name": "Accounts", "completed": false}],
        "staff": [{"uuid": "d1", "name": "Ann"}]});
    assert_eq!(world.get("/v1/xpm/clients/C1/jobs").await.ok()["items"], json!([job]));
    let mut one = world.get("/v1/xpm/jobs/J1").await.ok();
    one.as_object_mut().unwrap().retain(|it, _| !["as_of", "stale"].contains(&it.as_str()));
    assert_eq!(one, job);
    let found = world.get("/v1/xpm/clients?query=ACM").await.ok();
    assert_eq!(found["items"][0]["name"], "Acme");
    world
        .put("/v1/settings", json!({"jobs": {"states": [{"code": "X", "name": "Done"}]}}))
        .await
        .ok();
    let states = world.get("/v1/xpm/job-states").await.ok();
    assert_eq!(states["items"], json!([{"code": "X", "name": "Done"}]));
}

#[tokio::test]
async fn a_task_is_linked_by_hand_to_a_task_that_the_job_has() {
    let world = filled().await;
    let path = "/v1/tasks/t-1/link";
    let body = |job: &str, task: &str| json!({"job_number": job, "job_task_uuid": task});
    assert_eq!(world.put(path, body("J1", "f1")).await.status, 404);
    world.put("/v1/tasks/t-1", json!({"name": "Accounts"})).await.ok();
    assert_eq!(world.put(path, body("J9", "f1")).await.places(), ["/job_number"]);
    assert_eq!(world.put(path, body("J1", "a1")).await.places(), ["/job_task_uuid"]);
    assert_eq!(
        world.put(path, body("a/b", "J1")).await.places(),
        ["/job_number", "/job_task_uuid"]
    );
    let link = world.put(path, body("J1", "F1")).await.ok()["link"].clone();
    assert_eq!(
        link,
        json!({"state": "manual", "job_number": "J1", "job_task_uuid": "f1", "origin": "manual",
            "reason": null, "candidates": [], "version": 1})
    );
}

#[tokio::test]
async fn xb_54_a_link_taken_away_stays_away_until_it_is_allowed_again() {
    let world = filled().await;
    world.put("/v1/tasks/t-1", json!({"name": "Accounts"})).await.ok();
    let unlinked = world.delete("/v1/tasks/t-1/link").await.ok()["link"].clone();
    assert_eq!(unlinked["state"], "unmapped_by_user");
    assert_eq!(unlinked["reason"]["code"], "sticky_unmapped");
    let allowed = world.post("/v1/tasks/t-1/link/allow", json!({})).await.ok()["link"].clone();
    assert_eq!((&allowed["state"], &allowed["reason"]), (&json!("never"), &json!(null)));
}

#[tokio::test]
async fn a_persons_choice_stands_while_xpm_cannot_be_asked() {
    let world = World::new().await;
    world.put("/v1/tasks/t-1", json!({"name": "Accounts"})).await.ok();
    let body = json!({"job_number": "J1", "job_task_uuid": "f1"});
    assert_eq!(world.put("/v1/tasks/t-1/link", body).await.ok()["link"]["state"], "manual");
}

#[tokio::test]
async fn xb_73_a_person_is_shown_as_the_staff_member_with_their_address() {
    let world = filled().await;
    world.put("/v1/users/u-1", json!({"name": "Ann", "email": "ANN@x.example"})).await.ok();
    world.get("/v1/xpm/staff").await.ok();
    let user = world.get("/v1/users/u-1").await.ok();
    assert_eq!(user["xpm_staff"], json!({"uuid": "d1", "name": "Ann", "origin": "email"}));
    world.put("/v1/users/u-2", json!({"name": "Bob"})).await.ok();
    assert_eq!(world.get("/v1/users/u-2").await.ok()["reason"]["code"], "staff_unmapped");
}

pub(crate) async fn filled() -> World {
    let world = World::connected().await;
    let (practice, at) = (&world.ports().practice, tenant());
    let named = |id: &str, name: &str| Named { uuid: uuid(id), name: name.into() };
    practice.put_task(&at, named("a1", "Accounts"));
    practice.put_template(&at, named("b1", "Yearly"));
    practice.put_staff(
        &at,
        Staff { uuid: uuid("d1"), name: "Ann".into(), email: Some("ann@x.example".into()) },
    );
    let client: Client = serde_json::from_value(json!({"uuid": "c1", "name": "Acme"})).unwrap();
    practice.put_client(&at, client);
    practice.put_job(
        &at,
        Job {
            number: JobNumber::parse("J1").unwrap(),
            uuid: Some(uuid("e1")),
            name: "Accounts 2025".into(),
            client: Some(named("c1", "Acme")),
            state: "In Progress".into(),
            start_date: "2025-07-01".parse().ok(),
            due_date: None,
            completed_date: None,
            tasks: Some(vec![JobTask {
                uuid: uuid("f1"),
                task_uuid: uuid("a1"),
                name: "Accounts".into(),
                completed: false,
                billable: true,
                staff: vec![],
            }]),
            staff: vec![named("d1", "Ann")],
        },
    );
    world
}

fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

/// XB-13: a process shows the name that its XPM task has now, and that the task is gone.
#[tokio::test]
async fn xb_13_a_process_whose_task_is_gone_from_xpm_says_so() {
    let world = filled().await;
    world.put("/v1/processes/p-1", json!({"name": "A", "xpm_task_uuid": "a1"})).await.ok();
    world.put("/v1/processes/p-2", json!({"name": "B", "xpm_task_uuid": "a9"})).await.ok();
    let listed = world.get("/v1/processes").await.ok();
    let shown = |n: usize| {
        let it = &listed["items"][n];
        (it["xpm_task_name"].clone(), it["reason"]["code"].clone())
    };
    assert_eq!(shown(0), (json!("Accounts"), json!(null)));
    assert_eq!(shown(1), (json!(null), json!("mapped_task_missing")));
    let one = world.get("/v1/processes/p-2").await.ok();
    assert_eq!(one["old_links"], json!({"count": 0, "more": false}));
    // A list that is old proves nothing.
    world.ports().clock.advance(SignedDuration::from_mins(11));
    world.ports().practice.fail_next(Method::Tasks, Trouble::NotProcessed);
    assert_eq!(world.get("/v1/processes/p-2").await.ok()["reason"], json!(null));
}

/// XB-41: what would become of links is told page by page, with the process and readiness checked.
#[tokio::test]
async fn xb_41_links_of_an_old_mapping_are_asked_for_through_the_api() {
    let world = filled().await;
    let path = "/v1/processes/p-1/relink";
    assert_eq!(world.post(path, json!({"preview": true})).await.problem(), (404, "not_found"));
    world.put("/v1/processes/p-1", json!({"name": "A", "xpm_task_uuid": "a1"})).await.ok();
    let told = world.post(path, json!({"preview": true})).await.ok();
    assert_eq!(told, json!({"items": [], "next_cursor": null}));
    assert_eq!(world.post(path, json!({})).await.places(), ["/preview"]);
    let bad = world.post(path, json!({"preview": true, "cursor": "%"})).await;
    assert_eq!(bad.places(), ["/cursor"]);
    let bare = World::new().await;
    bare.put("/v1/processes/p-1", json!({"name": "A"})).await.ok();
    assert_eq!(bare.post(path, json!({"preview": true})).await.problem(), (409, "not_connected"));
}

/// XB-54: many at once, after a preview that changes nothing; those that stand are left alone.
#[tokio::test]
async fn xb_54_many_tasks_are_allowed_again_at_once() {
    let world = filled().await;
    for task in ["t-1", "t-2", "t-3"] {
        let body = json!({"name": "A", "process_id": "p-1"});
        world.put(&format!("/v1/tasks/{task}"), body).await.ok();
    }
    for task in ["t-1", "t-2"] {
        world.delete(&format!("/v1/tasks/{task}/link")).await.ok();
    }
    let path = "/v1/tasks/links/allow";
    let state = async |task: &str| {
        world.get(&format!("/v1/tasks/{task}")).await.ok()["link"]["state"].clone()
    };
    let item = |task: &str, state: &str, allowed: bool| json!({"task_id": task, "state": state, "allowed": allowed});
    let all = [
        item("t-1", "unmapped_by_user", true),
        item("t-2", "unmapped_by_user", true),
        item("t-3", "never", false),
    ];
    let told = world.post(path, json!({"process_id": "p-1", "preview": true})).await.ok();
    assert_eq!(told, json!({"items": all, "next_cursor": null}));
    assert_eq!(state("t-1").await, "unmapped_by_user");
    let ids = json!({"ids": ["t-1", "t-9"], "preview": false});
    assert_eq!(world.post(path, ids).await.ok()["items"], json!([all[0]]));
    assert_eq!(
        (state("t-1").await, state("t-2").await),
        (json!("never"), json!("unmapped_by_user"))
    );
    world.post(path, json!({"process_id": "p-1", "preview": false})).await.ok();
    assert_eq!(state("t-2").await, "never");
    for body in
        [json!({"preview": true}), json!({"ids": ["t-1"], "contact_id": "c", "preview": true})]
    {
        assert_eq!(world.post(path, body).await.places(), [""]);
    }
}
