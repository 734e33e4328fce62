//! What is assumed: how long things take, and what the template allows.

use jiff::SignedDuration;
use local::function::Function;

use crate::Cause;

/// How long DynamoDB, SQS and the key service take to answer, in seconds. What one invocation asks, it
/// asks one after another.
pub(crate) const AWS: f64 = 0.005;
/// How long Xero takes.
pub(crate) const XPM: f64 = 1.0;
/// How long a firm's own endpoint takes to take an event.
pub(crate) const ENDPOINT: f64 = 0.3;
/// What every invocation takes besides, a cold start now and then included.
pub(crate) const OWN: f64 = 0.020;
/// From a message's sending until an idle poller has it.
pub(crate) const TRANSIT: f64 = 0.050;
/// The memory of a function, in GB.
pub(crate) const GB: f64 = 0.25;
/// What Lambda itself logs of an invocation, and the gateway of a request, in bytes.
pub(crate) const PLATFORM_LOG: f64 = 600.0;
pub(crate) const ACCESS_LOG: f64 = 300.0;

/// What of a month is counted: days of work, days without, and hours in all.
pub(crate) const WORKING_DAYS: f64 = 22.0;
pub(crate) const HOURS: f64 = 730.0;
pub(crate) const QUIET_DAYS: f64 = HOURS / 24.0 - WORKING_DAYS;

/// The template, for what it bounds and what it has.
pub(crate) const TEMPLATE: &str = include_str!("../../../../infra/template.yaml");

/// What sweeps once a minute and has a queue of its own.
pub(crate) const WORKERS: [Function; 4] =
    [Function::ContactSync, Function::JobCreate, Function::TimePush, Function::EventPublish];

/// What the template bounds of a queue's worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The messages of an invocation.
    pub(crate) batch: usize,
    /// How many invocations there are at once.
    pub(crate) at_once: usize,
}

impl Bounds {
    /// As the template has them.
    ///
    /// # Errors
    /// It does not say.
    pub(crate) fn of(function: Function) -> Result<Self, Cause> {
        let queue = match function {
            Function::ContactSync => "ContactsQueue",
            Function::JobCreate => "JobsQueue",
            Function::TimePush => "TimeQueue",
            Function::EventPublish => "EventsQueue",
            Function::Api | Function::OauthCallback | Function::WebhookIngest => {
                return Err(format!("{function} has no queue").into());
            }
        };
        let source = TEMPLATE.split_once(&format!("Queue: !GetAtt {queue}.Arn\n"));
        let source = source.ok_or_else(|| format!("no event source of {queue}"))?.1;
        Ok(Self {
            batch: number(source, "BatchSize: ")?,
            at_once: number(source, "MaximumConcurrency: ")?,
        })
    }
}

/// How many requests in a second the gateway lets through.
///
/// # Errors
/// The template does not say.
pub(crate) fn gateway_rate() -> Result<usize, Cause> {
    number(TEMPLATE, "ThrottlingRateLimit: ")
}

/// How many resources of a type the template has.
pub(crate) fn resources(kind: &str) -> usize {
    TEMPLATE.lines().filter(|it| it.trim() == format!("Type: AWS::{kind}")).count()
}

fn number(text: &str, after: &str) -> Result<usize, Cause> {
    let found = text.split_once(after).and_then(|(_, rest)| rest.split_whitespace().next());
    let found = found.ok_or_else(|| format!("the template has no {after}"))?;
    Ok(found.parse()?)
}

/// So many seconds.
pub(crate) fn lasting(seconds: f64) -> SignedDuration {
    SignedDuration::from_micros((seconds * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_bounds_every_worker_and_has_its_alarms() {
        for worker in WORKERS {
            let bounds = Bounds::of(worker).unwrap();
            assert!(bounds.batch >= 1 && bounds.at_once >= 2, "{worker}: {bounds:?}");
        }
        assert!(gateway_rate().unwrap() > 0);
        assert!(resources("CloudWatch::Alarm") > 10 && resources("KMS::Key") == 1);
    }
}
