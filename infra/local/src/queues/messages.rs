//! How messages look on the wire: as `SendMessage` takes them and as
//! `ReceiveMessage` gives them, with the digests that SDKs check.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::store::Message;
use crate::settings::ACCOUNT;

/// The answer to `SendMessage`.
pub(super) fn sent(message: &Message) -> Value {
    let mut answer =
        json!({ "MessageId": message.id, "MD5OfMessageBody": digest(message.body.as_bytes()) });
    if let Some(digest) = attributes_digest(&message.attributes) {
        answer["MD5OfMessageAttributes"] = digest.into();
    }
    answer
}

/// One message in the answer to `ReceiveMessage`, with the attributes asked for.
pub(super) fn received(message: &Message, system: &[String], custom: &[String]) -> Value {
    let mut answer = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": digest(message.body.as_bytes()),
        "Body": message.body,
    });
    let known = [
        ("ApproximateReceiveCount", message.receives.to_string()),
        ("ApproximateFirstReceiveTimestamp", message.first_received_at.to_string()),
        ("SentTimestamp", message.sent_at.to_string()),
        ("SenderId", ACCOUNT.to_owned()),
    ];
    let source = message.source.iter().map(|it| ("DeadLetterQueueSourceArn", super::arn(it)));
    let attributes: Map<String, Value> = known
        .into_iter()
        .chain(source)
        .filter(|(name, _)| system.iter().any(|it| it == "All" || it == name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if !attributes.is_empty() {
        answer["Attributes"] = attributes.into();
    }
    let wanted = |name: &str| {
        custom.iter().any(|it| match it.strip_suffix(".*") {
            Some(prefix) => name.starts_with(prefix),
            None => it == "All" || it == name,
        })
    };
    let attributes: Map<String, Value> =
        message.attributes.clone().into_iter().filter(|(name, _)| wanted(name)).collect();
    if let Some(digest) = attributes_digest(&attributes) {
        answer["MD5OfMessageAttributes"] = digest.into();
        answer["MessageAttributes"] = attributes.into();
    }
    answer
}

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", md5::compute(bytes))
}

/// SQS's digest of message attributes: names in order, every part with its
/// length before it, and a byte that tells text from binary.
fn attributes_digest(attributes: &Map<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut names: Vec<_> = attributes.keys().collect();
    names.sort();
    let mut bytes = Vec::new();
    for name in names {
        let attribute = &attributes[name];
        put(&mut bytes, name.as_bytes());
        put(&mut bytes, attribute["DataType"].as_str()?.as_bytes());
        if let Some(text) = attribute["StringValue"].as_str() {
            bytes.push(1);
            put(&mut bytes, text.as_bytes());
        } else {
            bytes.push(2);
            put(&mut bytes, &BASE64_STANDARD.decode(attribute["BinaryValue"].as_str()?).ok()?);
        }
    }
    Some(digest(&bytes))
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(part);
}
