//! A batch of messages as the event that Lambda makes of it.

use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::queues::arn;
use crate::settings::REGION;

/// The event with these messages of a queue.
pub(super) fn event(queue_url: &str, messages: &[Message]) -> Value {
    let arn = arn(queue_url.rsplit('/').next().unwrap_or_default());
    json!({ "Records": messages.iter().map(|it| record(&arn, it)).collect::<Vec<_>>() })
}

fn record(arn: &str, message: &Message) -> Value {
    let attributes = message.attributes().into_iter().flatten();
    let attributes: Map<String, Value> =
        attributes.map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    let custom = message.message_attributes().into_iter().flatten();
    let custom: Map<String, Value> =
        custom.map(|(name, value)| (name.clone(), attribute(value))).collect();
    let mut record = json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": custom,
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    });
    if let Some(digest) = message.md5_of_message_attributes() {
        record["md5OfMessageAttributes"] = digest.into();
    }
    record
}

fn attribute(value: &MessageAttributeValue) -> Value {
    let mut attribute = json!({
        "dataType": value.data_type(),
        "stringListValues": [],
        "binaryListValues": [],
    });
    if let Some(text) = value.string_value() {
        attribute["stringValue"] = text.into();
    }
    if let Some(bytes) = value.binary_value() {
        attribute["binaryValue"] = BASE64_STANDARD.encode(bytes).into();
    }
    attribute
}
