//! Whether the twins' requests are counted as an endpoint counts them: one cycle, on both.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use domain::contacts::sync::{self, Mode};
use domain::ports::{Clock, Lane, Wake};
use jiff::SignedDuration;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;

use super::cloud::{Cloud, record};
use super::counts::Counts;
use super::firm::Practice;
use super::ports::Worker;
use super::time::lock;
use super::{MONDAY, at, outside};
use crate::Cause;
use crate::first_sync::firm::{client, contact};
use crate::first_sync::stage::Stage;
use crate::table::Figure;

/// How many clients the firm has.
const CLIENTS: usize = 10;
/// How far the units may be apart: bytes are only about the same.
const APART: f64 = 0.1;

/// A cycle without changes, asked for by a person, counted on the twins and by the local stack's DynamoDB.
pub(super) async fn proof(folder: &Path) -> Result<Figure, Cause> {
    eprintln!("counting one cycle on the local stack");
    let stage = Stage::open(folder, None).await?;
    stage.contacts((0..CLIENTS).map(contact).collect::<Result<_, _>>()?).await?;
    stage.clients(&(0..CLIENTS).map(client).collect::<Vec<_>>())?;
    stage.sync().await?;
    let (cycle, _) = stage.sync().await?;
    stage.close().await;
    let told = cycle.usage;
    let ours = counted().await?;
    let units = ours.write_units + ours.index_units;
    let near = |one: f64, other: f64| (one - other).abs() <= other * APART;
    let same = near(ours.reads, told.reads() as f64)
        && near(ours.writes, told.writes() as f64)
        && near(ours.read_units, told.read_units)
        && near(units, told.write_units);
    Ok(Figure::new(
        "scale: a cycle, counted on the twins",
        format!(
            "{} reads ({} units), {} writes ({units} units)",
            ours.reads, ours.read_units, ours.writes
        ),
    )
    .beside(
        format!(
            "by the endpoint: {} reads ({} units), {} writes ({} units)",
            told.reads(),
            told.read_units,
            told.writes(),
            told.write_units
        ),
        "",
    )
    .limit("± 10 %", Some(same)))
}

async fn counted() -> Result<Counts, Cause> {
    let start = at(MONDAY)?;
    let cloud = Cloud::new(outside(start), BTreeMap::new())?;
    let firm = Practice::found(&cloud.outside, 0, CLIENTS).await?;
    let seen = Arc::new(Mutex::new(Counts::default()));
    for turn in 0..2 {
        let (cloud, firm, seen) = (Arc::clone(&cloud), firm.id.clone(), Arc::clone(&seen));
        let time = start + SignedDuration::from_mins(7 * (turn + 1));
        let again = Arc::clone(&cloud);
        cloud.time.begin(time, async move {
            let worker = Worker::new(&again);
            let ends = time + SignedDuration::from_mins(5);
            let mut context = Context::default();
            context.deadline = ends.as_millisecond().unsigned_abs();
            let wake = (Wake { firm: firm.clone(), lane: Lane::Contacts }, time);
            let event = LambdaEvent::new(json!({ "Records": [record((0, &wake))] }), context);
            if let Err(error) = sync::request(&worker, &firm, Mode::Apply, worker.now()).await {
                again.trouble(error);
            }
            if let Err(error) = Box::pin(contact_sync::handle(&worker, event)).await {
                again.trouble(error.error_message);
            }
            *lock(&seen) = worker.end().await;
        });
    }
    cloud.time.pass(start + SignedDuration::from_hours(1));
    cloud.sound()?;
    let counts = *lock(&seen);
    Ok(counts)
}
