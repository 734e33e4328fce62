//! Pushing: each entry is booked once, and there is a reason for everything that is not.

use domain::firm::{Deleted, LateLink};
use domain::ids::{EntryId, TaskId, UserId};
use domain::journal::Event;
use domain::ports::Limit;
use domain::practice::{Staff, Timesheet};
use domain::reason::Reason;
use domain::time::decide;
use domain::time::entry::{TimeEntry, When};
use domain::time::push::State;
use domain::time::standing::{Stage, Standing};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use memory::practice::{Done, Method, Trouble};

use crate::desk::{Desk, an_hour, job_number, sheet, tenant, uuid};

#[tokio::test]
async fn xb_70_time_on_a_linked_task_becomes_exactly_one_entry() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert_eq!(
        desk.in_xpm(),
        [Timesheet {
            job: job_number(),
            job_task: uuid("7a01"),
            staff: uuid("5701"),
            date: date(2026, 11, 22),
            minutes: 60,
            note: "reconciled the bank".into(),
        }]
    );
    let pushed = desk.entry("e-1").await;
    assert_eq!(pushed.push.state, State::Confirmed);
    assert_eq!(pushed.push.pushed_version, Some(1));
}

/// G12, XB-77: ten times, shuffled with an edit and a deletion of another, the newest version stands.
#[tokio::test]
async fn g12_repeated_and_shuffled_events_have_one_effect() {
    let desk = Desk::new().await;
    let edit = TimeEntry { seconds: 5400, ..an_hour("e-1") };
    for round in 0..10 {
        desk.record_version(edit.clone(), 2).await;
        desk.record_version(an_hour("e-1"), 1).await;
        if round % 3 == 0 {
            desk.work().await;
        }
        desk.delete("e-2", 3).await;
        desk.record_version(an_hour("e-2"), 2).await;
    }
    desk.work().await;
    assert_eq!(desk.minutes(), [90]);
    assert_eq!(desk.added(), 1);
    assert_eq!(desk.entry("e-2").await.push.state, State::Deleted);
}

#[tokio::test]
async fn xb_73_time_of_an_unmapped_person_waits_and_follows_the_mapping() {
    let desk = Desk::new().await;
    let entry = TimeEntry { user_id: UserId::parse("u-2").unwrap(), ..an_hour("e-1") };
    desk.record(entry).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::StaffUnmapped));
    assert_eq!(desk.added(), 0);

    desk.person("u-2", "bob@example.com").await;
    desk.work().await;
    assert_eq!(desk.in_xpm()[0].staff, uuid("5702"));
}

/// XB-73, XB-31: someone new on XPM's staff list is found once its copy is no longer believed.
#[tokio::test]
async fn xb_73_time_follows_when_xpm_learns_of_the_person() {
    let desk = Desk::new().await;
    desk.person("u-3", "eve@example.com").await;
    let entry = TimeEntry { user_id: UserId::parse("u-3").unwrap(), ..an_hour("e-1") };
    desk.record(entry).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::StaffUnmapped));
    let eve =
        Staff { uuid: uuid("5703"), name: "Eve".into(), email: Some("eve@example.com".into()) };
    desk.ports.practice.put_staff(&tenant(), eve);
    desk.ports.practice.allow_unassigned(true);
    desk.rest().await;
    assert_eq!(desk.in_xpm()[0].staff, uuid("5703"));
}

#[tokio::test]
async fn xb_74_time_outside_a_task_is_held() {
    let desk = Desk::new().await;
    desk.record(TimeEntry { task_id: None, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::NoTask));
    assert_eq!(desk.added(), 0);
}

/// XB-74: a timer started before the link existed is held until someone releases it.
#[tokio::test]
async fn xb_74_time_from_before_the_link_is_held_until_it_is_released() {
    let desk = Desk::new().await;
    let started_at = desk.now() - SignedDuration::from_hours(1);
    let when = When::Span { started_at, ended_at: None };
    desk.record(TimeEntry { when: when.clone(), ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::LateLink));

    let id = EntryId::parse("e-1").unwrap();
    decide::release(&desk.ports.store, &desk.firm, &id, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.minutes(), [60]);

    desk.settings(|it| it.time.late_link = LateLink::Release).await;
    desk.record(TimeEntry { when, ..an_hour("e-2") }).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [60, 60]);
}

