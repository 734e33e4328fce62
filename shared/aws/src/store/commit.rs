//! Commits: one change by a conditional write, several by a transaction.
//!
//! The SDK repeats a request whose answer was lost. A repeated transaction is
//! known by its token; a repeated put finds its own stamp in its way, and so
//! knows that it was done.

use aws_lc_rs::rand;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ports::{Cause, Change, Committed, Down, Expect, Item, Key, Kind};

use super::{Attributes, DynamoRecords, WHAT, items};
use crate::down;

/// Changes of one transaction.
const MOST: usize = 100;

/// Why changes cannot be committed together, or at all.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Unfit {
    #[error("{0} changes in one commit")]
    TooMany(usize),
    #[error("one item changed twice in one commit")]
    Twice,
    #[error("a lane is marked, not put")]
    Lane,
}

/// One change, ready to be sent.
enum Write {
    Put(Attributes, Option<Condition>),
    /// A put over whatever is there, which must count on from it.
    Over(Attributes, String, Attributes),
    Delete(Attributes, Option<Condition>),
}

struct Condition(&'static str, Option<Attributes>);

impl DynamoRecords {
    pub(super) async fn commit_all(&self, changes: Vec<Change>) -> Result<Committed, Down> {
        fit(&changes).map_err(|e| down(WHAT, e))?;
        let stamp = stamp().map_err(|e| down(WHAT, e))?;
        let writes = changes
            .iter()
            .map(|change| write(change, &stamp))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| down(WHAT, e))?;
        match <[Write; 1]>::try_from(writes) {
            Ok([write]) => self.commit_one(write, &stamp).await,
            Err(none) if none.is_empty() => Ok(Committed::Done),
            Err(writes) => self.transact(writes, stamp).await,
        }
    }

    async fn commit_one(&self, write: Write, stamp: &str) -> Result<Committed, Down> {
        let client = &self.client;
        match write {
            Write::Put(item, condition) => {
                let mut put = client
                    .put_item()
                    .table_name(&self.table)
                    .set_item(Some(item))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    );
                if let Some(Condition(expression, values)) = condition {
                    put = put
                        .condition_expression(expression)
                        .set_expression_attribute_values(values);
                }
                after_put(put.send().await.map(drop), stamp)
            }
            Write::Over(key, expression, values) => client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key))
                .update_expression(expression)
                .expression_attribute_names("#schema", "schema")
                .set_expression_attribute_values(Some(values))
                .send()
                .await
                .map(|_| Committed::Done)
                .or_else(|e| {
                    let e = e.into_service_error();
                    if e.is_transaction_conflict_exception() {
                        return Ok(Committed::Conflict);
                    }
                    Err(down(WHAT, e))
                }),
            Write::Delete(key, condition) => {
                let mut delete = client.delete_item().table_name(&self.table).set_key(Some(key));
                if let Some(Condition(expression, values)) = condition {
                    delete = delete
                        .condition_expression(expression)
                        .set_expression_attribute_values(values);
                }
                after_delete(delete.send().await.map(drop))
            }
        }
    }

    async fn transact(&self, writes: Vec<Write>, token: String) -> Result<Committed, Down> {
        let actions = writes
            .into_iter()
            .map(|write| self.action(write))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| down(WHAT, e))?;
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(actions))
            .client_request_token(token)
            .send()
            .await;
        match sent.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(Committed::Done),
            Err(TransactWriteItemsError::TransactionCanceledException(why))
                if why.cancellation_reasons().iter().any(|it| {
                    matches!(it.code(), Some("ConditionalCheckFailed" | "TransactionConflict"))
                }) =>
            {
                Ok(Committed::Conflict)
            }
            Err(error) => Err(down(WHAT, error)),
        }
    }

    fn action(&self, write: Write) -> Result<TransactWriteItem, Cause> {
        let action = TransactWriteItem::builder();
        let table = &self.table;
        let action = match write {
            Write::Put(item, condition) => {
                let mut put = Put::builder().table_name(table).set_item(Some(item));
                if let Some(Condition(expression, values)) = condition {
                    put = put
                        .condition_expression(expression)
                        .set_expression_attribute_values(values);
                }
                action.put(put.build()?)
            }
            Write::Over(key, expression, values) => action.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .update_expression(expression)
                    .expression_attribute_names("#schema", "schema")
                    .set_expression_attribute_values(Some(values))
                    .build()?,
            ),
            Write::Delete(key, condition) => {
                let mut delete = Delete::builder().table_name(table).set_key(Some(key));
                if let Some(Condition(expression, values)) = condition {
                    delete = delete
                        .condition_expression(expression)
                        .set_expression_attribute_values(values);
                }
                action.delete(delete.build()?)
            }
        };
        Ok(action.build())
    }
}

