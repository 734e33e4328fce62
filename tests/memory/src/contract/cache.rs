use domain::ports::{Cache, CacheKey, Cached, Committed, Expect, Shelf};
use serde_json::{Value, json};

use super::{at, firm};

/// A cache believes nothing after its time, whether or not it was deleted.
pub async fn cache_contract(cache: &impl Cache) {
    versions_count_and_conflicts_change_nothing(cache).await;
    g17_an_expired_item_left_in_place_is_absent_to_everyone(cache).await;
    any_json_is_kept(cache).await;
    g46_a_key_of_one_firm_never_reads_anothers(cache).await;
    g55_whatever_lies_on_a_shelf_is_named(cache).await;
}

async fn versions_count_and_conflicts_change_nothing(cache: &impl Cache) {
    let key = CacheKey::new(&firm("cached"), Shelf::Budget, "b");
    assert_eq!(cache.fetch(&key, at(0)).await.unwrap(), None);
    for (body, expect, ending) in [
        (1, Expect::Version(1), Committed::Conflict),
        (1, Expect::Absent, Committed::Done),
        (9, Expect::Absent, Committed::Conflict),
        (2, Expect::Version(1), Committed::Done),
        (9, Expect::Version(1), Committed::Conflict),
        (3, Expect::Any, Committed::Done),
    ] {
        let kept = cache.keep(&key, cached(json!(body), 10), expect, at(0)).await.unwrap();
        assert_eq!(kept, ending, "{expect:?}");
    }
    let there = cache.fetch(&key, at(0)).await.unwrap().unwrap();
    assert_eq!(there, Cached { version: 3, body: json!(3), expires_at: at(10) });

    for (expect, ending) in [
        (Expect::Absent, Committed::Conflict),
        (Expect::Version(1), Committed::Conflict),
        (Expect::Version(3), Committed::Done),
        (Expect::Version(3), Committed::Conflict),
        (Expect::Absent, Committed::Done),
        (Expect::Any, Committed::Done),
    ] {
        assert_eq!(cache.forget(&key, expect, at(0)).await.unwrap(), ending, "{expect:?}");
    }
    assert_eq!(cache.fetch(&key, at(0)).await.unwrap(), None);
}

async fn g17_an_expired_item_left_in_place_is_absent_to_everyone(cache: &impl Cache) {
    let firm = firm("expired");
    let keep = async |key: &CacheKey, until, expect, now| {
        cache.keep(key, cached(json!({}), until), expect, at(now)).await.unwrap()
    };
    let key = |id: &str| CacheKey::new(&firm, Shelf::Lease, id);
    for id in ["fetched", "kept", "changed", "written", "forgotten", "unforgotten"] {
        assert_eq!(keep(&key(id), 1500, Expect::Absent, 0).await, Committed::Done);
    }
    assert!(cache.fetch(&key("fetched"), at(1499)).await.unwrap().is_some());
    assert_eq!(cache.fetch(&key("fetched"), at(1500)).await.unwrap(), None);

    assert_eq!(keep(&key("kept"), 3000, Expect::Absent, 1499).await, Committed::Conflict);
    assert_eq!(keep(&key("kept"), 3000, Expect::Absent, 1500).await, Committed::Done);
    assert_eq!(cache.fetch(&key("kept"), at(1500)).await.unwrap().unwrap().version, 1);

    assert_eq!(keep(&key("changed"), 3000, Expect::Version(1), 1500).await, Committed::Conflict);
    assert_eq!(keep(&key("changed"), 3000, Expect::Version(1), 1499).await, Committed::Done);

    assert_eq!(keep(&key("written"), 3000, Expect::Any, 1500).await, Committed::Done);
    assert!(cache.fetch(&key("written"), at(1500)).await.unwrap().is_some());

    let forget =
        async |id: &str, expect, now| cache.forget(&key(id), expect, at(now)).await.unwrap();
    assert_eq!(forget("forgotten", Expect::Version(1), 1500).await, Committed::Conflict);
    assert_eq!(forget("forgotten", Expect::Absent, 1500).await, Committed::Done);
    assert_eq!(forget("unforgotten", Expect::Absent, 1499).await, Committed::Conflict);
}

async fn any_json_is_kept(cache: &impl Cache) {
    let firm = firm("json");
    let bodies = [
        json!(null),
        json!(true),
        json!(""),
        json!(-7),
        json!([null, [], {}]),
        json!({"a": {"b": [1.5, "ü", null]}}),
    ];
    for (n, body) in bodies.into_iter().enumerate() {
        let key = CacheKey::new(&firm, Shelf::Xpm, format!("id #{n} 日本"));
        let kept = cache.keep(&key, cached(body.clone(), 10), Expect::Absent, at(0)).await;
        assert_eq!(kept.unwrap(), Committed::Done);
        assert_eq!(cache.fetch(&key, at(0)).await.unwrap().unwrap().body, body);
    }
    let nameless = CacheKey::new(&firm, Shelf::Xpm, "");
    assert!(cache.keep(&nameless, cached(json!(1), 10), Expect::Any, at(0)).await.is_err());
}

async fn g46_a_key_of_one_firm_never_reads_anothers(cache: &impl Cache) {
    let key = CacheKey::new(&firm("cached-a"), Shelf::Seen, "e");
    let kept = cache.keep(&key, cached(json!("a"), 10), Expect::Absent, at(0)).await.unwrap();
    assert_eq!(kept, Committed::Done);
    for other in [
        CacheKey { firm: firm("cached-b"), ..key.clone() },
        CacheKey { shelf: Shelf::Lease, ..key.clone() },
    ] {
        assert_eq!(cache.fetch(&other, at(0)).await.unwrap(), None);
        assert_eq!(cache.forget(&other, Expect::Any, at(0)).await.unwrap(), Committed::Done);
    }
    assert!(cache.fetch(&key, at(0)).await.unwrap().is_some());
}

async fn g55_whatever_lies_on_a_shelf_is_named(cache: &impl Cache) {
    let firm = firm("listed");
    for (shelf, id, until) in [
        (Shelf::Xpm, "a", 10),
        (Shelf::Xpm, "over", 1),
        (Shelf::Xpm, "z", 10),
        (Shelf::SyncChunk, "c", 10),
    ] {
        let key = CacheKey::new(&firm, shelf, id);
        let _ = cache.keep(&key, cached(json!({}), until), Expect::Any, at(0)).await.unwrap();
    }
    let mut named = cache.ids(&firm, Shelf::Xpm, 9).await.unwrap();
    named.sort();
    assert_eq!(named, ["a", "over", "z"]);
    assert_eq!(cache.ids(&firm, Shelf::Xpm, 2).await.unwrap().len(), 2);
    assert_eq!(cache.ids(&firm, Shelf::Budget, 9).await.unwrap(), [""; 0]);
}

fn cached(body: Value, until: i64) -> Cached {
    Cached { version: 0, body, expires_at: at(until) }
}
