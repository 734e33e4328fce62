use std::collections::BTreeSet;

use domain::ids::FirmId;
use domain::ports::{Change, Committed, Due, Expect, Item, Key, Kind, Lane, Page, Range, Store};
use serde_json::{Value, json};

use super::{at, firm};

/// A store counts versions, commits all or nothing, lists in order, and keeps firms apart.
pub async fn store_contract(store: &impl Store) {
    versions_count_every_change(store).await;
    what_is_not_as_expected_is_a_conflict_and_changes_nothing(store).await;
    a_hundred_changes_are_made_together_or_not_at_all(store).await;
    what_cannot_be_committed_is_refused(store).await;
    a_body_comes_back_as_it_was(store).await;
    a_list_comes_in_pages_however_large(store).await;
    many_are_read_at_once(store).await;
    what_is_due_comes_earliest_first(store).await;
    g55_an_item_says_until_when_it_is_of_use(store).await;
    g46_a_key_of_one_firm_never_reads_anothers(store).await;
}

async fn versions_count_every_change(store: &impl Store) {
    let firm = firm("versions");
    let key = Key::new(&firm, Kind::Entry, "e");
    assert_eq!(store.read(&key).await.unwrap(), None);

    assert_eq!(put(store, &key, json!({"n": 1}), Expect::Absent).await, Committed::Done);
    assert_eq!(put(store, &key, json!({"n": 2}), Expect::Version(1)).await, Committed::Done);
    assert_eq!(put(store, &key, json!({"n": 3}), Expect::Any).await, Committed::Done);
    let there = store.read(&key).await.unwrap().unwrap();
    assert_eq!((there.version, &there.body), (3, &json!({"n": 3})));

    let other = Key::new(&firm, Kind::Entry, "f");
    assert_eq!(put(store, &other, json!({}), Expect::Any).await, Committed::Done);
    assert_eq!(store.read(&other).await.unwrap().unwrap().version, 1);

    for (expect, ending) in [
        (Expect::Absent, Committed::Conflict),
        (Expect::Version(2), Committed::Conflict),
        (Expect::Version(3), Committed::Done),
        (Expect::Version(3), Committed::Conflict),
        (Expect::Absent, Committed::Done),
        (Expect::Any, Committed::Done),
    ] {
        assert_eq!(delete(store, &key, expect).await, ending, "{expect:?}");
    }
    assert_eq!(store.read(&key).await.unwrap(), None);
    assert_eq!(store.commit(vec![]).await.unwrap(), Committed::Done);
}

async fn what_is_not_as_expected_is_a_conflict_and_changes_nothing(store: &impl Store) {
    let firm = firm("conflicts");
    let [a, b] = ["a", "b"].map(|id| Key::new(&firm, Kind::Task, id));
    assert_eq!(put(store, &a, json!({"n": 1}), Expect::Version(1)).await, Committed::Conflict);
    assert_eq!(store.read(&a).await.unwrap(), None);
    assert_eq!(put(store, &a, json!({"n": 1}), Expect::Absent).await, Committed::Done);
    assert_eq!(put(store, &a, json!({"n": 1}), Expect::Absent).await, Committed::Conflict);
    assert_eq!(put(store, &a, json!({"n": 2}), Expect::Version(2)).await, Committed::Conflict);

    let both = vec![
        Change::Put(item(&b, json!({})), Expect::Absent),
        Change::Put(item(&a, json!({"n": 2})), Expect::Version(7)),
    ];
    assert_eq!(store.commit(both).await.unwrap(), Committed::Conflict);
    assert_eq!(store.read(&b).await.unwrap(), None);
    let both = vec![
        Change::Put(item(&b, json!({})), Expect::Any),
        Change::Delete(a.clone(), Expect::Version(1)),
    ];
    assert_eq!(store.commit(both).await.unwrap(), Committed::Done);
    assert_eq!(store.read(&a).await.unwrap(), None);
    assert_eq!(store.read(&b).await.unwrap().unwrap().version, 1);
}

