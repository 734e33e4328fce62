//! The main job: a signed webhook becomes exactly one time entry on the right job.

use local::stack::Runner;
use reqwest::Method;
use serde_json::{Value, json};
use xpm_sim::Fault;

use crate::stage::{Stage, binaries};
use crate::world::{Work, booked};

const NOTE: &str = "reconciled the bank";

#[tokio::test(flavor = "multi_thread")]
async fn xb_70_a_signed_webhook_becomes_one_entry_on_the_right_job() {
    an_hour_arrives(Runner::InProcess).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xb_70_the_real_binaries_do_the_same() {
    an_hour_arrives(Runner::Processes(binaries())).await;
}

/// XB-10, XB-21, XB-60, XB-70 to XB-73.
async fn an_hour_arrives(runner: Runner) {
    an_hour_on(&Stage::ready(runner).await).await;
}

pub(crate) async fn an_hour_on(stage: &Stage) {
    let user = &stage.user;
    let work = Work::find(user).await;
    work.set_up(user).await;

    let link = user.get("/v1/tasks/t-1").await["link"].clone();
    assert_eq!(link["job_number"], work.job.as_str());
    assert_eq!(link["job_task_uuid"], work.job_task.as_str());

    assert_eq!(user.deliver("time_entry.updated", work.hour("e-1")).await, 202);
    user.until("the entry", async || !booked(user, NOTE).await.is_empty()).await;
    user.until("the push", async || {
        user.get("/v1/time-entries/e-1").await["push"]["state"] == "pushed"
    })
    .await;

    let entries = booked(user, NOTE).await;
    assert_eq!(entries.len(), 1);
    for (field, expected) in [
        ("job", json!(work.job)),
        ("job_task_uuid", json!(work.job_task)),
        ("staff_uuid", json!(work.staff)),
        ("date", json!("2026-11-20")),
        ("minutes", json!(60)),
    ] {
        assert_eq!(entries[0][field], expected, "{field}");
    }
    let push = user.get("/v1/time-entries/e-1").await["push"].clone();
    assert_eq!(push["xpm_uuid"], entries[0]["uuid"]);
}

/// XB-76 to XB-78, G12: ten times each, shuffled with an edit and a deletion.
#[tokio::test(flavor = "multi_thread")]
async fn g12_shuffled_and_repeated_deliveries_have_one_effect() {
    let stage = Stage::ready(Runner::InProcess).await;
    let user = &stage.user;
    let work = Work::find(user).await;
    work.set_up(user).await;

    let first = with(work.hour("e-1"), json!({ "version": 1 }));
    let edit = with(work.hour("e-1"), json!({ "version": 2, "seconds": 5400 }));
    let doomed = with(work.hour("e-2"), json!({ "version": 1 }));
    for round in 0..10 {
        let mut events = vec![
            ("time_entry.updated", first.clone()),
            ("time_entry.deleted", json!({ "id": "e-2", "version": 2 })),
            ("time_entry.updated", edit.clone()),
            ("time_entry.updated", doomed.clone()),
        ];
        events.rotate_left(round % 4);
        for (kind, data) in events {
            assert_eq!(user.deliver(kind, data).await, 202);
        }
    }
    user.until("the edit", async || {
        let entry = user.get("/v1/time-entries/e-1").await;
        entry["push"]["state"] == "pushed" && entry["push"]["pushed_version"] == 2
    })
    .await;
    user.until("the deletion", async || {
        user.get("/v1/time-entries/e-2").await["push"]["state"] == "deleted"
    })
    .await;
    let minutes: Vec<Value> =
        booked(user, NOTE).await.iter().map(|it| it["minutes"].clone()).collect();
    assert_eq!(minutes, [json!(90)]);
}

/// XB-81, G2, G4: XPM books it and drops the connection; it is found again. Twins are both kept.
#[tokio::test(flavor = "multi_thread")]
async fn g02_an_answer_lost_on_the_wire_leaves_one_entry_and_twins_are_kept() {
    let stage = Stage::ready(Runner::InProcess).await;
    let work = Work::find(&stage.user).await;
    work.set_up(&stage.user).await;
    an_answer_is_lost_on(&stage, ["e-1", "e-2"], 0).await;
}

/// One more hour whose answer is lost, and its twin, where XPM holds so many like them already.
pub(crate) async fn an_answer_is_lost_on(stage: &Stage, ids: [&str; 2], before: usize) {
    let user = &stage.user;
    let work = Work::find(user).await;
    stage.simulator().set_faults(vec![drop_after_commit()]);
    for (id, expected) in ids.into_iter().zip(before + 1..) {
        assert_eq!(user.deliver("time_entry.updated", work.hour(id)).await, 202);
        let path = format!("/v1/time-entries/{id}");
        user.until("the push", async || user.get(&path).await["push"]["state"] == "pushed").await;
        assert_eq!(booked(user, NOTE).await.len(), expected);
    }
}

/// KB-29: a second sync reads everything and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn kb_29_a_second_sync_changes_nothing() {
    let stage = Stage::ready(Runner::InProcess).await;
    let user = &stage.user;
    let before = user.all("/v1/contacts").await;
    let first = user.get("/v1/syncs").await["items"][0].clone();
    let created = first["counts"]["created"].as_u64().unwrap();
    assert_eq!(created, before.len() as u64);

    let (status, run) =
        user.call(Method::POST, "/v1/syncs", Some(json!({ "mode": "apply" }))).await;
    assert_eq!(status, 202, "{run}");
    let path = format!("/v1/syncs/{}", run["id"].as_str().unwrap());
    user.until("the second sync", async || user.get(&path).await["state"] == "done").await;
    let counts = user.get(&path).await["counts"].clone();
    for nothing in ["matched", "created", "updated", "partial", "failed"] {
        assert_eq!(counts[nothing], 0, "{nothing}: {counts}");
    }
    assert_eq!(user.all("/v1/contacts").await, before);
}

/// KB-30, KB-31, KB-32: what became of each business structure.
#[tokio::test(flavor = "multi_thread")]
async fn kb_30_individuals_become_people_and_all_others_organisations() {
    let stage = Stage::ready(Runner::InProcess).await;
    let user = &stage.user;
    let ledger = user.ledger().await;
    let matches = user.all("/v1/matches?state=matched").await;
    let contacts = user.all("/v1/contacts").await;
    let mut seen = 0;
    for client in ledger["clients"].as_array().unwrap() {
        let Some(found) = matches.iter().find(|it| it["xpm"]["uuid"] == client["uuid"]) else {
            continue;
        };
        let contact = contacts.iter().find(|it| it["id"] == found["contact"]["id"]).unwrap();
        let structure = client["business_structure"].as_str().unwrap_or_default();
        let person = ["Individual", "Sole Trader"].contains(&structure);
        let kind = if person { "person" } else { "organisation" };
        assert_eq!(contact["kind"], kind, "{client}");
        seen += 1;
    }
    assert!(seen >= 40, "only {seen} clients were matched");
}

fn drop_after_commit() -> Fault {
    let fault = json!({
        "match": { "method": "POST", "path": "time.api/add" },
        "times": 1,
        "kind": "reset_after_commit",
    });
    serde_json::from_value(fault).unwrap()
}

fn with(mut data: Value, more: Value) -> Value {
    let (Some(data_fields), Some(more)) = (data.as_object_mut(), more.as_object()) else {
        panic!("both are objects")
    };
    data_fields.extend(more.clone());
    data
}
