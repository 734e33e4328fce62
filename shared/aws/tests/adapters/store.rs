use aws::DynamoRecords;
use domain::ids::FirmId;
use domain::ports::{Change, Committed, Expect, Item, Key, Kind, Lane, Lanes, Range, Store};
use jiff::Timestamp;
use memory::contract::{lanes_contract, store_contract};
use serde_json::json;
use tokio::task::JoinSet;

use crate::stack::{RECORDS, dynamodb, sdk};

#[tokio::test]
async fn the_records_table_keeps_the_promises_of_a_store() {
    store_contract(&records().await).await;
}

#[tokio::test]
async fn the_records_table_keeps_the_promises_of_lanes() {
    lanes_contract(&records().await).await;
}

#[tokio::test]
async fn of_many_writers_who_saw_the_same_version_one_wins() {
    let store = records().await;
    let key = Key::new(&firm(), Kind::Token, "t");
    let put = |n: usize, expect| {
        let body = json!({ "n": n });
        Change::Put(Item { key: key.clone(), version: 0, body, due: None, expires: None }, expect)
    };
    assert_eq!(store.commit(vec![put(0, Expect::Absent)]).await.unwrap(), Committed::Done);
    let mut writers = JoinSet::new();
    for n in 1..=20 {
        let (store, mut changes) = (store.clone(), vec![put(n, Expect::Version(1))]);
        if n % 2 == 0 {
            let other = Key::new(&firm(), Kind::Entry, format!("{n}"));
            changes.push(Change::Delete(other, Expect::Any));
        }
        writers.spawn(async move { store.commit(changes).await.unwrap() });
    }
    let endings = writers.join_all().await;

    assert_eq!(endings.iter().filter(|it| **it == Committed::Done).count(), 1);
    assert_eq!(store.read(&key).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn no_mark_is_lost_between_markers_and_a_settler() {
    let store = records().await;
    let now = Timestamp::from_millisecond(1_795_348_800_000).unwrap();
    let mut markers = JoinSet::new();
    for marker in 0..8 {
        let store = store.clone();
        markers.spawn(async move {
            for n in 0..10 {
                let at = now + jiff::SignedDuration::from_millis((marker * n) % 5);
                store.mark(&firm(), Lane::Time, at).await.unwrap();
            }
        });
    }
    let mut settled = 0;
    while !markers.is_empty() {
        let seen = store.look(&firm(), Lane::Time).await.unwrap();
        if store.settle(&firm(), Lane::Time, seen.marks, None).await.unwrap() {
            settled = seen.marks;
        }
        while markers.try_join_next().is_some() {}
    }
    let lane = store.look(&firm(), Lane::Time).await.unwrap();

    assert_eq!((lane.marks, lane.settled), (80, settled));
    assert_eq!(lane.due_at.is_some(), settled < 80, "{lane:?}");
}

#[tokio::test]
async fn an_item_of_another_making_is_an_error_not_a_panic() {
    let url = dynamodb().await;
    let (client, store) = (sdk(&url).dynamodb(), DynamoRecords::new(sdk(&url).dynamodb(), RECORDS));
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.into());
    let put = client.put_item().table_name(RECORDS).item("pk", text("firm#entry"));
    put.item("sk", text("e")).item("version", text("one")).send().await.unwrap();

    assert!(store.read(&Key::new(&firm(), Kind::Entry, "e")).await.is_err());
    assert!(store.list(&Range::of(&firm(), Kind::Entry, "", 9)).await.is_err());
}

async fn records() -> DynamoRecords {
    DynamoRecords::new(sdk(&dynamodb().await).dynamodb(), RECORDS)
}

fn firm() -> FirmId {
    FirmId::parse("firm").unwrap()
}