async fn a_hundred_changes_are_made_together_or_not_at_all(store: &impl Store) {
    let firm = firm("hundred");
    let key = |n: usize| Key::new(&firm, Kind::Match, format!("m-{n:03}"));
    let puts = |expect: Expect| {
        let put = |n| Change::Put(item(&key(n), json!({"n": n})), expect);
        (0..100).map(put).collect::<Vec<_>>()
    };
    assert_eq!(put(store, &key(57), json!({}), Expect::Absent).await, Committed::Done);
    assert_eq!(store.commit(puts(Expect::Absent)).await.unwrap(), Committed::Conflict);
    let all = Range::of(&firm, Kind::Match, "", 1000);
    assert_eq!(store.list(&all).await.unwrap().items.len(), 1);

    assert_eq!(delete(store, &key(57), Expect::Any).await, Committed::Done);
    assert_eq!(store.commit(puts(Expect::Absent)).await.unwrap(), Committed::Done);
    assert_eq!(store.commit(puts(Expect::Version(1))).await.unwrap(), Committed::Done);
    assert_eq!(store.commit(puts(Expect::Any)).await.unwrap(), Committed::Done);
    let items = store.list(&all).await.unwrap().items;
    assert_eq!(items.len(), 100);
    assert!(items.iter().all(|it| it.version == 3));
}

async fn what_cannot_be_committed_is_refused(store: &impl Store) {
    let firm = firm("refused");
    let key = |id: &str| Key::new(&firm, Kind::Contact, id);
    let put = |key: Key, body: Value| Change::Put(item(&key, body), Expect::Any);
    let large = json!({"text": "x".repeat(401 * 1024)});
    let nested = |levels| (1..levels).fold(json!({}), |deeper, _| json!({ "deeper": deeper }));
    for (why, changes) in [
        ("101 changes", (0..101).map(|n| put(key(&format!("{n}")), json!({}))).collect()),
        ("one key twice", vec![put(key("a"), json!({})), Change::Delete(key("a"), Expect::Any)]),
        ("no id", vec![put(key(""), json!({}))]),
        ("a long id", vec![put(key(&"x".repeat(1025)), json!({}))]),
        ("a body that is no object", vec![put(key("a"), json!([1]))]),
        ("a large body", vec![put(key("a"), large)]),
        ("a deep body", vec![put(key("a"), nested(33))]),
        ("an empty name", vec![put(key("a"), json!({"a": {"": 1}}))]),
        ("a number out of reach", vec![put(key("a"), json!({"n": 1e300}))]),
        ("a lane", vec![put(Key::new(&firm, Kind::Lane, "time"), json!({}))]),
    ] {
        assert!(store.commit(changes).await.is_err(), "{why}");
    }
    let all = Range::of(&firm, Kind::Contact, "", 10);
    assert_eq!(store.list(&all).await.unwrap(), Page::default());
    assert!(store.read(&key("")).await.is_err());
    let deepest = vec![put(key("a"), nested(32))];
    assert_eq!(store.commit(deepest).await.unwrap(), Committed::Done);
}

async fn a_body_comes_back_as_it_was(store: &impl Store) {
    let firm = firm("bodies");
    let mut deep = json!(null);
    for _ in 0..12 {
        deep = json!([{ "deeper": deep }]);
    }
    let body = json!({
        "null": null, "true": true, "false": false, "empty": "", "list": [], "object": {},
        "nested": [null, {"a": null, "b": [null, [null]]}],
        "numbers": [0, -3, 1.5, 0.1, -2.25, i64::MIN, i64::MAX, u64::MAX, 1_000_000_007],
        "text": "Łódź “ß” 日本 🦀 \u{0} \n \t \" \\",
        "S": "s", "N": {"N": "1"}, "deep": deep,
    });
    for id in ["#", "a#b", "ü 日本 🦀", " ", "'\"; --", "a/b?c%20", &"x".repeat(1024)] {
        let key = Key::new(&firm, Kind::Contact, id);
        assert_eq!(put(store, &key, body.clone(), Expect::Absent).await, Committed::Done);
        let there = store.read(&key).await.unwrap().unwrap();
        assert_eq!((there.key, there.body, there.due), (key, body.clone(), None));
    }
    let key = Key::new(&firm, Kind::Firm, "whole");
    assert_eq!(put(store, &key, json!({"n": [1.0, -0.0]}), Expect::Any).await, Committed::Done);
    assert_eq!(store.read(&key).await.unwrap().unwrap().body, json!({"n": [1, 0]}));
}

