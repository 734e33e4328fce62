//! BY-09: the feed has no gap, repeats nothing, and keeps the order of each record.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::events::feed;
use domain::journal::{Entry, Event};
use domain::ports::{Clock, Kind, Lane, Lanes};
use domain::retention;
use jiff::SignedDuration;
use memory::MemoryPorts;
use proptest::prelude::*;

use crate::interleaved::{CutPorts, Worker, all, cut, finish, step};
use crate::office::{change, firm, follow, publish};

/// Everything that a follower has read.
type Heard = Vec<(u64, Entry)>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn by_09_a_follower_hears_each_change_once_and_each_records_changes_in_order(
        seed in any::<u64>(),
        writers in 1_usize..4,
        changes in 1_usize..14,
        killed_after in 0_usize..200,
        ages in 0_usize..30,
        lag in any::<bool>(),
    ) {
        let ports = MemoryPorts::default();
        ports.store.lag_due(lag);
        let cut_ports = CutPorts::new(&ports);
        let heard = RefCell::new(Heard::new());
        let mut workers: Vec<Worker<'_, ()>> = Vec::new();
        for n in 0..writers {
            workers.push(Box::pin(write(&ports, &cut_ports, n, changes)));
        }
        for _ in 0..2 {
            workers.push(Box::pin(async {
                for _ in 0..8 {
                    publish(&cut_ports).await.unwrap();
                }
            }));
        }
        workers.push(Box::pin(dies(&cut_ports, killed_after)));
        workers.push(Box::pin(listen(&cut_ports, &heard)));
        workers.push(Box::pin(async {
            for _ in 0..ages {
                for _ in 0..7 {
                    cut().await;
                }
                // Longer than a lease: whoever stands at a cut is overtaken.
                ports.clock.advance(SignedDuration::from_secs(61));
            }
        }));
        all(seed, workers);

        for _ in 0..3 {
            ports.clock.advance(SignedDuration::from_secs(61));
            finish(Box::pin(async { publish(&cut_ports).await.unwrap() }));
        }
        finish(Box::pin(listen(&cut_ports, &heard)));
        let heard = heard.into_inner();
        prop_assert_eq!(heard.len(), writers * changes, "each once");
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for ((number, entry), expected) in heard.iter().zip(1..) {
            prop_assert_eq!(*number, expected, "no gap");
            let before = last.insert(&entry.subject.id, entry.version).unwrap_or(0);
            prop_assert_eq!(entry.version, before + 1, "in order: {:?}", entry.subject);
        }
    }
}

/// One writer's changes of three things, told by a clock that is minutes off.
async fn write(ports: &MemoryPorts, cut_ports: &CutPorts<'_>, writer: usize, changes: usize) {
    let store = domain::ports::Ports::store(cut_ports);
    for n in 0..changes {
        let skew = SignedDuration::from_secs([240, -240, 0][writer % 3]);
        let at = ports.clock.now() + skew;
        change(store, &format!("c-{}", (n + writer) % 3), at).await.unwrap();
    }
}

/// A publisher that stops for good somewhere.
async fn dies(cut_ports: &CutPorts<'_>, steps: usize) {
    let mut worker: Worker<'_, _> = Box::pin(publish(cut_ports));
    for _ in 0..steps {
        if step(&mut worker).is_some() {
            return;
        }
        cut().await;
    }
}

/// Reads on from what was heard, a few at a time, as far as the feed goes now.
async fn listen(cut_ports: &CutPorts<'_>, heard: &RefCell<Heard>) {
    let store = domain::ports::Ports::store(cut_ports);
    let mut after = heard.borrow().last().map_or(0, |it| it.0);
    for _ in 0..100 {
        let stretch = follow(store, after, 3).await.unwrap();
        after = stretch.upto;
        heard.borrow_mut().extend(stretch.entries);
        if !stretch.more {
            cut().await;
        }
    }
}

