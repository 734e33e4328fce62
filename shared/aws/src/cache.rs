//! The cache table.
//!
//! DynamoDB deletes days late, so nothing here depends on when it does: an item
//! past its time is as good as absent, in reads and in conditions. `expires_at`
//! (whole seconds, rounded up) is for DynamoDB; `expires_ms` is what counts.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::ids::FirmId;
use domain::ports::{Cache, CacheKey, Cached, Cause, Committed, Down, Expect, Shelf};
use jiff::Timestamp;

use crate::down;
use crate::store::{Attributes, commit, items};

const WHAT: &str = "the cache table";

const GONE: &str = "attribute_not_exists(pk) OR expires_ms <= :now";
const SEEN: &str = "version = :seen AND expires_ms > :now";

/// Keeps things for a while in a DynamoDB table. Times are kept to the millisecond.
///
/// With [`Expect::Any`] the version is one more than that of whatever is there.
#[derive(Clone, Debug)]
pub struct DynamoCache {
    client: Client,
    table: String,
}

impl DynamoCache {
    /// Keeps things in `table`, whose TTL attribute is `expires_at`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}

impl Cache for DynamoCache {
    async fn fetch(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Cached>, Down> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(table_key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| down(WHAT, e.into_service_error()))?;
        let Some(item) = answer.item else { return Ok(None) };
        let cached = read(item).map_err(|e| down(WHAT, e))?;
        Ok(Some(cached).filter(|it| it.expires_at.as_millisecond() > now.as_millisecond()))
    }

    async fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        let stamp = commit::stamp().map_err(|e| down(WHAT, e))?;
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(table_key(key)))
            .expression_attribute_values(":stamp", AttributeValue::S(stamp.clone()))
            .expression_attribute_values(":body", body(&item)?)
            .expression_attribute_values(":ms", items::time(item.expires_at))
            .expression_attribute_values(":s", items::expiry(item.expires_at))
            .expression_attribute_values(":one", items::number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let version = match expect {
            Expect::Absent => {
                update = update
                    .condition_expression(GONE)
                    .expression_attribute_values(":now", items::time(now));
                ":one"
            }
            Expect::Version(seen) => {
                update = update
                    .condition_expression(SEEN)
                    .expression_attribute_values(":now", items::time(now))
                    .expression_attribute_values(":seen", items::number(seen));
                "version + :one"
            }
            Expect::Any => {
                update = update.expression_attribute_values(":none", items::number(0));
                "if_not_exists(version, :none) + :one"
            }
        };
        let sent = update
            .update_expression(format!(
                "SET version = {version}, body = :body, stamp = :stamp, expires_ms = :ms, \
                 expires_at = :s"
            ))
            .send()
            .await;
        match sent.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(Committed::Done),
            Err(UpdateItemError::ConditionalCheckFailedException(found)) => {
                // Our own write, whose answer was lost and which the SDK repeated.
                let ours = commit::stamped(found.item(), &stamp);
                Ok(if ours { Committed::Done } else { Committed::Conflict })
            }
            Err(error) => Err(down(WHAT, error)),
        }
    }

    async fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        let delete =
            self.client.delete_item().table_name(&self.table).set_key(Some(table_key(key)));
        let delete = match expect {
            Expect::Absent => delete
                .condition_expression(GONE)
                .expression_attribute_values(":now", items::time(now)),
            Expect::Version(seen) => delete
                .condition_expression(SEEN)
                .expression_attribute_values(":now", items::time(now))
                .expression_attribute_values(":seen", items::number(seen)),
            Expect::Any => delete,
        };
        match delete.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(Committed::Done),
            Err(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Committed::Conflict),
            Err(error) => Err(down(WHAT, error)),
        }
    }

    async fn ids(&self, firm: &FirmId, shelf: Shelf, limit: usize) -> Result<Vec<String>, Down> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk(firm, shelf)))
            .projection_expression("sk")
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .into_paginator()
            .items()
            .send();
        let mut ids = Vec::new();
        while ids.len() < limit
            && let Some(item) = pages.next().await
        {
            let item = item.map_err(|e| down(WHAT, e.into_service_error()))?;
            ids.push(items::read_text(&item, "sk").map_err(|e| down(WHAT, e))?.to_owned());
        }
        Ok(ids)
    }
}

fn pk(firm: &FirmId, shelf: Shelf) -> String {
    format!("{firm}#{}", shelf.as_str())
}

fn table_key(key: &CacheKey) -> Attributes {
    items::table_key(&pk(&key.firm, key.shelf), &key.id)
}

fn body(item: &Cached) -> Result<AttributeValue, Down> {
    serde_dynamo::to_attribute_value(&item.body).map_err(|e| down(WHAT, e))
}

fn read(mut item: Attributes) -> Result<Cached, Cause> {
    let body = item.remove("body").ok_or("an item without a body")?;
    Ok(Cached {
        version: items::read_number(&item, "version")?,
        expires_at: items::read_time(&item, "expires_ms")?,
        body: serde_dynamo::from_attribute_value(body)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g17_dynamodb_is_never_told_to_delete_before_the_time() {
        let n = |ms| items::expiry(Timestamp::from_millisecond(ms).unwrap());

        assert_eq!(n(5_000), AttributeValue::N("5".into()));
        assert_eq!(n(5_001), AttributeValue::N("6".into()));
    }
}
