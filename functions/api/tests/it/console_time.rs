//! The console's pages of linking and time.

use domain::deadline::Deadline;
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
    shows(&list, &["Ann &#60;b&#62;", next, "Stop the timer.", "Held", "22 Nov 2026"]);
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
