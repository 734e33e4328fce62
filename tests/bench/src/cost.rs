//! What a firm costs in a month: requests counted on the local stack, times list prices.
//!
//! Nothing is measured here that a busy machine could change. How long a function is billed follows
//! from what it asks, by the assumptions below.

use std::path::Path;

use domain::ports::Lane;
use jiff::Timestamp;
use local::function::Function;
use serde_json::json;

use crate::Cause;
use crate::first_sync::firm::{changed, client, contact};
use crate::first_sync::stage::{Stage, Turn};
use crate::intake::Delivery;
use crate::table::Figure;

/// List prices, each with its source.
const PRICES: &str = include_str!("../prices.json");

const HOURS: f64 = 730.0;
/// How often contacts are synced.
const CYCLES: f64 = HOURS * 4.0;
/// What sweeps once a minute and has a queue of its own.
const WORKERS: [Function; 4] =
    [Function::ContactSync, Function::JobCreate, Function::TimePush, Function::EventPublish];
const SWEEPS: f64 = HOURS * 60.0;
/// Lambda keeps at least five polls of 20 s open to a queue.
const POLLS: f64 = HOURS * 180.0 * 5.0 * WORKERS.len() as f64;
/// How long DynamoDB or SQS takes to answer, and XPM, in seconds. What is asked is taken to be asked
/// one after another.
const AWS: f64 = 0.005;
const XPM: f64 = 1.0;
/// What every invocation takes besides, a cold start now and then included.
const OWN: f64 = 0.020;
/// The memory of a function, in GB.
const GB: f64 = 0.25;

/// What happens at a firm in a month.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Its clients; a cycle that finds nothing new costs the same however many there are.
    pub clients: usize,
    /// How many of its clients change in a month.
    pub changes: usize,
    /// How many time entries it makes; each is delivered twice, as made and as ended.
    pub entries: usize,
    /// How many firms share what runs by itself.
    pub firms: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self { clients: 1_000, changes: 400, entries: 4_000, firms: 1 }
    }
}

/// What one thing costs, once.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    dynamo: f64,
    queue: f64,
    lambda: f64,
    gateway: f64,
}

struct Prices(serde_json::Value);

/// Counts, and prices what was counted; `folder` is for the stack.
///
/// # Errors
/// The stack did not start, or a function gave no answer.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    eprintln!("counting what a firm asks of AWS");
    let prices = Prices(serde_json::from_str(PRICES)?);
    let stage = Stage::open(folder, None).await?;
    let contacts = (0..load.clients).map(contact).collect::<Result<_, _>>()?;
    stage.contacts(contacts).await?;
    stage.clients(&(0..load.clients).map(client).collect::<Vec<_>>())?;
    let (first, _) = stage.sync().await?;
    let (cycle, _) = stage.sync().await?;
    let look = stage.wake(Function::TimePush, Lane::Time).await?;
    // Changes come one by one: a cycle with one, less a cycle with none, is what a change costs.
    stage.clients(&[changed(0)])?;
    let (one, _) = stage.sync().await?;
    let sweep = json!({ "source": "tandem.schedule", "detail-type": "sweep" });
    let mut sweeps = Vec::new();
    for worker in WORKERS {
        sweeps.push(stage.invoke(worker, sweep.clone()).await?);
    }
    let delivery = stage.deliver(Delivery::of_entry(1, Timestamp::now())?).await?;
    let push = stage.wake(Function::TimePush, Lane::Time).await?;
    stage.close().await;

    let cost = |turn: &Turn, gateway: bool| prices.of(turn, gateway);
    let (cycle_cost, one_cost) = (cost(&cycle, false)?, cost(&one, false)?);
    let delivered = cost(&delivery, true)?.and(&cost(&push, false)?.with_message(&prices)?);
    let polls = Cost { queue: POLLS * prices.each("sqs_requests")?, ..Cost::default() };
    let mut round = Cost::default();
    for sweep in &sweeps {
        round = round.and(&cost(sweep, false)?);
    }
    let own = round.times(SWEEPS).and(&polls).times(1.0 / load.firms as f64);
    // A cycle is woken by a message: sent, taken and deleted. Its end wakes the lane `time`, which
    // looks again a minute later.
    let looks = cost(&look, false)?.with_message(&prices)?.times(2.0);
    let cycles = cycle_cost.with_message(&prices)?.and(&looks).times(CYCLES);
    let changes = one_cost.less(&cycle_cost).times(load.changes as f64);
    let entries = delivered.times(load.entries as f64 * 2.0);
    let month = cycles.and(&changes).and(&entries);
    let once = cost(&first, false)?;

    let line = |name: String, cost: &Cost, counted: String| {
        Figure::new(name, format!("${:.4}", cost.sum())).beside(counted, cost.parts())
    };
    Ok(vec![
        line(format!("cost: {CYCLES:.0} cycles without news, every 15 minutes"), &cycles, format!("{}; then twice {}", counted(&cycle), counted(&look))),
        line(
            format!("cost: {} changed clients", load.changes),
            &changes,
            format!("a cycle with one: {}", counted(&one)),
        ),
        line(
            format!("cost: {} deliveries of time, each a webhook and a wake", load.entries * 2),
            &entries,
            format!("{}; then {}", counted(&delivery), counted(&push)),
        ),
        line("cost: a firm and month".into(), &month, "the three above".into()),
        line(
            format!("cost: sweeps and polls of the whole stack, of {} firms", load.firms),
            &own,
            format!("a sweep of four: {}; {POLLS:.0} polls", counted(&sweeps[0])),
        ),
        line(format!("cost: first sync of {} clients, once", load.clients), &once, counted(&first)),
        Figure::new("cost: assumptions", prices.told()).beside(
            format!(
                "{AWS} s an AWS request, {XPM} s an XPM call, {OWN} s else, one after another, {GB} GB arm64; \
                 no time is pushed; without storage, logs, KMS, transfer"
            ),
            "",
        ),
    ])
}

