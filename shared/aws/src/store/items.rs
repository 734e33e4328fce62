//! Items as DynamoDB attributes, there and back.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::FirmId;
use domain::ports::{Cause, Due, Item, Key, Kind, Lane};
use jiff::Timestamp;
use serde_json::Value;

use super::Attributes;

/// The shape of the attributes; grows when it changes.
const SCHEMA: u32 = 1;

pub(crate) fn pk(firm: &FirmId, kind: Kind) -> String {
    format!("{firm}#{}", kind.as_str())
}

pub(crate) fn key(key: &Key) -> Attributes {
    table_key(&pk(&key.firm, key.kind), &key.id)
}

pub(crate) fn table_key(pk: &str, sk: &str) -> Attributes {
    [("pk", pk), ("sk", sk)]
        .map(|(name, text)| (name.into(), AttributeValue::S(text.into())))
        .into()
}

pub(crate) fn due_lane(firm: &FirmId, lane: Lane) -> String {
    format!("{firm}#{}", lane.as_str())
}

pub(crate) fn time(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_millisecond().to_string())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn schema() -> AttributeValue {
    number(SCHEMA.into())
}

/// The body as a map; an error when it is not a JSON object.
pub(crate) fn body(body: &Value) -> Result<AttributeValue, Cause> {
    if !body.is_object() {
        return Err("the body is not an object".into());
    }
    Ok(serde_dynamo::to_attribute_value(body)?)
}

/// Reads an item of the table.
pub(crate) fn read(mut item: Attributes) -> Result<Item, Cause> {
    let key = read_key(&item)?;
    let body = match item.remove("body") {
        Some(body) => serde_dynamo::from_attribute_value(body)?,
        None => Value::Object(serde_json::Map::new()),
    };
    let due = match lane_due(&item, &key)? {
        Some(lane) => Some(Due { lane, at: read_time(&item, "due_at")? }),
        None => None,
    };
    Ok(Item { version: read_number(&item, "version")?, key, body, due })
}

/// Reads what the index `due` says of an item.
pub(crate) fn read_due(item: &Attributes) -> Result<(Timestamp, Key), Cause> {
    Ok((read_time(item, "due_at")?, read_key(item)?))
}

pub(crate) fn read_key(item: &Attributes) -> Result<Key, Cause> {
    let (firm, word) = read_text(item, "pk")?.split_once('#').ok_or("a key without a kind")?;
    let kind = Kind::ALL.iter().find(|it| it.as_str() == word).ok_or("a key of unknown kind")?;
    Ok(Key { firm: FirmId::parse(firm)?, kind: *kind, id: read_text(item, "sk")?.into() })
}

pub(crate) fn read_time(item: &Attributes, name: &'static str) -> Result<Timestamp, Cause> {
    Ok(Timestamp::from_millisecond(read_n(item, name)?.parse()?)?)
}

pub(crate) fn read_number(item: &Attributes, name: &'static str) -> Result<u64, Cause> {
    Ok(read_n(item, name)?.parse()?)
}

/// The lane in which an item itself is due; the due of a lane's own item is not an item's.
fn lane_due(item: &Attributes, key: &Key) -> Result<Option<Lane>, Cause> {
    if key.kind == Kind::Lane || !item.contains_key("due_lane") {
        return Ok(None);
    }
    let word = read_text(item, "due_lane")?.split_once('#').map(|(_, word)| word);
    let lane = Lane::ALL.iter().find(|it| word == Some(it.as_str()));
    Ok(Some(*lane.ok_or("an unknown lane")?))
}

pub(crate) fn read_text<'a>(item: &'a Attributes, name: &'static str) -> Result<&'a str, Cause> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        Some(_) | None => Err(format!("{name} is not text").into()),
    }
}

fn read_n<'a>(item: &'a Attributes, name: &'static str) -> Result<&'a str, Cause> {
    match item.get(name) {
        Some(AttributeValue::N(digits)) => Ok(digits),
        Some(_) | None => Err(format!("{name} is not a number").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_read_as_it_is_written() {
        let firm = FirmId::parse("firm").unwrap();
        let key = Key::new(&firm, Kind::Entry, "e");
        for lane in Lane::ALL {
            let text = AttributeValue::S(due_lane(&firm, *lane));

            assert_eq!(lane_due(&[("due_lane".into(), text)].into(), &key).unwrap(), Some(*lane));
        }
    }
}
