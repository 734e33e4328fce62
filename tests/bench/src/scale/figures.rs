//! What the counts come to: dollars, busy partitions, waits, and what one firm costs another.

use std::collections::BTreeMap;

use aws::store::shard_of;
use domain::ids::FirmId;
use domain::ports::{LANE_SHARDS, Wake};
use jiff::SignedDuration;
use local::function::Function;
use serde_json::json;

use super::bill::{Bill, Prices, markdown};
use super::cloud::{Cloud, Turn};
use super::counts::Counts;
use super::firm::Practice;
use super::model::{self, Bounds, HOURS, QUIET_DAYS, WORKERS, WORKING_DAYS, lasting};
use super::queue::{Job, Waits, serve};
use super::{COMPARED, Lived, Load, MONDAY, at, outside};
use crate::Cause;
use crate::chance::Dice;
use crate::table::Figure;

/// What one partition of DynamoDB gives in a second.
const MOST_WRITTEN: f64 = 1_000.0;
const MOST_READ: f64 = 3_000.0;
/// How long a wake may wait, and how much longer beside a firm that has much to do (G28).
const PATIENCE: f64 = 10.0;
/// Numbers of firms that the bill is shared among.
const AMONG: [f64; 4] = [1.0, 10.0, 100.0, 10_000.0];
/// How often, and at which distance, the other firm has one entry.
const SINGLES: usize = 40;
const APART: SignedDuration = SignedDuration::from_secs(61);
/// How many deliveries of the busy firm come in a second.
const RUSH: f64 = 200.0;

/// A firm's month.
fn month(it: &Lived) -> Counts {
    let mut month = it.working.times(WORKING_DAYS);
    month += it.quiet.times(QUIET_DAYS);
    month += it.night.times(COMPARED * HOURS / 24.0);
    month
}

fn bills(it: &Lived) -> Result<(Bill, Bill), Cause> {
    let prices = Prices::read()?;
    // In its twelfth month.
    let gb = (it.kept + it.grown * WORKING_DAYS * 12.0) / 1e9;
    let sweeps = it.empty.times(HOURS / 24.0);
    let metrics = it.cloud.logs.metrics();
    Ok((prices.month(&month(it), gb)?, prices.shared(&sweeps, metrics)?))
}

pub(super) fn bill(it: &Lived) -> Result<String, Cause> {
    let (firm, shared) = bills(it)?;
    Ok(markdown(&firm, &shared, &AMONG))
}

pub(super) fn costs(it: &Lived, load: &Load) -> Result<Vec<Figure>, Cause> {
    let prices = Prices::read()?;
    let line = |name: &str, counts: &Counts| -> Result<Figure, Cause> {
        let dollars = prices.month(counts, 0.0)?.sum();
        Ok(Figure::new(format!("scale: {name}"), format!("${dollars:.4}")).beside(told(counts), ""))
    };
    let (firm, shared) = bills(it)?;
    let all = (firm.sum() * load.firms as f64) + shared.sum();
    Ok(vec![
        line(&format!("first sync of {} clients, once", load.clients), &it.first)?,
        line("a day without work, a sync every 15 minutes", &it.quiet)?,
        line(&format!("a working day with {} entries", load.entries), &it.working)?,
        line("what a working day adds to each night's comparison", &it.night)?,
        Figure::new("scale: a firm and month", format!("${:.2}", firm.sum())).beside(
            format!(
                "{WORKING_DAYS} working days; {:.0} MB kept and {:.0} MB more a month",
                it.kept / 1e6,
                it.grown * WORKING_DAYS / 1e6
            ),
            prices.told(),
        ),
        Figure::new("scale: shared by all firms, a month", format!("${:.2}", shared.sum()))
            .beside(format!("{} metrics", it.cloud.logs.metrics()), ""),
        Figure::new(format!("scale: {} firms, a month", load.firms), format!("${all:.0}")),
    ])
}

fn told(it: &Counts) -> String {
    format!(
        "{:.0} read and {:.0} write units, {:.0} of them index; {:.0} invocations, {:.0} s; {:.0} SQS; \
         {:.0} HTTP; {:.0} KMS; {:.0} kB logs; {:.0} calls to Xero",
        it.read_units,
        it.write_units + it.index_units,
        it.index_units,
        it.invocations,
        it.seconds,
        it.messages,
        it.http,
        it.keys,
        it.logs / 1e3,
        it.calls
    )
}