async fn a_list_comes_in_pages_however_large(store: &impl Store) {
    let firm = firm("lists");
    // 30 items of 90 kB: more than DynamoDB gives at once.
    for n in 0..30 {
        let key = Key::new(&firm, Kind::TaskOf, format!("job-1#{n:02}"));
        let body = json!({"text": "x".repeat(90_000)});
        assert_eq!(put(store, &key, body, Expect::Absent).await, Committed::Done);
    }
    for id in ["job-0#z", "job-1", "job-10#a", "job-2#a"] {
        let key = Key::new(&firm, Kind::TaskOf, id);
        assert_eq!(put(store, &key, json!({}), Expect::Absent).await, Committed::Done);
    }
    let ids = |page: &Page| page.items.iter().map(|it| it.key.id.clone()).collect::<Vec<_>>();
    let of_job: Vec<String> = (0..30).map(|n| format!("job-1#{n:02}")).collect();
    let mut range = Range::of(&firm, Kind::TaskOf, "job-1#", 100);
    let whole = store.list(&range).await.unwrap();
    assert_eq!((ids(&whole), whole.next), (of_job.clone(), None));

    range.limit = 7;
    let mut seen = Vec::new();
    loop {
        let page = store.list(&range).await.unwrap();
        seen.extend(ids(&page));
        let Some(next) = page.next else { break };
        assert_eq!((page.items.len(), seen.last()), (7, Some(&next)));
        range.after = Some(next);
    }
    assert_eq!(seen, of_job);

    range.limit = 30;
    for (after, expected) in [
        (None, 30),
        (Some(""), 30),
        (Some("a"), 30),
        (Some("job-1#"), 30),
        (Some("job-1#00x"), 29),
        (Some("job-1#29"), 0),
        (Some("z"), 0),
    ] {
        range.after = after.map(String::from);
        let page = store.list(&range).await.unwrap();
        assert_eq!((page.items.len(), page.next), (expected, None), "{after:?}");
    }
    let all = store.list(&Range::of(&firm, Kind::TaskOf, "", 100)).await.unwrap();
    assert!(all.items.is_sorted_by(|a, b| a.key.id < b.key.id));
    assert_eq!(all.items.len(), 34);
    let none = store.list(&Range::of(&firm, Kind::TaskOf, "", 0)).await.unwrap();
    assert_eq!(none, Page::default());
    let other = store.list(&Range::of(&firm, Kind::Task, "", 100)).await.unwrap();
    assert_eq!(other, Page::default());
}

async fn many_are_read_at_once(store: &impl Store) {
    let firm = firm("many");
    let key = |n: usize| Key::new(&firm, Kind::Entry, format!("{n}"));
    for n in 0..250 {
        assert_eq!(put(store, &key(n), json!({"n": n}), Expect::Absent).await, Committed::Done);
    }
    let mut keys: Vec<Key> = (0..250).map(key).collect();
    keys.extend([key(1000), key(3), key(3)]);
    let found = store.read_many(&keys).await.unwrap();
    assert_eq!(found.len(), 250);
    assert_eq!(found.iter().map(|it| &it.key).collect::<BTreeSet<_>>().len(), 250);
    assert!(found.iter().all(|it| it.body == json!({"n": it.key.id.parse::<u64>().unwrap()})));
    assert_eq!(store.read_many(&[]).await.unwrap(), vec![]);
}

