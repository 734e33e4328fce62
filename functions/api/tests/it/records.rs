//! The practice app's records: versions, places of faults, and what is told back.

use domain::ports::{Lane, Wake};
use serde_json::json;

use crate::world::{World, an_hour, demo};

#[tokio::test]
async fn xb_10_a_process_is_mapped_and_the_mapping_is_kept() {
    let world = World::new().await;
    let body = json!({"name": "Tax return", "xpm_task_uuid": "AB-01", "version": 3});
    let put = world.put("/v1/processes/p-1", body).await.ok();
    assert_eq!(
        put,
        json!({"id": "p-1", "name": "Tax return", "xpm_task_uuid": "ab-01",
        "xpm_task_name": null, "reason": null, "version": 3, "applied": true})
    );
    let got = world.get("/v1/processes/p-1").await.ok();
    assert_eq!((&got["xpm_task_uuid"], got.get("applied")), (&json!("ab-01"), None));
    let emptied = world.put("/v1/processes/p-1", json!({"name": "Tax return"})).await.ok();
    assert_eq!((&emptied["xpm_task_uuid"], &emptied["version"]), (&json!(null), &json!(4)));
}

#[tokio::test]
async fn an_older_version_changes_nothing_and_is_answered_with_what_is_stored() {
    let world = World::new().await;
    for (path, body) in [
        ("/v1/contacts/x", json!({"kind": "organisation", "name": "A"})),
        ("/v1/processes/x", json!({"name": "A"})),
        ("/v1/tasks/x", json!({"name": "A"})),
        ("/v1/users/x", json!({"name": "A"})),
        (
            "/v1/time-entries/x",
            json!({"user_id": "u", "date": "2026-11-22", "seconds": 1, "note": "A"}),
        ),
    ] {
        let field = if body.get("note").is_some() { "note" } else { "name" };
        let versioned = |text: &str, version: u64| {
            let mut body = body.clone();
            body[field] = text.into();
            body["version"] = version.into();
            body
        };
        assert_eq!(world.put(path, versioned("A", 5)).await.ok()["applied"], true);
        let late = world.put(path, versioned("B", 4)).await.ok();
        assert_eq!(
            (&late["applied"], &late["version"], &late[field]),
            (&json!(false), &json!(5), &json!("A"))
        );
        let newer = world.put(path, versioned("C", 6)).await.ok();
        assert_eq!((&newer["applied"], &newer[field]), (&json!(true), &json!("C")));
        let unversioned = world.put(path, body).await.ok();
        assert_eq!((&unversioned["applied"], &unversioned["version"]), (&json!(true), &json!(7)));
    }
}

#[tokio::test]
async fn every_accepted_change_wakes_the_worker_and_a_lost_wake_is_no_error() {
    let world = World::new().await;
    let body = json!({"name": "A"});
    for (path, body) in [
        ("/v1/processes/x", &body),
        ("/v1/tasks/x", &body),
        ("/v1/users/x", &body),
        ("/v1/time-entries/x", &an_hour()),
    ] {
        world.put(path, body.clone()).await.ok();
        assert_eq!(world.ports().wakes.take(), [Wake { firm: demo(), lane: Lane::Time }], "{path}");
        world.ports().wakes.fail_next(1);
        world.put(path, body.clone()).await.ok();
    }
}

#[tokio::test]
async fn everything_wrong_with_a_body_is_told_at_once() {
    let world = World::new().await;
    let body = json!({"kind": "robot", "name": "", "emails": ["a@b.example", "no"],
        "phones": [{"number": " "}], "addresses": [{"label": "lunar"}],
        "organisations": [{"id": "a/b"}], "version": 1.5});
    let answered = world.put("/v1/contacts/c-1", body).await;
    assert_eq!(answered.problem(), (422, "invalid"));
    assert_eq!(
        answered.places(),
        [
            "/addresses/0/label",
            "/emails/1",
            "/kind",
            "/name",
            "/organisations/0/id",
            "/phones/0/number",
            "/version"
        ]
    );
    assert_eq!(world.get("/v1/contacts/c-1").await.status, 404);
}

