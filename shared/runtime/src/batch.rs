//! Settling a batch of queue messages one by one.

use std::error::Error;
use std::marker::PhantomData;
use std::vec;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use serde::de::DeserializeOwned;
use tracing::error;

use crate::chain::Chain;
use crate::trigger::Malformed;

/// A batch being worked through.
///
/// A message stays unsettled until [`record`](Batch::record) says otherwise, so
/// one that is unreadable, skipped or forgotten goes back to the queue. Nothing
/// is lost by omission.
#[must_use = "a batch must be closed for the queue to learn what was settled"]
pub struct Batch<M> {
    waiting: vec::IntoIter<Record>,
    current: Option<String>,
    unsettled: Vec<String>,
    message: PhantomData<M>,
}

struct Record {
    id: String,
    body: String,
}

impl<M: DeserializeOwned> Batch<M> {
    /// Takes a batch in hand. A record that could not be named in the answer fails the
    /// whole event aloud; an empty identifier in the answer would do so in silence.
    pub fn open(event: SqsEvent) -> Result<Self, Malformed> {
        let records: Vec<Record> = event
            .records
            .into_iter()
            .map(|it| {
                let id = it.message_id.filter(|it| !it.is_empty())?;
                Some(Record { id, body: it.body? })
            })
            .collect::<Option<_>>()
            .ok_or(Malformed::Record)?;
        Ok(Self {
            waiting: records.into_iter(),
            current: None,
            unsettled: Vec::new(),
            message: PhantomData,
        })
    }

    /// The next message that can be read.
    pub fn take(&mut self) -> Option<M> {
        self.leave();
        loop {
            let Record { id, body } = self.waiting.next()?;
            match serde_json::from_str(&body) {
                Ok(message) => {
                    self.current = Some(id);
                    return Some(message);
                }
                Err(e) => {
                    error!(message.id = %id, error = %Chain(&e), "message {id} is unreadable");
                    self.unsettled.push(id);
                }
            }
        }
    }

    /// Puts the messages that are still waiting in this order; those that cannot be read come first.
    pub fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&M) -> K) {
        let place = |it: &Record| serde_json::from_str(&it.body).ok().map(|it: M| key(&it));
        let mut waiting: Vec<Record> = self.waiting.by_ref().collect();
        waiting.sort_by_cached_key(place);
        self.waiting = waiting.into_iter();
    }

    /// Says how the message last taken ended.
    pub fn record<T, E: Error + 'static>(&mut self, settled: Result<T, E>) {
        match settled {
            Ok(_) => self.current = None,
            Err(e) => {
                let id = self.current.as_deref().unwrap_or_default();
                error!(message.id = %id, error = %Chain(&e), "message {id} is unsettled");
            }
        }
    }

    /// Tells the queue which messages must return.
    pub fn close(mut self) -> SqsBatchResponse {
        self.leave();
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = self
            .unsettled
            .into_iter()
            .chain(self.waiting.map(|it| it.id))
            .map(|id| {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                failure
            })
            .collect();
        response
    }

    fn leave(&mut self) {
        self.unsettled.extend(self.current.take());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SIZE: usize = 10;

    #[test]
    fn g14_exactly_the_failed_messages_return_whatever_the_pattern() {
        for pattern in 0..1u32 << SIZE {
            let succeeds = |n: usize| pattern & (1 << n) != 0;
            let mut batch = open((0..SIZE).map(|n| json!(n).to_string()));
            while let Some(n) = batch.take() {
                batch.record(if succeeds(n) { Ok(()) } else { Err(Malformed::Record) });
            }
            let failed: Vec<String> =
                (0..SIZE).filter(|n| !succeeds(*n)).map(|n| format!("m-{n}")).collect();
            assert_eq!(returned(batch), failed, "pattern {pattern:010b}");
        }
    }

    #[test]
    fn g14_what_is_taken_and_forgotten_returns() {
        let mut batch = open(["0", "1"].map(String::from));
        batch.take();
        batch.take();
        batch.record(Ok::<_, Malformed>(()));
        assert_eq!(returned(batch), ["m-0"]);
    }

    #[test]
    fn g14_what_is_unreadable_or_never_reached_returns() {
        let mut batch = open(["0", "unreadable", "2"].map(String::from));
        batch.take();
        batch.record(Ok::<_, Malformed>(()));
        assert_eq!(returned(batch), ["m-1", "m-2"]);

        let mut batch = open(["unreadable", "1"].map(String::from));
        assert_eq!(batch.take(), Some(1));
        batch.record(Ok::<_, Malformed>(()));
        assert_eq!(returned(batch), ["m-0"]);
    }

    #[test]
    fn g14_a_failure_recorded_twice_returns_once() {
        let mut batch = open(["0".into()]);
        batch.take();
        batch.record(Err::<(), _>(Malformed::Record));
        batch.record(Err::<(), _>(Malformed::Record));
        assert_eq!(returned(batch), ["m-0"]);
    }

    #[test]
    fn g14_a_record_that_cannot_be_named_fails_the_whole_batch() {
        let whole = json!({"messageId": "m-0", "body": "0"});
        assert!(read(vec![whole.clone()]).is_ok());
        for wrong in [json!({"body": "0"}), json!({"messageId": "", "body": "0"})] {
            assert!(read(vec![whole.clone(), wrong]).is_err());
        }
        assert!(read(vec![whole, json!({"messageId": "m-1"})]).is_err());
    }

    fn open(bodies: impl IntoIterator<Item = String>) -> Batch<usize> {
        let records = bodies.into_iter().enumerate();
        let records = records.map(|(n, body)| json!({"messageId": format!("m-{n}"), "body": body}));
        read(records.collect()).unwrap()
    }

    fn read(records: Vec<Value>) -> Result<Batch<usize>, Malformed> {
        Batch::open(serde_json::from_value(json!({"Records": records})).unwrap())
    }

    /// The ids that return, read from the answer's JSON as Lambda would.
    fn returned(batch: Batch<usize>) -> Vec<String> {
        let answer = serde_json::to_string(&batch.close()).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer.as_object().unwrap().len(), 1);
        let failures = answer["batchItemFailures"].as_array().unwrap().iter();
        failures.map(|it| it["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }
}
