//! G29: what DynamoDB does on a bad day, between the SDK and the emulator.

use std::sync::{Arc, Mutex};

use aws::{DynamoCache, DynamoRecords};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use domain::ids::FirmId;
use domain::ports::{
    Cache, CacheKey, Cached, Change, Committed, Expect, Item, Key, Kind, Shelf, Store,
};
use jiff::Timestamp;
use memory::contract::store_contract;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stack::{CACHE, RECORDS, dynamodb, sdk, serve};

#[tokio::test]
async fn g29_a_put_whose_answer_was_lost_is_done_once_and_no_conflict() {
    let proxy = Proxy::serve().await;
    let store = proxy.records();
    for (n, expect) in [Expect::Absent, Expect::Version(1)].into_iter().enumerate() {
        proxy.next(Fault::LoseAnswer);
        assert_eq!(store.commit(vec![put("e", n, expect)]).await.unwrap(), Committed::Done);
    }
    let there = store.read(&key("e")).await.unwrap().unwrap();

    assert_eq!((there.version, there.body), (2, json!({"n": 1})));
    assert_eq!(proxy.count("PutItem"), 4);
}

#[tokio::test]
async fn g29_a_put_after_anothers_is_a_conflict_though_it_says_the_same() {
    let proxy = Proxy::serve().await;
    let store = proxy.records();
    let commit = || store.commit(vec![put("e", 1, Expect::Absent)]);
    assert_eq!(commit().await.unwrap(), Committed::Done);

    assert_eq!(commit().await.unwrap(), Committed::Conflict);
}

#[tokio::test]
async fn g29_a_transaction_whose_answer_was_lost_is_done_once() {
    let proxy = Proxy::serve().await;
    let store = proxy.records();
    proxy.next(Fault::LoseAnswer);
    let changes = vec![put("a", 1, Expect::Absent), put("b", 1, Expect::Absent)];

    assert_eq!(store.commit(changes).await.unwrap(), Committed::Done);
    assert_eq!(store.read(&key("b")).await.unwrap().unwrap().version, 1);
    assert_eq!(proxy.count("TransactWriteItems"), 2);
}

#[tokio::test]
async fn g29_a_lease_whose_answer_was_lost_is_held() {
    let proxy = Proxy::serve().await;
    let cache = DynamoCache::new(sdk(&proxy.url).dynamodb(), CACHE);
    let now = Timestamp::from_millisecond(1_795_348_800_000).unwrap();
    let lease = CacheKey::new(&firm(), Shelf::Lease, "l");
    let held = Cached {
        version: 0,
        body: json!("me"),
        expires_at: now + jiff::SignedDuration::from_secs(30),
    };
    proxy.next(Fault::LoseAnswer);

    let kept = cache.keep(&lease, held.clone(), Expect::Absent, now).await.unwrap();
    assert_eq!(kept, Committed::Done);
    let kept = cache.keep(&lease, held, Expect::Absent, now).await.unwrap();
    assert_eq!(kept, Committed::Conflict);
}

#[tokio::test]
async fn g29_throttles_are_waited_out_or_told_and_write_nothing() {
    let proxy = Proxy::serve().await;
    let store = proxy.records();
    proxy.next(Fault::Throttle);
    let one = store.commit(vec![put("a", 1, Expect::Absent)]).await.unwrap();
    assert_eq!(one, Committed::Done);

    for _ in 0..3 {
        proxy.next(Fault::Throttle);
    }
    let changes = vec![put("b", 1, Expect::Absent), put("c", 1, Expect::Absent)];
    assert!(store.commit(changes).await.is_err());
    assert_eq!(store.read(&key("b")).await.unwrap(), None);
}

#[tokio::test]
async fn g29_a_transaction_in_the_way_is_a_conflict_and_a_throttled_one_is_not() {
    let proxy = Proxy::serve().await;
    let store = proxy.records();
    let commit = || store.commit(vec![put("a", 1, Expect::Any), put("b", 1, Expect::Any)]);

    proxy.next(Fault::Cancel("TransactionConflict"));
    assert_eq!(commit().await.unwrap(), Committed::Conflict);
    proxy.next(Fault::Cancel("ConditionalCheckFailed"));
    assert_eq!(commit().await.unwrap(), Committed::Conflict);
    for code in ["ThrottlingError", "ProvisionedThroughputExceeded", "ValidationError"] {
        proxy.next(Fault::Cancel(code));
        assert!(commit().await.is_err(), "{code}");
    }
    assert_eq!(commit().await.unwrap(), Committed::Done);
}

