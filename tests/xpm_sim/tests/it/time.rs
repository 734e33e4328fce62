//! BY-12: time entries.

use xpm_sim::{Assignment, Knobs};

use crate::world::{World, world};

fn turn(world: &World, change: impl FnOnce(&mut Knobs)) {
    let mut knobs = world.simulator.control().knobs();
    change(&mut knobs);
    world.simulator.control().set_knobs(knobs).unwrap();
}

/// BY-12, must-have 7.
#[tokio::test]
async fn by_12_time_is_filed_on_a_job_task_and_knows_no_client() {
    let world = world().await;
    let job = world.open_job().await;
    let before = world.get("job.api/get/J000001").await.one("Job/Tasks/Task/ActualMinutes");
    let time = world.post("time.api/add", &World::timesheet(&job, 90)).await;
    assert_eq!(time.one("Time/Job/ID"), job.0);
    assert_eq!(time.one("Time/Task/UUID"), job.1);
    assert_eq!(time.one("Time/Staff/UUID"), job.2);
    assert_eq!(time.one("Time/Date"), "2026-11-20T00:00:00");
    assert_eq!(time.one("Time/Note"), "Checked & filed");
    assert!(!time.text.contains("Client"));
    let after = world.get("job.api/get/J000001").await.one("Job/Tasks/Task/ActualMinutes");
    assert_eq!(after.parse::<i64>().unwrap(), before.parse::<i64>().unwrap() + 90);

    let entries = world.ledger()["time_entries"].as_array().unwrap().clone();
    let entry = entries.iter().find(|it| it["uuid"] == time.one("Time/UUID").as_str()).unwrap();
    assert_eq!(entry["job"], "J000001");
    assert_eq!(entry["job_task_uuid"], job.1.as_str());
    assert_eq!(entry["date"], "2026-11-20");
    assert_eq!(entry["minutes"], 90);
    assert_eq!(entry["note"], "Checked & filed");
}

/// BY-12, must-have 7.
#[tokio::test]
async fn by_12_the_task_type_is_not_the_job_task() {
    let world = world().await;
    let (number, _, staff) = world.open_job().await;
    let kind = world.get("job.api/get/J000001").await.one("Job/Tasks/Task/TaskUUID");
    let refused = world.post("time.api/add", &World::timesheet(&(number, kind, staff), 6)).await;
    assert_eq!(refused.one("ErrorDescription"), "Invalid task identifier");
}

/// BY-12, must-have 7.
#[tokio::test]
async fn by_12_the_same_entry_filed_twice_is_two_entries() {
    let world = world().await;
    let job = world.open_job().await;
    let first = world.post("time.api/add", &World::timesheet(&job, 6)).await.one("Time/UUID");
    let second = world.post("time.api/add", &World::timesheet(&job, 6)).await.one("Time/UUID");
    assert_ne!(first, second);
    let listed = world.get("time.api/job/J000001?from=20261120&to=20261120").await;
    assert_eq!(listed.all("Times/Time/UUID").len(), 2);
}

/// BY-12, must-have 7.
#[tokio::test]
async fn by_12_minutes_may_be_negative_and_follow_from_start_and_end() {
    let world = world().await;
    let job = world.open_job().await;
    let time = world.post("time.api/add", &World::timesheet(&job, -30)).await;
    assert_eq!(time.one("Time/Minutes"), "-30");
    assert!(time.all("Time/Start").is_empty());
    let (number, task, staff) = &job;
    let clocked = world
        .post(
            "time.api/add",
            &format!(
                "<Timesheet><Job>{number}</Job><TaskUUID>{task}</TaskUUID>\
                 <StaffUUID>{staff}</StaffUUID><Date>20261120</Date>\
                 <Start>09:05</Start><End>10:00</End></Timesheet>"
            ),
        )
        .await;
    assert_eq!(clocked.one("Time/Minutes"), "55");
    assert_eq!(clocked.one("Time/Start"), "09:05");
}

/// BY-12, must-have 7: what nobody knows for certain is refused unless switched.
#[tokio::test]
async fn by_12_time_of_staff_who_are_not_assigned_is_refused_unless_switched() {
    let world = world().await;
    let (number, task, _) = world.open_job().await;
    let staff = world.get("staff.api/list").await.all("StaffList/Staff/UUID")[0].clone();
    let body = World::timesheet(&(number, task, staff), 6);
    assert_eq!(world.post("time.api/add", &body).await.one("Status"), "ERROR");
    turn(&world, |it| it.staff_assignment = Assignment::None);
    assert_eq!(world.post("time.api/add", &body).await.one("Status"), "OK");
}

/// BY-12, must-have 7.
#[tokio::test]
async fn by_12_closed_jobs_and_locked_periods_take_no_time_unless_switched() {
    let world = world().await;
    let job = world.open_job().await;
    let body = World::timesheet(&job, 6);
    turn(&world, |it| it.locked_before = Some("2026-11-21".parse().unwrap()));
    assert_eq!(world.post("time.api/add", &body).await.one("Status"), "ERROR");
    turn(&world, |it| it.locked_before = None);
    let done = "<Job><ID>J000001</ID><State>COMPLETED</State></Job>";
    world.put("job.api/state", done).await;
    assert_eq!(world.post("time.api/add", &body).await.one("Status"), "ERROR");
    turn(&world, |it| it.refuse_closed_jobs = false);
    assert_eq!(world.post("time.api/add", &body).await.one("Status"), "OK");
}

/// BY-12, must-have 7.
#[tokio::test]
async fn by_12_an_invoiced_entry_is_frozen_unless_switched() {
    let world = world().await;
    turn(&world, |it| it.refuse_closed_jobs = false);
    turn(&world, |it| it.refuse_completed_tasks = false);
    let entries = world.ledger()["time_entries"].as_array().unwrap().clone();
    let invoiced = entries.iter().find(|it| it["invoice_task_uuid"].is_string()).unwrap();
    let uuid = invoiced["uuid"].as_str().unwrap();
    let change = format!("<Timesheet><UUID>{uuid}</UUID><Minutes>7</Minutes></Timesheet>");
    assert_eq!(world.put("time.api/update", &change).await.one("Status"), "ERROR");
    let delete = format!("time.api/delete/{uuid}");
    assert_eq!(world.delete(&delete).await.one("Status"), "ERROR");
    turn(&world, |it| it.freeze_invoiced = false);
    let changed = world.put("time.api/update", &change).await;
    assert_eq!(changed.one("Time/Minutes"), "7");
    assert!(!changed.one("Time/InvoiceTaskUUID").is_empty());
    let gone = world.delete(&delete).await;
    assert_eq!(gone.text, "<Response api-method=\"Delete\"><Status>OK</Status></Response>");
}

#[tokio::test]
async fn entries_are_listed_by_their_own_date() {
    let world = world().await;
    let job = world.open_job().await;
    let uuid = world.post("time.api/add", &World::timesheet(&job, 6)).await.one("Time/UUID");
    let staff = &job.2;
    for path in ["time.api/list".to_owned(), format!("time.api/staff/{staff}")] {
        let day = world.get(&format!("{path}?from=20261120&to=20261120")).await;
        assert_eq!(day.all("Times/Time/UUID"), [uuid.as_str()], "{path}");
        let next = world.get(&format!("{path}?from=20261121&to=20261122")).await;
        assert!(next.all("Times/Time/UUID").is_empty(), "{path}");
    }
}
