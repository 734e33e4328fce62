//! What is left to a person, and what becomes of their decision.

use domain::firm::Deleted;
use domain::ids::{EntryId, TaskId};
use domain::practice::{Booked, Timesheet};
use domain::reason::Reason;
use domain::records;
use domain::time::decide::{self, Side, Taken};
use domain::time::entry::{Drift, EntryRecord, TimeEntry};
use domain::time::moving;
use domain::time::push::State;
use domain::time::standing::{Stage, Standing};
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, an_hour, other_job, sheet, tenant, uuid};

/// XB-81: the entry that a person chooses becomes ours, is made to say what it should, and no other
/// is booked.
#[tokio::test]
async fn xb_81_of_several_entries_in_xpm_a_person_chooses_the_one() {
    let desk = ambiguous().await;
    let [first, second] = &desk.ids()[..] else { panic!("two were put there") };
    let stranger = decide(&desk, Some(&uuid("abcd"))).await;
    assert_eq!(stranger, Taken::NoCandidate);
    assert!(matches!(decide(&desk, Some(second)).await, Taken::Yes(_)));
    assert_eq!(decide(&desk, Some(first)).await, Taken::Pointless);
    desk.work().await;
    let entry = desk.entry("e-1").await;
    assert_eq!(entry.push.state, State::Confirmed);
    assert_eq!(entry.push.known.map(|it| it.uuid), Some(second.clone()));
    assert_eq!((desk.minutes(), desk.calls(Method::AddTime)), (vec![60, 60], 1));

    desk.record(TimeEntry { seconds: 600, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [60, 10]);
}

#[tokio::test]
async fn xb_81_an_entry_of_xpm_is_taken_for_one_of_ours_only() {
    let desk = ambiguous().await;
    let [first, ..] = &desk.ids()[..] else { panic!("two were put there") };
    decide(&desk, Some(first)).await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    // Another twin of the same sheet, and two more in XPM that make it ambiguous as well.
    for _ in 0..2 {
        desk.ports.practice.put_time(&tenant(), sheet());
    }
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    let State::Ambiguous { candidates, .. } = desk.entry("e-2").await.push.state else {
        panic!("decided")
    };
    assert!(!candidates.contains(first));
    let id = EntryId::parse("e-2").unwrap();
    let taken =
        decide::choose(&desk.ports.store, &desk.firm, &id, Some(first), desk.now()).await.unwrap();
    assert_eq!(taken, Taken::NoCandidate);
}

#[tokio::test]
async fn xb_81_none_of_them_means_that_the_entry_is_booked_once_more() {
    let desk = ambiguous().await;
    assert!(matches!(decide(&desk, None).await, Taken::Yes(_)));
    desk.work().await;
    assert_eq!(desk.entry("e-1").await.push.state, State::Confirmed);
    assert_eq!(desk.minutes(), [60, 60, 60]);
}

/// XB-78: asked, a person lets a deletion go to XPM, or keeps what is there. An edit to nothing is
/// asked about likewise.
#[tokio::test]
async fn xb_78_a_deletion_that_waits_is_decided_by_a_person() {
    for (side, left) in [(Side::App, vec![]), (Side::Xpm, vec![60])] {
        for edited in [false, true] {
            let desk = Desk::new().await;
            desk.settings(|it| it.time.deleted = Deleted::Ask).await;
            desk.record(an_hour("e-1")).await;
            desk.work().await;
            if edited {
                desk.record(TimeEntry { seconds: 0, ..an_hour("e-1") }).await;
            } else {
                desk.delete("e-1", 9).await;
            }
            desk.work().await;
            assert_eq!(desk.held("e-1").await, Some(Reason::DeletionAsks));
            assert_eq!(desk.minutes(), [60]);
            let id = EntryId::parse("e-1").unwrap();
            let taken =
                decide::decide_deletion(&desk.ports.store, &desk.firm, &id, side, desk.now()).await;
            assert!(matches!(taken.unwrap(), Taken::Yes(_)));
            desk.rest().await;
            assert_eq!(desk.minutes(), left, "{side:?} {edited}");
            let stage = Standing::of(&desk.entry("e-1").await).stage;
            let ended = if side == Side::App { Stage::Deleted } else { Stage::Pushed };
            assert_eq!(stage, ended);
        }
    }
}

/// XB-78: a release for one question is no answer to another.
#[tokio::test]
async fn xb_78_time_that_was_released_once_is_still_asked_about_when_it_is_deleted() {
    let desk = Desk::new().await;
    desk.settings(|it| it.time.deleted = Deleted::Ask).await;
    desk.record(an_hour("e-1")).await;
    let id = EntryId::parse("e-1").unwrap();
    decide::release(&desk.ports.store, &desk.firm, &id, desk.now()).await.unwrap();
    let early = decide::decide_deletion(&desk.ports.store, &desk.firm, &id, Side::App, desk.now());
    assert_eq!(early.await.unwrap(), Taken::Pointless);
    desk.work().await;
    desk.delete("e-1", 9).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::DeletionAsks));
    assert_eq!(desk.minutes(), [60]);
}

