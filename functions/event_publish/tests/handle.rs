//! What an endpoint is sent, verified by an implementation that is not ours.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use domain::events::endpoint::{self, Wanted};
use domain::ids::{EndpointId, FirmId};
use domain::journal::{self, Actor, Entry, Event, Sort, Subject};
use domain::ports::{Clock, Store};
use event_publish::{Deps, handle};
use lambda_runtime::{Context, LambdaEvent};
use memory::{MemoryCourier, MemoryPorts};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

const URL: &str = "https://hooks.example.com/x";

fn firm() -> FirmId {
    FirmId::parse("demo").unwrap()
}

fn event(payload: Value, deps: &Deps<MemoryPorts, MemoryCourier>) -> LambdaEvent<Value> {
    let mut context = Context::default();
    let end = deps.ports.clock.now().as_millisecond() + 60_000;
    context.deadline = u64::try_from(end).unwrap();
    LambdaEvent::new(payload, context)
}

/// A wake of this lane, as SQS hands it over.
fn wake(lane: &str) -> Value {
    json!({"Records": [{
        "messageId": "m-1", "receiptHandle": "r", "eventSource": "aws:sqs",
        "body": json!({"firm": "demo", "lane": lane}).to_string(),
        "attributes": {}, "messageAttributes": {}, "awsRegion": "ap-southeast-2",
        "eventSourceARN": "arn:aws:sqs:ap-southeast-2:000000000000:tandem-events",
    }]})
}

#[tokio::test]
async fn g44_an_event_is_believed_by_another_implementation_with_either_secret_of_a_rotation() {
    let ports = MemoryPorts::default();
    let courier = MemoryCourier::new(&ports.clock);
    // The other implementation compares with the clock of the machine.
    ports.clock.set(jiff::Timestamp::now());
    let deps = Deps { ports, courier };
    let (ports, id) = (&deps.ports, EndpointId::parse("a").unwrap());
    let wanted = Wanted { url: URL.into(), types: vec![Event::MatchPartial], active: true };
    let made = endpoint::put(ports, &firm(), &id, &wanted, &Actor::App).await.unwrap();
    let rotated = endpoint::rotate(ports, &firm(), &id, &Actor::App).await.unwrap().unwrap();
    let now = ports.clock.now();
    journal::open(&ports.store, &firm(), now).await.unwrap();
    let subject = Subject::new(Sort::Match, "aa-01");
    let entry = Entry::new(subject, 1, Event::MatchPartial, Actor::Rule, now)
        .between(None, Some(&json!({"name": "Acme"})))
        .unwrap();
    let _ = ports.store.commit(vec![entry.change(&firm()).unwrap()]).await.unwrap();

    for lane in ["events", "deliveries"] {
        let answer = handle(&deps, event(wake(lane), &deps)).await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
    let posted = deps.courier.posted();
    assert_eq!(posted.len(), 1);
    let mut headers = lambda_headers(&posted[0]);
    for secret in [made.1.unwrap(), rotated.1] {
        Webhook::new(secret.reveal()).unwrap().verify(&posted[0].body, &headers).unwrap();
    }
    let body: Value = serde_json::from_slice(&posted[0].body).unwrap();
    assert_eq!(body["type"], "match.partial");
    assert_eq!(body["data"]["data"], json!({"name": "Acme"}));
    assert_eq!(body["data"]["id"], posted[0].id);
    // One wrong thing away: another event's id.
    headers.insert("webhook-id", "evt_demo_0000000000000009".parse().unwrap());
    let other = Webhook::new(&format!("whsec_{}", "A".repeat(32))).unwrap();
    assert!(other.verify(&posted[0].body, &headers).is_err());
}

fn lambda_headers(posted: &memory::courier::Posted) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    headers.insert("webhook-id", posted.id.parse().unwrap());
    headers.insert("webhook-timestamp", posted.at.as_second().to_string().parse().unwrap());
    headers.insert("webhook-signature", posted.signature.parse().unwrap());
    headers
}
