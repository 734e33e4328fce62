//! Standard queues behind a real SQS endpoint on loopback. Contents live in
//! memory: losing a wake is harmless by design, the sweep finds the work.
//!
//! Our own, because the crate that fits (`winterbaume-sqs`) brings an
//! `aws-config` with every default feature on, and features are shared with
//! what is shipped.

mod fault;
mod messages;
mod operations;
mod protocol;
mod store;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::function::Function;
use crate::settings::{ACCOUNT, REGION};
use crate::stop::Stop;
use protocol::Endpoint;

/// Wakes for [`Function::TimePush`].
pub const TIME: &str = "tandem-time";

/// Wakes for [`Function::ContactSync`].
pub const CONTACTS: &str = "tandem-contacts";

/// Wakes for [`Function::EventPublish`].
pub const EVENTS: &str = "tandem-events";
/// Wakes for [`Function::JobCreate`].
pub const JOBS: &str = "tandem-jobs";

/// How often a message is tried before it goes to the dead-letter queue.
pub const MAX_RECEIVES: u32 = 5;

/// The name of a queue's dead-letter queue.
pub fn dead(queue: &str) -> String {
    format!("{queue}-dead")
}

/// How a queue is called in events and policies.
pub fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

/// Where a queue is, at an endpoint.
pub fn url(endpoint: &str, queue: &str) -> String {
    format!("{endpoint}/{ACCOUNT}/{queue}")
}

/// The visibility timeout of a function's queue: six times its own, the least
/// that Lambda's guide asks for.
pub fn visibility(function: Function) -> Duration {
    function.timeout() * 6
}

/// Serves the queues of the template, each with its dead-letter queue, and
/// returns the endpoint.
pub(crate) fn serve(
    listener: TcpListener,
    tasks: &mut JoinSet<()>,
    stop: &Stop,
) -> std::io::Result<String> {
    let url = format!("http://{}", listener.local_addr()?);
    let endpoint = Arc::new(Endpoint::new(url.clone(), stop.clone()));
    for (queue, function) in [
        (TIME, Function::TimePush),
        (CONTACTS, Function::ContactSync),
        (EVENTS, Function::EventPublish),
        (JOBS, Function::JobCreate),
    ] {
        let redrive = json!({
            "deadLetterTargetArn": arn(&dead(queue)),
            "maxReceiveCount": MAX_RECEIVES,
        });
        let seconds = visibility(function).as_secs();
        endpoint.create(&dead(queue), &json!({ "MessageRetentionPeriod": "1209600" }));
        endpoint.create(
            queue,
            &json!({
                "VisibilityTimeout": seconds.to_string(),
                "RedrivePolicy": redrive.to_string(),
            }),
        );
    }
    let server = axum::serve(listener, protocol::router(endpoint))
        .with_graceful_shutdown(stop.clone().wait());
    tasks.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the queues stopped");
        }
    });
    Ok(url)
}
