//! The nightly comparison: what the assumptions cannot promise is found within a day.

use domain::ids::EntryId;
use domain::practice::{Booked, Timesheet};
use domain::reason::Reason;
use domain::time::decide::{self, Side};
use domain::time::entry::TimeEntry;
use domain::time::standing::{Stage, Standing};
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, an_hour, sheet, tenant};

/// G8: XPM carries a create out ten minutes after it fell silent, when the entry has been booked again:
/// found by the next night, and one call leaves one. What someone recorded in XPM itself is no alarm.
#[tokio::test]
async fn g08_a_late_duplicate_is_found_within_a_day_and_repaired_by_one_call() {
    let desk = Desk::new().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-1")).await;
    desk.record(TimeEntry { note: "clean".into(), ..an_hour("e-2") }).await;
    desk.rest().await;
    assert_eq!(desk.minutes(), [60, 60]);
    let late = desk.ports.practice.put_time(&tenant(), sheet());
    desk.ports.practice.put_time(&tenant(), Timesheet { note: "clean".into(), ..sheet() });
    desk.ports.practice.put_time(&tenant(), Timesheet { note: "by hand".into(), ..sheet() });

    a_day(&desk).await;
    assert_eq!(desk.waiting_for(Reason::DuplicateInXpm).await, ["e-1"]);
    assert_eq!(desk.entry("e-1").await.extra, std::slice::from_ref(&late));
    let id = EntryId::parse("e-1").unwrap();
    decide::repair(&desk.ports.store, &desk.firm, &id, Side::App, desk.now()).await.unwrap();
    desk.rest().await;
    assert!(!desk.ids().contains(&late));
    assert_eq!(desk.ids().len(), 4);
    assert_eq!(desk.waiting_for(Reason::DuplicateInXpm).await, [""; 0]);
    assert_eq!(Standing::of(&desk.entry("e-1").await).stage, Stage::Pushed);
    a_day(&desk).await;
    assert_eq!(desk.waiting_for(Reason::DuplicateInXpm).await, [""; 0]);
}

/// G8, XB-79: what is gone from XPM, and what was changed there, is found, shown, and put right in
/// favour of either side.
#[tokio::test]
async fn g08_gaps_and_changes_made_in_xpm_are_found_and_repaired() {
    for (side, left) in [(Side::App, vec![60, 60, 60]), (Side::Xpm, vec![45, 60])] {
        let desk = Desk::new().await;
        for id in ["e-1", "e-2", "e-3"] {
            desk.record(TimeEntry { note: id.into(), ..an_hour(id) }).await;
        }
        desk.rest().await;
        let ids = desk.ids();
        desk.ports.practice.remove_time(&tenant(), &ids[0]);
        let theirs = Timesheet { minutes: 45, note: "e-2".into(), ..sheet() };
        let changed =
            Booked { uuid: ids[1].clone(), sheet: theirs, invoiced: false, billable: None };
        desk.ports.practice.edit_time(&tenant(), changed);
        a_day(&desk).await;
        assert_eq!(desk.waiting_for(Reason::ChangedInXpm).await, ["e-1", "e-2"]);
        assert_eq!(desk.minutes(), [45, 60], "shown, and not written over");
        for id in ["e-1", "e-2"] {
            let id = EntryId::parse(id).unwrap();
            decide::repair(&desk.ports.store, &desk.firm, &id, side, desk.now()).await.unwrap();
        }
        desk.rest().await;
        assert_eq!(desk.minutes(), left, "{side:?}");
        assert_eq!(desk.waiting_for(Reason::ChangedInXpm).await, [""; 0]);
        a_day(&desk).await;
        assert_eq!(desk.waiting_for(Reason::ChangedInXpm).await, [""; 0]);
    }
}

/// G8: a change that is taken back in XPM is no issue any more.
#[tokio::test]
async fn g08_a_difference_that_ends_by_itself_closes_its_issue() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    let uuid = desk.ids()[0].clone();
    for (minutes, open) in [(45, vec!["e-1".to_owned()]), (60, vec![])] {
        let sheet = Timesheet { minutes, ..sheet() };
        let there = Booked { uuid: uuid.clone(), sheet, invoiced: false, billable: None };
        desk.ports.practice.edit_time(&tenant(), there);
        a_day(&desk).await;
        assert_eq!(desk.waiting_for(Reason::ChangedInXpm).await, open);
    }
}

/// G8: a clean night costs one call for each person, and changes nothing.
#[tokio::test]
async fn g08_a_clean_night_raises_no_alarm() {
    let desk = Desk::new().await;
    for n in 0..40 {
        desk.record(an_hour(&format!("e-{n}"))).await;
    }
    desk.rest().await;
    let before = desk.ports.practice.effects().len();
    a_day(&desk).await;
    assert_eq!(desk.calls(Method::TimesOfStaff), 1);
    assert_eq!(desk.calls(Method::Time), 0);
    assert_eq!(desk.ports.practice.effects().len(), before);
    for cause in [Reason::ChangedInXpm, Reason::DuplicateInXpm] {
        assert_eq!(desk.waiting_for(cause).await, [""; 0]);
    }
}

/// A day in which the sweep comes by every ten minutes.
async fn a_day(desk: &Desk) {
    for _ in 0..144 {
        desk.pass(SignedDuration::from_mins(10));
        desk.work().await;
    }
}
