//! What DynamoDB would refuse, and what it would make of a number.

use std::collections::HashSet;

use domain::ports::{Change, Due, Item, Key, Kind};
use jiff::Timestamp;
use serde_json::{Number, Value};

const CHANGES: usize = 100;
const ITEM_BYTES: usize = 400 * 1024;
const COMMIT_BYTES: usize = 4 * 1024 * 1024;
const ID_BYTES: usize = 1024;
const DEPTH: usize = 32;

/// A sort key is never empty.
pub(super) fn key(key: &Key) -> Result<(), &'static str> {
    match key.id.len() {
        1..=ID_BYTES => Ok(()),
        _ => Err("an id of 1 to 1024 bytes is needed"),
    }
}

/// The changes as DynamoDB would keep them, or why it would not.
pub(super) fn fit(changes: Vec<Change>) -> Result<Vec<Change>, &'static str> {
    if changes.len() > CHANGES {
        return Err("more than 100 changes in one commit");
    }
    if changes.iter().map(Change::key).collect::<HashSet<_>>().len() < changes.len() {
        return Err("one item changed twice in one commit");
    }
    let mut total = 0;
    let mut fitting = Vec::with_capacity(changes.len());
    for change in changes {
        key(change.key())?;
        fitting.push(match change {
            Change::Put(item, expect) => {
                let item = item_as_kept(item)?;
                total += size(&item.body);
                Change::Put(item, expect)
            }
            Change::Delete(key, expect) => Change::Delete(key, expect),
        });
    }
    if total > COMMIT_BYTES { Err("more than 4 MB in one commit") } else { Ok(fitting) }
}

fn item_as_kept(mut item: Item) -> Result<Item, &'static str> {
    if item.key.kind == Kind::Lane {
        return Err("a lane is marked, not put");
    }
    if !item.body.is_object() {
        return Err("the body is not an object");
    }
    item.body = value(item.body, 1)?;
    if size(&item.body) > ITEM_BYTES {
        return Err("an item of more than 400 KB");
    }
    item.expires = item.expires.map(to_second);
    item.due = item.due.map(|due| Due { at: to_millisecond(due.at), ..due });
    Ok(item)
}

/// The instant to the second, never before it.
fn to_second(at: Timestamp) -> Timestamp {
    let whole = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(whole).unwrap_or(at)
}

/// The instant to the millisecond.
pub(crate) fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// The value as it would come back.
pub(crate) fn value(value: Value, depth: usize) -> Result<Value, &'static str> {
    if depth > DEPTH {
        return Err("nested deeper than 32");
    }
    Ok(match value {
        Value::Null | Value::Bool(_) | Value::String(_) => value,
        Value::Number(it) => Value::Number(number(it)?),
        Value::Array(all) => {
            let all = all.into_iter().map(|it| self::value(it, depth + 1));
            Value::Array(all.collect::<Result<_, _>>()?)
        }
        Value::Object(all) => {
            let pair = |(name, it): (String, Value)| match name.is_empty() {
                true => Err("an empty name"),
                false => Ok((name, self::value(it, depth + 1)?)),
            };
            Value::Object(all.into_iter().map(pair).collect::<Result<_, _>>()?)
        }
    })
}

fn number(it: Number) -> Result<Number, &'static str> {
    let Some(float) = it.as_f64().filter(|_| it.is_f64()) else { return Ok(it) };
    if float == 0.0 {
        return Ok(0.into());
    }
    if !(1e-130..1e126).contains(&float.abs()) {
        return Err("a number out of DynamoDB's reach");
    }
    // Whole numbers have one spelling, which reads as an integer where one holds it.
    let text = format!("{float}");
    let whole =
        text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Into::into));
    Ok(whole.unwrap_or(it))
}

/// Bytes of a value as DynamoDB counts them, about.
pub fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(it) => it.to_string().len().div_ceil(2) + 1,
        Value::String(it) => it.len(),
        Value::Array(all) => 3 + all.iter().map(|it| 1 + size(it)).sum::<usize>(),
        Value::Object(all) => {
            3 + all.iter().map(|(name, it)| 1 + name.len() + size(it)).sum::<usize>()
        }
    }
}