/// XB-78: what a person decided counts until the practice app says something else.
#[tokio::test]
async fn xb_78_an_entry_that_was_kept_follows_the_next_edit() {
    let desk = Desk::new().await;
    desk.settings(|it| it.time.deleted = Deleted::Ask).await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.delete("e-1", 9).await;
    desk.work().await;
    let id = EntryId::parse("e-1").unwrap();
    decide::decide_deletion(&desk.ports.store, &desk.firm, &id, Side::Xpm, desk.now())
        .await
        .unwrap();
    desk.work().await;
    desk.record_version(TimeEntry { seconds: 600, ..an_hour("e-1") }, 10).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [10]);
}

/// XB-74, XB-80: a release or a retry of what is neither held nor rejected disturbs nothing.
#[tokio::test]
async fn xb_74_a_release_of_what_is_not_held_changes_nothing_in_xpm() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::UncertainAfter);
    for _ in 0..20 {
        desk.ports.practice.fail_next(Method::TimesOfJob, Trouble::NotProcessed);
    }
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    assert!(matches!(desk.entry("e-2").await.push.state, State::Unknown { .. }));
    for id in ["e-1", "e-2"] {
        let id = EntryId::parse(id).unwrap();
        decide::release(&desk.ports.store, &desk.firm, &id, desk.now()).await.unwrap();
        decide::retry(&desk.ports.store, &desk.firm, &id, desk.now()).await.unwrap();
    }
    desk.rest().await;
    assert_eq!((desk.minutes(), desk.added()), (vec![60, 60], 2));
    assert_eq!(desk.calls(Method::UpdateTime), 0);
}

/// XB-83: what XPM holds stays where it is when its task is linked elsewhere, also when it is edited,
/// and moves by an update of the same entry when a person says so.
#[tokio::test]
async fn xb_83_booked_time_stays_on_its_job_until_it_is_moved() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    let before = desk.ids();
    desk.pass(SignedDuration::from_mins(1));
    desk.link_to("t-1", other_job(), "7a02").await;
    desk.record(TimeEntry { seconds: 600, ..an_hour("e-2") }).await;
    desk.record(an_hour("e-3")).await;
    desk.rest().await;
    let jobs = |desk: &Desk| -> Vec<(String, i64)> {
        desk.in_xpm().into_iter().map(|it| (it.job.to_string(), it.minutes)).collect()
    };
    let (old, new) = ("J000017".to_owned(), "J000018".to_owned());
    assert_eq!(jobs(&desk), [(old.clone(), 60), (old, 10), (new.clone(), 60)]);

    let task = desk.task_record("t-1").await;
    let preview = moving::elsewhere(&desk.ports.store, &desk.firm, &task).await.unwrap();
    assert_eq!(preview.len(), 2);
    moving::follow(&desk.ports.store, &desk.firm, &task, desk.now()).await.unwrap();
    desk.rest().await;
    assert_eq!(jobs(&desk)[..2], [(new.clone(), 60), (new, 10)]);
    assert_eq!(desk.ids()[..2], before);
    let left = moving::elsewhere(&desk.ports.store, &desk.firm, &task).await.unwrap();
    assert!(left.is_empty());
}

