//! Telling what set a worker going: its queue, or its schedule.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde_json::Value;

use crate::chain::Chain;

/// What set a worker going.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// Messages came.
    Queue(SqsEvent),
    /// It is time to sweep.
    Schedule,
}

/// The event is not one that a worker gets from AWS, so the whole invocation fails.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// The answer to the queue could not name this record.
    #[error("a record has no id or no body")]
    Record,
    /// It has the form of a queue's event, and yet is none.
    #[error("the event is not one of a queue")]
    Queue(#[source] serde_json::Error),
    /// Records of another service than SQS.
    #[error("a record does not come from a queue")]
    Origin,
    /// Neither of the two.
    #[error("the event comes from neither a queue nor the schedule")]
    Stranger,
}

impl Trigger {
    /// Looks at an event as Lambda hands it over.
    pub fn of(event: Value) -> Result<Self, Malformed> {
        if event.get("Records").is_some() {
            let event: SqsEvent = serde_json::from_value(event).map_err(Malformed::Queue)?;
            let from_sqs = |it: Option<&str>| it == Some("aws:sqs");
            return if event.records.iter().all(|it| from_sqs(it.event_source.as_deref())) {
                Ok(Self::Queue(event))
            } else {
                Err(Malformed::Origin)
            };
        }
        match serde_json::from_value(event) {
            Ok(Sweep { source, detail_type })
                if source == "tandem.schedule" && detail_type == "sweep" =>
            {
                Ok(Self::Schedule)
            }
            Ok(_) | Err(_) => Err(Malformed::Stranger),
        }
    }
}

impl From<Malformed> for Diagnostic {
    fn from(error: Malformed) -> Self {
        Self { error_type: "Malformed".into(), error_message: Chain(&error).to_string() }
    }
}

/// What the schedule sends, word for word: the `Input` in `infra/template.yaml`.
#[derive(Deserialize)]
struct Sweep {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_queue_and_the_schedule_are_told_apart() {
        let Ok(Trigger::Queue(event)) = Trigger::of(queue("aws:sqs")) else {
            panic!("not recognised as a queue's event")
        };
        assert_eq!(event.records[0].body.as_deref(), Some("{}"));

        let sweep = json!({"source": "tandem.schedule", "detail-type": "sweep"});
        assert_eq!(Trigger::of(sweep).unwrap(), Trigger::Schedule);
    }

    #[test]
    fn g14_an_event_of_another_kind_fails_whole() {
        let strangers = [
            json!({}),
            json!(null),
            json!([{"source": "tandem.schedule", "detail-type": "sweep"}]),
            json!({"source": "aws.scheduler", "detail-type": "sweep"}),
            json!({"source": "tandem.schedule", "detail-type": "other"}),
            json!({"source": "tandem.schedule"}),
            json!({"Records": null}),
            json!({"Records": [{"messageId": 1, "body": "{}", "eventSource": "aws:sqs"}]}),
            queue("aws:sns"),
        ];
        for event in strangers {
            assert!(Trigger::of(event.clone()).is_err(), "{event}");
        }
    }

    #[test]
    fn a_malformed_event_is_reported_under_one_name() {
        let error = Trigger::of(json!({"Records": 1})).unwrap_err();
        let report = Diagnostic::from(error);
        assert_eq!(report.error_type, "Malformed");
        assert!(report.error_message.starts_with("the event is not one of a queue: "));
    }

    fn queue(source: &str) -> Value {
        json!({"Records": [{
            "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
            "receiptHandle": "MessageReceiptHandle",
            "body": "{}",
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1523232000000"},
            "messageAttributes": {},
            "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
            "eventSource": source,
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:time",
            "awsRegion": "us-east-1"
        }]})
    }
}
