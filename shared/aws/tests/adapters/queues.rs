use std::sync::{Arc, Mutex};

use aws::SqsWakes;
use aws::wakes::NoQueue;
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router};
use domain::ids::FirmId;
use domain::ports::{Lane, Wake, Wakes};
use serde_json::{Value, json};

use crate::stack::{sdk, serve};

#[tokio::test]
async fn each_lane_wakes_its_own_queue_with_firm_and_lane_and_nothing_else() {
    let (url, sent) = sqs().await;
    let wakes = SqsWakes::new(sdk(&url).sqs())
        .queue(Lane::Time, "http://queues/time")
        .queue(Lane::Contacts, "http://queues/contacts");

    wakes.wake(&wake(Lane::Time)).await.unwrap();
    wakes.wake(&wake(Lane::Contacts)).await.unwrap();

    let expected = [
        ("http://queues/time", r#"{"firm":"firm","lane":"time"}"#),
        ("http://queues/contacts", r#"{"firm":"firm","lane":"contacts"}"#),
    ];
    let sent = sent.lock().unwrap();
    for (message, (queue, body)) in sent.iter().zip(expected) {
        assert_eq!((&message["QueueUrl"], &message["MessageBody"]), (&json!(queue), &json!(body)));
    }
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn a_lane_without_a_queue_is_told_and_nothing_is_sent() {
    let (url, sent) = sqs().await;
    let wakes = SqsWakes::new(sdk(&url).sqs()).queue(Lane::Time, "http://queues/time");

    let error = wakes.wake(&wake(Lane::Jobs)).await.unwrap_err();

    assert_eq!(error.cause.downcast_ref(), Some(&NoQueue(Lane::Jobs)));
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_queue_that_refuses_is_down() {
    let gone = || async {
        let body = json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no queue"});
        (StatusCode::BAD_REQUEST, Json(body))
    };
    let url = serve(Router::new().fallback(gone)).await;
    let wakes = SqsWakes::new(sdk(&url).sqs()).queue(Lane::Time, "http://queues/time");

    assert!(wakes.wake(&wake(Lane::Time)).await.is_err());
}

type Messages = Arc<Mutex<Vec<Value>>>;

async fn sqs() -> (String, Messages) {
    let sent = Messages::default();
    let taken = Arc::clone(&sent);
    let take = move |headers: HeaderMap, body: String| async move {
        assert_eq!(headers["x-amz-target"], "AmazonSQS.SendMessage");
        taken.lock().unwrap().push(serde_json::from_str(&body).unwrap());
        Json(json!({"MessageId": "m", "MD5OfMessageBody": "unchecked"}))
    };
    (serve(Router::new().fallback(take)).await, sent)
}

fn wake(lane: Lane) -> Wake {
    Wake { firm: FirmId::parse("firm").unwrap(), lane }
}
