//! Ten thousand firms on paper: a few live some days in virtual time through the real functions and rules,
//! every request counted, and the rest are taken to be like them.
//!
//! Nothing here is measured that a busy machine could change: the same seed gives the same figures.

mod bill;
mod cloud;
mod counts;
mod day;
mod figures;
mod firm;
mod logs;
mod model;
mod ports;
mod proof;
mod queue;
mod time;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use local::function::Function;
use memory::practice::CallLimits;
use memory::{MemoryClock, MemoryPorts};

use crate::Cause;
use crate::table::Figure;
use cloud::Cloud;
use counts::Counts;
use day::{Day, Plenty};
use firm::Practice;
use model::{Bounds, WORKERS};

const SEED: u64 = 7;
/// Where the firms are.
const ZONE: &str = "Australia/Sydney";
/// A quiet day and a working day, and the working day after.
const SUNDAY: Date = date(2026, 11, 22);
const MONDAY: Date = date(2026, 11, 23);
const TUESDAY: Date = date(2026, 11, 24);
/// From the founding of the firms to the first midnight.
const BEFORE: SignedDuration = SignedDuration::from_hours(6);
/// By then the first syncs are done, and nothing else is.
const FIRST: SignedDuration = SignedDuration::from_mins(10);
/// By then the night's comparisons are done.
const DAWN: SignedDuration = SignedDuration::from_hours(6);
/// The most that can ever be called at once, unless an account's limit is raised.
const UNBOUNDED: usize = 1_000;
/// Working days within what a nightly comparison compares (35 days).
const COMPARED: f64 = 25.0;

/// How much is lived through, and how many firms that stands for.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Firms that live.
    pub sample: usize,
    /// Firms that there are.
    pub firms: usize,
    /// Clients of each.
    pub clients: usize,
    /// Time entries of each on a working day.
    pub entries: usize,
    /// Entries that one firm has waiting at once, while another has one now and then.
    pub burst: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self { sample: 3, firms: 10_000, clients: 1_500, entries: 400, burst: 10_000 }
    }
}

impl Load {
    /// Little of everything, to see that it runs.
    pub fn small() -> Self {
        Self { sample: 1, firms: 100, clients: 10, entries: 12, burst: 20 }
    }
}

/// A few days of the sample.
struct Lived {
    cloud: Arc<Cloud>,
    /// What one firm asked in its first minutes, on a day without work, on a working day, and what each
    /// working day adds to every night's comparison.
    first: Counts,
    quiet: Counts,
    working: Counts,
    night: Counts,
    /// What an empty stack asks in a day.
    empty: Counts,
    /// Bytes that a firm's records take after the first sync, and what a working day adds.
    kept: f64,
    grown: f64,
}

/// Lives, counts and prices; `folder` is for the local stack.
///
/// # Errors
/// Something went wrong that must not; never by chance.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    let lived = live(load).await?;
    let mut told = vec![proof::proof(folder).await?];
    told.extend(figures::costs(&lived, load)?);
    told.extend(figures::partitions(&lived, load));
    told.extend(figures::waits(&lived, load)?);
    let alone = figures::fairness(&Load { burst: 0, ..*load }).await?;
    let beside = figures::fairness(load).await?;
    told.push(figures::delay(load, alone, beside));
    Ok(told)
}

/// What a firm's month costs, by service, as Markdown.
///
/// # Errors
/// As [`run`].
pub async fn bill(load: &Load) -> Result<String, Cause> {
    figures::bill(&live(load).await?)
}

async fn live(load: &Load) -> Result<Lived, Cause> {
    eprintln!("living {} firms' days", load.sample);
    let midnight = |day: Date| at(day);
    let unbounded: BTreeMap<Function, Bounds> = WORKERS
        .into_iter()
        .map(|it| Ok((it, Bounds { at_once: UNBOUNDED, ..Bounds::of(it)? })))
        .collect::<Result<_, Cause>>()?;
    let (start, end) = (midnight(SUNDAY)? - BEFORE, midnight(TUESDAY)? + DAWN);

    let nobody = Cloud::new(outside(start), unbounded.clone())?;
    sweep(&nobody, end);
    nobody.time.pass(start);
    let empty = during(&nobody, start + SignedDuration::from_hours(24));

    let cloud = Cloud::new(outside(start), unbounded)?;
    let mut firms = Vec::new();
    for n in 0..load.sample {
        firms.push(Practice::found(&cloud.outside, n, load.clients).await?);
    }
    sweep(&cloud, end);
    firms.iter().for_each(|it| it.begin(&cloud));
    let each =
        |counts: Counts, days: f64| counts.less(empty.times(days)).times(1.0 / load.sample as f64);
    let first = during(&cloud, start + FIRST);
    during(&cloud, midnight(SUNDAY)?);
    for firm in &firms {
        firm.listen(&cloud.outside).await?;
    }
    let kept = kept(&cloud);
    for (n, firm) in firms.iter().enumerate() {
        Day::new(&cloud, firm, (midnight(MONDAY)?, MONDAY), SEED + n as u64)
            .plan(&Plenty::of(load.entries))?;
    }
    let quiet = each(during(&cloud, midnight(MONDAY)?), 1.0);
    let before = during(&cloud, midnight(MONDAY)? + DAWN);
    let mut working = before;
    working += during(&cloud, midnight(TUESDAY)?);
    let grown = self::kept(&cloud) - kept;
    let after = during(&cloud, end);
    cloud.sound()?;
    Ok(Lived {
        first: each(first, FIRST.as_secs_f64() / 86_400.0),
        quiet,
        working: each(working, 1.0),
        night: each(after.less(before), 0.0),
        empty,
        kept: kept / load.sample as f64,
        grown: grown / load.sample as f64,
        cloud,
    })
}

/// The instant at which a day begins at the firms.
fn at(day: Date) -> Result<Timestamp, Cause> {
    Ok(day.to_zoned(TimeZone::get(ZONE)?)?.timestamp())
}

fn outside(start: Timestamp) -> MemoryPorts {
    let outside = MemoryPorts::new(MemoryClock::seeded(start, SEED));
    outside.practice.check_tokens(&outside.identity);
    outside.practice.limit_calls(CallLimits::default());
    outside
}

/// Has the schedules call every minute until then.
fn sweep(cloud: &Arc<Cloud>, end: Timestamp) {
    let mut next = cloud.time.now();
    while next < end {
        let again = Arc::clone(cloud);
        cloud.time.begin(next, async move { again.sweep() });
        next += SignedDuration::from_mins(1);
    }
}

/// What is asked until then.
fn during(cloud: &Cloud, end: Timestamp) -> Counts {
    let before = cloud.counts();
    cloud.time.pass(end);
    cloud.counts().less(before)
}

/// Bytes of all records, as DynamoDB bills them: 100 more for each item, and the index.
fn kept(cloud: &Cloud) -> f64 {
    let items = cloud.outside.store.items();
    let due = |it: &domain::ports::Item| if it.due.is_some() { 250 } else { 0 };
    items.iter().map(|it| ports::bytes(it) + 100 + due(it)).sum::<usize>() as f64
}
