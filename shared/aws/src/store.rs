//! The records table.
//!
//! `pk` is `{firm}#{kind}`, `sk` the id. The sparse index `due` serves both the
//! items of a firm that need looking at (`due_lane` = `{firm}#{lane}`) and the
//! firms whose lane has work (`{lane}#{shard}`); of the index only keys are read.
//! Nothing scans.

pub(crate) mod commit;
pub(crate) mod items;
mod lanes;

pub use lanes::shard_of;

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::ids::FirmId;
use domain::ports::{Change, Committed, Down, Item, Key, Lane, Page, Range, Store};
use jiff::Timestamp;

use crate::down;

pub(crate) type Attributes = HashMap<String, AttributeValue>;

const WHAT: &str = "the records table";
/// Items of one `BatchGetItem`.
const BATCH: usize = 100;
/// Asks for the same hundred; 16 MB come at a time, and a hundred items have at most 40.
const ASKS: usize = 8;

/// Keeps records in a DynamoDB table.
///
/// Versions are counted here: a put makes the version 1, or one more than the expected one
/// ([`domain::ports::Expect::Any`]: than whatever was there); the item's own `version` is not read.
/// Times are kept to the millisecond. The items of [`domain::ports::Kind::Lane`] belong to
/// [`domain::ports::Lanes`]: they can be read (with an empty body), listed and deleted, not put.
/// Numbers are DynamoDB's: 38 digits, and `1.0` comes back as `1`.
///
/// The SDK repeats a write whose answer was lost. Puts and transactions are done once all the same,
/// and say so; a single delete may answer [`Committed::Conflict`] though it was what deleted.
#[derive(Clone, Debug)]
pub struct DynamoRecords {
    client: Client,
    table: String,
}

impl DynamoRecords {
    /// Keeps records in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    async fn read_batch(&self, keys: &[&Key]) -> Result<Vec<Item>, Down> {
        let mut found = Vec::new();
        let mut wanted = keys.iter().map(|key| items::key(key)).collect::<Vec<_>>();
        for _ in 0..ASKS {
            let ask = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(|e| down(WHAT, e))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, ask)
                .send()
                .await
                .map_err(|e| down(WHAT, e.into_service_error()))?;
            for item in answer.responses.into_iter().flat_map(|mut it| it.remove(&self.table)) {
                found.extend(read_all(item)?);
            }
            let rest = answer.unprocessed_keys.and_then(|mut it| it.remove(&self.table));
            match rest {
                Some(rest) if !rest.keys.is_empty() => wanted = rest.keys,
                Some(_) | None => return Ok(found),
            }
        }
        Err(down(WHAT, format!("{} items were left unread", wanted.len())))
    }

    /// Keys of the index `due`, earliest first.
    async fn query_due(
        &self,
        due_lane: String,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Attributes>, Down> {
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < limit {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("due")
                .key_condition_expression("due_lane = :lane AND due_at <= :until")
                .expression_attribute_values(":lane", AttributeValue::S(due_lane.clone()))
                .expression_attribute_values(":until", items::time(until))
                .projection_expression("pk, sk, due_at")
                .limit(limit_of(limit - found.len()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|e| down(WHAT, e.into_service_error()))?;
            found.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

impl Store for DynamoRecords {
    async fn read(&self, key: &Key) -> Result<Option<Item>, Down> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(items::key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| down(WHAT, e.into_service_error()))?;
        answer.item.map(items::read).transpose().map_err(|e| down(WHAT, e))
    }

    async fn read_many(&self, keys: &[Key]) -> Result<Vec<Item>, Down> {
        let distinct = keys.iter().collect::<HashSet<_>>().into_iter().collect::<Vec<_>>();
        let mut found = Vec::with_capacity(distinct.len());
        for batch in distinct.chunks(BATCH) {
            found.extend(self.read_batch(batch).await?);
        }
        Ok(found)
    }

    async fn list(&self, range: &Range) -> Result<Page, Down> {
        let pk = items::pk(&range.firm, range.kind);
        let mut start = match &range.after {
            // DynamoDB refuses to begin outside what is asked for.
            Some(after) if after.starts_with(&range.prefix) && !after.is_empty() => {
                Some(items::table_key(&pk, after))
            }
            Some(after) if *after > range.prefix => return Ok(Page::default()),
            Some(_) | None => None,
        };
        let mut found = Vec::new();
        // One more than asked for tells whether there is more.
        let wanted = range.limit.saturating_add(1);
        while range.limit > 0 && found.len() < wanted {
            let mut query = self
                .client
                .query()
                .table_name(&self.table)
                .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
                .consistent_read(true)
                .limit(limit_of(wanted - found.len()))
                .set_exclusive_start_key(start);
            query = if range.prefix.is_empty() {
                query.key_condition_expression("pk = :pk")
            } else {
                query
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", AttributeValue::S(range.prefix.clone()))
            };
            let answer = query.send().await.map_err(|e| down(WHAT, e.into_service_error()))?;
            found.extend(read_all(answer.items.unwrap_or_default())?);
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        let more = found.len() > range.limit;
        found.truncate(range.limit);
        let next = found.last().filter(|_| more).map(|item| item.key.id.clone());
        Ok(Page { items: found, next })
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<Committed, Down> {
        self.commit_all(changes).await
    }

    async fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Key)>, Down> {
        let found = self.query_due(items::due_lane(firm, lane), until, limit).await?;
        found.iter().map(items::read_due).collect::<Result<_, _>>().map_err(|e| down(WHAT, e))
    }
}

fn read_all(found: Vec<Attributes>) -> Result<Vec<Item>, Down> {
    found.into_iter().map(items::read).collect::<Result<_, _>>().map_err(|e| down(WHAT, e))
}

/// What the wire can say of a limit.
fn limit_of(limit: usize) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
