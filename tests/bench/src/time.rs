//! What becomes of time: how soon a change is on its way to XPM, how well a full queue uses XPM's
//! limits, how many links are decided in a second, what edits and idle firms cost.
//!
//! Calls and reads are counted on the twins, whose clock is made to pass; only what a processor or the
//! local stack takes is measured.

mod desk;
mod latency;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::ids::FirmId;
use domain::lanes::sweep;
use domain::linking::period::Names;
use domain::linking::rule::{Answer, Question, decide};
use domain::linking::task::LinkState;
use domain::linking::year::YearStart;
use domain::ports::{LANE_SHARDS, Lane, Lanes};
use jiff::civil::date;
use memory::MemoryPorts;
use memory::practice::{CallLimits, Method};

use crate::Cause;
use crate::samples::millis;
use crate::table::Figure;
use desk::{Desk, job_of, task_of, uuid};

/// How soon after it was received a change is to be on its way, all but one in twenty.
const SOON: Duration = Duration::from_millis(500);

/// How much there is of each.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Changes sent through the local stack, one at a time; the call budget lets one through each 1.2 s.
    pub changes: u32,
    /// Entries in a full queue.
    pub queued: u32,
    /// Links decided.
    pub decisions: u32,
    /// Edits of one entry.
    pub edits: u32,
    /// Firms with nothing to do.
    pub firms: u32,
}

impl Default for Load {
    fn default() -> Self {
        Self { changes: 60, queued: 600, decisions: 500_000, edits: 1_000, firms: 10_000 }
    }
}

/// Measures and counts; `folder` is for the local stack.
///
/// # Errors
/// The local stack did not start, or time did not arrive in XPM.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    eprintln!("sending {} changes of time", load.changes);
    let soon = latency::run(folder, load.changes).await?;
    let p95 = soon.quantile(0.95);
    let mut figures = vec![
        Figure::new(
            "time: from a change received to the call to XPM, on the local stack",
            format!("p50 {}, p95 {}", millis(soon.median()), millis(p95)),
        )
        .beside("without the queue between them", "")
        .limit("p95 ≤ 500 ms", Some(p95 <= SOON)),
    ];
    figures.push(full_queue(load.queued).await?);
    figures.push(decisions(load.decisions));
    figures.push(edits(load.edits).await?);
    figures.push(idle(load.firms).await?);
    Ok(figures)
}

/// A firm with a full queue, against XPM's fixed windows.
async fn full_queue(queued: u32) -> Result<Figure, Cause> {
    eprintln!("draining a queue of {queued} entries");
    let desk = Desk::open().await?;
    desk.ports.practice.limit_calls(CallLimits::default());
    for n in 0..queued {
        desk.record(&format!("e-{n}"), 3_600 + n % 60, 1).await?;
    }
    let began = desk.now();
    while desk.booked() < queued as usize {
        desk.work().await?;
        if desk.now().duration_since(began).as_hours() > 24 {
            return Err(format!("{} of {queued} were booked in a day", desk.booked()).into());
        }
    }
    let minutes = desk.now().duration_since(began).as_secs_f64() / 60.0;
    let calls = desk.calls();
    let refused = calls - desk.answered();
    let rate = calls as f64 / minutes;
    Ok(Figure::new(
        format!("time: a queue of {queued} entries, calls a minute"),
        format!("{rate:.1}"),
    )
    .beside(format!("{refused} refused by XPM's limits (429)"), "")
    .limit("≥ 48, none refused", Some(rate >= 48.0 && refused == 0)))
}

/// Links decided on one core, for a client with a job a year and other work beside it.
fn decisions(count: u32) -> Figure {
    eprintln!("deciding on {count} links");
    let (task, client, mapped) = (task_of("t-1"), uuid("c1"), uuid("7a01"));
    let jobs: Vec<_> = (2015..=2026).map(job_of).collect();
    let question = Question {
        task: &task,
        state: LinkState::Never,
        enabled: true,
        client: Some(&client),
        mapped: Some(&mapped),
        mapped_exists: true,
        jobs: &jobs,
        year: YearStart::CALENDAR,
        names: Names::Off,
        today: date(2026, 11, 22),
    };
    let linked = matches!(decide(&question), Answer::Link(_));
    let start = Instant::now();
    for _ in 0..count {
        black_box(decide(black_box(&question)));
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    Figure::new("time: links decided a second, on one core", format!("{rate:.0}"))
        .beside(format!("among {} jobs", jobs.len()), "")
        .limit("≥ 100,000", Some(linked && rate >= 100_000.0))
}

/// Edits of one entry, half of them before its first push and half before the next.
async fn edits(count: u32) -> Result<Figure, Cause> {
    eprintln!("editing one entry {count} times");
    let desk = Desk::open().await?;
    for half in 0..2 {
        for n in 0..count / 2 {
            let version = half * (count / 2) + n + 1;
            desk.record("e-1", 600 + version * 60 % 36_000, u64::from(version)).await?;
        }
        desk.work().await?;
    }
    let calls = desk.count(&[Method::AddTime, Method::UpdateTime]);
    Ok(Figure::new(format!("time: {count} edits of one entry, calls"), calls.to_string())
        .beside("in two bursts", "")
        .limit("≤ 2", Some((1..=2).contains(&calls) && desk.booked() == 1)))
}

/// What a sweep reads where nobody has anything to do, beside one over a hundredth of the firms.
async fn idle(firms: u32) -> Result<Figure, Cause> {
    eprintln!("sweeping {firms} firms");
    let (few, many) = (swept(firms.div_ceil(100)).await?, swept(firms).await?);
    let shards = u64::from(LANE_SHARDS);
    Ok(Figure::new(
        format!("time: a sweep over {firms} firms with nothing due, reads"),
        many.to_string(),
    )
    .beside(format!("{} firms: {few}", firms.div_ceil(100)), "")
    .limit("1 a shard", Some(few == shards && many == shards)))
}

async fn swept(firms: u32) -> Result<u64, Cause> {
    let ports = MemoryPorts::default();
    let now = domain::ports::Clock::now(&*ports.clock);
    for n in 0..firms {
        let firm = FirmId::parse(format!("firm-{n}"))?;
        ports.store.mark(&firm, Lane::Time, now).await?;
        let lane = ports.store.look(&firm, Lane::Time).await?;
        ports.store.settle(&firm, Lane::Time, lane.marks, None).await?;
    }
    let before = ports.store.reads();
    if sweep(&ports, Lane::Time).await? != 0 {
        return Err("somebody was woken".into());
    }
    Ok(ports.store.reads() - before)
}
