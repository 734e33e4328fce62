//! From exec to the first answer that took a read of DynamoDB: every function as it is deployed,
//! beside the least that Node and Python can do behind the same Runtime API.

pub(crate) mod functions;
mod peers;
mod runtime_api;
mod zip;

use std::path::Path;
use std::time::Duration;

use local::{Options, Stack};

use crate::Cause;
use crate::process::megabytes;
use crate::samples::{Samples, millis, ratio};
use crate::table::Figure;
use crate::workspace::{peers as sources, root, scratch};

pub use runtime_api::{Program, Start, start};

/// How much of a processor a cold start may take.
const MOST_CPU: Duration = Duration::from_millis(10);

/// How many times less of it than Node's.
const LEAST_TIMES: f64 = 10.0;

/// How large a zip may be, in bytes.
const MOST_ZIPPED: u64 = 3_000_000;

/// A program, and how each of its starts went.
struct Measured {
    name: String,
    program: Program,
    starts: Vec<Start>,
}

/// Starts the five functions and their peers so many times each, turn by turn.
///
/// # Errors
/// The local stack did not start, or a function gave no answer.
pub async fn run(runs: u32, build: bool) -> Result<Vec<Figure>, Cause> {
    let mut figures = Vec::new();
    if build && let Err(why) = functions::build(&root()).await {
        figures.push(Figure::skipped("build", why));
    }
    let stack = Stack::start(Options { fresh: true, ..Options::quiet(scratch().join("start")) });
    let stack = stack.await?;
    let environment = functions::environment(stack.settings());
    let (functions, missing) = functions::programs(&root(), &environment);
    figures.extend(
        missing
            .iter()
            .map(|it| Figure::skipped(format!("cold start {it}"), "infra/build has not made it")),
    );
    let node = peers::node(&sources(), &scratch(), &environment).await;
    let python = peers::python(&sources(), &scratch(), &environment).await;
    let mut ours: Vec<Measured> = functions.into_iter().map(Measured::of).collect();
    let mut node = node.map(|(name, program)| Measured::of((name, program)));
    let mut python = python.map(|(name, program)| Measured::of((name, program)));

    eprintln!("starting each program {runs} times");
    let mut failed = None;
    'all: for _ in 0..runs {
        for it in ours.iter_mut().chain(node.as_mut()).chain(python.as_mut()) {
            match start(&it.program).await {
                Ok(start) => it.starts.push(start),
                Err(error) => {
                    failed = Some(format!("{} did not answer: {error}", it.name));
                    break 'all;
                }
            }
        }
    }
    stack.stop().await;
    if let Some(why) = failed {
        return Err(why.into());
    }
    let peers = [node, python];
    for it in &ours {
        figures.extend(it.figures(&peers));
    }
    figures.extend(sizes(&ours, &peers).await);
    for why in peers.iter().filter_map(|it| it.as_ref().err()) {
        figures.push(Figure::skipped("peer", why));
    }
    Ok(figures)
}

impl Measured {
    fn of((name, program): (String, Program)) -> Self {
        Self { name, program, starts: Vec::new() }
    }

    fn median(&self, part: impl Fn(&Start) -> Duration) -> Duration {
        self.starts.iter().map(part).collect::<Samples>().median()
    }

    /// How much memory, in KiB.
    fn memory(&self) -> u64 {
        let mut all: Vec<u64> = self.starts.iter().map(|it| it.resident).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    }

    fn figures(&self, peers: &[Result<Self, String>; 2]) -> [Figure; 3] {
        let name = &self.name;
        let beside = |shown: &dyn Fn(&Self) -> String| {
            let each = peers.iter().flatten().map(|it| format!("{} {}", it.name, shown(it)));
            each.collect::<Vec<_>>().join(", ")
        };
        let times = |of: &dyn Fn(&Self) -> f64| {
            let own = of(self);
            let each = peers.iter().flatten().map(|it| format!("{:.1} ×", of(it) / own));
            each.collect::<Vec<_>>().join(", ")
        };
        let cpu = |it: &Self| it.median(|start| start.cpu);
        let wall = |it: &Self| it.median(|start| start.answer);
        let node = peers[0].as_ref().ok();
        let less = node.map(|it| ratio(cpu(it), cpu(self)) >= LEAST_TIMES);
        let kept = if cpu(self) <= MOST_CPU { less } else { Some(false) };
        let (next, rest) = (self.median(|it| it.next), self.median(|it| it.answer - it.next));
        let legs = format!("{} ({} + {})", millis(wall(self)), millis(next), millis(rest));
        [
            Figure::new(format!("cold start {name}: CPU"), millis(cpu(self)))
                .beside(beside(&|it| millis(cpu(it))), times(&|it| cpu(it).as_secs_f64()))
                .limit("≤ 10 ms, Node ≥ 10 ×", kept),
            Figure::new(format!("cold start {name}: exec to answer"), legs)
                .beside(beside(&|it| millis(wall(it))), times(&|it| wall(it).as_secs_f64())),
            Figure::new(format!("cold start {name}: memory"), megabytes(self.memory()))
                .beside(beside(&|it| megabytes(it.memory())), times(&|it| it.memory() as f64)),
        ]
    }
}

async fn sizes(ours: &[Measured], peers: &[Result<Measured, String>; 2]) -> Vec<Figure> {
    let bundle = match &peers[0] {
        Ok(node) => match zip::size(node.program.args.first().map_or(Path::new(""), Path::new)) {
            Ok(bytes) => format!("{} bundle {}", node.name, zip::shown(bytes)),
            Err(_) => String::new(),
        },
        Err(_) => String::new(),
    };
    let figure = |it: &Measured| {
        let name = format!("zip {}", it.name);
        match zip::size(&it.program.path) {
            Ok(bytes) => Figure::new(name, zip::shown(bytes))
                .beside(bundle.as_str(), "")
                .limit("≤ 3 MB", Some(bytes <= MOST_ZIPPED)),
            Err(why) => Figure::skipped(name, why).limit("≤ 3 MB", None),
        }
    };
    ours.iter().map(figure).collect()
}
