//! Works firms' time lanes off: by wake, and every minute by sweep.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::SqsEvent;
use domain::ids::FirmId;
use domain::ports::{Lane, Ports, Wake};
use domain::time::work::work;
use domain::{deadline::Deadline, lanes};
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::batch::Batch;
use runtime::chain::Chain;
use runtime::deadline;
use runtime::trigger::Trigger;
use serde_json::Value;

/// Works what a wake names, or wakes what is due.
pub async fn handle<P: Ports>(ports: &P, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let deadline = deadline::of(&event.context);
    match Trigger::of(event.payload)? {
        Trigger::Queue(batch) => queue(ports, batch, deadline).await,
        Trigger::Schedule => sweep(ports).await,
    }
}

/// Works each firm of the batch once, however often it was woken.
async fn queue<P: Ports>(
    ports: &P,
    event: SqsEvent,
    deadline: Deadline,
) -> Result<Value, Diagnostic> {
    let mut batch = Batch::<Wake>::open(event)?;
    let mut worked: BTreeSet<FirmId> = BTreeSet::new();
    while let Some(wake) = batch.take() {
        if worked.contains(&wake.firm) {
            batch.record(Ok::<_, domain::ports::Down>(()));
            continue;
        }
        let ended = work(ports, &wake.firm, deadline).await;
        if ended.is_ok() {
            worked.insert(wake.firm);
        }
        batch.record(ended);
    }
    answer(&batch.close())
}

async fn sweep<P: Ports>(ports: &P) -> Result<Value, Diagnostic> {
    let woken = lanes::sweep(ports, Lane::Time).await.map_err(|down| Diagnostic {
        error_type: "Down".into(),
        error_message: Chain(&down).to_string(),
    })?;
    Ok(serde_json::json!({ "woken": woken }))
}

fn answer(value: &impl serde::Serialize) -> Result<Value, Diagnostic> {
    serde_json::to_value(value).map_err(|error| Diagnostic {
        error_type: "Unwritable".into(),
        error_message: error.to_string(),
    })
}
