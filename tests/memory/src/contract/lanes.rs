use std::collections::BTreeSet;

use domain::ids::FirmId;
use domain::ports::{
    Change, Committed, Expect, Key, Kind, LANE_SHARDS, Lane, LaneState, Lanes, Range, Store,
};
use jiff::Timestamp;
use serde_json::json;

use super::{at, firm};

/// Lanes lose no mark, and are quietened only by whoever saw the last one.
pub async fn lanes_contract(lanes: &(impl Lanes + Store)) {
    a_mark_lasts_until_it_is_settled(lanes).await;
    a_mark_made_meanwhile_is_not_settled(lanes).await;
    the_earliest_due_stays(lanes).await;
    a_lane_never_marked_may_be_settled(lanes).await;
    who_waits_is_found_in_one_shard_earliest_first(lanes).await;
    a_lane_is_seen_and_erased_by_the_store(lanes).await;
    g55_a_lane_that_is_not_there_does_not_come_into_being_by_having_nothing_due(lanes).await;
}

async fn g55_a_lane_that_is_not_there_does_not_come_into_being_by_having_nothing_due(
    lanes: &(impl Lanes + Store),
) {
    let firm = firm("nothing");
    assert!(lanes.settle(&firm, Lane::Time, 0, None).await.unwrap());
    let key = Key::new(&firm, Kind::Lane, Lane::Time.as_str());
    assert_eq!(lanes.read(&key).await.unwrap(), None);
    assert!(lanes.settle(&firm, Lane::Time, 0, Some(at(1))).await.unwrap());
    assert!(lanes.settle(&firm, Lane::Time, 0, None).await.unwrap());
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap().due_at, None);
}

async fn a_mark_lasts_until_it_is_settled(lanes: &impl Lanes) {
    let firm = firm("marked");
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), LaneState::default());

    lanes.mark(&firm, Lane::Time, at(5)).await.unwrap();
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), state(1, 0, Some(at(5))));
    assert_eq!(lanes.look(&firm, Lane::Jobs).await.unwrap(), LaneState::default());
    assert!(waits(lanes, &firm, at(5)).await);
    assert!(!waits(lanes, &firm, at(4)).await);

    assert!(lanes.settle(&firm, Lane::Time, 1, Some(at(9))).await.unwrap());
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), state(1, 1, Some(at(9))));
    assert!(!waits(lanes, &firm, at(8)).await);
    assert!(lanes.settle(&firm, Lane::Time, 1, None).await.unwrap());
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), state(1, 1, None));
    assert!(!waits(lanes, &firm, at(99)).await);

    lanes.mark(&firm, Lane::Time, at(7)).await.unwrap();
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), state(2, 1, Some(at(7))));
}

async fn a_mark_made_meanwhile_is_not_settled(lanes: &impl Lanes) {
    let firm = firm("meanwhile");
    lanes.mark(&firm, Lane::Contacts, at(0)).await.unwrap();
    let seen = lanes.look(&firm, Lane::Contacts).await.unwrap().marks;
    lanes.mark(&firm, Lane::Contacts, at(0)).await.unwrap();

    assert!(!lanes.settle(&firm, Lane::Contacts, seen, None).await.unwrap());
    assert!(!lanes.settle(&firm, Lane::Contacts, 0, None).await.unwrap());
    assert_eq!(lanes.look(&firm, Lane::Contacts).await.unwrap(), state(2, 0, Some(at(0))));
    assert!(lanes.settle(&firm, Lane::Contacts, 2, None).await.unwrap());
}

async fn the_earliest_due_stays(lanes: &impl Lanes) {
    let firm = firm("earliest");
    for (mark, due) in [(5, 5), (9, 5), (5, 5), (3, 3), (4, 3)] {
        lanes.mark(&firm, Lane::Jobs, at(mark)).await.unwrap();
        assert_eq!(lanes.look(&firm, Lane::Jobs).await.unwrap().due_at, Some(at(due)));
    }
    assert_eq!(lanes.look(&firm, Lane::Jobs).await.unwrap().marks, 5);
}

async fn a_lane_never_marked_may_be_settled(lanes: &impl Lanes) {
    let firm = firm("unmarked");
    assert!(!lanes.settle(&firm, Lane::Time, 1, None).await.unwrap());
    assert!(lanes.settle(&firm, Lane::Time, 0, Some(at(3))).await.unwrap());
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), state(0, 0, Some(at(3))));
    lanes.mark(&firm, Lane::Time, at(1)).await.unwrap();
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), state(1, 0, Some(at(1))));
    assert!(!lanes.settle(&firm, Lane::Time, 0, None).await.unwrap());
}

async fn who_waits_is_found_in_one_shard_earliest_first(lanes: &impl Lanes) {
    let firms: Vec<FirmId> = (0..40).map(|n| firm(&format!("waits-{n}"))).collect();
    for (n, firm) in firms.iter().enumerate() {
        lanes.mark(firm, Lane::Refresh, at(100 - n as i64)).await.unwrap();
    }
    let mut seen = BTreeSet::new();
    for shard in 0..LANE_SHARDS {
        let found = lanes.waiting(Lane::Refresh, shard, at(100), 100).await.unwrap();
        let place = |it: &FirmId| firms.iter().position(|firm| firm == it).unwrap();
        assert!(found.is_sorted_by_key(|it| std::cmp::Reverse(place(it))));
        let first = lanes.waiting(Lane::Refresh, shard, at(100), 1).await.unwrap();
        assert_eq!(first, found.iter().take(1).cloned().collect::<Vec<_>>());
        assert!(found.into_iter().all(|it| seen.insert(it)), "a firm is in one shard only");
        assert_eq!(lanes.waiting(Lane::Refresh, shard, at(60), 100).await.unwrap(), vec![]);
    }
    assert_eq!(seen.len(), firms.len());
}

async fn a_lane_is_seen_and_erased_by_the_store(lanes: &(impl Lanes + Store)) {
    let firm = firm("erased");
    lanes.mark(&firm, Lane::Time, at(0)).await.unwrap();
    lanes.mark(&firm, Lane::Time, at(0)).await.unwrap();
    let key = Key::new(&firm, Kind::Lane, "time");
    let item = lanes.read(&key).await.unwrap().unwrap();
    assert_eq!((&item.body, item.due), (&json!({}), None));
    let page = lanes.list(&Range::of(&firm, Kind::Lane, "", 10)).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&item));
    assert_eq!(lanes.due(&firm, Lane::Time, at(9), 10).await.unwrap(), vec![]);

    let erase = vec![Change::Delete(key, Expect::Version(item.version))];
    assert_eq!(lanes.commit(erase).await.unwrap(), Committed::Done);
    assert_eq!(lanes.look(&firm, Lane::Time).await.unwrap(), LaneState::default());
    assert!(!waits(lanes, &firm, at(9)).await);
}

fn state(marks: u64, settled: u64, due_at: Option<Timestamp>) -> LaneState {
    LaneState { marks, settled, due_at }
}

async fn waits(lanes: &impl Lanes, firm: &FirmId, until: Timestamp) -> bool {
    let mut found = false;
    for shard in 0..LANE_SHARDS {
        found |= lanes.waiting(Lane::Time, shard, until, 100).await.unwrap().contains(firm);
    }
    found
}
