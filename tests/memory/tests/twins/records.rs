//! The knobs of store, cache, queue and vault.

use domain::ids::FirmId;
use domain::ports::{
    Cache, CacheKey, Cached, Change, Clock, Committed, Due, Expect, Item, Key, Kind, LANE_SHARDS,
    Lane, Lanes, Seal, Secret, Shelf, Store, Vault, Wake, Wakes,
};
use jiff::{SignedDuration, Timestamp};
use memory::{MemoryCache, MemoryPorts};
use serde_json::json;

#[tokio::test]
async fn a_store_fails_before_or_after_the_write_as_it_is_told() {
    let store = &MemoryPorts::default().store;
    let commit = |id: &str| store.commit(vec![put(id, None)]);
    store.fail_commits(1);
    assert!(commit("before").await.is_err());
    store.lose_answers(1);
    assert!(commit("after").await.is_err());
    store.conflict_next(1);
    assert_eq!(commit("conflict").await.unwrap(), Committed::Conflict);
    assert_eq!(commit("done").await.unwrap(), Committed::Done);

    store.fail_reads(2);
    assert!(store.read(&key("done")).await.is_err());
    assert!(store.look(&firm(), Lane::Time).await.is_err());
    store.fail_lanes(1);
    assert!(store.mark(&firm(), Lane::Time, Timestamp::UNIX_EPOCH).await.is_err());
    let ids = store.items().into_iter().map(|it| it.key.id).collect::<Vec<_>>();
    assert_eq!((ids, store.commits()), (vec!["after".into(), "done".into()], 2));
}

#[tokio::test]
async fn the_index_of_what_is_due_lags_a_second_when_it_is_told_to() {
    let ports = MemoryPorts::default();
    let (store, now) = (&ports.store, ports.clock.now());
    let due = async || store.due(&firm(), Lane::Time, now, 9).await.unwrap().len();
    store.lag_due(true);
    let soon = Some(Due { lane: Lane::Time, at: now });
    assert_eq!(store.commit(vec![put("e", soon)]).await.unwrap(), Committed::Done);
    store.mark(&firm(), Lane::Time, now).await.unwrap();

    assert_eq!((due().await, waiting(store, now).await), (0, 0));
    ports.clock.advance(SignedDuration::from_secs(1));
    assert_eq!((due().await, waiting(store, now).await), (1, 1));
    assert_eq!(store.commit(vec![put("e", None)]).await.unwrap(), Committed::Done);
    assert_eq!(due().await, 1, "what was due still shows");
    store.lag_due(false);
    assert_eq!(due().await, 0);
}

#[tokio::test]
async fn g22_a_store_goes_back_to_an_earlier_point() {
    let store = &MemoryPorts::default().store;
    assert_eq!(store.commit(vec![put("a", None)]).await.unwrap(), Committed::Done);
    let earlier = store.snapshot();
    assert_eq!(store.commit(vec![put("b", None)]).await.unwrap(), Committed::Done);

    store.restore(&earlier);

    assert_eq!(store.items().len(), 1);
}

#[tokio::test]
async fn g17_what_is_past_its_time_stays_until_it_is_swept() {
    let cache = MemoryCache::new();
    let key = |id: &str| CacheKey::new(&firm(), Shelf::Lease, id);
    let [now, later] = [0, 1].map(|s| Timestamp::from_second(s).unwrap());
    for (id, expires_at) in [("a", later), ("b", later), ("c", Timestamp::MAX)] {
        let item = Cached { version: 0, body: json!({}), expires_at };
        assert_eq!(cache.keep(&key(id), item, Expect::Absent, now).await.unwrap(), Committed::Done);
    }

    cache.sweep(later, |key| key.id != "b");

    let left = cache.items().into_iter().map(|(key, _)| key.id).collect::<Vec<_>>();
    assert_eq!(left, ["b", "c"]);
    cache.fail_next(1);
    assert!(cache.fetch(&key("c"), now).await.is_err());
    cache.lose_answers(1);
    assert!(cache.forget(&key("c"), Expect::Any, now).await.is_err());
    assert_eq!(cache.fetch(&key("c"), now).await.unwrap(), None);
}

#[tokio::test]
async fn wakes_fail_get_lost_and_come_twice_as_they_are_told() {
    let wakes = &MemoryPorts::default().wakes;
    let wake = Wake { firm: firm(), lane: Lane::Time };
    wakes.fail_next(1);
    assert!(wakes.wake(&wake).await.is_err());
    wakes.lose_next(1);
    wakes.wake(&wake).await.unwrap();
    assert!(wakes.waiting().is_empty());
    wakes.repeat_next(1);
    wakes.wake(&wake).await.unwrap();

    assert_eq!(wakes.take().len(), 2);
    assert!(wakes.waiting().is_empty());
}

#[tokio::test]
async fn a_vault_that_is_down_says_so() {
    let vault = &MemoryPorts::default().vault;
    vault.fail_next(1);
    let place = Seal { firm: &firm(), kind: "token", version: 1 };

    assert!(vault.seal(&place, &Secret::new("s")).await.is_err());
}

async fn waiting(lanes: &impl Lanes, until: Timestamp) -> usize {
    let mut count = 0;
    for shard in 0..LANE_SHARDS {
        count += lanes.waiting(Lane::Time, shard, until, 9).await.unwrap().len();
    }
    count
}

fn firm() -> FirmId {
    FirmId::parse("firm").unwrap()
}

fn key(id: &str) -> Key {
    Key::new(&firm(), Kind::Entry, id)
}

fn put(id: &str, due: Option<Due>) -> Change {
    Change::Put(Item { key: key(id), version: 0, body: json!({}), due, expires: None }, Expect::Any)
}
