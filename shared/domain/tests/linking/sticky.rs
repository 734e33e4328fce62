//! What a person decided, and what is linked already, stays as it is.

use domain::journal::{Actor, Event, Sort};
use domain::linking::by_hand;
use domain::linking::task::{LinkState, TaskKind};
use domain::ports::{Clock, Ports};
use domain::reason::Reason;
use domain::time::work::work;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::desk::{Desk, ann, task_of};
use crate::interleaved::{self, CutPorts, Worker};

/// XB-51, XB-50: nothing that happens touches a link but the task's that was never linked.
#[tokio::test]
async fn xb_51_nothing_but_a_person_touches_what_a_person_decided() {
    for cause in 0..8 {
        let desk = Desk::new().await;
        for task in ["auto", "manual", "unlinked", "never"] {
            desk.task(task).await;
        }
        desk.link("manual", "J7", "7777").await;
        desk.unlink("unlinked").await;
        desk.unlink("never").await;
        desk.work().await;
        // A better candidate for each, should anyone look.
        desk.job_with("J2", date(2026, 2, 1), &[("bb01", "7a01"), ("bb02", "7a02")]);
        desk.allow("never").await;
        match cause {
            0 => desk.rest().await,
            1 => desk.map(Some("7a02")).await,
            2 => {
                desk.set(|it| it.auto_link.enabled = false).await;
                desk.work().await;
                desk.set(|it| it.auto_link.enabled = true).await;
            }
            3 => desk.connected_to("tenant-1").await,
            4 => desk.matched("c1").await,
            5 => desk.set(|it| it.auto_link.year_starts = "07-01".parse().unwrap()).await,
            6 => desk.ports.cache.clear(),
            _ => {
                for task in ["auto", "manual", "unlinked"] {
                    desk.task(task).await;
                }
            }
        }
        desk.work().await;
        desk.rest().await;
        let auto = (LinkState::Auto, "J1 aa01".to_owned(), None);
        assert_eq!(desk.stands("auto").await, auto, "{cause}");
        let manual = (LinkState::Manual, "J7 7777".to_owned(), None);
        assert_eq!(desk.stands("manual").await, manual, "{cause}");
        let gone = (LinkState::UnmappedByUser, String::new(), Some(Reason::StickyUnmapped));
        assert_eq!(desk.stands("unlinked").await, gone, "{cause}");
        // The rule was at work all the while.
        assert_ne!(desk.stands("never").await.2, Some(Reason::StickyUnmapped), "{cause}");
        assert_eq!(desk.events("unlinked").await, [Event::TaskUnlinked], "{cause}");
    }
}

/// XB-52: by hand after a person took the link away, to a task that the mapping does not name, and
/// away again.
#[tokio::test]
async fn xb_52_a_person_links_and_unlinks_as_they_like() {
    let desk = Desk::new().await;
    desk.task("t-1").await;
    desk.work().await;
    desk.unlink("t-1").await;
    desk.work().await;
    desk.link("t-1", "J7", "7777").await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await, (LinkState::Manual, "J7 7777".into(), None));
    desk.unlink("t-1").await;
    desk.rest().await;
    assert_eq!(desk.stands("t-1").await.0, LinkState::UnmappedByUser);
    desk.allow("t-1").await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await, (LinkState::Auto, "J1 aa01".into(), None));

    use Event::{TaskLinkAllowed, TaskLinked, TaskUnlinked};
    let told = desk.told(Sort::Task, "t-1").await;
    let events: Vec<(Event, bool)> =
        told.iter().map(|it| (it.event, it.actor == Actor::Rule)).collect();
    let expected = [
        (TaskLinked, true),
        (TaskUnlinked, false),
        (TaskLinked, false),
        (TaskUnlinked, false),
        (TaskLinkAllowed, false),
        (TaskLinked, true),
    ];
    assert_eq!(events, expected);
    assert_eq!(told[1].actor, ann());
    assert_eq!(told[1].before.as_ref().unwrap()["place"]["job_number"], "J1");
    assert_eq!(told[2].after.as_ref().unwrap()["place"]["job_number"], "J7");
}