/// XB-76: moved to another task in the practice app, an entry follows at once.
#[tokio::test]
async fn xb_76_an_entry_moved_to_another_task_goes_to_that_tasks_job() {
    let desk = Desk::new().await;
    desk.task("t-2").await;
    desk.link_to("t-2", other_job(), "7a02").await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    let ids = desk.ids();
    desk.record(TimeEntry { task_id: TaskId::parse("t-2").ok(), ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.in_xpm()[0].job, other_job());
    assert_eq!(desk.ids(), ids);
}

/// XB-79: what was changed in XPM is shown, not written over by the next edit, and put right by one
/// decision in favour of either side.
#[tokio::test]
async fn xb_79_a_change_made_in_xpm_is_not_written_over_before_a_person_decides() {
    for (side, minutes) in [(Side::App, 30), (Side::Xpm, 45)] {
        let desk = Desk::new().await;
        desk.record(an_hour("e-1")).await;
        desk.work().await;
        let theirs = Timesheet { minutes: 45, ..sheet() };
        desk.drift("e-1", Drift::Changed(theirs.clone())).await;
        let uuid = desk.ids()[0].clone();
        let booked = Booked { uuid, sheet: theirs, invoiced: false, billable: None };
        desk.ports.practice.edit_time(&tenant(), booked);

        desk.record(TimeEntry { seconds: 1800, ..an_hour("e-1") }).await;
        desk.rest().await;
        assert_eq!(desk.minutes(), [45], "written over");
        assert_eq!(desk.held("e-1").await, Some(Reason::ChangedInXpm));

        let id = EntryId::parse("e-1").unwrap();
        decide::repair(&desk.ports.store, &desk.firm, &id, side, desk.now()).await.unwrap();
        desk.rest().await;
        assert_eq!(desk.minutes(), [minutes], "{side:?}");
        let entry = desk.entry("e-1").await;
        assert_eq!(Standing::of(&entry).stage, Stage::Pushed);
        assert_eq!(entry.drift, None);
    }
}

/// XB-84: XPM's task decides whether time is billed; where that is not what the practice app says, it
/// is told, and no longer once both agree.
#[tokio::test]
async fn xb_84_a_disagreement_over_billing_is_told() {
    let desk = Desk::new().await;
    desk.record(TimeEntry { billable: Some(false), ..an_hour("e-1") }).await;
    desk.record(TimeEntry { billable: Some(true), ..an_hour("e-2") }).await;
    desk.record(an_hour("e-3")).await;
    desk.work().await;
    assert_eq!(desk.waiting_for(Reason::BillableMismatch).await, ["e-1"]);
    desk.record(TimeEntry { billable: Some(true), ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.waiting_for(Reason::BillableMismatch).await, [""; 0]);
    assert_eq!(desk.minutes(), [60, 60, 60]);
}

async fn ambiguous() -> Desk {
    let desk = Desk::new().await;
    desk.ports.practice.put_time(&tenant(), sheet());
    desk.ports.practice.put_time(&tenant(), sheet());
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert!(matches!(desk.entry("e-1").await.push.state, State::Ambiguous { .. }));
    desk
}

async fn decide(desk: &Desk, chosen: Option<&domain::ids::XpmUuid>) -> Taken {
    let id = EntryId::parse("e-1").unwrap();
    decide::choose(&desk.ports.store, &desk.firm, &id, chosen, desk.now()).await.unwrap()
}

impl Desk {
    /// A comparison found this.
    async fn drift(&self, id: &str, drift: Drift) {
        records::amend(&self.ports.store, &self.firm, id, |it: Option<EntryRecord>| {
            let it = EntryRecord { drift: Some(drift.clone()), ..it.unwrap() };
            records::Edit::Write(it, vec![], ())
        })
        .await
        .unwrap();
    }
}
