//! What requests do to one queue.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::messages;
use super::store::Queue;

/// The most bytes that a message, or a batch of them, may have.
pub(super) const LARGEST_MESSAGE: usize = 1024 * 1024;

pub(super) fn send(queue: &mut Queue, input: &Value) -> Result<Value, Fault> {
    let body = input["MessageBody"].as_str().unwrap_or_default();
    if body.is_empty() || body.len() > LARGEST_MESSAGE {
        return Err(Fault::invalid("A message has between 1 byte and 1 MiB."));
    }
    let attributes = input["MessageAttributes"].as_object().cloned().unwrap_or_default();
    let delay = input["DelaySeconds"].as_u64();
    Ok(messages::sent(&queue.send(body.to_owned(), attributes, now(), delay)))
}

pub(super) fn delete(queue: &mut Queue, input: &Value) -> Result<Value, Fault> {
    queue.delete(input["ReceiptHandle"].as_str().unwrap_or_default())?;
    Ok(json!({}))
}

pub(super) fn hide(queue: &mut Queue, input: &Value) -> Result<Value, Fault> {
    let seconds = input["VisibilityTimeout"].as_u64().filter(|it| *it <= 43_200);
    let seconds = seconds.ok_or_else(|| Fault::invalid("VisibilityTimeout is 0 to 43200."))?;
    queue.hide(input["ReceiptHandle"].as_str().unwrap_or_default(), now(), seconds)?;
    Ok(json!({}))
}

pub(super) fn set(queue: &mut Queue, attributes: &Value) {
    for (name, value) in attributes.as_object().into_iter().flatten() {
        queue.attributes.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
    }
}

pub(super) fn attributes(queue: &Queue, input: &Value) -> Value {
    let wanted = strings(&input["AttributeNames"]);
    let (visible, in_flight, delayed) = queue.counts(now());
    let defaults = [
        ("VisibilityTimeout", "30".to_owned()),
        ("MessageRetentionPeriod", "345600".to_owned()),
        ("MaximumMessageSize", LARGEST_MESSAGE.to_string()),
        ("DelaySeconds", "0".to_owned()),
        ("ReceiveMessageWaitTimeSeconds", "0".to_owned()),
        ("CreatedTimestamp", queue.created_at.to_string()),
        ("LastModifiedTimestamp", queue.created_at.to_string()),
        ("QueueArn", super::arn(&name(input))),
        ("ApproximateNumberOfMessages", visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
    ];
    let found: Map<String, Value> = defaults
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(queue.attributes.clone())
        .filter(|(name, _)| wanted.iter().any(|it| it == "All" || it == name))
        .map(|(name, value)| (name, value.into()))
        .collect();
    json!({ "Attributes": found })
}

/// The queue's name, from its URL or as it is.
pub(super) fn name(input: &Value) -> String {
    let url = input["QueueUrl"].as_str().or(input["QueueName"].as_str()).unwrap_or_default();
    url.rsplit('/').next().unwrap_or_default().to_owned()
}

pub(super) fn strings(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

pub(super) fn now() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default()
}
