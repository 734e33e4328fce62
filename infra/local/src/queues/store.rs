//! What a standard queue remembers. Time is an argument.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

/// All queues, by name.
#[derive(Debug, Default)]
pub(crate) struct Store {
    queues: BTreeMap<String, Queue>,
}

/// One queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// As set, and as SQS gives them back.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) created_at: u64,
    messages: Vec<Message>,
}

/// One message. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) sent_at: u64,
    pub(crate) first_received_at: u64,
    pub(crate) receives: u32,
    pub(crate) receipt: String,
    pub(crate) source: Option<String>,
    visible_at: u64,
}

/// What is wrong with a receipt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadReceipt {
    /// It was never given out here.
    Unknown,
    /// The message is no longer held by whom it was given to.
    NotInFlight,
}

impl Store {
    pub(crate) fn create(&mut self, name: &str) -> &mut Queue {
        self.queues.entry(name.to_owned()).or_default()
    }

    pub(crate) fn queue(&mut self, name: &str) -> Option<&mut Queue> {
        self.queues.get_mut(name)
    }

    pub(crate) fn delete(&mut self, name: &str) -> bool {
        self.queues.remove(name).is_some()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    /// Hands out up to `most` visible messages, and moves those tried too often
    /// to the dead-letter queue.
    pub(crate) fn receive(
        &mut self,
        name: &str,
        now: u64,
        most: usize,
        visibility: Option<u64>,
    ) -> Vec<Message> {
        let Some(queue) = self.queues.get_mut(name) else { return Vec::new() };
        let hidden_until = now + 1000 * visibility.unwrap_or_else(|| queue.visibility());
        let redrive = queue.redrive();
        let mut received = Vec::new();
        let mut dead = Vec::new();
        queue.messages.retain_mut(|message| {
            if message.visible_at > now || received.len() == most {
                return true;
            }
            if redrive.as_ref().is_some_and(|(_, limit)| message.receives >= *limit) {
                dead.push(message.clone());
                return false;
            }
            message.receives += 1;
            message.receipt = Uuid::new_v4().to_string();
            message.visible_at = hidden_until;
            if message.receives == 1 {
                message.first_received_at = now;
            }
            received.push(message.clone());
            true
        });
        if let Some((target, _)) = redrive {
            self.bury(&target, name, dead);
        }
        received
    }

    fn bury(&mut self, target: &str, source: &str, dead: Vec<Message>) {
        let Some(queue) = self.queues.get_mut(target) else { return };
        queue.messages.extend(dead.into_iter().map(|message| Message {
            receives: 0,
            receipt: String::new(),
            source: Some(source.to_owned()),
            ..message
        }));
    }
}

impl Queue {
    pub(crate) fn send(
        &mut self,
        body: String,
        attributes: Map<String, Value>,
        now: u64,
        delay: Option<u64>,
    ) -> Message {
        let delay = delay.unwrap_or_else(|| self.number("DelaySeconds", 0));
        let message = Message {
            id: Uuid::new_v4().to_string(),
            body,
            attributes,
            sent_at: now,
            visible_at: now + 1000 * delay,
            ..Message::default()
        };
        self.messages.push(message.clone());
        message
    }

    /// Deletes what the receipt stands for. A receipt that is not the last one
    /// given out for its message deletes nothing and is no error, as on SQS.
    pub(crate) fn delete(&mut self, receipt: &str) -> Result<(), BadReceipt> {
        Uuid::parse_str(receipt).map_err(|_| BadReceipt::Unknown)?;
        self.messages.retain(|it| it.receipt != receipt);
        Ok(())
    }

    /// Hides a message that is in flight for as long again, or shows it.
    pub(crate) fn hide(&mut self, receipt: &str, now: u64, seconds: u64) -> Result<(), BadReceipt> {
        Uuid::parse_str(receipt).map_err(|_| BadReceipt::Unknown)?;
        let held = self.messages.iter_mut().find(|it| it.receipt == receipt);
        let held = held.filter(|it| it.visible_at > now).ok_or(BadReceipt::NotInFlight)?;
        held.visible_at = now + 1000 * seconds;
        Ok(())
    }