#[tokio::test]
async fn an_id_that_is_none_is_a_broken_rule_of_a_put_and_not_found_otherwise() {
    let world = World::new().await;
    for id in ["a%20b", "%E2%82%AC", "a%2Fb", &"x".repeat(129), "a%00b"] {
        let put = world.put(&format!("/v1/tasks/{id}"), json!({"name": "A"})).await;
        assert_eq!((put.problem(), put.places()), ((422, "invalid"), vec!["/id"]), "{id}");
        assert_eq!(world.get(&format!("/v1/tasks/{id}")).await.status, 404);
        assert_eq!(world.delete(&format!("/v1/tasks/{id}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_contact_is_told_back_as_it_was_sent_and_stays_gone_when_deleted() {
    let world = World::new().await;
    let body = json!({"kind": "person", "name": "Ann Lee", "first_name": "Ann", "last_name": "Lee",
        "emails": ["ann@lee.example"], "phones": [{"label": "Work", "number": "02 5550 1234"}],
        "addresses": [{"label": "physical", "lines": ["1 High St"], "city": "Sydney", "region": "NSW",
            "postcode": "2000", "country": "Australia"}],
        "contact_type": "Client", "organisations": [{"id": "o-1", "position": "Director"}],
        "business_number": null, "archived": false, "version": 1});
    world.put("/v1/contacts/c-1", body.clone()).await.ok();
    let mut got = world.get("/v1/contacts/c-1").await.ok();
    assert_eq!(got.as_object_mut().unwrap().remove("id").unwrap(), "c-1");
    let push = got.as_object_mut().unwrap().remove("push").unwrap();
    let pending = json!({"state": "pending", "reason": null, "detail": null, "candidates": [],
        "attempts": 0});
    assert_eq!(push, pending);
    assert_eq!(got, body);
    assert_eq!(world.delete("/v1/contacts/c-1").await.status, 204);
    assert_eq!(world.get("/v1/contacts/c-1").await.status, 404);
    assert_eq!(world.delete("/v1/contacts/c-1").await.status, 404);
    assert_eq!(world.get("/v1/contacts").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_new_entry_is_pending_and_says_what_it_waits_for() {
    let world = World::new().await;
    let put = world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    assert_eq!(put["push"]["state"], "pending");
    assert_eq!(put["push"]["reason"]["code"], "not_connected");
    assert_eq!(put["push"]["minutes"], 60);
    let world = World::connected().await;
    let put = world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    assert_eq!(put["push"]["reason"], json!(null));
}

#[tokio::test]
async fn a_deleted_entry_is_shown_until_xpm_has_let_it_go_and_an_unknown_one_is_not_found() {
    let world = World::new().await;
    assert_eq!(world.delete("/v1/time-entries/e-1").await.status, 404);
    assert_eq!(world.get("/v1/time-entries/e-1").await.status, 404);
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    let deleted = world.delete("/v1/time-entries/e-1").await.ok();
    assert_eq!((&deleted["applied"], &deleted["version"]), (&json!(true), &json!(2)));
    let again = world.delete("/v1/time-entries/e-1").await.ok();
    assert_eq!((&again["applied"], &again["version"]), (&json!(false), &json!(2)));
    world.get("/v1/time-entries/e-1").await.ok();
}

#[tokio::test]
async fn a_held_or_rejected_entry_is_released_or_tried_again() {
    let world = World::new().await;
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    for action in ["release", "retry"] {
        let path = format!("/v1/time-entries/e-1/{action}");
        assert_eq!(world.post(&path, json!({})).await.ok()["push"]["state"], "pending");
        let refused = world.post(&path, json!({"why": 1})).await;
        assert_eq!((refused.problem(), refused.places()), ((400, "malformed"), vec!["/why"]));
        assert_eq!(world.post(&path.replace("e-1", "e-2"), json!({})).await.status, 404);
    }
}

#[tokio::test]
async fn xb_73_a_person_is_mapped_to_staff_by_hand() {
    let world = World::new().await;
    let path = "/v1/users/u-1/xpm-staff";
    assert_eq!(world.put(path, json!({"staff_uuid": "ab"})).await.status, 404);
    world.put("/v1/users/u-1", json!({"name": "Ann", "email": "ann@x.example"})).await.ok();
    let chosen = world.put(path, json!({"staff_uuid": "AB"})).await.ok();
    assert_eq!(chosen["xpm_staff"], json!({"uuid": "ab", "name": null, "origin": "manual"}));
    let left = world.put(path, json!({"staff_uuid": null})).await.ok();
    assert_eq!(left["xpm_staff"], json!(null));
    assert_eq!(world.put(path, json!({})).await.status, 400);
    assert_eq!(world.put(path, json!({"staff_uuid": "J1"})).await.places(), ["/staff_uuid"]);
}

/// XB-78, XB-79, XB-81: a decision is taken only where one waits, and told as a conflict otherwise.
#[tokio::test]
async fn xb_81_a_decision_is_taken_only_where_one_waits() {
    let world = World::new().await;
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    let path = |action: &str| format!("/v1/time-entries/e-1/{action}");
    for (action, body) in [
        ("release", json!({"decision": "keep"})),
        ("choose", json!({"xpm_uuid": "ab"})),
        ("choose", json!({"xpm_uuid": null})),
        ("repair", json!({"keep": "xpm"})),
    ] {
        let answered = world.post(&path(action), body.clone()).await;
        assert_eq!(answered.problem(), (409, "nothing_to_decide"), "{action} {body}");
        let unknown = world.post(&path(action).replace("e-1", "e-2"), body).await;
        assert_eq!(unknown.status, 404);
    }
    for (action, body, place) in [
        ("release", json!({"decision": "yes"}), "/decision"),
        ("choose", json!({"xpm_uuid": "J1"}), "/xpm_uuid"),
        ("repair", json!({}), "/keep"),
    ] {
        let answered = world.post(&path(action), body).await;
        assert_eq!((answered.problem().0, answered.places()), (422, vec![place]), "{action}");
    }
}

#[tokio::test]
async fn xb_83_moving_time_is_previewed() {
    let world = World::new().await;
    let path = "/v1/tasks/t-1/link/move-time";
    assert_eq!(world.post(path, json!({"preview": true})).await.status, 404);
    world.put("/v1/tasks/t-1", json!({"name": "A"})).await.ok();
    let told = world.post(path, json!({"preview": true})).await.ok();
    assert_eq!(told, json!({"preview": true, "entries": 0, "minutes": 0, "items": []}));
}

/// BY-03: every check of a thing is told, and what to do about the first that failed.
#[tokio::test]
async fn by_03_why_not_is_answered_for_entries_tasks_and_contacts() {
    let world = World::connected().await;
    for path in ["time-entries/x", "tasks/x", "contacts/x"] {
        assert_eq!(world.get(&format!("/v1/{path}/why")).await.status, 404, "{path}");
    }
    world.put("/v1/time-entries/x", an_hour()).await.ok();
    let told = world.get("/v1/time-entries/x/why").await.ok();
    assert_eq!(
        (&told["checks"][4]["name"], &told["checks"][4]["verdict"]),
        (&json!("task_link"), &json!("failed"))
    );
    assert_eq!(told["checks"][5]["verdict"], "not_reached");
    assert_eq!(told["next_step"], "Send the task; the time follows by itself.");
    world.put("/v1/tasks/x", json!({"name": "A"})).await.ok();
    let told = world.get("/v1/tasks/x/why").await.ok();
    assert_eq!(told["checks"][1]["reason"]["code"], "client_unlinked");
    world.put("/v1/contacts/x", json!({"kind": "person", "name": "A"})).await.ok();
    let told = world.get("/v1/contacts/x/why").await.ok();
    assert_eq!(told["checks"][2]["reason"]["code"], "contact_unmatched");
    let world = World::new().await;
    world.put("/v1/time-entries/x", an_hour()).await.ok();
    let told = world.get("/v1/time-entries/x/why").await.ok();
    assert_eq!(told["checks"][0]["reason"]["code"], "not_connected");
}

/// SH-02, BY-14: told before the first push, from XPM's list.
#[tokio::test]
async fn by_14_the_health_of_the_staff_is_told() {
    let world = World::connected().await;
    let ann = domain::practice::Staff {
        uuid: domain::ids::XpmUuid::parse("a1").unwrap(),
        name: "Ann".into(),
        email: Some("ann@x.example".into()),
    };
    world.ports().practice.put_staff(&crate::world::tenant(), ann);
    world.put("/v1/users/u-1", json!({"name": "Ann", "email": "ann@x.example"})).await.ok();
    assert_eq!(world.get("/v1/users/health").await.ok()["healthy"], true);
    world.put("/v1/users/u-2", json!({"name": "Bob", "email": "bob@x.example"})).await.ok();
    let told = world.get("/v1/users/health").await.ok();
    assert_eq!((&told["healthy"], &told["people"]), (&json!(false), &json!(2)));
    assert_eq!(told["items"][0]["user"]["id"], "u-2");
    assert_eq!(told["items"][0]["reasons"][0]["code"], "staff_unmapped");
}

/// BY-05: per staff member, day and job, what each side has.
#[tokio::test]
async fn by_05_both_sides_are_told_per_staff_day_and_job() {
    let world = World::connected().await;
    let uuid = |it: &str| domain::ids::XpmUuid::parse(it).unwrap();
    let (name, email) = ("Ann".to_owned(), Some("ann@x.example".to_owned()));
    let ann = domain::practice::Staff { uuid: uuid("a1"), name, email };
    world.ports().practice.put_staff(&crate::world::tenant(), ann);
    let sheet = |day: i8, minutes| domain::practice::Timesheet {
        job: domain::ids::JobNumber::parse("J1").unwrap(),
        job_task: uuid("7a"),
        staff: uuid("a1"),
        date: jiff::civil::date(2026, 11, day),
        minutes,
        note: String::new(),
    };
    for (day, minutes) in [(21, 30), (22, 20), (22, 5), (24, 9)] {
        world.ports().practice.put_time(&crate::world::tenant(), sheet(day, minutes));
    }
    world.put("/v1/users/u-1", json!({"name": "Ann", "email": "ann@x.example"})).await.ok();
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    let path = "/v1/reconciliation/time?date_from=2026-11-21&date_to=2026-11-23";
    let told = world.get(path).await.ok();
    let lines: Vec<_> = told["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            let minutes = |name: &str| it[name].as_i64().unwrap();
            (
                text("date"),
                text("job_number"),
                minutes("app_minutes"),
                minutes("xpm_minutes"),
                text("verdict"),
            )
        })
        .collect();
    let line = |day: &str, job: &str, app, xpm, verdict: &str| {
        (day.to_owned(), job.to_owned(), app, xpm, verdict.to_owned())
    };
    assert_eq!(
        lines,
        [
            line("2026-11-21", "J1", 0, 30, "extra"),
            line("2026-11-22", "-", 60, 0, "missing"),
            line("2026-11-22", "J1", 0, 25, "extra"),
        ]
    );
    assert_eq!((&told["app_minutes"], &told["xpm_minutes"]), (&json!(60), &json!(55)));
    assert_eq!(world.get("/v1/reconciliation/time?date_from=2026-11-21").await.status, 400);
}
