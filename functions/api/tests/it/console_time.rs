//! The console's pages of linking and time.

use domain::deadline::Deadline;
use domain::journal::{Actor, Entry};
use domain::ports::{Kind, Range};
use domain::records;
use domain::time::work::work;
use jiff::SignedDuration;
use serde_json::json;

use crate::console::Browser;
use crate::world::{Answered, World, an_hour, demo};

/// Has the firm's time lane do what it can.
async fn settle(world: &World) {
    for _ in 0..4 {
        world.ports().clock.advance(SignedDuration::from_secs(30));
        work(world.ports(), &demo(), Deadline { at: jiff::Timestamp::MAX }).await.unwrap();
    }
}

#[track_caller]
fn shows(page: &Answered, words: &[&str]) {
    assert_eq!(page.status, 200, "{}", page.text);
    for word in words {
        assert!(page.text.contains(word), "{word} is missing in {}", page.text);
    }
}

#[track_caller]
fn leads(answered: &Answered, to: &str) {
    assert_eq!(answered.status, 303, "{}", answered.text);
    assert_eq!(answered.headers["location"], to);
}

/// Two entries that are held: one whose task was never told, one of a timer that still runs.
async fn held() -> World {
    let world = crate::xpm::filled().await;
    world.put("/v1/users/u-1", json!({"name": "Ann <b>", "email": "ann@x.example"})).await.ok();
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    let running = json!({"user_id": "u-1", "started_at": "2026-11-21T01:00:00Z", "running": true,
        "note": "<script>alert(1)</script>"});
    world.put("/v1/time-entries/e-2", running).await.ok();
    settle(&world).await;
    world
}

#[tokio::test]
async fn by_03_an_entry_says_where_it_stands_why_and_what_to_do_next() {
    let world = held().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let list = browser.get("/console/time?state=held").await;
    let next = "Send the task; the time follows by itself.";
    shows(
        &list,
        &[
            "state=held\" aria-current=\"page\"",
            "Ann &#60;b&#62;",
            next,
            "Stop the timer.",
            "Held",
            "22 Nov 2026",
        ],
    );
    assert!(!list.text.contains("<script>alert"));
    let one = browser.get("/console/time?reason=running").await;
    shows(&one, &["/console/time/entries/e-2", "Retry everything that this holds up"]);
    assert!(!one.text.contains("entries/e-1"));
    shows(&browser.get("/console/time?state=pushed").await, &["No time entries here."]);
    assert_eq!(browser.get("/console/time?state=nonsense").await.status, 400);

    let entry = browser.get("/console/time/entries/e-1").await;
    shows(&entry, &[next, "The task is linked to a job", "Failed", "Not reached", "60 minutes"]);
    assert_eq!(browser.get("/console/time/entries/e-9").await.status, 404);
}

#[tokio::test]
async fn by_06_an_entry_is_tried_again_alone_and_with_others_and_a_late_decision_is_told() {
    let world = held().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let path = "/console/time/entries/e-1";
    leads(&browser.post(&format!("{path}/retry"), "").await, path);
    shows(&browser.get(path).await, &["It is tried again soon.", "Pending"]);
    leads(&browser.post(&format!("{path}/choose"), "xpm_uuid=none").await, path);
    shows(&browser.get(path).await, &["Nothing about this entry waits for that decision"]);

    settle(&world).await;
    let back = "back=%2Fconsole%2Ftime%3Fstate%3Dheld";
    let many = format!("do=retry&id=e-1&id=e-2&{back}");
    leads(&browser.post("/console/time/many", &many).await, "/console/time?state=held");
    shows(&browser.get("/console/time").await, &["2 to be tried again."]);
    let away = "do=retry&back=https%3A%2F%2Fevil.example";
    leads(&browser.post("/console/time/many", away).await, "/console/time");
}

