//! The function's events: wakes from the queue, and the minute's sweep.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use domain::connection::{Connection, Organisation, State, tokens};
use domain::desired::Stamp;
use domain::firm::{FIRM, Firm, Settings};
use domain::ids::{EntryId, FirmId, JobNumber, TaskId, TenantId, UserId, XpmUuid};
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::linking::task::{self, Place, Task, TaskKind};
use domain::ports::{Clock, Lane, Lanes, Store, Wake};
use domain::records;
use domain::time::entry::{EntryRecord, TimeEntry, When};
use domain::time::intake;
use domain::time::push;
use domain::time::user::{self, User};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use memory::practice::{Method, Trouble};
use memory::{Lines, MemoryPorts};
use runtime::metrics::Meter;
use runtime::telemetry::subscriber;
use serde_json::{Value, json};
use time_push::handle;
use tracing::subscriber::set_global_default;

#[tokio::test]
async fn xb_70_a_wake_has_the_firms_time_pushed() {
    let ports = ready().await;
    record(&ports, "e-1").await;
    assert_eq!(ports.practice.times_now(&tenant()).len(), 0);
    let answer = handle(&ports, event(&ports, queue(&[wake("demo")]))).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let booked = ports.practice.times_now(&tenant());
    assert_eq!(booked.iter().map(|it| it.sheet.minutes).collect::<Vec<_>>(), [60]);
    assert_eq!(pushed(&ports, "e-1").await, push::State::Confirmed);
}