#[tokio::test]
async fn xb_74_time_received_before_its_task_was_linked_is_held_when_the_link_comes() {
    let desk = Desk::new().await;
    desk.task("t-2").await;
    let entry = TimeEntry { task_id: Some(TaskId::parse("t-2").unwrap()), ..an_hour("e-1") };
    desk.record(entry).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::TaskUnlinked));

    desk.pass(SignedDuration::from_mins(5));
    desk.link("t-2").await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::LateLink));
    assert_eq!(desk.added(), 0);
}

#[tokio::test]
async fn xb_75_a_running_timer_waits_until_it_is_stopped() {
    let desk = Desk::new().await;
    desk.record(TimeEntry { running: true, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::Running));
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [60]);
}

#[tokio::test]
async fn xb_71_time_that_comes_to_no_minute_is_held_and_not_dropped() {
    let desk = Desk::new().await;
    desk.record(TimeEntry { seconds: 29, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::NoMinutes));
}

#[tokio::test]
async fn xb_76_an_edit_changes_the_same_entry() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    let before = desk.ids();
    let edit = TimeEntry {
        seconds: 1800,
        note: "half of it".into(),
        when: When::Day { date: date(2026, 11, 23) },
        ..an_hour("e-1")
    };
    desk.record(edit).await;
    desk.work().await;
    assert_eq!(desk.ids(), before);
    let entry = &desk.in_xpm()[0];
    assert_eq!((entry.minutes, entry.note.as_str()), (30, "half of it"));
    assert_eq!(entry.date, date(2026, 11, 23));
}

#[tokio::test]
async fn xb_77_an_edit_before_the_first_push_is_one_create() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.record(TimeEntry { seconds: 60, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!((desk.minutes(), desk.ports.practice.effects().len()), (vec![1], 1));
}

#[tokio::test]
async fn xb_78_a_deletion_and_an_edit_to_nothing_remove_the_entry() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [60, 60]);
    desk.delete("e-1", 9).await;
    desk.record(TimeEntry { seconds: 0, ..an_hour("e-2") }).await;
    desk.work().await;
    assert!(desk.minutes().is_empty());
}

#[tokio::test]
async fn xb_78_where_the_firm_wants_to_be_asked_a_deletion_waits() {
    let desk = Desk::new().await;
    desk.settings(|it| it.time.deleted = Deleted::Ask).await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.delete("e-1", 9).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::DeletionAsks));
    assert_eq!(desk.minutes(), [60]);
}

/// G6: after an update without an answer, what is wanted is written again, even if it is what was
/// there before; and not while the older request could still win.
#[tokio::test]
async fn g06_an_update_without_an_answer_is_not_taken_for_done_or_undone() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.ports.practice.fail_next(Method::UpdateTime, Trouble::UncertainAfter);
    desk.record(TimeEntry { seconds: 1800, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [30], "the update was to land");
    let sent = desk.now();
    desk.record(an_hour("e-1")).await;
    while desk.calls(Method::UpdateTime) < 2 {
        desk.pass(SignedDuration::from_secs(1));
        desk.work().await;
        assert!(desk.now() < sent + SignedDuration::from_secs(600), "never written again");
    }
    // T + Q of protocol P3.
    assert!(desk.now() >= sent + SignedDuration::from_secs(140));
    assert_eq!(desk.minutes(), [60]);
}