#[tokio::test]
async fn by_04_the_rows_of_the_summary_add_up_to_what_was_received() {
    let world = held().await;
    let browser = Browser::of_ann(&world).await;
    let page = browser.get("/console/time/summary?from=2026-11-01&to=2026-11-30").await;
    shows(&page, &["Received", "state=held&#38;reason=task_unknown&#38;from=2026-11-01"]);
    let numbers = |cell: &str| -> Vec<i64> {
        let label = format!("data-label=\"{cell}\">");
        let cells = page.text.split(&label).skip(1);
        cells.map(|it| it.split('<').next().unwrap().parse().unwrap()).collect()
    };
    for cell in ["Entries", "Minutes", "Minutes in XPM"] {
        let (all, rows) = numbers(cell).split_last().map(|it| (*it.0, it.1.to_vec())).unwrap();
        assert_eq!((rows.len(), rows.iter().sum::<i64>()), (2, all), "{cell}");
    }
    assert_eq!(numbers("Entries").last(), Some(&2));
}

#[tokio::test]
async fn xb_12_a_process_is_mapped_to_an_xpm_task_by_name_and_a_wrong_name_is_not_lost() {
    let world = crate::xpm::filled().await;
    world.put("/v1/processes/p-1", json!({"name": "Yearly & more"})).await.ok();
    let browser = Browser::of_ann(&world).await.ready().await;
    let list = browser.get("/console/linking").await;
    shows(&list, &["Yearly &#38; more", "Select XPM task", "XPM’s tasks as of"]);
    let path = "/console/linking/processes/p-1";
    shows(&browser.get(path).await, &["<option value=\"Accounts\">", "0 link(s)"]);

    let wrong = browser.post(&format!("{path}/map"), "xpm_task=Nonsense").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("value=\"Nonsense\""), "{}", wrong.text);
    assert!(wrong.text.contains("XPM has no task of this name"));
    assert_eq!(world.get("/v1/processes/p-1").await.ok()["xpm_task_uuid"], json!(null));

    leads(&browser.post(&format!("{path}/map"), "xpm_task=accounts").await, path);
    assert_eq!(world.get("/v1/processes/p-1").await.ok()["xpm_task_uuid"], "a1");
    shows(&browser.get(&format!("{path}?preview=1")).await, &["Nothing here would change."]);
    let range = Range::of(&demo(), Kind::Journal, "process/", 50);
    let (told, _) = records::page::<Entry>(&world.ports().store, &range).await.unwrap();
    assert_eq!(told.last().unwrap().record.actor, Actor::Person("ann@example.com".into()));

    leads(&browser.post("/console/linking/refresh", "").await, "/console/linking");
    shows(&browser.get("/console/linking").await, &["XPM was asked again."]);
    leads(&browser.post("/console/linking/refresh", "").await, "/console/linking");
    shows(&browser.get("/console/linking").await, &["Wait half a minute"]);
}

#[tokio::test]
async fn xb_54_a_task_is_linked_unlinked_and_allowed_again_by_hand_alone_and_with_others() {
    let world = crate::xpm::filled().await;
    for (id, name) in [("t-1", "Accounts"), ("t-2", "Tax")] {
        world.put(&format!("/v1/tasks/{id}"), json!({"name": name})).await.ok();
    }
    let browser = Browser::of_ann(&world).await.ready().await;
    let path = "/console/linking/tasks/t-1";
    let state =
        async |id: &str| world.get(&format!("/v1/tasks/{id}")).await.ok()["link"]["state"].clone();
    shows(&browser.get(path).await, &["Why not?", "There is nothing to choose from here."]);
    let choice = browser.get(&format!("{path}?job=J1")).await;
    shows(&choice, &["value=\"f1 J1\"", "J1 Accounts 2025: Accounts"]);
    leads(&browser.post(&format!("{path}/link"), "place=f9+J1").await, path);
    shows(&browser.get(path).await, &["XPM does not have that task on that job"]);
    leads(&browser.post(&format!("{path}/link"), "place=f1+J1").await, path);
    shows(&browser.get(path).await, &["Linked to job J1.", "Linked by hand", "Unlink"]);
    assert_eq!(state("t-1").await, "manual");
    shows(&browser.get(&format!("{path}/move")).await, &["There is nothing to move."]);

    for id in ["t-1", "t-2"] {
        let path = format!("/console/linking/tasks/{id}");
        leads(&browser.post(&format!("{path}/unlink"), "").await, &path);
    }
    let list = browser.get("/console/linking/tasks?state=unmapped_by_user&q=TA").await;
    shows(&list, &["Tax", "Allow auto-link for ticked"]);
    assert!(!list.text.contains("tasks/t-1"));
    leads(&browser.post(&format!("{path}/allow"), "").await, path);
    assert_eq!(state("t-1").await, "never");
    let many = "id=t-1&id=t-2";
    leads(&browser.post("/console/linking/tasks/allow", many).await, "/console/linking/tasks");
    shows(&browser.get("/console/linking/tasks").await, &["1 of 2 ticked tasks"]);
    assert_eq!(state("t-2").await, "never");
    assert_eq!(browser.get("/console/linking/tasks/t-9").await.status, 404);
}