/// How busy partitions are: those of one firm in the busiest second of the sample, those of all firms on
/// the average of the busiest hour and four standard deviations above.
pub(super) fn partitions(it: &Lived, load: &Load) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut hours: Vec<_> = it.cloud.books(|books| books.shards.clone()).into_iter().collect();
    hours.sort_by(|a, b| b.1.total_cmp(&a.1));
    if let Some(((lane, _), writes)) = hours.first() {
        let firms = fullest_shard(load.firms);
        let mean = writes / load.sample as f64 / 3600.0 * firms as f64;
        let most = mean + 4.0 * mean.sqrt();
        figures.push(
            Figure::new(
                "scale: index `due`, the busiest shard",
                format!("{most:.0} write units/s"),
            )
            .beside(format!("lane {}, {firms} firms, {mean:.0} on the average", lane.as_str()), "")
            .limit("≤ 1,000", Some(most <= MOST_WRITTEN)),
        );
    }
    let hottest = it.cloud.books(|books| books.heat.hottest());
    let of = |sort: &str| hottest.get(sort).copied().unwrap_or_default();
    let most = |read: bool| {
        let value = |it: &super::counts::Units| if read { it.read } else { it.write };
        hottest.iter().max_by(|a, b| value(a.1).total_cmp(&value(b.1))).map(|it| it.0.clone())
    };
    let written = most(false).unwrap_or_default();
    let read = most(true).unwrap_or_default();
    let budget = of("budget");
    let name = "scale: one firm's partitions, the busiest second";
    figures.push(
        Figure::new(format!("{name}: written"), format!("{:.0} units/s", of(&written).write))
            .beside(format!("`{written}`; the call budget {:.0}", budget.write), "")
            .limit("≤ 1,000", Some(of(&written).write <= MOST_WRITTEN)),
    );
    figures.push(
        Figure::new(format!("{name}: read"), format!("{:.0} units/s", of(&read).read))
            .beside(format!("`{read}`; the call budget {:.0}", budget.read), "")
            .limit("≤ 3,000", Some(of(&read).read <= MOST_READ)),
    );
    figures
}

/// How many of so many firms are in the fullest shard.
fn fullest_shard(firms: usize) -> usize {
    let mut count = [0; LANE_SHARDS as usize];
    for firm in (0..firms).filter_map(|n| FirmId::parse(format!("firm-{n}")).ok()) {
        count[usize::from(shard_of(&firm))] += 1;
    }
    count.into_iter().max().unwrap_or_default()
}

/// How long wakes wait in the busiest hour, when all firms have theirs at once but for half an hour.
pub(super) fn waits(it: &Lived, load: &Load) -> Result<Vec<Figure>, Cause> {
    let mut figures = Vec::new();
    let requests = it.cloud.books(|books| books.requests.values().copied().fold(0.0, f64::max));
    let rate = requests / load.sample as f64 / 3600.0 * load.firms as f64;
    let gateway = model::gateway_rate()?;
    figures.push(
        Figure::new(
            format!("scale: requests of {} firms, the busiest hour", load.firms),
            format!("{rate:.0}/s"),
        )
        .limit(format!("≤ {gateway}, the template's"), Some(rate <= gateway as f64)),
    );
    let turns = it.cloud.books(|books| std::mem::take(&mut books.turns));
    for worker in WORKERS {
        let bounds = Bounds::of(worker)?;
        let own: Vec<&Turn> = turns.iter().filter(|it| it.function == worker).collect();
        let jobs = many(&own, load)?;
        let asked = serve(&jobs, bounds.at_once, bounds.batch);
        let needed = needed(&jobs, bounds.batch, asked.busy);
        let carries = bounds.at_once as f64 / asked.busy.max(1e-9) * load.firms as f64;
        figures.push(
            Figure::new(
                format!("scale: {worker} of {} firms: a wake waits, p95", load.firms),
                format!("{:.1} s", asked.p95),
            )
            .beside(
                format!(
                    "{:.0} busy; {} at once in the template, enough for {:.0} firms; {} would do: {:.1} s",
                    asked.busy,
                    bounds.at_once,
                    carries,
                    needed,
                    serve(&jobs, needed, bounds.batch).p95
                ),
                "",
            )
            .limit("≤ 10 s", Some(asked.p95 <= PATIENCE)),
        );
    }
    Ok(figures)
}

/// The fewest workers with which all but one in twenty wakes wait no longer than they may.
fn needed(jobs: &[Job], batch: usize, busy: f64) -> usize {
    let (mut few, mut many) = (1, (busy * 4.0).ceil() as usize + 4);
    while few < many {
        let middle = few.midpoint(many);
        let Waits { p95, .. } = serve(jobs, middle, batch);
        if p95 <= PATIENCE { many = middle } else { few = middle + 1 }
    }
    few
}

