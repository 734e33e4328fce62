//! A change of the settings takes effect at once, without a scan in the request.

use domain::firm::LateLink;
use domain::journal::{Event, Sort};
use domain::linking::period::Names;
use domain::linking::task::LinkState;
use domain::ports::{Kind, Range, Store};
use domain::reason::Reason;
use domain::time::entry::{EntryRecord, TimeEntry, When};
use domain::time::intake;
use domain::time::push::State;
use jiff::civil::date;

use crate::desk::{Desk, ann, task_of};

const MANY: usize = 120;

/// XB-20: switched on, every task that was never linked is linked now, and not ten minutes later;
/// switched off, links stay.
#[tokio::test]
async fn xb_20_auto_link_takes_effect_at_once_on_however_many_tasks() {
    let desk = Desk::new().await;
    desk.set(|it| it.auto_link.enabled = false).await;
    for n in 0..MANY {
        desk.task(&format!("t-{n}")).await;
    }
    desk.work().await;
    assert_eq!(desk.stands("t-7").await.2, Some(Reason::AutoLinkOff));

    desk.set(|it| it.auto_link.enabled = true).await;
    desk.work().await;
    for n in 0..MANY {
        let state = desk.stands(&format!("t-{n}")).await.0;
        assert_eq!(state, LinkState::Auto, "{n}");
    }
    desk.set(|it| it.auto_link.enabled = false).await;
    desk.work().await;
    assert_eq!(desk.stands("t-7").await.0, LinkState::Auto);
    assert!(left(&desk).await.is_empty());
}

/// XB-20: a worker that dies in the middle leaves the rest to the next one.
#[tokio::test]
async fn xb_20_what_depends_on_the_settings_is_looked_at_to_the_end_whoever_dies() {
    let desk = Desk::new().await;
    desk.set(|it| it.auto_link.enabled = false).await;
    for n in 0..MANY {
        desk.task(&format!("t-{n}")).await;
    }
    desk.work().await;
    desk.set(|it| it.auto_link.enabled = true).await;
    for commits in [10, 60, 130] {
        desk.ports.store.fail_commits_after(commits);
        let deadline = domain::deadline::Deadline { at: jiff::Timestamp::MAX };
        let died = domain::time::work::work(&desk.ports, &desk.firm, deadline).await;
        assert!(died.is_err(), "{commits}");
        desk.ports.store.fail_commits(0);
        desk.pass(31);
    }
    desk.work().await;
    for n in 0..MANY {
        assert_eq!(desk.stands(&format!("t-{n}")).await.0, LinkState::Auto, "{n}");
    }
}

/// XB-63, XB-14: the year and the convention of names are asked about anew; a request writes three
/// records, however many tasks there are.
#[tokio::test]
async fn xb_63_a_new_year_or_convention_is_applied_to_what_was_never_linked() {
    let desk = Desk::new().await;
    desk.state(domain::linking::task::Task {
        name: "Accounts - Mar".into(),
        start_date: Some(date(2025, 8, 1)),
        ..task_of("t-1")
    })
    .await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.2, Some(Reason::NoJobInPeriod));
    // August 2025 and January 2026 are of one Australian year.
    desk.set(|it| it.auto_link.year_starts = "07-01".parse().unwrap()).await;
    assert_eq!(left(&desk).await, ["tasks#2"]);
    desk.set(|it| it.auto_link.names = Names::Months).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.2, Some(Reason::NoJobInPeriod));
    desk.set(|it| it.auto_link.names = Names::Off).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.1, "J1 aa01");
}

/// XB-74: time that was held for its late link goes on when the firm chooses so.
#[tokio::test]
async fn xb_74_held_time_is_looked_at_when_the_setting_that_holds_it_changes() {
    let desk = Desk::new().await;
    desk.task("t-1").await;
    let started_at = desk.now() - jiff::SignedDuration::from_hours(1);
    let entry = TimeEntry {
        id: domain::ids::EntryId::parse("e-1").unwrap(),
        task_id: domain::ids::TaskId::parse("t-1").ok(),
        user_id: domain::ids::UserId::parse("u-1").unwrap(),
        when: When::Span { started_at, ended_at: None },
        seconds: 60,
        note: String::new(),
        billable: None,
        running: false,
    };
    let stamp = domain::desired::Stamp { version: None, as_of: desk.now() };
    intake::put(&desk.ports.store, &desk.firm, entry, stamp, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(held(&desk).await, Some(Reason::LateLink));
    desk.set(|it| it.budget.per_minute = 30).await;
    assert!(left(&desk).await.is_empty());
    desk.set(|it| it.time.late_link = LateLink::Release).await;
    assert_eq!(left(&desk).await, ["entries#3"]);
    desk.work().await;
    assert_eq!(held(&desk).await, Some(Reason::StaffUnmapped));
}

/// BY-08: a change of the settings tells who made it, and what stood there before.
#[tokio::test]
async fn by_08_a_change_of_the_settings_is_in_the_journal() {
    let desk = Desk::new().await;
    desk.set(|it| it.auto_link.enabled = false).await;
    desk.set(|it| it.auto_link.enabled = false).await;
    let told = desk.told(Sort::Settings, "firm").await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].event, &told[0].actor), (Event::SettingsChanged, &ann()));
    let enabled =
        |it: &Option<serde_json::Value>| it.as_ref().unwrap()["auto_link"]["enabled"].clone();
    assert_eq!((enabled(&told[0].before), enabled(&told[0].after)), (true.into(), false.into()));
}

async fn held(desk: &Desk) -> Option<Reason> {
    let entry =
        domain::records::get::<EntryRecord>(&desk.ports.store, &desk.firm, "e-1").await.unwrap();
    let State::Held { reason, .. } = entry.unwrap().record.push.state else { return None };
    Some(reason)
}

/// What is still to be looked through.
async fn left(desk: &Desk) -> Vec<String> {
    let range = Range::of(&desk.firm, Kind::Revisit, "", 100);
    let page = desk.ports.store.list(&range).await.unwrap();
    page.items.into_iter().map(|it| it.key.id).collect()
}
