//! Both sides' time as a table, and a line put right.

use domain::deadline::Deadline;
use domain::ids::{JobNumber, XpmUuid};
use domain::practice::{Staff, Timesheet};
use domain::time::work::work;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};

use crate::world::{World, an_hour, demo, tenant};

const DAYS: &str = "date_from=2026-11-21&date_to=2026-11-23";

/// BY-05: the table says what the report says, and no name in it is a formula.
#[tokio::test]
async fn by_05_the_report_comes_as_a_table() {
    let world = filled().await;
    let table = world.get(&format!("/v1/reconciliation/time.csv?{DAYS}")).await;
    assert_eq!(table.status, 200);
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let rows: Vec<&str> = table.text.split("\r\n").collect();
    assert_eq!(
        rows,
        [
            "staff_uuid,staff_name,date,job_number,app_minutes,xpm_minutes,verdict,entries",
            "d1,\"'=Ann\",2026-11-22,,60,0,missing,e-1",
            "d1,\"'=Ann\",2026-11-22,J1,0,25,extra,",
            "",
        ]
    );
}

/// BY-05: more than a year is not compared at once, in neither form.
#[tokio::test]
async fn by_05_a_window_over_a_year_is_refused() {
    let world = filled().await;
    for path in ["/v1/reconciliation/time", "/v1/reconciliation/time.csv"] {
        for (from, to, status) in [
            ("2026-11-22", "2027-11-22", 200),
            ("2026-11-22", "2027-11-23", 400),
            ("2026-11-22", "2026-11-21", 400),
        ] {
            world.ports().clock.advance(SignedDuration::from_secs(10));
            let answer = world.get(&format!("{path}?date_from={from}&date_to={to}")).await;
            assert_eq!(answer.status, status, "{path} {from} {to}");
        }
    }
}

/// BY-05, XB-79: a line is put right as it was shown; only what is named is taken out of XPM.
#[tokio::test]
async fn by_05_a_line_is_put_right_by_one_call() {
    let world = filled().await;
    world.put("/v1/tasks/t-1", json!({"name": "A"})).await.ok();
    world.ports().clock.advance(SignedDuration::from_secs(1));
    let place = json!({"job_number": "J1", "job_task_uuid": "f1"});
    world.put("/v1/tasks/t-1/link", place).await.ok();
    world.ports().practice.allow_unassigned(true);
    let line = json!({"staff_uuid": "d1", "date": "2026-11-22", "job_number": "J1"});

    settle(&world).await;
    let shown = repair(&world, &line, json!({"preview": true})).await.ok();
    assert_eq!((&shown["app_minutes"], &shown["xpm_minutes"]), (&json!(60), &json!(25)));
    assert_eq!(shown["entries"][0]["step"], "push");
    let stranger = shown["extra"][0]["xpm_uuid"].clone();

    let late = repair(&world, &line, json!({"app_minutes": 60, "xpm_minutes": 20})).await;
    assert_eq!(late.problem(), (409, "line_moved"));
    let wrong = json!({"app_minutes": 60, "xpm_minutes": 25, "remove": ["ff"]});
    let wrong = repair(&world, &line, wrong).await;
    assert_eq!((wrong.status.as_u16(), wrong.places()), (422, vec!["/remove/0"]));
    let bare = world.post("/v1/reconciliation/time/repair", json!({})).await;
    assert_eq!(bare.places(), ["/app_minutes", "/date", "/staff_uuid", "/xpm_minutes"]);

    let done = json!({"app_minutes": 60, "xpm_minutes": 25, "remove": [stranger]});
    let done = repair(&world, &line, done).await.ok();
    assert_eq!((&done["preview"], &done["extra"][0]["removed"]), (&json!(false), &json!(true)));
    settle(&world).await;
    let minutes: Vec<i64> =
        world.ports().practice.times_now(&tenant()).iter().map(|it| it.sheet.minutes).collect();
    assert_eq!(minutes, [60]);
}

/// BY-05: nothing is put right while XPM cannot be asked.
#[tokio::test]
async fn by_05_without_a_connection_no_line_is_put_right() {
    let world = World::new().await;
    let line = json!({"staff_uuid": "d1", "date": "2026-11-22"});
    let answer = repair(&world, &line, json!({"preview": true})).await;
    assert_eq!(answer.problem(), (409, "not_connected"));
}

async fn repair(world: &World, line: &Value, with: Value) -> crate::world::Answered {
    world.ports().clock.advance(SignedDuration::from_secs(10));
    let mut body = line.clone();
    body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    world.post("/v1/reconciliation/time/repair", body).await
}

pub(crate) async fn settle(world: &World) {
    for _ in 0..10 {
        world.ports().clock.advance(SignedDuration::from_secs(30));
        let deadline = Deadline { at: jiff::Timestamp::MAX };
        work(world.ports(), &demo(), deadline).await.unwrap();
    }
}

/// An hour of Ann's that XPM does not have, beside 25 minutes that only XPM has.
pub(crate) async fn filled() -> World {
    let world = crate::xpm::filled().await;
    let uuid = |it: &str| XpmUuid::parse(it).unwrap();
    let (name, email) = ("=Ann".to_owned(), Some("ann@x.example".to_owned()));
    world.ports().practice.put_staff(&tenant(), Staff { uuid: uuid("d1"), name, email });
    let sheet = Timesheet {
        job: JobNumber::parse("J1").unwrap(),
        job_task: uuid("f1"),
        staff: uuid("d1"),
        date: date(2026, 11, 22),
        minutes: 25,
        note: String::new(),
    };
    world.ports().practice.put_time(&tenant(), sheet);
    world.put("/v1/users/u-1", json!({"name": "Ann", "email": "ann@x.example"})).await.ok();
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    world
}