/// The jobs of all firms in the busiest hour: each firm is one of the sample, shifted by chance.
fn many(turns: &[&Turn], load: &Load) -> Result<Vec<Job>, Cause> {
    let midnight = at(MONDAY)?;
    let mut of: BTreeMap<&FirmId, Vec<Job>> = BTreeMap::new();
    let mut hours = [0.0; 24];
    for turn in turns {
        let Some((Wake { firm, .. }, sent)) = turn.wakes.first() else { continue };
        let job = Job {
            at: seconds(sent.duration_since(midnight)),
            takes: seconds(turn.ended.duration_since(turn.began)),
        };
        if let Some(hour) = hours.get_mut((job.at / 3600.0) as usize).filter(|_| job.at >= 0.0) {
            *hour += job.takes;
        }
        of.entry(firm).or_default().push(job);
    }
    let busiest = hours.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |it| it.0);
    let (begins, sample) = (busiest as f64 * 3600.0, of.into_values().collect::<Vec<_>>());
    let (mut dice, mut jobs) = (Dice::new(super::SEED), Vec::new());
    for n in 0..load.firms {
        let Some(own) = sample.get(n % sample.len().max(1)) else { break };
        let shift = dice.below(3_600_000) as f64 / 1e3 - 1_800.0;
        let shifted = own.iter().map(|it| Job { at: it.at + shift, ..*it });
        jobs.extend(shifted.filter(|it| (begins..begins + 3600.0).contains(&it.at)));
    }
    jobs.sort_by(|a, b| a.at.total_cmp(&b.at));
    Ok(jobs)
}

fn seconds(it: SignedDuration) -> f64 {
    it.as_secs_f64()
}

/// How long one firm's single entries take until XPM has them, p95 and at the worst, while another firm has many; with the
/// template's bounds.
pub(super) async fn fairness(load: &Load) -> Result<(f64, f64), Cause> {
    eprintln!("pushing one firm's entries beside {} of another", load.burst);
    let start = at(MONDAY)? + SignedDuration::from_hours(9);
    let bounds = WORKERS.into_iter().map(|it| Ok((it, Bounds::of(it)?)));
    let bounds: BTreeMap<Function, Bounds> = bounds.collect::<Result<_, Cause>>()?;
    let cloud = Cloud::new(outside(start), bounds)?;
    let busy = Practice::found(&cloud.outside, 0, 20).await?;
    let other = Practice::found(&cloud.outside, 1, 20).await?;
    let rush = start + SignedDuration::from_mins(10);
    let begins = rush + SignedDuration::from_secs(20);
    let end = begins + APART * i32::try_from(SINGLES)? + SignedDuration::from_mins(10);
    super::sweep(&cloud, end);
    [&busy, &other].into_iter().for_each(|it| it.begin(&cloud));
    let entry = |firm: &Practice, n: usize, when| {
        let data = json!({
            "id": format!("e-{n}"), "task_id": format!("t-{}", n % super::firm::TASKS),
            "user_id": format!("u-{}", n % super::firm::PEOPLE), "date": MONDAY,
            "seconds": 360 * (1 + n % 20), "note": format!("Entry {n}"), "version": 1,
        });
        let body = json!({
            "type": "time_entry.updated", "timestamp": rush.to_string(), "data": data,
        });
        cloud.deliver(when, &firm.id, format!("msg-{n}"), body);
    };
    for n in 0..load.burst {
        entry(&busy, n, rush + lasting(n as f64 / RUSH));
    }
    let told: Vec<_> = (0..SINGLES).map(|n| begins + APART * n as i32).collect();
    for (n, when) in told.iter().enumerate() {
        entry(&other, n, *when);
    }
    cloud.time.pass(end);
    cloud.sound()?;
    let effects = cloud.outside.practice.effects();
    let there: Vec<_> = effects.iter().filter(|it| it.tenant == other.tenant).collect();
    if there.len() != SINGLES {
        return Err(format!("{} of {SINGLES} entries arrived", there.len()).into());
    }
    let mut took: Vec<f64> = there
        .iter()
        .zip(told)
        .map(|(it, at)| seconds(it.at.duration_since(at)) + model::XPM)
        .collect();
    took.sort_by(f64::total_cmp);
    Ok((took[took.len() * 95 / 100], took[took.len() - 1]))
}

pub(super) fn delay(load: &Load, alone: (f64, f64), beside: (f64, f64)) -> Figure {
    Figure::new(
        format!("scale: a push beside {} entries of another firm, p95", load.burst),
        format!("{:.1} s, at the worst {:.1} s", beside.0, beside.1),
    )
    .beside(format!("with nothing beside it {:.1} s, {:.1} s", alone.0, alone.1), "")
    .limit("≤ 10 s more (G28)", Some(beside.0 - alone.0 <= PATIENCE))
}