async fn what_is_due_comes_earliest_first(store: &impl Store) {
    let firm = firm("due");
    let ids = ["c", "a", "d", "b"];
    for (n, id) in ids.into_iter().enumerate() {
        let due = Some(Due { lane: Lane::Time, at: at(n as i64) });
        let change = Change::Put(Item { due, ..item(&key_of(&firm, id), json!({})) }, Expect::Any);
        assert_eq!(store.commit(vec![change]).await.unwrap(), Committed::Done);
    }
    let due = Some(Due { lane: Lane::Jobs, at: at(0) });
    let other = Item { due, ..item(&Key::new(&firm, Kind::Task, "t"), json!({})) };
    let changes = vec![Change::Put(other.clone(), Expect::Absent)];
    assert_eq!(store.commit(changes).await.unwrap(), Committed::Done);
    assert_eq!(store.read(&other.key).await.unwrap().unwrap().due, due);

    let found = |until: i64, limit: usize| {
        let firm = firm.clone();
        async move {
            let found = store.due(&firm, Lane::Time, at(until), limit).await.unwrap();
            found.into_iter().map(|(at, key)| (at, key.id)).collect::<Vec<_>>()
        }
    };
    let expected: Vec<_> = (0..).zip(ids).map(|(n, id)| (at(n), id.to_owned())).collect();
    assert_eq!(found(9, 10).await, expected);
    assert_eq!(found(2, 10).await, expected[..3]);
    assert_eq!(found(9, 2).await, expected[..2]);
    assert_eq!(found(-1, 10).await, []);

    // A change takes it out of the lane, by each way of writing.
    let quiet = |id: &str, expect| Change::Put(item(&key_of(&firm, id), json!({})), expect);
    let changes = vec![quiet("c", Expect::Version(1)), quiet("a", Expect::Any)];
    assert_eq!(store.commit(changes).await.unwrap(), Committed::Done);
    assert_eq!(delete(store, &key_of(&firm, "d"), Expect::Any).await, Committed::Done);
    assert_eq!(store.commit(vec![quiet("b", Expect::Any)]).await.unwrap(), Committed::Done);
    assert_eq!(found(9, 10).await, []);
    let jobs = store.due(&firm, Lane::Jobs, at(0), 10).await.unwrap();
    assert_eq!(jobs, vec![(at(0), other.key)]);
}

async fn g55_an_item_says_until_when_it_is_of_use(store: &impl Store) {
    let key = key_of(&firm("kept"), "e");
    let write = |expires, expect| Change::Put(Item { expires, ..item(&key, json!({})) }, expect);
    let half = Some(at(7_500));
    for (change, expected) in [
        (write(half, Expect::Absent), Some(at(8_000))),
        (write(None, Expect::Version(1)), None),
        (write(Some(at(9_000)), Expect::Any), Some(at(9_000))),
        (write(None, Expect::Any), None),
    ] {
        assert_eq!(store.commit(vec![change]).await.unwrap(), Committed::Done);
        assert_eq!(store.read(&key).await.unwrap().unwrap().expires, expected);
    }
}

async fn g46_a_key_of_one_firm_never_reads_anothers(store: &impl Store) {
    let [a, b] = [firm("apart"), firm("apart-2")];
    let key = key_of(&a, "e");
    let due = Some(Due { lane: Lane::Time, at: at(0) });
    let theirs = Change::Put(Item { due, ..item(&key, json!({"of": "a"})) }, Expect::Absent);
    assert_eq!(store.commit(vec![theirs]).await.unwrap(), Committed::Done);

    let same = Key { firm: b.clone(), ..key.clone() };
    assert_eq!(store.read(&same).await.unwrap(), None);
    assert_eq!(store.read_many(std::slice::from_ref(&same)).await.unwrap(), vec![]);
    assert_eq!(delete(store, &same, Expect::Any).await, Committed::Done);
    assert_eq!(store.list(&Range::of(&b, Kind::Entry, "", 10)).await.unwrap(), Page::default());
    assert_eq!(store.due(&b, Lane::Time, at(9), 10).await.unwrap(), vec![]);
    assert_eq!(put(store, &same, json!({"of": "b"}), Expect::Absent).await, Committed::Done);
    assert_eq!(store.read(&key).await.unwrap().unwrap().body, json!({"of": "a"}));
}

fn key_of(firm: &FirmId, id: &str) -> Key {
    Key::new(firm, Kind::Entry, id)
}

fn item(key: &Key, body: Value) -> Item {
    Item { key: key.clone(), version: 0, body, due: None, expires: None }
}

async fn put(store: &impl Store, key: &Key, body: Value, expect: Expect) -> Committed {
    store.commit(vec![Change::Put(item(key, body), expect)]).await.unwrap()
}

async fn delete(store: &impl Store, key: &Key, expect: Expect) -> Committed {
    store.commit(vec![Change::Delete(key.clone(), expect)]).await.unwrap()
}