/// G3: a deletion without an answer, and the entry is wanted back: no minute is lost.
#[tokio::test]
async fn g03_an_entry_restored_after_an_uncertain_deletion_is_booked_again() {
    for (trouble, adds) in [(Trouble::UncertainAfter, 2), (Trouble::Uncertain, 1)] {
        let desk = Desk::new().await;
        desk.record(an_hour("e-1")).await;
        desk.work().await;
        desk.ports.practice.fail_next(Method::DeleteTime, trouble.clone());
        desk.delete("e-1", 5).await;
        desk.work().await;
        desk.record_version(an_hour("e-1"), 6).await;
        desk.rest().await;
        assert_eq!(desk.minutes(), [60], "{trouble:?}");
        assert_eq!(desk.added(), adds, "{trouble:?}");
    }
}

/// G15: an item that XPM refuses to be asked about does not stop the others.
#[tokio::test]
async fn g15_one_poisoned_item_blocks_only_itself() {
    let desk = Desk::new().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-1")).await;
    for _ in 0..20 {
        let refusal = Trouble::Refused(200, "Computer says no".into());
        desk.ports.practice.fail_next(Method::TimesOfJob, refusal);
    }
    desk.work().await;
    desk.record(TimeEntry { seconds: 120, ..an_hour("e-2") }).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [2]);
    assert!(matches!(desk.entry("e-1").await.push.state, State::Unknown { .. }));
    desk.rest().await;
    assert_eq!(desk.added(), 1, "an unanswered look is no proof");
}

/// XB-80, XB-82: a refusal ends the push, is not tried again, and is tried once more when asked for.
#[tokio::test]
async fn xb_80_a_refusal_is_an_end_with_a_reason() {
    let desk = Desk::new().await;
    let refusal = Trouble::Refused(200, "Time cannot be added to a locked period".into());
    desk.ports.practice.fail_next(Method::AddTime, refusal);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.pass(SignedDuration::from_hours(2));
    desk.work().await;
    let refused = desk.entry("e-1").await.push;
    assert!(matches!(refused.state, State::Rejected { reason: Reason::PeriodLocked, .. }));
    assert_eq!(refused.words.as_deref(), Some("Time cannot be added to a locked period"));
    assert_eq!(desk.calls(Method::AddTime), 1);

    let id = EntryId::parse("e-1").unwrap();
    decide::retry(&desk.ports.store, &desk.firm, &id, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.minutes(), [60]);
}

/// XB-81, G2: XPM booked it and the answer was lost: one entry, found again.
#[tokio::test]
async fn g02_an_answer_lost_after_the_booking_leaves_one_entry() {
    let desk = Desk::new().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::UncertainAfter);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert_eq!(desk.entry("e-1").await.push.state, State::Confirmed);
    assert_eq!((desk.added(), desk.calls(Method::AddTime)), (1, 1));

    desk.record(TimeEntry { seconds: 600, ..an_hour("e-1") }).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [10]);
}

/// G4: a create that left no trace is sent again only after the quiet time and two looks 30 s apart.
#[tokio::test]
async fn g04_an_uncertain_create_is_never_repeated_blindly() {
    let desk = Desk::new().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert!(matches!(desk.entry("e-1").await.push.state, State::Unknown { .. }));

    let sent = desk.now();
    while desk.calls(Method::AddTime) < 2 {
        desk.pass(SignedDuration::from_secs(1));
        desk.work().await;
        assert!(desk.now() < sent + SignedDuration::from_secs(600), "never sent again");
    }
    // T + Q = 20 s + 120 s, then 30 s more.
    assert!(desk.now() >= sent + SignedDuration::from_secs(170), "sent again at {}", desk.now());
    let quiet = sent + SignedDuration::from_secs(140);
    let looks: Vec<Timestamp> = desk
        .ports
        .practice
        .calls()
        .into_iter()
        .filter(|it| it.method == Method::TimesOfJob && it.at >= quiet)
        .map(|it| it.at)
        .collect();
    assert_eq!(looks.len(), 2);
    assert!(looks[1].duration_since(looks[0]) >= SignedDuration::from_secs(30));
    assert_eq!(desk.minutes(), [60]);
}