/// XB-55: whenever a person takes the link away while the sweep is at it, the person wins.
#[tokio::test]
async fn xb_55_a_person_who_unlinks_during_the_sweep_wins() {
    let (mut before, mut after) = (0, 0);
    for seed in 0..200 {
        let desk = Desk::new().await;
        desk.task("t-1").await;
        let ports = CutPorts::new(&desk.ports);
        let sweep: Worker<'_, ()> = Box::pin(async {
            let at = ports.clock().now() + SignedDuration::from_secs(60);
            work(&ports, &desk.firm, domain::deadline::Deadline { at }).await.unwrap();
        });
        let person: Worker<'_, ()> = Box::pin(async {
            for _ in 0..seed {
                interleaved::cut().await;
            }
            let (id, by) = (task_of("t-1").id, ann());
            let now = desk.now();
            by_hand::unlink(ports.store(), &desk.firm, &id, &by, now).await.unwrap();
        });
        interleaved::all(seed, vec![sweep, person]);
        desk.rest().await;
        assert_eq!(desk.stands("t-1").await.0, LinkState::UnmappedByUser, "{seed}");
        match desk.events("t-1").await[..] {
            [Event::TaskUnlinked] => before += 1,
            [Event::TaskLinked, Event::TaskUnlinked] => after += 1,
            ref other => panic!("{seed}: {other:?}"),
        }
    }
    assert!(before > 0 && after > 0, "{before} before and {after} after the link");
}

/// XB-24: a contact that is matched with another client keeps its tasks' links, with a flag; matched
/// as before, the flag is gone. XB-25: alerts the same.
#[tokio::test]
async fn xb_24_a_client_matched_anew_flags_links_and_moves_none() {
    let desk = Desk::new().await;
    desk.task("t-1").await;
    desk.state(domain::linking::task::Task { kind: TaskKind::Alert, ..task_of("t-2") }).await;
    desk.link("t-3", "J7", "7777").await;
    desk.task("t-3").await;
    desk.link("t-3", "J7", "7777").await;
    desk.work().await;
    for (client, reason) in [("c2", Some(Reason::ClientRelinked)), ("c1", None)] {
        desk.matched(client).await;
        desk.work().await;
        for task in ["t-1", "t-2"] {
            assert_eq!(desk.stands(task).await, (LinkState::Auto, "J1 aa01".into(), reason));
        }
        assert_eq!(desk.stands("t-3").await, (LinkState::Manual, "J7 7777".into(), reason));
    }
    assert_eq!(desk.events("t-1").await, [Event::TaskLinked]);
    // A new task goes by the present client.
    desk.matched("c2").await;
    desk.task("t-4").await;
    desk.work().await;
    assert_eq!(desk.stands("t-4").await.2, Some(Reason::NoOpenJob));
}

/// XB-61: what was rolled over keeps its old link, and a new one is not linked across.
#[tokio::test]
async fn xb_61_a_task_rolled_over_keeps_its_link_and_gets_none_by_rule() {
    let desk = Desk::new().await;
    desk.task("t-1").await;
    desk.work().await;
    desk.job("J2", "bb01", date(2027, 1, 1));
    let rolled = |id: &str| domain::linking::task::Task {
        rolled_over: true,
        start_date: Some(date(2027, 2, 1)),
        ..task_of(id)
    };
    desk.state(rolled("t-1")).await;
    desk.state(rolled("t-2")).await;
    desk.rest().await;
    assert_eq!(desk.stands("t-1").await.1, "J1 aa01");
    assert_eq!(desk.stands("t-2").await.2, Some(Reason::RolledOver));
}

/// XB-22: the job that was missing is created in XPM, and the task follows without anyone's help.
#[tokio::test]
async fn xb_22_a_task_is_linked_when_its_job_appears() {
    let desk = Desk::new().await;
    desk.state(domain::linking::task::Task {
        start_date: Some(date(2027, 2, 1)),
        ..task_of("t-1")
    })
    .await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.2, Some(Reason::NoJobInPeriod));
    desk.job("J2", "bb01", date(2027, 1, 1));
    desk.rest().await;
    assert_eq!(desk.stands("t-1").await.1, "J2 bb01");
}