#[tokio::test]
async fn g29_keys_left_unprocessed_are_asked_for_again_but_not_for_ever() {
    let proxy = Proxy::serve().await;
    let store = proxy.records();
    let keys: Vec<Key> = (0..60).map(|n| key(&format!("{n}"))).collect();
    let changes = (0..60).map(|n| put(&format!("{n}"), n, Expect::Absent)).collect();
    assert_eq!(store.commit(changes).await.unwrap(), Committed::Done);
    for _ in 0..2 {
        proxy.next(Fault::Unprocessed(20));
    }
    assert_eq!(store.read_many(&keys).await.unwrap().len(), 60);
    assert_eq!(proxy.count("BatchGetItem"), 3);

    for _ in 0..8 {
        proxy.next(Fault::Unprocessed(1));
    }
    assert!(store.read_many(&keys).await.is_err());
}

#[tokio::test]
async fn g46_nothing_scans() {
    let proxy = Proxy::serve().await;

    store_contract(&proxy.records()).await;

    assert!(proxy.count("Query") > 0);
    assert_eq!(proxy.count("Scan"), 0);
}

/// What happens to one request.
enum Fault {
    /// It is carried out and answered with 500.
    LoseAnswer,
    Throttle,
    /// A transaction is cancelled for this reason.
    Cancel(&'static str),
    /// A batch reads so many keys and leaves the rest.
    Unprocessed(usize),
}

#[derive(Clone)]
struct Proxy {
    url: String,
    behind: String,
    faults: Arc<Mutex<Vec<Fault>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn serve() -> Self {
        let behind = dynamodb().await;
        let mut proxy =
            Self { url: String::new(), behind, faults: Arc::default(), seen: Arc::default() };
        let handler = proxy.clone();
        let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| async move {
            handler.answer(&headers, body).await
        });
        proxy.url = serve(router).await;
        proxy
    }

    fn records(&self) -> DynamoRecords {
        DynamoRecords::new(sdk(&self.url).dynamodb(), RECORDS)
    }

    /// Faults of one kind only are told at a time, so their order does not matter.
    fn next(&self, fault: Fault) {
        self.faults.lock().unwrap().push(fault);
    }

    fn count(&self, operation: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|it| it.ends_with(&format!(".{operation}"))).count()
    }

    async fn answer(&self, headers: &HeaderMap, body: Bytes) -> impl IntoResponse + use<> {
        let target = headers["x-amz-target"].to_str().unwrap().to_owned();
        self.seen.lock().unwrap().push(target.clone());
        let fault = self.faults.lock().unwrap().pop();
        let (status, body) = match fault {
            None => self.forward(&target, &body).await,
            Some(Fault::LoseAnswer) => {
                self.forward(&target, &body).await;
                (500, error("InternalServerError", json!({})))
            }
            Some(Fault::Throttle) => (400, error("ThrottlingException", json!({}))),
            Some(Fault::Cancel(code)) => {
                let reasons = json!({"CancellationReasons": [{"Code": "None"}, {"Code": code}]});
                (400, error("TransactionCanceledException", reasons))
            }
            Some(Fault::Unprocessed(count)) => {
                let mut ask: Value = serde_json::from_slice(&body).unwrap();
                let keys = ask["RequestItems"][RECORDS]["Keys"].as_array_mut().unwrap();
                let rest = keys.split_off(count.min(keys.len()));
                let (status, body) = self.forward(&target, ask.to_string().as_bytes()).await;
                let mut answer: Value = serde_json::from_slice(&body).unwrap();
                answer["UnprocessedKeys"] = json!({ RECORDS: { "Keys": rest } });
                (status, answer.to_string().into_bytes())
            }
        };
        let kind = [("content-type", "application/x-amz-json-1.0")];
        (StatusCode::from_u16(status).unwrap(), kind, body)
    }

    async fn forward(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let host = self.behind.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nx-amz-target: {target}\r\n\
             content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=local/20261122/eu-west-2/dynamodb/\
             aws4_request, SignedHeaders=host, Signature=none\r\nx-amz-date: 20261122T000000Z\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

fn error(kind: &str, mut body: Value) -> Vec<u8> {
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{kind}"));
    body["message"] = json!("told to fail");
    body.to_string().into_bytes()
}

fn put(id: &str, n: usize, expect: Expect) -> Change {
    Change::Put(
        Item { key: key(id), version: 0, body: json!({ "n": n }), due: None, expires: None },
        expect,
    )
}

fn key(id: &str) -> Key {
    Key::new(&firm(), Kind::Entry, id)
}

fn firm() -> FirmId {
    FirmId::parse("firm").unwrap()
}