fn counted(turn: &Turn) -> String {
    let usage = &turn.usage;
    format!(
        "{} reads ({} units), {} writes ({} units), {} messages, {} XPM calls",
        usage.reads(),
        usage.read_units,
        usage.writes(),
        usage.write_units,
        usage.messages,
        turn.xpm_calls.len()
    )
}

impl Prices {
    /// Of one.
    fn each(&self, what: &str) -> Result<f64, Cause> {
        let price = self.0["prices"][format!("{what}_per_million")]["dollars"].as_f64();
        Ok(price.ok_or_else(|| format!("prices.json has no price of {what}"))? / 1e6)
    }

    /// Of one event of a function.
    fn of(&self, turn: &Turn, gateway: bool) -> Result<Cost, Cause> {
        let usage = &turn.usage;
        let asked = (usage.reads() + usage.writes() + usage.messages) as f64;
        let seconds = asked * AWS + turn.xpm_calls.len() as f64 * XPM + OWN;
        let requests = usage.messages as f64 * self.each("sqs_requests")?;
        Ok(Cost {
            dynamo: usage.read_units * self.each("dynamodb_read_units")?
                + usage.write_units * self.each("dynamodb_write_units")?,
            queue: requests,
            lambda: self.each("lambda_requests")?
                + seconds * GB * self.each("lambda_arm_gb_seconds")?,
            gateway: if gateway { self.each("http_api_requests")? } else { 0.0 },
        })
    }

    fn told(&self) -> String {
        let text = |name: &str| self.0[name].as_str().unwrap_or_default();
        format!("list prices of {}, {}", text("region"), text("as_of"))
    }
}

impl Cost {
    fn sum(&self) -> f64 {
        self.dynamo + self.queue + self.lambda + self.gateway
    }

    fn parts(&self) -> String {
        let Self { dynamo, queue, lambda, gateway } = self;
        format!("DynamoDB {dynamo:.4}, SQS {queue:.4}, Lambda {lambda:.4}, HTTP {gateway:.4}")
    }

    fn each(&self, other: &Self, how: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            dynamo: how(self.dynamo, other.dynamo),
            queue: how(self.queue, other.queue),
            lambda: how(self.lambda, other.lambda),
            gateway: how(self.gateway, other.gateway),
        }
    }

    fn and(&self, other: &Self) -> Self {
        self.each(other, |a, b| a + b)
    }

    fn less(&self, other: &Self) -> Self {
        self.each(other, |a, b| (a - b).max(0.0))
    }

    fn times(&self, times: f64) -> Self {
        self.each(self, |it, _| it * times)
    }

    /// With a message taken and deleted; its sending was counted where it was sent.
    fn with_message(&self, prices: &Prices) -> Result<Self, Cause> {
        let taken = Self { queue: 2.0 * prices.each("sqs_requests")?, ..Self::default() };
        Ok(self.and(&taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_has_a_source() {
        let prices: serde_json::Value = serde_json::from_str(PRICES).unwrap();
        let all = prices["prices"].as_object().unwrap();
        assert_eq!(all.len(), 6);
        assert!(all.values().all(|it| it["source"].as_str().unwrap().starts_with("https://")));
        assert!(Prices(prices).each("gold").is_err());
    }
}
