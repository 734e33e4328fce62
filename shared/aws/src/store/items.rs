//! Items as DynamoDB attributes, there and back.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::FirmId;
use domain::ports::{Cause, Due, Item, Key, Kind, Lane};
use jiff::Timestamp;
use serde_json::Value;

use super::Attributes;

/// The shape of the attributes; grows when it changes.
const SCHEMA: u32 = 1;
/// The attribute by which DynamoDB deletes: whole seconds, rounded up.
pub(crate) const EXPIRES: &str = "expires_at";

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

/// For DynamoDB's deletion: never before the time.
pub(crate) fn expiry(at: Timestamp) -> AttributeValue {
    let part = i64::from(at.subsec_nanosecond() > 0);
    AttributeValue::N((at.as_second() + part).to_string())
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
    let expires = match item.contains_key(EXPIRES) {
        true => Some(Timestamp::from_second(read_n(&item, EXPIRES)?.parse()?)?),
        false => None,
    };
    Ok(Item { version: read_number(&item, "version")?, key, body, due, expires })
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

    /// G21: items as this and earlier releases have written them (`tests/fixtures/golden`).
    #[test]
    fn g21_an_item_of_any_release_is_read() {
        fn attribute(it: &Value) -> AttributeValue {
            let (word, it) = it.as_object().and_then(|it| it.iter().next()).unwrap();
            let text = || it.as_str().unwrap().to_owned();
            match word.as_str() {
                "S" => AttributeValue::S(text()),
                "N" => AttributeValue::N(text()),
                "BOOL" => AttributeValue::Bool(it.as_bool().unwrap()),
                "NULL" => AttributeValue::Null(true),
                "L" => AttributeValue::L(it.as_array().unwrap().iter().map(attribute).collect()),
                "M" => AttributeValue::M(attributes(it)),
                other => panic!("{other} is not stored"),
            }
        }

        fn attributes(it: &Value) -> Attributes {
            let all = it.as_object().unwrap().iter();
            all.map(|(name, it)| (name.clone(), attribute(it))).collect()
        }

        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/golden");
        let folders = |path: &std::path::Path| {
            std::fs::read_dir(path).unwrap().map(|it| it.unwrap().path()).collect::<Vec<_>>()
        };
        let mut count = 0;
        for release in folders(golden.as_ref()).iter().filter(|it| it.is_dir()) {
            for file in folders(release) {
                let text = std::fs::read_to_string(&file).unwrap();
                for item in serde_json::from_str::<Vec<Value>>(&text).unwrap() {
                    let read = read(attributes(&item)).unwrap();
                    assert_eq!(read.key.id, item["sk"]["S"].as_str().unwrap());
                    assert_eq!(Some(read.key.kind.as_str()), file.file_stem().unwrap().to_str());
                    assert_eq!(
                        read.due.is_some(),
                        item.get("due_at").is_some() && read.key.kind != Kind::Lane
                    );
                    assert_eq!(read.expires.is_some(), item.get(EXPIRES).is_some());
                    count += 1;
                }
            }
        }
        assert!(count >= Kind::ALL.len());
    }

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
