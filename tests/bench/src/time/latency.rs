//! One change after another through the real functions, from the webhook to the call to XPM.

use std::path::Path;
use std::time::Duration;

use domain::ports::Lane;
use jiff::Timestamp;
use local::function::Function;

use crate::Cause;
use crate::first_sync::stage::Stage;
use crate::intake::Delivery;
use crate::samples::Samples;

/// The call budget lets one through each 1.2 s.
const PACE: Duration = Duration::from_millis(1_300);

/// How long each of so many changes took.
pub(super) async fn run(folder: &Path, count: u32) -> Result<Samples, Cause> {
    let stage = Stage::open(folder, None).await?;
    stage.sync().await?;
    stage.staffed().await?;
    // The first one has the staff's list fetched.
    one(&stage, 0).await?;
    let mut taken = Vec::new();
    for n in 1..=count {
        tokio::time::sleep(PACE).await;
        taken.push(one(&stage, n).await?);
    }
    stage.close().await;
    Ok(taken.into_iter().collect())
}

async fn one(stage: &Stage, n: u32) -> Result<Duration, Cause> {
    let began = Timestamp::now();
    stage.deliver(Delivery::of_entry(n, began)?).await?;
    stage.wake(Function::TimePush, Lane::Time).await?;
    let sent = stage.last_call("time.api/add").ok_or("nothing was sent")?;
    let took = sent.duration_since(began);
    if took.is_negative() {
        return Err(format!("change {n} was not sent").into());
    }
    Ok(took.try_into()?)
}