#[tokio::test]
async fn by_06_everything_that_a_cause_holds_up_is_tried_again_from_the_issues() {
    let world = held().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let issues = browser.get("/console/time/issues").await;
    shows(&issues, &["/console/time?reason=task_unknown", "value=\"task_unknown\""]);
    let path = "/console/time/issues/redrive";
    assert_eq!(browser.post(path, "cause=nonsense").await.status, 400);
    world.put("/v1/tasks/t-1", json!({"name": "A"})).await.ok();
    leads(&browser.post(path, "cause=task_unknown").await, "/console/time/issues");
    settle(&world).await;
    let issues = browser.get("/console/time/issues").await;
    assert!(!issues.text.contains("task_unknown"), "{}", issues.text);
    shows(&issues, &["is tried again", "The task is not linked to an XPM job."]);
}

#[tokio::test]
async fn by_05_both_sides_are_compared_and_a_line_is_put_right_as_it_was_shown() {
    let world = crate::reconciliation::filled().await;
    world.put("/v1/tasks/t-1", json!({"name": "A"})).await.ok();
    world.ports().clock.advance(SignedDuration::from_secs(1));
    let place = json!({"job_number": "J1", "job_task_uuid": "f1"});
    world.put("/v1/tasks/t-1/link", place).await.ok();
    world.ports().practice.allow_unassigned(true);
    crate::reconciliation::settle(&world).await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let days = "from=2026-11-21&to=2026-11-23";
    let page = browser.get(&format!("/console/time/reconciliation?{days}")).await;
    shows(&page, &["=Ann", "60", "25", "Put right", "Download as CSV"]);
    let file = format!("/console/time/reconciliation/time-reconciliation.csv?{days}");
    let table = browser.get(&file).await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    assert!(table.text.contains("\"'=Ann\""), "{}", table.text);

    world.ports().clock.advance(SignedDuration::from_secs(10));
    let line = "staff=d1&day=2026-11-22&job=J1";
    let path = "/console/time/reconciliation-line";
    let preview = browser.get(&format!("{path}?{line}")).await;
    shows(&preview, &["It is booked", "Recorded in XPM itself", "25 minutes"]);
    let uuid = preview.text.split("name=\"remove\" value=\"").nth(1).unwrap();
    let uuid = uuid.split('"').next().unwrap();
    let late = browser.post(path, &format!("{line}&app=60&xpm=20")).await;
    leads(&late, &format!("{path}?{line}"));
    world.ports().clock.advance(SignedDuration::from_secs(10));
    shows(&browser.get(&format!("{path}?{line}")).await, &["the line has changed"]);
    let done = format!("{line}&app=60&xpm=25&remove={uuid}");
    leads(&browser.post(path, &done).await, "/console/time/reconciliation");
    crate::reconciliation::settle(&world).await;
    let held = world.ports().practice.times_now(&crate::world::tenant());
    assert_eq!(held.iter().map(|it| it.sheet.minutes).collect::<Vec<_>>(), [60]);
}
