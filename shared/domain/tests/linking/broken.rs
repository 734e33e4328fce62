//! Jobs that disappear in XPM.

use domain::desired::Stamp;
use domain::ids::{EntryId, JobNumber, TaskId, UserId};
use domain::journal::Event;
use domain::linking::task::{self, LinkState, TaskRecord};
use domain::practice::Staff;
use domain::reason::Reason;
use domain::records;
use domain::time::entry::{EntryRecord, TimeEntry, When};
use domain::time::push::State;
use domain::time::user::{self, User};
use domain::time::{decide, intake};
use jiff::civil::date;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, task_of, tenant, uuid};

/// XB-35, XB-53: a booking on a job that died within the ten minutes is refused once, the job is
/// asked for afresh once, the link is broken with what could stand in for it, and the time is held
/// with that reason; it follows a person's choice.
#[tokio::test]
async fn xb_53_a_job_deleted_in_xpm_breaks_the_link_with_a_suggestion() {
    let desk = staffed().await;
    desk.task("t-1").await;
    desk.work().await;
    desk.job("J2", "bb01", date(2026, 2, 1));
    desk.ports.practice.remove_job(&tenant(), &number("J1"));
    record(&desk, "e-1").await;
    desk.work().await;
    assert_eq!(
        desk.stands("t-1").await,
        (LinkState::Broken, "J1 aa01".into(), Some(Reason::JobMissing))
    );
    let suggested = desk.link_of("t-1").await.candidates;
    assert_eq!(suggested.len(), 1);
    assert_eq!(suggested[0].job_task_uuid, uuid("bb01"));
    assert_eq!(held(&desk, "e-1").await, Some(Reason::JobMissing));
    assert_eq!(desk.events("t-1").await, [Event::TaskLinked, Event::TaskLinkBroken]);

    // No endless retry, and no link that the rule made instead.
    desk.rest().await;
    assert_eq!(desk.calls(Method::AddTime), 1);
    // Once, and once more when the budget paused in between.
    assert!(desk.calls(Method::Job) <= 2);
    assert_eq!(desk.stands("t-1").await.0, LinkState::Broken);

    desk.link("t-1", "J2", "bb01").await;
    let release = EntryId::parse("e-1").unwrap();
    let _ = decide::release(&desk.ports.store, &desk.firm, &release, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.ports.practice.times_now(&tenant())[0].sheet.job, number("J2"));
}

/// XB-35: a job that is still there when it is asked for afresh keeps its link; the refusal stands as
/// it is, and is not repeated.
#[tokio::test]
async fn xb_35_a_refusal_in_error_is_looked_into_once_and_breaks_nothing() {
    let desk = staffed().await;
    desk.task("t-1").await;
    desk.work().await;
    let words = "Invalid job identifier".to_owned();
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Refused(200, words));
    record(&desk, "e-1").await;
    desk.work().await;
    desk.rest().await;
    assert_eq!(desk.stands("t-1").await, (LinkState::Auto, "J1 aa01".into(), None));
    assert_eq!((desk.calls(Method::AddTime), desk.calls(Method::Job)), (1, 1));
    let State::Rejected { reason, .. } = entry(&desk, "e-1").await.push.state else { panic!() };
    assert_eq!(reason, Reason::JobMissing);
}

/// XB-53: the job stays, and the task on it goes: the same. A person's link breaks like the rule's.
#[tokio::test]
async fn xb_53_a_task_taken_off_its_job_breaks_a_persons_link_too() {
    let desk = staffed().await;
    desk.task("t-1").await;
    desk.link("t-1", "J1", "aa01").await;
    desk.work().await;
    desk.job_with("J1", date(2026, 1, 1), &[("aa02", "7a02")]);
    let words = "Invalid job identifier".to_owned();
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Refused(200, words));
    record(&desk, "e-1").await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.0, LinkState::Broken);
    assert_eq!(desk.link_of("t-1").await.candidates, []);
    desk.allow("t-1").await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.2, Some(Reason::TaskNotOnJob));
}

/// G6, XB-77: of a task never heard of the deletion is kept, so that an older statement revives nothing.
#[tokio::test]
async fn g06_a_task_deleted_before_it_was_heard_of_does_not_come_back() {
    let desk = Desk::new().await;
    let id = TaskId::parse("t-1").unwrap();
    let said = |version| Stamp { version: Some(version), as_of: desk.now() };
    let store = &desk.ports.store;
    let (gone, news) = task::delete(store, &desk.firm, &id, said(3)).await.unwrap();
    assert!(gone.is_tombstone() && news);
    let (late, news) =
        task::put(store, &desk.firm, task_of("t-1"), said(2), desk.now()).await.unwrap();
    assert!(late.task.deleted && !news && !late.is_tombstone());
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.0, LinkState::Never);
    task::put(store, &desk.firm, task_of("t-1"), said(4), desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.0, LinkState::Auto);
    let kept = records::get::<TaskRecord>(store, &desk.firm, "t-1").await.unwrap().unwrap();
    assert!(!kept.record.task.deleted);
}

/// With someone who may book on every job.
async fn staffed() -> Desk {
    let desk = Desk::new().await;
    let email = Some("ann@example.com".to_owned());
    let staff = Staff { uuid: uuid("5701"), name: "Ann".into(), email: email.clone() };
    desk.ports.practice.put_staff(&tenant(), staff);
    desk.ports.practice.allow_unassigned(true);
    let ann = User { id: UserId::parse("u-1").unwrap(), name: "Ann".into(), email };
    let stamp = Stamp { version: None, as_of: desk.now() };
    user::put(&desk.ports.store, &desk.firm, ann, stamp, desk.now()).await.unwrap();
    desk
}

async fn record(desk: &Desk, id: &str) {
    let entry = TimeEntry {
        id: EntryId::parse(id).unwrap(),
        task_id: TaskId::parse("t-1").ok(),
        user_id: UserId::parse("u-1").unwrap(),
        when: When::Day { date: date(2026, 11, 22) },
        seconds: 3600,
        note: String::new(),
        billable: None,
        running: false,
    };
    let stamp = Stamp { version: None, as_of: desk.now() };
    intake::put(&desk.ports.store, &desk.firm, entry, stamp, desk.now()).await.unwrap();
}

async fn entry(desk: &Desk, id: &str) -> EntryRecord {
    records::get::<EntryRecord>(&desk.ports.store, &desk.firm, id).await.unwrap().unwrap().record
}

async fn held(desk: &Desk, id: &str) -> Option<Reason> {
    let State::Held { reason, .. } = entry(desk, id).await.push.state else { return None };
    Some(reason)
}

fn number(text: &str) -> JobNumber {
    JobNumber::parse(text).unwrap()
}
