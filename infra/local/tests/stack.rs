//! The emulators of a started stack, through the real AWS SDK clients.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::PathBuf;

use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveStatus};
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry};
use lambda_runtime::{Diagnostic, LambdaEvent};
use local::function::Function;
use local::in_process::InProcess;
use local::mapper::{Mapping, turn};
use local::queues::arn;
use local::{Options, Stack, dynamo};
use serde_json::{Value, json};

#[tokio::test]
async fn records_survive_a_stop_and_the_tables_are_made_once() {
    let folder = Temporary::new();
    let stack = Stack::start(empty(&folder)).await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(stack.aws());
    let due = [("pk", "demo#time"), ("sk", "1"), ("due_lane", "time#0")];
    let mut put = client.put_item().table_name(dynamo::RECORDS);
    for (name, value) in due {
        put = put.item(name, AttributeValue::S(value.into()));
    }
    put.item("due_at", AttributeValue::N("7".into())).send().await.unwrap();
    stack.stop().await;

    let stack = Stack::start(empty(&folder)).await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(stack.aws());
    let found = client
        .query()
        .table_name(dynamo::RECORDS)
        .index_name(dynamo::DUE)
        .key_condition_expression("due_lane = :lane AND due_at <= :now")
        .expression_attribute_values(":lane", AttributeValue::S("time#0".into()))
        .expression_attribute_values(":now", AttributeValue::N("7".into()))
        .send()
        .await
        .unwrap();
    assert_eq!(found.items()[0]["sk"], AttributeValue::S("1".into()));
    let ttl = client.describe_time_to_live().table_name(dynamo::CACHE).send().await.unwrap();
    let ttl = ttl.time_to_live_description().unwrap();
    assert_eq!(ttl.attribute_name(), Some("expires_at"));
    assert_eq!(ttl.time_to_live_status(), Some(&TimeToLiveStatus::Enabled));
}

