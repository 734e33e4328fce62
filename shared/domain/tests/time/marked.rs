//! Notes that carry a marker: an entry is known again in XPM whatever became of it (protocol P1).

use domain::practice::{Booked, Timesheet};
use domain::reason::Reason;
use domain::time::entry::TimeEntry;
use domain::time::marker::bare;
use domain::time::push::State;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, an_hour, sheet, tenant};

/// G2: the marker stands at the end of the note in XPM, is the entry's own, and is no difference.
#[tokio::test]
async fn g02_a_note_ends_in_the_entrys_own_marker_which_is_no_difference() {
    let desk = with_markers().await;
    for id in ["e-1", "e-2"] {
        desk.record(an_hour(id)).await;
    }
    desk.rest().await;
    let notes: Vec<String> = desk.in_xpm().into_iter().map(|it| it.note).collect();
    for note in &notes {
        assert_eq!(bare(note), "reconciled the bank");
        assert!(note.starts_with("reconciled the bank [ref:") && note.ends_with(']'), "{note}");
        assert_eq!(note.len(), "reconciled the bank".len() + 1 + 22);
    }
    assert_ne!(notes[0], notes[1], "twins are told apart");
    let effects = desk.ports.practice.effects().len();
    a_day(&desk).await;
    assert_eq!(desk.calls(Method::TimesOfStaff), 1);
    assert_eq!(desk.waiting_for(Reason::ChangedInXpm).await, [""; 0]);
    assert_eq!(desk.ports.practice.effects().len(), effects);
}

/// XB-76: switched on or off, what was booked before is left alone; what is edited then goes as it is now.
#[tokio::test]
async fn xb_76_switching_the_marker_edits_nothing_by_itself() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.rest().await;
    for (on, note) in [(true, "reconciled the bank"), (false, "again")] {
        desk.settings(|it| it.time.note_marker = on).await;
        let effects = desk.ports.practice.effects().len();
        desk.task("t-1").await;
        desk.rest().await;
        assert_eq!(desk.ports.practice.effects().len(), effects, "{on}");
        assert_eq!(bare(&desk.in_xpm()[0].note), note);
        let seconds = if on { 1800 } else { 900 };
        desk.record(TimeEntry { note: "again".into(), seconds, ..an_hour("e-1") }).await;
        desk.rest().await;
        let now = desk.in_xpm()[0].note.clone();
        assert_eq!((bare(&now), bare(&now) != now), ("again", on));
    }
}

/// G2, G4: a lost create is told from what someone recorded in the same words, and found although
/// somebody has changed it since; it is adopted, and never another's.
#[tokio::test]
async fn g02_a_lost_create_is_known_by_its_marker_alone() {
    for (trouble, changed) in [
        (Trouble::UncertainAfter, false),
        (Trouble::UncertainAfter, true),
        (Trouble::Uncertain, false),
    ] {
        let desk = with_markers().await;
        let stranger = desk.ports.practice.put_time(&tenant(), sheet());
        desk.ports.practice.fail_next(Method::AddTime, trouble.clone());
        for _ in 0..2 {
            desk.ports.practice.fail_next(Method::TimesOfJob, Trouble::Uncertain);
        }
        desk.record(an_hour("e-1")).await;
        desk.work().await;
        assert!(matches!(desk.entry("e-1").await.push.state, State::Unknown { .. }));
        if changed {
            let there = desk.ports.practice.times_now(&tenant()).pop().unwrap();
            let sheet = Timesheet { minutes: 45, ..there.sheet.clone() };
            desk.ports.practice.edit_time(&tenant(), Booked { sheet, ..there });
        }
        desk.rest().await;
        let known = desk.entry("e-1").await.push.known.unwrap();
        assert_ne!(known.uuid, stranger, "{trouble:?}");
        assert_eq!(desk.ids().len(), 2, "{trouble:?} {changed}");
        assert!(desk.ids().contains(&known.uuid));
        assert_eq!(desk.added(), 1, "{trouble:?} {changed}");
    }
}

async fn with_markers() -> Desk {
    let desk = Desk::new().await;
    desk.settings(|it| it.time.note_marker = true).await;
    desk
}

async fn a_day(desk: &Desk) {
    for _ in 0..144 {
        desk.pass(SignedDuration::from_mins(10));
        desk.work().await;
    }
}