    pub(crate) fn purge(&mut self) {
        self.messages.clear();
    }

    /// When the next hidden message becomes visible.
    pub(crate) fn next_visible(&self, now: u64) -> Option<u64> {
        self.messages.iter().map(|it| it.visible_at).filter(|it| *it > now).min()
    }

    /// How many messages wait, are in flight, and are delayed.
    pub(crate) fn counts(&self, now: u64) -> (usize, usize, usize) {
        let visible = self.messages.iter().filter(|it| it.visible_at <= now).count();
        let hidden = self.messages.iter().filter(|it| it.visible_at > now);
        let delayed = hidden.clone().filter(|it| it.receives == 0).count();
        (visible, hidden.count() - delayed, delayed)
    }

    pub(crate) fn wait(&self) -> u64 {
        self.number("ReceiveMessageWaitTimeSeconds", 0)
    }

    fn visibility(&self) -> u64 {
        self.number("VisibilityTimeout", 30)
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        self.attributes.get(name).and_then(|it| it.parse().ok()).unwrap_or(default)
    }

    /// The name of the dead-letter queue and the limit that leads there.
    fn redrive(&self) -> Option<(String, u32)> {
        let policy: Value = serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()?;
        let limit = &policy["maxReceiveCount"];
        let limit = limit.as_u64().or_else(|| limit.as_str()?.parse().ok())?;
        let target = policy["deadLetterTargetArn"].as_str()?.rsplit(':').next()?;
        Some((target.to_owned(), u32::try_from(limit).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_received_message_is_hidden_until_its_visibility_ends() {
        let mut store = one_message();
        assert_eq!(store.receive("work", 0, 10, Some(30)).len(), 1);
        assert_eq!(store.receive("work", 29_999, 10, Some(30)).len(), 0);
        assert_eq!(store.receive("work", 30_000, 10, Some(30)).len(), 1);
    }

    #[test]
    fn a_message_received_five_times_is_dead_at_the_sixth() {
        let mut store = one_message();
        for expected in 1..=5 {
            let received = store.receive("work", 0, 10, Some(0));
            assert_eq!(received[0].receives, expected);
        }
        assert_eq!(store.receive("work", 0, 10, Some(0)).len(), 0);
        let dead = store.receive("work-dead", 0, 10, Some(0));
        assert_eq!(dead[0].body, "a wake");
        assert_eq!(dead[0].source.as_deref(), Some("work"));
    }

    #[test]
    fn an_old_receipt_deletes_nothing() {
        let mut store = one_message();
        let old = store.receive("work", 0, 1, Some(0)).remove(0).receipt;
        let new = store.receive("work", 0, 1, Some(0)).remove(0).receipt;
        let queue = store.queue("work").unwrap();
        queue.delete(&old).unwrap();
        assert_eq!(queue.counts(0), (1, 0, 0));
        queue.delete(&new).unwrap();
        assert_eq!(queue.counts(0), (0, 0, 0));
    }

    #[test]
    fn a_message_that_is_visible_again_cannot_be_hidden_by_its_receipt() {
        let mut store = one_message();
        let receipt = store.receive("work", 0, 1, Some(10)).remove(0).receipt;
        let queue = store.queue("work").unwrap();
        assert_eq!(queue.hide(&receipt, 5_000, 60), Ok(()));
        assert_eq!(queue.hide(&receipt, 65_000, 60), Err(BadReceipt::NotInFlight));
        assert_eq!(queue.hide("nonsense", 5_000, 60), Err(BadReceipt::Unknown));
    }

    fn one_message() -> Store {
        let mut store = Store::default();
        store.create("work-dead");
        let queue = store.create("work");
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:a:work-dead","maxReceiveCount":"5"}"#;
        queue.attributes.insert("RedrivePolicy".into(), policy.into());
        queue.send("a wake".into(), Map::new(), 0, None);
        store
    }
}
