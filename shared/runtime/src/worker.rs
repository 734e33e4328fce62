//! The shape of every worker: a wake has it work a firm's lane, the schedule has it sweep.

use std::collections::BTreeSet;
use std::future::Future;

use aws_lambda_events::sqs::SqsEvent;
use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::lanes;
use domain::metric::{Metric, count};
use domain::ports::{Down, Lane, Ports, Wake};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;

use crate::batch::Batch;
use crate::chain::Chain;
use crate::deadline;
use crate::trigger::Trigger;

/// Work that is done lane by lane.
pub trait Work {
    /// Which lanes, the most urgent first.
    const LANES: &'static [Lane];

    /// Works one of a firm's lanes off until the deadline, and notes when it is due next.
    fn work<P: Ports>(
        ports: &P,
        firm: &FirmId,
        lane: Lane,
        deadline: Deadline,
    ) -> impl Future<Output = Result<(), Down>> + Send;
}

/// Works what a wake names, or wakes what is due.
///
/// # Errors
/// The event is not one that the template sends, or a sweep could not read the tables.
pub async fn handle<W: Work>(
    ports: &impl Ports,
    event: LambdaEvent<Value>,
) -> Result<Value, Diagnostic> {
    let deadline = deadline::of(&event.context);
    match Trigger::of(event.payload)? {
        Trigger::Queue(batch) => queue::<W>(ports, batch, deadline).await,
        Trigger::Schedule => sweep::<W>(ports).await,
    }
}

/// Works each lane of each firm of the batch once, however often it was woken, and the most urgent lanes
/// first. A lane that is none of ours was sent here by mistake: its own sweep finds it.
async fn queue<W: Work>(
    ports: &impl Ports,
    event: SqsEvent,
    deadline: Deadline,
) -> Result<Value, Diagnostic> {
    let wakes = event.records.len();
    let mut batch = Batch::<Wake>::open(event)?;
    let urgency = |it: &Wake| W::LANES.iter().position(|lane| *lane == it.lane);
    batch.sort_by_key(urgency);
    let mut worked: BTreeSet<(FirmId, Lane)> = BTreeSet::new();
    while let Some(Wake { firm, lane }) = batch.take() {
        let ours = W::LANES.contains(&lane) && !worked.contains(&(firm.clone(), lane));
        let ended = if ours {
            // Boxed, because the compiler gives up on futures nested as deep as a whole lane's work.
            Box::pin(W::work(ports, &firm, lane, deadline)).await
        } else {
            Ok(())
        };
        if ended.is_ok() {
            worked.insert((firm, lane));
        }
        batch.record(ended);
    }
    let answer = batch.close();
    let failed = answer.batch_item_failures.len();
    count(Metric::WakesWorked, (wakes - failed) as u64);
    count(Metric::WakesFailed, failed as u64);
    serde_json::to_value(answer).map_err(|error| diagnostic("Unwritable", &error))
}

async fn sweep<W: Work>(ports: &impl Ports) -> Result<Value, Diagnostic> {
    let mut woken = 0;
    for lane in W::LANES {
        woken += lanes::sweep(ports, *lane).await.map_err(|down| diagnostic("Down", &down))?;
    }
    count(Metric::LanesSwept, woken as u64);
    Ok(serde_json::json!({ "woken": woken }))
}

fn diagnostic(kind: &str, error: &(dyn std::error::Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: kind.into(), error_message: Chain(error).to_string() }
}