/// G2: true twins are two entries, also when the answer to the second one was lost.
#[tokio::test]
async fn g02_twins_are_both_kept() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::UncertainAfter);
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [60, 60]);

    desk.ports.practice.fail_next(Method::AddTime, Trouble::UncertainAfter);
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-3")).await;
    desk.record(an_hour("e-4")).await;
    desk.work().await;
    desk.rest().await;
    assert_eq!(desk.minutes(), [60, 60, 60, 60]);
    let known: std::collections::BTreeSet<_> = desk.ids().into_iter().collect();
    assert_eq!(known.len(), 4);
}

/// G2: XPM carries out both of two twins late, and the second one's worker looks first. It must not take
/// the first one's entry: the first would be given up and sent again before its own comes.
#[tokio::test]
async fn g02_an_uncertain_twin_is_not_taken_while_the_own_request_may_still_come() {
    let desk = Desk::new().await;
    let xpm = &desk.ports.practice;
    xpm.fail_next(Method::AddTime, Trouble::Uncertain);
    xpm.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.pass(SignedDuration::from_secs(100));
    xpm.put_time(&tenant(), sheet());
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    for _ in 0..14 {
        desk.pass(SignedDuration::from_secs(10));
        desk.work().await;
    }
    xpm.put_time(&tenant(), sheet());
    desk.rest().await;
    assert_eq!(desk.minutes(), [60, 60]);
    for id in ["e-1", "e-2"] {
        assert_eq!(desk.entry(id).await.push.state, State::Confirmed);
    }
}

/// Protocol P1: more entries in XPM than can be ours are a person's business.
#[tokio::test]
async fn g03_more_entries_than_can_be_ours_are_left_to_a_person() {
    let desk = Desk::new().await;
    desk.ports.practice.put_time(&tenant(), sheet());
    desk.ports.practice.put_time(&tenant(), sheet());
    desk.ports.practice.fail_next(Method::AddTime, Trouble::Uncertain);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    let State::Ambiguous { candidates, .. } = desk.entry("e-1").await.push.state else {
        panic!("decided")
    };
    assert_eq!(candidates.len(), 2);
    desk.rest().await;
    assert_eq!(desk.calls(Method::AddTime), 1);
}

/// G20: the worker dies while the request is on the wire, before or after XPM booked it.
#[tokio::test]
async fn g20_a_worker_that_dies_while_sending_loses_and_doubles_nothing() {
    for trouble in [None, Some(Trouble::Uncertain), Some(Trouble::UncertainAfter)] {
        let desk = Desk::new().await;
        if let Some(trouble) = trouble.clone() {
            desk.ports.practice.fail_next(Method::AddTime, trouble);
        }
        desk.record(an_hour("e-1")).await;
        // The intent is written; nothing after it is.
        desk.die_after_commits(1).await;
        assert!(matches!(desk.entry("e-1").await.push.state, State::Sending { .. }), "{trouble:?}");
        desk.rest().await;
        assert_eq!(desk.minutes(), [60], "{trouble:?}");
        assert_eq!(desk.entry("e-1").await.push.state, State::Confirmed, "{trouble:?}");
    }
}

/// G15, G26: waiting is no try, and nothing is sent before `Retry-After`.
#[tokio::test]
async fn g26_over_a_limit_the_work_waits_and_goes_on_by_itself() {
    let desk = Desk::new().await;
    let hour = std::time::Duration::from_secs(3600);
    let throttled = Trouble::Throttled(Limit::Day, Some(hour));
    desk.ports.practice.fail_next(Method::AddTime, throttled);
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    let began = desk.now();
    while desk.added() == 0 {
        desk.pass(SignedDuration::from_mins(1));
        desk.work().await;
    }
    assert!(desk.now() >= began + SignedDuration::from_hours(1));
    assert_eq!(desk.calls(Method::AddTime), 2);
}

