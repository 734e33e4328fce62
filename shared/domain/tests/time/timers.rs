//! Timers: what they were started on, whether they run, and on which day.

use domain::ids::TaskId;
use domain::reason::Reason;
use domain::time::entry::{TimeEntry, When};
use jiff::civil::date;
use memory::practice::Method;

use crate::desk::{Desk, an_hour};

/// XB-72: work across midnight counts for the day it began on at the firm, wherever the person was, and
/// also when the clocks change in between; a day that the practice app names is sent as it is.
#[tokio::test]
async fn xb_72_time_is_booked_on_the_firms_day_on_which_it_began() {
    let desk = Desk::new().await;
    let span = |from: &str, to: &str| When::Span {
        started_at: from.parse().unwrap(),
        ended_at: to.parse().ok(),
    };
    let cases = [
        // In Sydney 23:30 to 0:30, recorded by someone in Perth, three hours behind.
        (span("2026-11-22T20:30:00+08:00", "2026-11-22T21:30:00+08:00"), date(2026, 11, 22)),
        // Someone in Auckland begins at 1:30, when it is still yesterday at the firm.
        (span("2026-11-24T01:30:00+13:00", "2026-11-24T02:30:00+13:00"), date(2026, 11, 23)),
        // The night of 4 October 2026 has no hour between 2:00 and 3:00 in Sydney.
        (span("2026-10-03T13:30:00Z", "2026-10-03T16:30:00Z"), date(2026, 10, 3)),
        // That of 5 April 2026 has it twice.
        (span("2026-04-04T13:30:00Z", "2026-04-04T16:30:00Z"), date(2026, 4, 5)),
        (When::Day { date: date(2026, 11, 20) }, date(2026, 11, 20)),
    ];
    let mut expected = Vec::new();
    for (n, (when, day)) in cases.into_iter().enumerate() {
        let id = format!("e-{n}");
        desk.settings(|it| it.time.late_link = domain::firm::LateLink::Release).await;
        desk.record(TimeEntry { when, note: id.clone(), ..an_hour(&id) }).await;
        expected.push((id, day));
    }
    desk.rest().await;
    let mut booked: Vec<_> = desk.in_xpm().into_iter().map(|it| (it.note, it.date)).collect();
    booked.sort();
    assert_eq!(booked, expected);
}

/// XB-74: a timer that was started outside any task is kept and says so; given a task, it goes.
#[tokio::test]
async fn xb_74_time_without_a_task_is_kept_until_it_has_one() {
    let desk = Desk::new().await;
    desk.record(TimeEntry { task_id: None, ..an_hour("e-1") }).await;
    let unknown = TaskId::parse("t-9").ok();
    desk.record(TimeEntry { task_id: unknown, ..an_hour("e-2") }).await;
    desk.rest().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::NoTask));
    assert_eq!(desk.held("e-2").await, Some(Reason::TaskUnknown));
    assert_eq!(desk.waiting_for(Reason::NoTask).await, ["e-1"]);
    assert_eq!(desk.calls(Method::AddTime), 0);

    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    assert_eq!(desk.minutes(), [60]);
    assert_eq!(desk.waiting_for(Reason::NoTask).await, [""; 0]);
}

/// XB-75: a running timer costs no call however often it is told; stopped, it is booked once. Started
/// again, it leaves in XPM what is there until it is stopped again.
#[tokio::test]
async fn xb_75_nothing_is_sent_of_a_timer_while_it_runs() {
    let desk = Desk::new().await;
    for seconds in [60, 600, 1200] {
        desk.record(TimeEntry { seconds, running: true, ..an_hour("e-1") }).await;
        desk.rest().await;
        assert_eq!(desk.held("e-1").await, Some(Reason::Running));
    }
    assert_eq!(desk.ports.practice.effects().len(), 0);
    desk.record(TimeEntry { seconds: 1800, ..an_hour("e-1") }).await;
    desk.rest().await;
    assert_eq!(desk.minutes(), [30]);

    desk.record(TimeEntry { seconds: 2400, running: true, ..an_hour("e-1") }).await;
    desk.rest().await;
    assert_eq!((desk.held("e-1").await, desk.minutes()), (Some(Reason::Running), vec![30]));
    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    assert_eq!(desk.minutes(), [60]);
    assert_eq!(desk.calls(Method::AddTime) + desk.calls(Method::UpdateTime), 2);
}
