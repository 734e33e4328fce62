//! A line of the comparison is put right by one call, and never blindly.

use domain::connection;
use domain::firm::Firm;
use domain::ids::{EntryId, XpmUuid};
use domain::practice::{Booked, Timesheet};
use domain::reason::Reason;
use domain::reconcile::repair::{Ended, Repair, Wanted, repair};
use domain::reconcile::{Place, Step};
use domain::records;
use domain::time::entry::TimeEntry;
use jiff::SignedDuration;
use jiff::civil::date;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, an_hour, job_number, sheet, tenant, uuid};

/// BY-05, XB-79: what is missing is booked, what differs is corrected after it was shown, and what was
/// recorded in XPM itself stays until a person names it.
#[tokio::test]
async fn by_05_one_call_puts_a_line_right_and_leaves_what_it_was_not_told_to_touch() {
    let desk = Desk::new().await;
    for id in ["e-1", "e-2", "e-3"] {
        desk.record(TimeEntry { note: id.into(), ..an_hour(id) }).await;
    }
    desk.rest().await;
    let ids = desk.ids();
    desk.ports.practice.remove_time(&tenant(), &ids[0]);
    let theirs = Timesheet { minutes: 45, note: "e-2".into(), ..sheet() };
    desk.ports.practice.edit_time(&tenant(), booked(&ids[1], &theirs));
    let by_hand = Timesheet { minutes: 7, note: "by hand".into(), ..sheet() };
    let stranger = desk.ports.practice.put_time(&tenant(), by_hand);

    let shown = seen(preview(&desk).await);
    assert_eq!((shown.line.app, shown.line.xpm), (180, 112));
    let steps = [Step::Push, Step::Correct(theirs), Step::Rest];
    assert_eq!(shown.steps.iter().map(|it| it.1.clone()).collect::<Vec<_>>(), steps);
    let extra: Vec<&XpmUuid> = shown.extra.iter().map(|it| &it.booked.uuid).collect();
    assert_eq!(extra, [&stranger]);
    desk.rest().await;
    assert_eq!(sorted(desk.minutes()), [7, 45, 60], "a preview does nothing");

    let done = seen(ask(&desk, Some((180, 112)), &[]).await);
    assert_eq!(done, shown);
    desk.rest().await;
    assert_eq!(sorted(desk.minutes()), [7, 60, 60, 60]);

    seen(ask(&desk, Some((180, 187)), std::slice::from_ref(&stranger)).await);
    desk.rest().await;
    assert_eq!(desk.minutes(), [60, 60, 60]);
    assert!(!desk.ids().contains(&stranger));
    assert_eq!(desk.journal(&format!("xpm-{stranger}")).await.len(), 1, "and it is told");
    let equal = seen(preview(&desk).await);
    assert_eq!((equal.line.app, equal.line.xpm, equal.extra.len()), (180, 180, 0));
    assert!(equal.steps.iter().all(|it| it.1 == Step::Rest));
}

/// XB-79: a line that is not any more as it was shown stays as it is.
#[tokio::test]
async fn xb_79_a_line_that_moved_since_it_was_shown_is_left_alone() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    desk.ports.practice.remove_time(&tenant(), &desk.ids()[0]);
    let before = desk.entry("e-1").await;
    for shown in [(60, 60), (61, 0), (0, 0)] {
        let Ended::Moved(line) = ask(&desk, Some(shown), &[]).await else { panic!("{shown:?}") };
        assert_eq!((line.app, line.xpm), (60, 0));
    }
    assert_eq!(desk.entry("e-1").await, before);
    let done = seen(ask(&desk, Some((60, 0)), &[]).await);
    assert_eq!(done.steps[0].1, Step::Push);
    desk.rest().await;
    assert_eq!(desk.minutes(), [60]);
}

/// XB-79: an entry that a person let XPM have its way with goes back to what the practice app says;
/// time held because its task was linked later is released.
#[tokio::test]
async fn by_05_earlier_decisions_and_late_links_give_way_to_the_line() {
    use domain::time::decide::{self, Side};
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    let theirs = Timesheet { minutes: 45, ..sheet() };
    desk.ports.practice.edit_time(&tenant(), booked(&desk.ids()[0], &theirs));
    desk.pass(SignedDuration::from_hours(24));
    desk.rest().await;
    desk.pass(SignedDuration::from_hours(24));
    desk.rest().await;
    let id = EntryId::parse("e-1").unwrap();
    decide::repair(&desk.ports.store, &desk.firm, &id, Side::Xpm, desk.now()).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.minutes(), [45]);
    desk.task("t-2").await;
    let late = TimeEntry { task_id: Some("t-2".to_owned().try_into().unwrap()), ..an_hour("e-2") };
    desk.record(late).await;
    desk.pass(SignedDuration::from_secs(1));
    desk.link("t-2").await;
    desk.rest().await;
    assert_eq!(desk.held("e-2").await, Some(Reason::LateLink));

    seen(ask(&desk, Some((120, 45)), &[]).await);
    desk.rest().await;
    assert_eq!(desk.minutes(), [60, 60]);
}

