//! Many readers at once, across processes: one call to XPM, whoever dies on the way.

use domain::copies::{self, Copy, TASKS, Unavailable};
use domain::practice::{Client, Named};
use domain::reason::Reason;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::json;

use crate::desk::{Desk, MINUTE, SECOND, tenant};
use crate::interleaved::{CutPorts, Worker, finish, step};

type Answer = Result<Copy<Named>, Unavailable>;

/// XB-34: fifty readers find no copy at the same time, and one of them asks XPM.
#[tokio::test]
async fn xb_34_fifty_readers_at_once_are_one_call() {
    let desk = Desk::connected().await;
    let came = desk.now();
    for (second, calls) in [(0, 1), (599, 1), (601, 2)] {
        // Waiting moves the clock; the copy's ten minutes began when it was asked for.
        desk.ports.clock.set(came + SECOND * second);
        for copy in fifty(&desk) {
            let copy = copy.unwrap();
            assert_eq!((copy.items.len(), copy.stale), (1, false));
        }
        assert_eq!(desk.calls(Method::Tasks), calls, "{second} s");
    }
}

/// XB-34: in vain for one is in vain for all who waited: the old list with a flag, and never an
/// empty one; without an old list the reason.
#[tokio::test]
async fn xb_34_fifty_readers_of_a_silent_xpm_are_one_call_too() {
    let desk = Desk::connected().await;
    desk.ports.practice.fail_next(Method::Tasks, Trouble::Uncertain);
    for none in fifty(&desk) {
        assert_eq!(none.unwrap_err().reason(), Reason::XpmUnreachable);
    }
    assert_eq!(desk.calls(Method::Tasks), 1);

    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    desk.pass(MINUTE * 11);
    desk.ports.practice.fail_next(Method::Tasks, Trouble::NotProcessed);
    for old in fifty(&desk) {
        let old = old.unwrap();
        assert_eq!((old.items.len(), old.stale), (1, true));
    }
    assert_eq!(desk.calls(Method::Tasks), 3);
    // Who comes after that asks again at once.
    assert!(!copies::tasks(&desk.ports, desk.asker()).await.unwrap().stale);
}

/// A reader that dies while it asks keeps others waiting for seconds, not for good; and what they
/// are told meanwhile is no empty list.
#[tokio::test]
async fn xb_34_a_reader_that_dies_while_it_asks_is_not_waited_for_longer_than_its_lease() {
    let desk = Desk::connected().await;
    let ports = CutPorts::new(&desk.ports);
    let mut dying: Worker<'_, Answer> = Box::pin(copies::tasks(&ports, desk.asker()));
    while !leased(&desk) {
        assert!(step(&mut dying).is_none());
    }
    drop(dying);
    let came = desk.now();
    let late = copies::tasks(&desk.ports, desk.asker()).await.unwrap_err();
    assert_eq!(late.reason(), Reason::XpmUnreachable);
    assert_eq!(desk.now(), came + SECOND * 6);
    assert_eq!(desk.calls(Method::Tasks), 0);
    desk.ports.clock.set(came + SECOND * 25);
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!(desk.calls(Method::Tasks), 1);
}

/// XB-33: what was read before our own write does not become the copy after it.
#[tokio::test]
async fn xb_33_what_xpm_was_asked_before_a_change_is_not_kept_after_it() {
    let desk = Desk::connected().await;
    let ports = CutPorts::new(&desk.ports);
    let mut asking: Worker<'_, Answer> = Box::pin(copies::tasks(&ports, desk.asker()));
    while desk.calls(Method::Tasks) == 0 {
        assert!(step(&mut asking).is_none());
    }
    desk.fill("tenant-1", "Renamed");
    copies::forget(&desk.ports, &desk.firm, TASKS).await.unwrap();
    assert_eq!(finish(asking).unwrap().items[0].name, "Accounts");
    let next = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!(next.items[0].name, "Renamed");
}

/// XB-32: searches and single jobs belong to the organisation they were read from, like every copy,
/// and that nothing was found is believed no longer than anything else.
#[tokio::test]
async fn xb_32_a_search_in_vain_is_believed_for_ten_minutes_in_its_organisation() {
    let desk = Desk::connected().await;
    let found = async || copies::search(&desk.ports, desk.asker(), "acme").await.unwrap().items;
    assert_eq!(found().await, []);
    let acme: Client = serde_json::from_value(json!({"uuid": "c1", "name": "Acme"})).unwrap();
    desk.ports.practice.put_client(&tenant("tenant-1"), acme);
    desk.pass(SECOND * 599);
    assert_eq!(found().await, []);
    desk.pass(SECOND * 2);
    assert_eq!(found().await.len(), 1);
    assert_eq!(desk.calls(Method::SearchClients), 2);

    desk.ports.identity.disconnect(&tenant("tenant-1"));
    desk.ports.identity.connect("ann", &tenant("tenant-2"), "Other");
    desk.fill("tenant-2", "Other's");
    desk.consent("ann").await;
    assert_eq!(found().await, []);
}

/// XB-32: that XPM does not know a job is believed for ten minutes, and not a second longer.
#[tokio::test]
async fn xb_32_a_job_that_was_not_there_is_asked_for_again_after_ten_minutes() {
    let desk = Desk::connected().await;
    let number = domain::ids::JobNumber::parse("J000001").unwrap();
    for (passing, calls) in [(SignedDuration::ZERO, 1), (SECOND * 599, 1), (SECOND * 2, 2)] {
        desk.pass(passing);
        assert_eq!(copies::job(&desk.ports, desk.asker(), &number).await.unwrap().items, []);
        assert_eq!(desk.calls(Method::Job), calls);
    }
    // The row of the negative answer is still in place.
    assert!(desk.ports.cache.items().iter().any(|(key, _)| key.id == "job:J000001"));
}

/// Fifty readers, each a step at a time.
fn fifty(desk: &Desk) -> Vec<Answer> {
    let ports = CutPorts::new(&desk.ports);
    let reader = || -> Worker<'_, Answer> { Box::pin(copies::tasks(&ports, desk.asker())) };
    in_turn((0..50).map(|_| reader()).collect())
}

fn leased(desk: &Desk) -> bool {
    desk.ports.cache.items().iter().any(|(key, _)| key.id == "copy:tasks")
}

/// Runs all workers to their ends, each in turn up to its next cut.
fn in_turn<T>(workers: Vec<Worker<'_, T>>) -> Vec<T> {
    let mut running: Vec<_> = workers.into_iter().map(Some).collect();
    let mut ended = Vec::new();
    while running.iter().any(Option::is_some) {
        for worker in &mut running {
            if let Some(answer) = worker.as_mut().and_then(step) {
                ended.push(answer);
                *worker = None;
            }
        }
    }
    ended
}
