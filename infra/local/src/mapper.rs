//! Lambda's event source mapping: takes messages from a queue to a function and
//! deletes what the function has settled. What is left becomes visible again.

mod records;
mod verdict;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use tokio::time::sleep;

use crate::function::Function;
use crate::invoke::Functions;
use crate::stop::Stop;
use records::event;
use verdict::{Verdict, verdict};

const BATCH_SIZE: i32 = 10;
pub(crate) const WAIT_SECONDS: i32 = 20;
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

type Cause = Box<dyn Error + Send + Sync>;

/// Which queue feeds which function.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Where the messages go.
    pub function: Function,
    /// Where they come from.
    pub queue_url: String,
}

/// Polls until the stack stops. A batch that has begun is finished.
pub(crate) async fn run(
    mapping: Mapping,
    queues: Client,
    functions: Arc<impl Functions>,
    stop: Stop,
) {
    loop {
        let received = match stop.or(receive(&mapping, &queues)).await {
            None => return,
            Some(received) => received,
        };
        let settled = match received {
            Ok(messages) => settle(&mapping, &queues, &*functions, messages).await,
            Err(trouble) => Err(trouble),
        };
        if let Err(error) = settled {
            let function = mapping.function;
            tracing::warn!(%function, error, "the queue of {function} is in trouble");
            if stop.or(sleep(AFTER_TROUBLE)).await.is_none() {
                return;
            }
        }
    }
}

/// Takes one batch to its function, and says how many messages are settled.
///
/// # Errors
///
/// The queue could not be asked.
pub async fn turn(
    mapping: &Mapping,
    queues: &Client,
    functions: &impl Functions,
) -> Result<usize, Cause> {
    let messages = receive(mapping, queues).await?;
    settle(mapping, queues, functions, messages).await
}

async fn receive(mapping: &Mapping, queues: &Client) -> Result<Vec<Message>, Cause> {
    let received = queues
        .receive_message()
        .queue_url(&mapping.queue_url)
        .max_number_of_messages(BATCH_SIZE)
        .wait_time_seconds(WAIT_SECONDS)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await?;
    Ok(received.messages.unwrap_or_default())
}

async fn settle(
    mapping: &Mapping,
    queues: &Client,
    functions: &impl Functions,
    messages: Vec<Message>,
) -> Result<usize, Cause> {
    if messages.is_empty() {
        return Ok(0);
    }
    let function = mapping.function;
    let answer = functions.invoke(function, event(&mapping.queue_url, &messages)).await;
    if let Err(error) = &answer {
        tracing::error!(%function, %error, "a batch failed: {error}");
    }
    let ids: Vec<_> = messages.iter().filter_map(Message::message_id).collect();
    let settled: Vec<_> = match verdict(answer.ok().as_ref(), &ids) {
        Verdict::Whole => messages.iter().collect(),
        Verdict::Without(failed) => {
            let settled = |it: &&Message| !failed.iter().any(|id| it.message_id() == Some(id));
            messages.iter().filter(settled).collect()
        }
        Verdict::Nothing => Vec::new(),
    };
    delete(mapping, queues, &settled).await?;
    Ok(settled.len())
}

async fn delete(mapping: &Mapping, queues: &Client, settled: &[&Message]) -> Result<(), Cause> {
    if settled.is_empty() {
        return Ok(());
    }
    let entries = settled.iter().enumerate().map(|(position, message)| {
        DeleteMessageBatchRequestEntry::builder()
            .id(position.to_string())
            .set_receipt_handle(message.receipt_handle.clone())
            .build()
    });
    queues
        .delete_message_batch()
        .queue_url(&mapping.queue_url)
        .set_entries(Some(entries.collect::<Result<_, _>>()?))
        .send()
        .await?;
    Ok(())
}