#[tokio::test]
async fn by_09_a_commit_whose_answer_is_lost_places_nothing_twice() {
    let ports = MemoryPorts::default();
    for _ in 0..3 {
        change(&ports.store, "c-1", ports.clock.now()).await.unwrap();
    }
    ports.store.lose_answers(1);
    assert!(publish(&ports).await.is_err());
    ports.clock.advance(SignedDuration::from_secs(61));
    publish(&ports).await.unwrap();
    let heard = follow(&ports.store, 0, 200).await.unwrap();
    assert_eq!(heard.entries.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn by_09_a_thousand_changes_of_one_record_are_placed_in_one_go_and_the_lane_rests() {
    let ports = MemoryPorts::default();
    for _ in 0..1000 {
        change(&ports.store, "c-1", ports.clock.now()).await.unwrap();
    }
    let before = ports.store.commits();
    publish(&ports).await.unwrap();
    assert!(ports.store.commits() - before <= 34);
    ports.clock.advance(SignedDuration::from_secs(61));
    publish(&ports).await.unwrap();
    assert_eq!(ports.store.look(&firm(), Lane::Events).await.unwrap().due_at, None);
}

#[tokio::test]
async fn by_09_a_cursor_at_the_end_stays_good_and_leads_to_what_comes_later() {
    let ports = MemoryPorts::default();
    assert_eq!(follow(&ports.store, 0, 50).await.unwrap().upto, 0);
    change(&ports.store, "c-1", ports.clock.now()).await.unwrap();
    publish(&ports).await.unwrap();
    let first = follow(&ports.store, 0, 50).await.unwrap();
    assert_eq!((first.entries.len(), first.upto, first.more), (1, 1, false));
    assert_eq!(follow(&ports.store, 1, 50).await.unwrap().upto, 1);
    change(&ports.store, "c-2", ports.clock.now()).await.unwrap();
    publish(&ports).await.unwrap();
    let next = follow(&ports.store, 1, 50).await.unwrap();
    assert_eq!(next.entries[0].1.subject.id, "c-2");
}

#[tokio::test]
async fn by_09_what_was_not_wanted_is_passed_over_once() {
    let ports = MemoryPorts::default();
    for n in 0..40 {
        change(&ports.store, &format!("c-{n}"), ports.clock.now()).await.unwrap();
    }
    publish(&ports).await.unwrap();
    let made = |it: &feed::Place| it.event == Event::MatchMade;
    let none =
        feed::read(&ports.store, &firm(), None, 5, ports.clock.now(), made).await.unwrap().unwrap();
    assert_eq!((none.entries.len(), none.upto, none.more), (0, 40, false));
    let some =
        feed::read(&ports.store, &firm(), None, 5, ports.clock.now(), |it| it.number % 2 == 0)
            .await
            .unwrap()
            .unwrap();
    assert_eq!(some.entries.iter().map(|it| it.0).collect::<Vec<_>>(), [2, 4, 6, 8, 10]);
    assert_eq!((some.upto, some.more), (10, true));
}

/// A reading that meets a commit may see a later place and not yet an earlier one.
#[tokio::test]
async fn by_09_what_stands_beyond_a_gap_is_left_for_the_next_reading() {
    let ports = MemoryPorts::default();
    for n in 0..3 {
        change(&ports.store, &format!("c-{n}"), ports.clock.now()).await.unwrap();
    }
    publish(&ports).await.unwrap();
    let whole = ports.store.snapshot();
    let missing = domain::ports::Key::new(&firm(), Kind::Feed, "0000000000000002");
    let gone = domain::ports::Change::Delete(missing, domain::ports::Expect::Any);
    let _ = domain::ports::Store::commit(&ports.store, vec![gone]).await.unwrap();
    let torn = follow(&ports.store, 0, 50).await.unwrap();
    assert_eq!((torn.entries.len(), torn.upto), (1, 1));
    ports.store.restore(&whole);
    assert_eq!(follow(&ports.store, torn.upto, 50).await.unwrap().entries.len(), 2);
}

/// What is as large as a record may be still fits what Lambda answers with.
#[tokio::test]
async fn by_09_a_page_of_heavy_entries_is_handed_out_short() {
    let ports = MemoryPorts::default();
    let long = "x".repeat(150_000);
    for n in 0..40 {
        heavy(&ports, n, &long).await;
    }
    publish(&ports).await.unwrap();
    let (mut after, mut heard) = (0, 0);
    for _ in 0..40 {
        let page = follow(&ports.store, after, 200).await.unwrap();
        assert!(page.entries.len() <= 15);
        heard += page.entries.len();
        after = page.upto;
    }
    assert_eq!(heard, 40);
}

async fn heavy(ports: &MemoryPorts, n: usize, text: &str) {
    use domain::journal::{Actor, Sort, Subject, open};
    let now = ports.clock.now();
    open(&ports.store, &firm(), now).await.unwrap();
    let subject = Subject::new(Sort::Contact, n);
    let entry = Entry::new(subject, 1, Event::ContactCreated, Actor::App, now)
        .between(None, Some(&text))
        .unwrap();
    let change = entry.change(&firm()).unwrap();
    let _ = domain::ports::Store::commit(&ports.store, vec![change]).await.unwrap();
}

/// G55, G17: whatever is kept no more counts as gone, whether or not the store has deleted it.
#[tokio::test]
async fn g55_by_09_a_reader_who_comes_too_late_is_told_and_hears_all_that_is_kept() {
    for deletes in [false, true] {
        let ports = MemoryPorts::default();
        let age = retention::FEED + SignedDuration::from_hours(1);
        let old = ports.clock.now();
        for n in 0..7 {
            change(&ports.store, &format!("c-{}", n % 2), old).await.unwrap();
        }
        publish(&ports).await.unwrap();
        ports.clock.advance(age - SignedDuration::from_hours(48));
        for n in 0..3 {
            change(&ports.store, &format!("c-{n}"), ports.clock.now()).await.unwrap();
        }
        publish(&ports).await.unwrap();
        let office = firm();
        let read =
            |after| feed::read(&ports.store, &office, after, 50, ports.clock.now(), |_| true);
        let numbers = async |after| {
            let read: Option<feed::Stretch> = read(after).await.unwrap();
            read.map(|it| it.entries.iter().map(|it| it.0).collect::<Vec<_>>())
        };
        assert_eq!(numbers(None).await, Some((1..=10).collect()));
        ports.clock.advance(SignedDuration::from_hours(48));
        if deletes {
            assert_eq!(ports.store.expire(), 7, "seven places; their entries stay a little longer");
        }
        for cursor in [0, 3, 6] {
            assert_eq!(numbers(Some(cursor)).await, None, "{cursor} {deletes}");
        }
        assert_eq!(numbers(Some(7)).await, Some(vec![8, 9, 10]));
        assert_eq!(numbers(None).await, Some(vec![8, 9, 10]));
        assert_eq!(numbers(Some(10)).await, Some(vec![]));
        // And what happens next has its place, though the marks of all that is old are gone.
        ports.clock.advance(retention::FEED_MARK + SignedDuration::from_hours(1));
        ports.store.expire();
        change(&ports.store, "c-1", ports.clock.now()).await.unwrap();
        publish(&ports).await.unwrap();
        assert_eq!(numbers(Some(10)).await, Some(vec![11]));
    }
}
