//! Lanes: one item for each firm and lane, found through the index `due`.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::FirmId;
use domain::ports::{Down, Key, Kind, LANE_SHARDS, Lane, LaneState, Lanes};
use jiff::Timestamp;

use super::{DynamoRecords, WHAT, items};
use crate::down;

/// A mark is tried so often while others keep changing the same lane.
const TRIES: usize = 5;

/// The shard of a firm's lanes: FNV-1a of its id, the same on every machine for ever.
pub fn shard_of(firm: &FirmId) -> u8 {
    let hash = firm.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % u64::from(LANE_SHARDS)) as u8
}

/// An earlier due stays: only a later one, or none, gives way to `:at`.
const SOONER: (&str, &str) = (
    "SET due_lane = :lane, due_at = :at, #schema = :schema ADD marks :one, version :one",
    "attribute_not_exists(due_at) OR due_at >= :at",
);
const LATER: (&str, &str) = ("SET #schema = :schema ADD marks :one, version :one", "due_at < :at");

impl DynamoRecords {
    async fn update_lane(
        &self,
        key: &Key,
        (expression, condition): (&str, &str),
        values: &[(&str, AttributeValue)],
    ) -> Result<bool, Down> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(items::key(key)))
            .update_expression(expression)
            .condition_expression(condition)
            .expression_attribute_names("#schema", "schema");
        for (name, value) in values {
            update = update.expression_attribute_values(*name, value.clone());
        }
        match update.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(down(WHAT, error)),
        }
    }
}

impl Lanes for DynamoRecords {
    /// One write, or two where the lane is due earlier than `at` already. A mark that the SDK
    /// repeats may count twice, which costs one more look at the lane.
    async fn mark(&self, firm: &FirmId, lane: Lane, at: Timestamp) -> Result<(), Down> {
        let key = lane_key(firm, lane);
        let common = [
            (":at", items::time(at)),
            (":one", items::number(1)),
            (":schema", items::schema()),
            (":lane", AttributeValue::S(due_lane(firm, lane))),
        ];
        for _ in 0..TRIES {
            if self.update_lane(&key, SOONER, &common).await?
                || self.update_lane(&key, LATER, &common[..3]).await?
            {
                return Ok(());
            }
        }
        Err(down(WHAT, "the lane would not stand still"))
    }

    async fn look(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(items::key(&lane_key(firm, lane))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| down(WHAT, e.into_service_error()))?;
        let Some(item) = answer.item else { return Ok(LaneState::default()) };
        let marks = items::read_number(&item, "marks").map_err(|e| down(WHAT, e))?;
        let settled = match item.contains_key("settled") {
            true => items::read_number(&item, "settled").map_err(|e| down(WHAT, e))?,
            false => 0,
        };
        let due_at = match item.contains_key("due_at") {
            true => Some(items::read_time(&item, "due_at").map_err(|e| down(WHAT, e))?),
            false => None,
        };
        Ok(LaneState { marks, settled, due_at })
    }

    async fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> Result<bool, Down> {
        if (seen, next) == (0, None) && self.look(firm, lane).await? == LaneState::default() {
            return Ok(true);
        }
        let condition = match seen {
            0 => "attribute_not_exists(marks) OR marks = :seen",
            _ => "marks = :seen",
        };
        let mut values = vec![
            (":seen", items::number(seen)),
            (":one", items::number(1)),
            (":schema", items::schema()),
        ];
        let expression = match next {
            Some(at) => {
                values.push((":at", items::time(at)));
                values.push((":lane", AttributeValue::S(due_lane(firm, lane))));
                "SET marks = :seen, settled = :seen, due_lane = :lane, due_at = :at, #schema = :schema \
                 ADD version :one"
            }
            None => {
                "SET marks = :seen, settled = :seen, #schema = :schema REMOVE due_lane, due_at \
                 ADD version :one"
            }
        };
        self.update_lane(&lane_key(firm, lane), (expression, condition), &values).await
    }

    async fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<FirmId>, Down> {
        let found = self.query_due(format!("{}#{shard}", lane.as_str()), until, limit).await?;
        found
            .iter()
            .map(|item| items::read_key(item).map(|key| key.firm))
            .collect::<Result<_, _>>()
            .map_err(|e| down(WHAT, e))
    }
}

fn lane_key(firm: &FirmId, lane: Lane) -> Key {
    Key::new(firm, Kind::Lane, lane.as_str())
}

fn due_lane(firm: &FirmId, lane: Lane) -> String {
    format!("{}#{}", lane.as_str(), shard_of(firm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firm_keeps_its_shard() {
        let shard = |firm: &str| shard_of(&FirmId::parse(firm).unwrap());

        assert_eq!([shard("a"), shard("firm-1"), shard("firm-2")], [4, 7, 2]);
    }

    #[test]
    fn firms_are_spread_over_every_shard() {
        let mut count = [0; LANE_SHARDS as usize];
        for n in 0..800 {
            count[usize::from(shard_of(&FirmId::parse(format!("firm-{n}")).unwrap()))] += 1;
        }

        assert!(count.iter().all(|it| (50..150).contains(it)), "{count:?}");
    }
}