/// XB-03, XB-04: nothing is pushed before the set-up is complete, and nothing is lost by waiting.
#[tokio::test]
async fn xb_04_nothing_is_pushed_before_the_firm_is_ready() {
    let desk = Desk::new().await;
    desk.connection(|it| it.first_sync_at = None).await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert_eq!(desk.ports.practice.calls().len(), 0);
    let now = desk.now();
    desk.connection(|it| it.first_sync_at = Some(now)).await;
    desk.rest().await;
    assert_eq!(desk.minutes(), [60]);
}

/// XB-05: the former organisation's job numbers are other jobs in the new one.
#[tokio::test]
async fn xb_05_links_made_for_another_organisation_are_not_used() {
    let desk = Desk::new().await;
    desk.pass(SignedDuration::from_mins(1));
    let now = desk.now();
    desk.connection(|it| it.changed_at = Some(now)).await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    assert_eq!(desk.held("e-1").await, Some(Reason::FormerOrganisation));
    assert_eq!(desk.added(), 0);
    desk.pass(SignedDuration::from_mins(1));
    desk.link("t-1").await;
    desk.record(an_hour("e-2")).await;
    desk.work().await;
    assert_eq!(desk.minutes(), [60]);
}

/// G16, G17: a wake that is lost, and an index that lags, cost time but no work.
#[tokio::test]
async fn g16_work_is_found_by_the_sweep_when_its_message_is_lost() {
    let desk = Desk::new().await;
    desk.ports.store.lag_due(true);
    desk.record(an_hour("e-1")).await;
    desk.ports.wakes.take();
    desk.rest().await;
    assert_eq!(desk.minutes(), [60]);
}

/// XB-80: each of XPM's refusals ends the push with its reason, without a second try, on a create as
/// well as on an update; told in the journal in the same commit.
#[tokio::test]
async fn xb_80_each_refusal_is_terminal_and_told() {
    for (words, reason) in [
        ("The time entry has been invoiced and cannot be changed", Reason::Invoiced),
        ("Time cannot be recorded in a locked period", Reason::PeriodLocked),
        ("Time cannot be recorded on a completed job", Reason::JobClosed),
        ("The staff member is not assigned to this task", Reason::StaffNotOnJob),
        ("Invalid job identifier", Reason::JobMissing),
    ] {
        for update in [false, true] {
            let desk = Desk::new().await;
            let refusal = Trouble::Refused(200, words.into());
            if update {
                desk.record(an_hour("e-1")).await;
                desk.work().await;
                desk.ports.practice.fail_next(Method::UpdateTime, refusal);
                desk.record(TimeEntry { seconds: 60, ..an_hour("e-1") }).await;
            } else {
                desk.ports.practice.fail_next(Method::AddTime, refusal);
                desk.record(an_hour("e-1")).await;
            }
            desk.rest().await;
            let standing = Standing::of(&desk.entry("e-1").await);
            assert_eq!(standing, Standing { stage: Stage::Rejected, reason: Some(reason) });
            let calls = desk.calls(Method::AddTime) + desk.calls(Method::UpdateTime);
            assert_eq!(calls, if update { 2 } else { 1 }, "{words}");
            let told = desk.journal("e-1").await;
            assert_eq!(told.last().unwrap().reason, Some(reason));
            assert_eq!(told.last().unwrap().event, Event::TimeRejected);
            assert_eq!(told.len(), if update { 2 } else { 1 });
        }
    }
}

/// XB-80: where the firm wants it, who is not on the task is put on it, once, and the time is booked.
#[tokio::test]
async fn xb_80_one_switch_puts_the_person_on_the_job_first() {
    for (switched, refused_again) in [(false, false), (true, false), (true, true)] {
        let desk = Desk::new().await;
        desk.settings(|it| it.time.assign_staff = switched).await;
        desk.ports.practice.put_staff(
            &tenant(),
            Staff { uuid: uuid("5703"), name: "Eve".into(), email: Some("eve@example.com".into()) },
        );
        desk.person("u-3", "eve@example.com").await;
        let entry = TimeEntry { user_id: UserId::parse("u-3").unwrap(), ..an_hour("e-1") };
        if refused_again {
            let words = "The staff member is not assigned to the task".to_owned();
            for _ in 0..5 {
                desk.ports
                    .practice
                    .fail_next(Method::AddTime, Trouble::Refused(200, words.clone()));
            }
        }
        desk.record(entry).await;
        desk.rest().await;
        let booked = switched && !refused_again;
        assert_eq!(desk.minutes(), if booked { vec![60] } else { vec![] });
        assert_eq!(desk.calls(Method::AssignToTask), usize::from(switched));
        assert_eq!(desk.calls(Method::AddTime), if switched { 2 } else { 1 });
        let reason = (!booked).then_some(Reason::StaffNotOnJob);
        assert_eq!(Standing::of(&desk.entry("e-1").await).reason, reason);
    }
}