/// XB-79: nothing can be removed that is an entry's own, may become one, or is invoiced.
#[tokio::test]
async fn xb_79_only_what_was_recorded_in_xpm_itself_can_be_removed() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    let own = desk.ids()[0].clone();
    let other =
        desk.ports.practice.put_time(&tenant(), Timesheet { staff: uuid("5702"), ..sheet() });
    let gone = uuid("dead");
    let invoiced = desk.ports.practice.put_time(&tenant(), sheet());
    let there = Booked { invoiced: true, ..booked(&invoiced, &sheet()) };
    desk.ports.practice.edit_time(&tenant(), there);
    desk.ports.practice.fail_next(Method::AddTime, Trouble::UncertainAfter);
    for _ in 0..2 {
        desk.ports.practice.fail_next(Method::TimesOfJob, Trouble::Uncertain);
    }
    desk.record(TimeEntry { seconds: 1800, ..an_hour("e-2") }).await;
    desk.work().await;
    let under_way = desk.ids().pop().unwrap();

    let shown = (90, 150);
    for uuid in [own, other, gone, invoiced, under_way] {
        let ended = ask(&desk, Some(shown), std::slice::from_ref(&uuid)).await;
        assert_eq!(ended, Ended::NotRemovable(uuid));
    }
    let obstacles: Vec<_> =
        seen(preview(&desk).await).extra.into_iter().map(|it| it.obstacle).collect();
    assert_eq!(obstacles, [Some(Reason::Invoiced), Some(Reason::Uncertain)]);
}

/// BY-05: however much is put right, looking at a line costs one call; what was moved in XPM comes back,
/// and is not booked a second time.
#[tokio::test]
async fn by_05_gone_or_moved_in_xpm_all_of_a_line_comes_back_once() {
    let desk = Desk::new().await;
    for n in 0..9 {
        desk.record(TimeEntry { note: n.to_string(), ..an_hour(&format!("e-{n}")) }).await;
    }
    desk.rest().await;
    for n in 0..9 {
        let kept = desk.entry(&format!("e-{n}")).await.push.known.unwrap();
        let moved = Timesheet { date: date(2026, 11, 20), ..kept.sheet };
        match n % 3 {
            0 => desk.ports.practice.remove_time(&tenant(), &kept.uuid),
            1 => desk.ports.practice.edit_time(&tenant(), booked(&kept.uuid, &moved)),
            _ => {}
        }
    }
    let before = desk.ports.practice.calls().len();
    let done = seen(ask(&desk, Some((540, 180)), &[]).await);
    let calls: Vec<Method> =
        desk.ports.practice.calls()[before..].iter().map(|it| it.method).collect();
    assert_eq!(calls, [Method::Staff, Method::TimesOfStaff], "the staff's copy is an hour old");
    assert_eq!(done.steps.iter().filter(|it| it.1 == Step::Push).count(), 6);
    desk.rest().await;
    assert_eq!(desk.minutes(), [60; 9]);
    assert!(desk.in_xpm().iter().all(|it| it.date == date(2026, 11, 22)));
}

/// BY-05: where XPM refuses the removal, the line says so, and it can be asked for again.
#[tokio::test]
async fn by_05_a_removal_that_xpm_refuses_is_told_with_the_line() {
    let desk = Desk::new().await;
    let stranger = desk.ports.practice.put_time(&tenant(), sheet());
    let refused = Trouble::Refused(200, "The period is locked".into());
    desk.ports.practice.fail_next(Method::DeleteTime, refused);
    let remove = std::slice::from_ref(&stranger);
    seen(ask(&desk, Some((0, 60)), remove).await);
    desk.rest().await;
    assert_eq!(desk.minutes(), [60]);
    assert_eq!(seen(preview(&desk).await).extra[0].obstacle, Some(Reason::PeriodLocked));
    seen(ask(&desk, Some((0, 60)), remove).await);
    desk.rest().await;
    assert_eq!(desk.minutes(), [0; 0]);
}

async fn preview(desk: &Desk) -> Ended {
    ask(desk, None, &[]).await
}

async fn ask(desk: &Desk, shown: Option<(i64, i64)>, remove: &[XpmUuid]) -> Ended {
    desk.pass(SignedDuration::from_secs(10));
    let place = Place { staff: uuid("5701"), day: date(2026, 11, 22), job: Some(job_number()) };
    let wanted = Wanted { place, shown, remove: remove.to_vec() };
    let firm = records::get::<Firm>(&desk.ports.store, &desk.firm, "firm").await.unwrap();
    let firm = firm.unwrap().record;
    let connection = connection::read(&desk.ports.store, &desk.firm).await.unwrap();
    let ready = connection.ready(&firm).unwrap();
    repair(&desk.ports, &ready, &wanted).await.unwrap()
}

fn seen(ended: Ended) -> Repair {
    let Ended::Yes(repair) = ended else { panic!("{ended:?}") };
    repair
}

fn booked(uuid: &XpmUuid, sheet: &Timesheet) -> Booked {
    Booked { uuid: uuid.clone(), sheet: sheet.clone(), invoiced: false, billable: None }
}

fn sorted(mut minutes: Vec<i64>) -> Vec<i64> {
    minutes.sort_unstable();
    minutes
}