#[tokio::test]
async fn g12_a_firm_woken_many_times_books_its_time_once() {
    let ports = ready().await;
    record(&ports, "e-1").await;
    let wakes = vec![wake("demo"); 10];
    for _ in 0..3 {
        let answer = handle(&ports, event(&ports, queue(&wakes))).await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
    assert_eq!(ports.practice.times_now(&tenant()).len(), 1);
}

/// G14: what cannot be read goes back by itself; a wake carries the firm and the lane, and no data.
#[tokio::test]
async fn g14_an_unreadable_message_returns_alone() {
    let ports = ready().await;
    record(&ports, "e-1").await;
    let more = json!({"firm": "demo", "lane": "time", "entry": "e-1"}).to_string();
    let bodies = [
        "unreadable".to_owned(),
        json!({"firm": "No Firm", "lane": "time"}).to_string(),
        wake("demo"),
        json!({"firm": "demo", "lane": "tea"}).to_string(),
        more,
        String::new(),
    ];
    let answer = handle(&ports, event(&ports, queue(&bodies))).await.unwrap();
    let returned = ["m-0", "m-1", "m-3", "m-4", "m-5"];
    let returned: Vec<Value> = returned.iter().map(|it| json!({"itemIdentifier": it})).collect();
    assert_eq!(answer, json!({"batchItemFailures": returned}));
    assert_eq!(ports.practice.times_now(&tenant()).len(), 1);
}

/// G15: one firm that cannot be worked keeps no other one waiting.
#[tokio::test]
async fn g14_a_firm_that_cannot_be_worked_returns_and_the_next_is_worked() {
    let ports = ready().await;
    record(&ports, "e-1").await;
    ports.store.fail_reads(1);
    let bodies = [wake("another"), wake("demo")];
    let answer = handle(&ports, event(&ports, queue(&bodies))).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m-0"}]}));
    assert_eq!(ports.practice.times_now(&tenant()).len(), 1);

    // It is in order when it comes again: nothing is known of the firm, so nothing is to be done.
    let again = handle(&ports, event(&ports, queue(&[wake("another")]))).await.unwrap();
    assert_eq!(again, json!({"batchItemFailures": []}));
}

/// G16: the sweep finds what no message told of.
#[tokio::test]
async fn g16_the_sweep_wakes_the_firms_that_are_due() {
    let ports = ready().await;
    let sweep = json!({"source": "tandem.schedule", "detail-type": "sweep"});
    ports.clock.advance(SignedDuration::from_mins(5));
    let wakes = async |ports: &MemoryPorts| {
        let answer = handle(ports, event(ports, sweep.clone())).await.unwrap();
        let taken = ports.wakes.take();
        assert_eq!(answer, json!({"woken": taken.len()}));
        taken
    };
    // What the set-up marked is worked off first.
    for wake in wakes(&ports).await {
        let body = serde_json::to_string(&wake).unwrap();
        handle(&ports, event(&ports, queue(&[body]))).await.unwrap();
    }
    ports.clock.advance(SignedDuration::from_mins(5));
    for wake in wakes(&ports).await {
        let body = serde_json::to_string(&wake).unwrap();
        handle(&ports, event(&ports, queue(&[body]))).await.unwrap();
    }
    assert_eq!(wakes(&ports).await, []);

    record(&ports, "e-1").await;
    let due = wakes(&ports).await;
    assert_eq!(due, [Wake { firm: firm(), lane: Lane::Time }]);
    // The wake as it is sent is a wake that can be read.
    let body = serde_json::to_string(&due[0]).unwrap();
    handle(&ports, event(&ports, queue(&[body]))).await.unwrap();
    assert_eq!(pushed(&ports, "e-1").await, push::State::Confirmed);
    // Only this function's lane is swept.
    ports.store.mark(&firm(), Lane::Contacts, ports.clock.now()).await.unwrap();
    assert!(wakes(&ports).await.iter().all(|it| it.lane == Lane::Time));
}

/// P3: with no time left nothing is begun that may not end, and nothing is lost.
#[tokio::test]
async fn g07_without_time_left_nothing_is_sent() {
    let ports = ready().await;
    record(&ports, "e-1").await;
    let mut late = event(&ports, queue(&[wake("demo")]));
    late.context.deadline = u64::try_from(ports.clock.now().as_millisecond() + 3_000).unwrap();
    handle(&ports, late).await.unwrap();
    assert_eq!(ports.practice.times_now(&tenant()).len(), 0);
    assert!(ports.store.look(&firm(), Lane::Time).await.unwrap().due_at.is_some());
    handle(&ports, event(&ports, queue(&[wake("demo")]))).await.unwrap();
    assert_eq!(ports.practice.times_now(&tenant()).len(), 1);
}

#[tokio::test]
async fn a_sweep_that_cannot_read_the_tables_fails_aloud() {
    let ports = ready().await;
    ports.store.fail_reads(1);
    let sweep = json!({"source": "tandem.schedule", "detail-type": "sweep"});
    let error = handle(&ports, event(&ports, sweep)).await.unwrap_err();
    assert_eq!(error.error_type, "Down");
}

#[tokio::test]
async fn g14_an_event_of_another_kind_is_malformed() {
    let ports = ready().await;
    let nameless = json!({"Records": [{"body": wake("demo"), "eventSource": "aws:sqs"}]});
    for strange in [json!({}), json!({"source": "aws.events"}), nameless] {
        let error = handle(&ports, event(&ports, strange.clone())).await.unwrap_err();
        assert_eq!(error.error_type, "Malformed", "{strange}");
    }
}

/// One entry is taken, one is refused, one gets no answer and is then found missing for too long.
#[tokio::test]
async fn what_became_of_pushes_can_be_read_from_the_metrics() {
    let ports = ready().await;
    let lines = counting();
    let push = async |id: &str, trouble: Option<Trouble>| {
        if let Some(trouble) = trouble {
            ports.practice.fail_next(Method::AddTime, trouble);
        }
        record(&ports, id).await;
        handle(&ports, event(&ports, queue(&[wake("demo")]))).await.unwrap();
    };
    push("e-1", None).await;
    push("e-2", Some(Trouble::Refused(400, "no".into()))).await;
    push("e-3", Some(Trouble::Uncertain)).await;
    let told = ["PushesConfirmed", "PushesRejected", "PushesUncertain", "CallsRefused"];
    assert_eq!(told.map(|it| lines.sum(it)), [1; 4]);
    assert_eq!((lines.sum("CallsUncertain"), lines.sum("WakesWorked")), (1, 3));
    assert_eq!(lines.sum("PushesLongUnknown"), 0);

    ports.clock.advance(SignedDuration::from_mins(11));
    handle(&ports, event(&ports, queue(&[wake("demo")]))).await.unwrap();
    assert!(lines.sum("PushesLongUnknown") > 0);
    assert_eq!(lines.sum("CallsOnReserve"), 0);
    assert!(!lines.all().concat().contains("demo"));
}

#[tokio::test]
async fn that_only_the_reserve_is_left_can_be_read_from_the_metrics() {
    let ports = ready().await;
    let kept = records::get::<Firm>(&ports.store, &firm(), FIRM).await.unwrap().unwrap();
    let mut it = kept.record;
    it.settings.budget.reserved_per_day = it.settings.budget.per_day;
    let change = records::put(&firm(), &it, Some(kept.version)).unwrap();
    let _ = ports.store.commit(vec![change]).await.unwrap();
    let lines = counting();
    record(&ports, "e-1").await;
    handle(&ports, event(&ports, queue(&[wake("demo")]))).await.unwrap();
    assert_eq!(lines.sum("PushesConfirmed"), 1);
    assert!(lines.sum("CallsOnReserve") > 0);
}

/// A firm that is connected, with a person and a task linked to a job.
async fn ready() -> MemoryPorts {
    let ports = MemoryPorts::default();
    let now = ports.clock.now();
    let settings = Settings {
        region: Some("AU".into()),
        time_zone: Some("Australia/Sydney".into()),
        ..Settings::default()
    };
    let it = Firm { id: firm(), name: "Demo".into(), settings, webhook_secrets: vec![] };
    let connection = Connection {
        state: State::Connected,
        organisation: Some(Organisation { tenant: tenant(), name: "Demo".into() }),
        first_sync_at: Some(now),
        changed_at: None,
        ..Connection::default()
    };
    let changes = vec![
        records::put(&firm(), &it, None).unwrap(),
        records::put(&firm(), &connection, None).unwrap(),
    ];
    let _ = ports.store.commit(changes).await.unwrap();
    ports.identity.connect("ann", &tenant(), "Demo");
    tokens::keep(&ports, &firm(), &ports.identity.grant("ann")).await.unwrap();
    ports.practice.check_tokens(&ports.identity);
    ports.practice.allow_unassigned(true);
    let staff = json!({"uuid": "5701", "name": "Ann", "email": "ann@example.com"});
    ports.practice.put_staff(&tenant(), serde_json::from_value(staff).unwrap());
    let job = json!({"number": "J000017", "name": "Accounts 2026", "state": "Planned",
        "tasks": [{"uuid": "7a01", "task_uuid": "7a5c", "name": "Accounts"}]});
    ports.practice.put_job(&tenant(), serde_json::from_value(job).unwrap());

    let stamp = Stamp { version: None, as_of: now };
    let ann = User {
        id: UserId::parse("u-1").unwrap(),
        name: "Ann".into(),
        email: Some("ann@example.com".into()),
    };
    user::put(&ports.store, &firm(), ann, stamp, now).await.unwrap();
    let task = Task {
        id: TaskId::parse("t-1").unwrap(),
        name: "Accounts".into(),
        kind: TaskKind::Task,
        process_id: None,
        contact_id: None,
        start_date: None,
        due_date: None,
        rolled_over: false,
    };
    task::put(&ports.store, &firm(), task, stamp, now).await.unwrap();
    let place = Place {
        job_number: JobNumber::parse("J000017").unwrap(),
        job_task_uuid: XpmUuid::parse("7a01").unwrap(),
        name: "Accounts 2026".into(),
        start_date: None,
    };
    let id = TaskId::parse("t-1").unwrap();
    by_hand::link(&ports.store, &firm(), &id, place, &Actor::App, now).await.unwrap();
    ports
}

async fn record(ports: &MemoryPorts, id: &str) {
    let entry = TimeEntry {
        id: EntryId::parse(id).unwrap(),
        task_id: Some(TaskId::parse("t-1").unwrap()),
        user_id: UserId::parse("u-1").unwrap(),
        when: When::Day { date: date(2026, 11, 22) },
        seconds: 3600,
        note: String::new(),
        billable: None,
        running: false,
    };
    let now = ports.clock.now();
    let stamp = Stamp { version: Some(1), as_of: now };
    intake::put(&ports.store, &firm(), entry, stamp, now).await.unwrap();
}

async fn pushed(ports: &MemoryPorts, id: &str) -> push::State {
    let kept = records::get::<EntryRecord>(&ports.store, &firm(), id).await.unwrap();
    kept.unwrap().record.push.state
}

fn firm() -> FirmId {
    FirmId::parse("demo").unwrap()
}

fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
}

fn wake(firm: &str) -> String {
    json!({"firm": firm, "lane": "time"}).to_string()
}

fn event(ports: &MemoryPorts, payload: Value) -> LambdaEvent<Value> {
    let mut context = Context::default();
    let ends = ports.clock.now().as_millisecond() + 60_000;
    context.deadline = u64::try_from(ends).unwrap();
    LambdaEvent::new(payload, context)
}

fn queue(bodies: &[String]) -> Value {
    let record = |(n, body): (usize, &String)| json!({"messageId": format!("m-{n}"), "body": body, "eventSource": "aws:sqs"});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

thread_local! {
    static COUNTS: Lines = Lines::default();
}

/// Counts what happens from now on. The subscriber is the process's, because one of a thread's own
/// is missed by call sites that another thread reaches first; the lines are the thread's.
fn counting() -> Lines {
    let meter = Meter { function: "time_push".into(), now: || Timestamp::UNIX_EPOCH };
    let counts = subscriber("off", || COUNTS.with(Lines::clone), Some(meter)).unwrap();
    let _ = set_global_default(counts);
    COUNTS.with(Lines::clear);
    COUNTS.with(Lines::clone)
}
