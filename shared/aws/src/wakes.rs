//! Wakes as SQS messages, one standard queue for each worker function.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use domain::ports::{Down, Lane, Wake, Wakes};

use crate::down;

const WHAT: &str = "a queue";

/// Sends each wake to the queue of its lane.
#[derive(Clone, Debug)]
pub struct SqsWakes {
    client: Client,
    queues: HashMap<Lane, String>,
}

/// No queue was named for the lane: only its schedule works it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lane {} has no queue", .0.as_str())]
pub struct NoQueue(
    /// The lane.
    pub Lane,
);

impl SqsWakes {
    /// Sends nothing yet; see [`SqsWakes::queue`].
    pub fn new(client: Client) -> Self {
        Self { client, queues: HashMap::new() }
    }

    /// Sends the lane's wakes to the queue at `url`. A wake of a lane without a queue
    /// answers [`Down`], caused by [`NoQueue`].
    #[must_use]
    pub fn queue(mut self, lane: Lane, url: impl Into<String>) -> Self {
        self.queues.insert(lane, url.into());
        self
    }
}

impl Wakes for SqsWakes {
    async fn wake(&self, wake: &Wake) -> Result<(), Down> {
        let url = self.queues.get(&wake.lane).ok_or_else(|| down(WHAT, NoQueue(wake.lane)))?;
        let body = serde_json::to_string(wake).map_err(|e| down(WHAT, e))?;
        let sent = self.client.send_message().queue_url(url).message_body(body).send().await;
        sent.map_err(|e| down(WHAT, e.into_service_error()))?;
        Ok(())
    }
}