fn after_put(sent: Result<(), SdkError<PutItemError>>, stamp: &str) -> Result<Committed, Down> {
    match sent.map_err(SdkError::into_service_error) {
        Ok(()) => Ok(Committed::Done),
        Err(PutItemError::ConditionalCheckFailedException(found)) => {
            Ok(if stamped(found.item(), stamp) { Committed::Done } else { Committed::Conflict })
        }
        Err(PutItemError::TransactionConflictException(_)) => Ok(Committed::Conflict),
        Err(error) => Err(down(WHAT, error)),
    }
}

fn after_delete(sent: Result<(), SdkError<DeleteItemError>>) -> Result<Committed, Down> {
    match sent.map_err(SdkError::into_service_error) {
        Ok(()) => Ok(Committed::Done),
        Err(
            DeleteItemError::ConditionalCheckFailedException(_)
            | DeleteItemError::TransactionConflictException(_),
        ) => Ok(Committed::Conflict),
        Err(error) => Err(down(WHAT, error)),
    }
}

fn write(change: &Change, stamp: &str) -> Result<Write, Cause> {
    Ok(match change {
        Change::Put(item, Expect::Absent) => {
            Write::Put(attributes(item, 1, stamp)?, condition(Expect::Absent))
        }
        Change::Put(item, Expect::Version(seen)) => {
            let next = seen.checked_add(1).ok_or("no version comes after this")?;
            Write::Put(attributes(item, next, stamp)?, condition(Expect::Version(*seen)))
        }
        Change::Put(item, Expect::Any) => over(item, stamp)?,
        Change::Delete(key, expect) => Write::Delete(items::key(key), condition(*expect)),
    })
}

fn condition(expect: Expect) -> Option<Condition> {
    match expect {
        Expect::Absent => Some(Condition("attribute_not_exists(pk)", None)),
        Expect::Version(seen) => {
            let values = [(":seen".into(), items::number(seen))].into();
            Some(Condition("version = :seen", Some(values)))
        }
        Expect::Any => None,
    }
}

fn attributes(item: &Item, version: u64, stamp: &str) -> Result<Attributes, Cause> {
    let mut all = items::key(&item.key);
    all.insert("version".into(), items::number(version));
    all.insert("schema".into(), items::schema());
    all.insert("stamp".into(), AttributeValue::S(stamp.into()));
    all.insert("body".into(), items::body(&item.body)?);
    if let Some(due) = item.due {
        let lane = items::due_lane(&item.key.firm, due.lane);
        all.insert("due_lane".into(), AttributeValue::S(lane));
        all.insert("due_at".into(), items::time(due.at));
    }
    if let Some(at) = item.expires {
        all.insert(items::EXPIRES.into(), items::expiry(at));
    }
    Ok(all)
}

fn over(item: &Item, stamp: &str) -> Result<Write, Cause> {
    let mut values: Attributes = [
        (":none".into(), items::number(0)),
        (":one".into(), items::number(1)),
        (":schema".into(), items::schema()),
        (":stamp".into(), AttributeValue::S(stamp.into())),
        (":body".into(), items::body(&item.body)?),
    ]
    .into();
    let mut expression = String::from(
        "SET version = if_not_exists(version, :none) + :one, #schema = :schema, stamp = :stamp, \
         body = :body",
    );
    let mut gone = Vec::new();
    match item.expires {
        Some(at) => {
            values.insert(":expires".into(), items::expiry(at));
            expression.push_str(", expires_at = :expires");
        }
        None => gone.push(items::EXPIRES),
    }
    match item.due {
        Some(due) => {
            let lane = items::due_lane(&item.key.firm, due.lane);
            values.insert(":lane".into(), AttributeValue::S(lane));
            values.insert(":at".into(), items::time(due.at));
            expression.push_str(", due_lane = :lane, due_at = :at");
        }
        None => gone.extend(["due_lane", "due_at"]),
    }
    if !gone.is_empty() {
        expression.push_str(&format!(" REMOVE {}", gone.join(", ")));
    }
    Ok(Write::Over(items::key(&item.key), expression, values))
}

fn fit(changes: &[Change]) -> Result<(), Unfit> {
    if changes.len() > MOST {
        return Err(Unfit::TooMany(changes.len()));
    }
    let keys = changes.iter().map(Change::key).collect::<std::collections::HashSet<&Key>>();
    if keys.len() < changes.len() {
        return Err(Unfit::Twice);
    }
    let lane = |it: &Change| matches!(it, Change::Put(item, _) if item.key.kind == Kind::Lane);
    if changes.iter().any(lane) { Err(Unfit::Lane) } else { Ok(()) }
}

/// Tells our own write from another's: 16 random bytes.
pub(crate) fn stamp() -> Result<String, Cause> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| "the operating system gives no random bytes")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

pub(crate) fn stamped(found: Option<&Attributes>, stamp: &str) -> bool {
    let found = found.and_then(|it| it.get("stamp"));
    matches!(found, Some(AttributeValue::S(text)) if text == stamp)
}