#[tokio::test]
async fn a_functions_queue_waits_six_timeouts_and_gives_up_after_five_tries() {
    let folder = Temporary::new();
    let stack = Stack::start(empty(&folder)).await.unwrap();
    let client = aws_sdk_sqs::Client::new(stack.aws());
    let at = stack.addresses();
    for (url, seconds) in [
        (&at.time_queue, "360"),
        (&at.contacts_queue, "1800"),
        (&at.events_queue, "360"),
        (&at.jobs_queue, "360"),
    ] {
        let asked = client.get_queue_attributes().queue_url(url);
        let found = asked.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let found = found.attributes().unwrap();
        assert_eq!(found[&QueueAttributeName::VisibilityTimeout], seconds);
        let policy: Value = found[&QueueAttributeName::RedrivePolicy].parse().unwrap();
        assert_eq!(policy["maxReceiveCount"], 5);
        let dead = policy["deadLetterTargetArn"].as_str().unwrap().rsplit(':').next().unwrap();
        client.get_queue_url().queue_name(dead).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_message_that_fails_five_times_is_buried() {
    let (_folder, queue) = queue().await;
    queue.send("never settled").await;
    let failing = InProcess::default().with(Function::TimePush, fail);
    for _ in 0..5 {
        assert_eq!(queue.turn(&failing).await, 0);
    }
    assert_eq!(queue.left("toys").await, [""; 0]);
    assert_eq!(queue.left("toys-dead").await, ["never settled"]);
}

#[tokio::test]
async fn a_function_sees_the_records_that_lambda_would_send() {
    let (_folder, queue) = queue().await;
    let number = MessageAttributeValue::builder().data_type("Number").string_value("7");
    queue
        .client
        .send_message()
        .queue_url(&queue.url)
        .message_body("a wake")
        .message_attributes("lane", number.build().unwrap())
        .send()
        .await
        .unwrap();
    let (told, mut seen) = tokio::sync::mpsc::channel(1);
    let functions = InProcess::default().with(Function::TimePush, move |event| {
        let told = told.clone();
        async move {
            told.send(event.payload).await.unwrap();
            Ok(Value::Null)
        }
    });
    assert_eq!(queue.turn(&functions).await, 1);

    let record = &seen.recv().await.unwrap()["Records"][0];
    assert_eq!(record["body"], "a wake");
    assert_eq!(record["md5OfBody"], "0615687e6264bd21ff175ee1ba770026");
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:ap-southeast-2:000000000000:toys");
    assert_eq!(record["awsRegion"], "ap-southeast-2");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["messageAttributes"]["lane"]["stringValue"], "7");
    for name in ["SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"] {
        assert!(record["attributes"][name].is_string(), "{name}");
    }
}

#[tokio::test]
async fn only_the_messages_that_failed_come_back() {
    let (_folder, queue) = queue().await;
    queue.send("settled").await;
    queue.send("failed").await;
    let picky = InProcess::default()
        .with(Function::TimePush, async |event| Ok(failures(ids(&event, |body| body == "failed"))));
    assert_eq!(queue.turn(&picky).await, 1);
    assert_eq!(queue.left("toys").await, ["failed"]);
}

#[tokio::test]
async fn a_failure_with_an_unknown_id_brings_the_whole_batch_back() {
    let (_folder, queue) = queue().await;
    queue.send("a").await;
    queue.send("b").await;
    let confused = InProcess::default()
        .with(Function::TimePush, async |_| Ok(failures(["of another batch".to_owned()])));
    assert_eq!(queue.turn(&confused).await, 0);
    assert_eq!(queue.left("toys").await, ["a", "b"]);
}

#[tokio::test]
async fn an_error_brings_the_whole_batch_back() {
    let (_folder, queue) = queue().await;
    queue.send("a").await;
    queue.send("b").await;
    let failing = InProcess::default().with(Function::TimePush, fail);
    assert_eq!(queue.turn(&failing).await, 0);
    assert_eq!(queue.left("toys").await, ["a", "b"]);
}

#[tokio::test]
async fn a_waiting_receiver_gets_a_message_as_soon_as_it_is_sent() {
    let (_folder, queue) = queue().await;
    let waiting = queue.client.receive_message().queue_url(&queue.url).wait_time_seconds(20);
    let (received, ()) = tokio::join!(waiting.send(), queue.send("a wake"));
    assert_eq!(received.unwrap().messages()[0].body(), Some("a wake"));
}

#[tokio::test]
async fn a_queue_that_is_not_there_and_a_twice_used_id_are_refused_by_name() {
    let (_folder, queue) = queue().await;
    let url = queue.client.get_queue_url().queue_name("tandem-unknown").send().await;
    assert!(url.unwrap_err().into_service_error().is_queue_does_not_exist());
    let entry = SendMessageBatchRequestEntry::builder().id("a").message_body("b").build().unwrap();
    let twice = queue.client.send_message_batch().queue_url(&queue.url);
    let twice = twice.entries(entry.clone()).entries(entry).send().await;
    assert!(twice.unwrap_err().into_service_error().is_batch_entry_ids_not_distinct());
}

#[tokio::test]
async fn nobody_checks_signatures() {
    let (_folder, queue) = queue().await;
    let endpoint = queue.url.split("/000000000000").next().unwrap();
    let call = reqwest::Client::builder().no_proxy().build().unwrap().post(endpoint);
    let call = call.header("x-amz-target", "AmazonSQS.ListQueues").body("{}");
    let answer: Value = call.send().await.unwrap().json().await.unwrap();
    assert!(answer["QueueUrls"].as_array().unwrap().contains(&queue.url.as_str().into()));
}

async fn fail(_: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    Err("not today".into())
}

fn failures(ids: impl IntoIterator<Item = String>) -> Value {
    let entries = ids.into_iter().map(|id| json!({ "itemIdentifier": id }));
    json!({ "batchItemFailures": entries.collect::<Vec<_>>() })
}

fn ids(event: &LambdaEvent<Value>, of: impl Fn(&str) -> bool) -> Vec<String> {
    let records = event.payload["Records"].as_array().unwrap().iter();
    let chosen = records.filter(|it| of(it["body"].as_str().unwrap()));
    chosen.map(|it| it["messageId"].as_str().unwrap().to_owned()).collect()
}

/// A queue that hides nothing, beside those on which the stack itself works.
struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
    _stack: Stack,
}

fn empty(folder: &Temporary) -> Options {
    Options { demo_data: false, ..Options::quiet(&folder.0) }
}

async fn queue() -> (Temporary, Queue) {
    let folder = Temporary::new();
    let stack = Stack::start(empty(&folder)).await.unwrap();
    let client = aws_sdk_sqs::Client::new(stack.aws());
    client.create_queue().queue_name("toys-dead").send().await.unwrap();
    let policy = json!({ "deadLetterTargetArn": arn("toys-dead"), "maxReceiveCount": 5 });
    let made = client
        .create_queue()
        .queue_name("toys")
        .attributes(QueueAttributeName::VisibilityTimeout, "0")
        .attributes(QueueAttributeName::RedrivePolicy, policy.to_string())
        .send();
    let url = made.await.unwrap().queue_url.unwrap();
    (folder, Queue { client, url, _stack: stack })
}

impl Queue {
    async fn send(&self, body: &str) {
        let sent = self.client.send_message().queue_url(&self.url).message_body(body);
        sent.send().await.unwrap();
    }

    async fn turn(&self, functions: &InProcess) -> usize {
        let mapping = Mapping { function: Function::TimePush, queue_url: self.url.clone() };
        turn(&mapping, &self.client, functions).await.unwrap()
    }

    async fn left(&self, name: &str) -> Vec<String> {
        let url = self.client.get_queue_url().queue_name(name).send().await.unwrap();
        let asked = self.client.receive_message().set_queue_url(url.queue_url);
        let found = asked.max_number_of_messages(10).send().await.unwrap();
        found.messages().iter().map(|it| it.body().unwrap().to_owned()).collect()
    }
}

/// A folder that goes with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("tandem-{}", uuid::Uuid::new_v4())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A stack that still stops may hold a file; the system cleans up then.
        let _held = std::fs::remove_dir_all(&self.0);
    }
}