/// BY-08: what XPM holds is told with what it held before, once for each change.
#[tokio::test]
async fn by_08_every_push_is_in_the_journal_with_what_stood_there_before() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    desk.record(TimeEntry { seconds: 600, ..an_hour("e-1") }).await;
    desk.work().await;
    desk.ports.practice.fail_next(Method::AddTime, Trouble::UncertainAfter);
    desk.record(an_hour("e-2")).await;
    desk.delete("e-1", 9).await;
    desk.rest().await;
    let minutes = |it: &Option<serde_json::Value>| it.as_ref().map(|it| it["minutes"].clone());
    let told = |entries: Vec<domain::journal::Entry>| -> Vec<_> {
        entries.iter().map(|it| (it.event, minutes(&it.before), minutes(&it.after))).collect()
    };
    let pushed = Event::TimePushed;
    let (sixty, ten) = (Some(60.into()), Some(10.into()));
    assert_eq!(
        told(desk.journal("e-1").await),
        [(pushed, None, sixty.clone()), (pushed, sixty.clone(), ten.clone()), (pushed, ten, None)]
    );
    assert_eq!(told(desk.journal("e-2").await), [(pushed, None, sixty)]);
}

/// G1: without its intent written down, no creating request leaves.
#[tokio::test]
async fn g01_no_create_leaves_before_its_intent_is_durable() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.die_after_commits(0).await;
    assert_eq!(desk.calls(Method::AddTime), 0);
    assert_eq!(desk.entry("e-1").await.push.attempts, 0);
    desk.rest().await;
    let entry = desk.entry("e-1").await;
    assert_eq!((entry.push.attempts, desk.minutes()), (1, vec![60]));
}

/// G7: a worker that slept between its intent and its request sends nothing, and changes nothing.
#[tokio::test]
async fn g07_a_worker_that_was_paused_sends_nothing() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    let asleep = SignedDuration::from_hours(3);
    desk.ports.store.sleep_after_commit(asleep);
    desk.work().await;
    assert_eq!(desk.calls(Method::AddTime), 0);
    desk.rest().await;
    assert_eq!((desk.minutes(), desk.calls(Method::AddTime)), (vec![60], 1));
}

/// G13: what reaches XPM of one entry is never older than what reached it before.
#[tokio::test]
async fn g13_the_effects_on_an_entry_follow_its_versions() {
    let desk = Desk::new().await;
    for (round, version) in [3, 1, 4, 2, 7, 5, 6, 9, 8].into_iter().enumerate() {
        // The minutes tell the version.
        let seconds = 60 * u32::try_from(version).unwrap();
        if round % 3 == 1 {
            desk.ports.practice.fail_next(Method::UpdateTime, Trouble::UncertainAfter);
        }
        desk.record_version(TimeEntry { seconds, ..an_hour("e-1") }, version).await;
        desk.work().await;
        if round % 2 == 0 {
            desk.rest().await;
        }
    }
    desk.rest().await;
    let told: Vec<i64> = desk
        .ports
        .practice
        .effects()
        .into_iter()
        .filter_map(|it| {
            let (Done::TimeAdded(it) | Done::TimeUpdated(it)) = it.done else { return None };
            Some(it.sheet.minutes)
        })
        .collect();
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(desk.minutes(), [9]);
}
