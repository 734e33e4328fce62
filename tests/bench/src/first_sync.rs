//! The first sync of a large firm on the local stack, and the cycle after it that finds nothing new.
//!
//! The function runs as a process of its own where it has been built. It talks to a real endpoint of
//! an emulated DynamoDB in this process, through a meter; both take processor time of the same machine.

pub(crate) mod firm;
mod staffing;
pub(crate) mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use local::function::Function;
use serde_json::Value;

use crate::Cause;
use crate::process::{self, megabytes};
use crate::samples::millis;
use crate::table::Figure;
use crate::workspace::root;
use firm::{client, contact};
use stage::{Stage, Turn};

/// How long the first sync may take.
const LONGEST: Duration = Duration::from_secs(120);
/// How much memory the function may hold, in KiB: 256 MB, what the template gives it.
const MOST_MEMORY: u64 = 256 * 1024;

/// How large the firm is.
#[derive(Clone, Debug)]
pub struct Load {
    /// How many clients it has, and as many contacts.
    pub clients: usize,
    /// A smaller firm, beside which the unchanged cycle is put.
    pub fewer: usize,
    /// Where the functions' binaries are; they run in this process where there is none.
    pub binaries: Option<PathBuf>,
}

/// What one firm's syncs took.
struct Synced {
    first: Turn,
    counts: Value,
    unchanged: Turn,
    memory: Option<u64>,
    cpu: Option<Duration>,
}

/// Runs both firms' syncs; `folder` is for the stack.
///
/// # Errors
/// The stack did not start, or a sync did not end in one invocation.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    let fewer = synced(folder, load.fewer, load.binaries.clone()).await?;
    let it = synced(folder, load.clients, load.binaries.clone()).await?;
    let name = format!("first sync, {} clients and contacts", load.clients);
    let (first, usage) = (&it.first, &it.first.usage);
    let lists =
        |it: &Turn| it.xpm_calls.iter().filter(|it| it.ends_with("client.api/list")).count();
    let memory = match (it.memory, &load.binaries) {
        (Some(peak), _) => Figure::new(format!("{name}: peak memory"), megabytes(peak))
            .beside(own_cpu(&it), "")
            .limit("≤ 256 MB", Some(peak <= MOST_MEMORY)),
        (None, Some(_)) => {
            Figure::skipped(format!("{name}: peak memory"), "this system does not tell")
        }
        (None, None) => Figure::skipped(
            format!("{name}: peak memory"),
            "the function has no process of its own: `infra/build` has not made it",
        ),
    };
    let quiet = (&it.unchanged, &fewer.unchanged);
    let same = quiet.0.usage.reads() == quiet.1.usage.reads();
    let still = |it: &Turn| record_writes(it) == 0;
    Ok(vec![
        Figure::new(format!("{name}: time"), format!("{:.1} s", first.time.as_secs_f64()))
            .beside(it.counts.to_string(), "")
            .limit("≤ 120 s", Some(first.time <= LONGEST)),
        memory,
        Figure::new(format!("{name}: XPM calls"), first.xpm_calls.len().to_string())
            .beside(format!("{} for the list", lists(first)), "")
            .limit("1 for the list", Some(lists(first) == 1)),
        Figure::new(format!("{name}: requests to DynamoDB"), requests(first)).beside(
            format!(
                "{:.0} read units, {:.0} write units; answered in {:.1} s, added up",
                usage.read_units,
                usage.write_units,
                usage.database.as_secs_f64()
            ),
            "",
        ),
        Figure::new(
            format!("unchanged cycle, {} clients: XPM calls", load.clients),
            quiet.0.xpm_calls.len().to_string(),
        )
        .beside(format!("{} clients: {}", load.fewer, quiet.1.xpm_calls.len()), "")
        .limit("1", Some(quiet.0.xpm_calls.len() == 1)),
        Figure::new(
            format!("unchanged cycle, {} clients: reads", load.clients),
            quiet.0.usage.reads().to_string(),
        )
        .beside(format!("{} clients: {}", load.fewer, quiet.1.usage.reads()), "")
        .limit("the same", Some(same)),
        Figure::new(
            format!("unchanged cycle, {} clients: writes to contacts and matches", load.clients),
            record_writes(quiet.0).to_string(),
        )
        .beside(
            format!(
                "{} of its own (lease, budget, run, lane), {} clients: {}; {}",
                quiet.0.usage.writes(),
                load.fewer,
                quiet.1.usage.writes(),
                millis(quiet.0.time)
            ),
            "",
        )
        .limit("0", Some(still(quiet.0) && still(quiet.1))),
    ])
}

/// What of the time was the function's own work; the rest is the database's, the meter's and XPM's.
fn own_cpu(it: &Synced) -> String {
    let cpu = it.cpu.map(|cpu| format!("CPU of the function {:.1} s", cpu.as_secs_f64()));
    cpu.unwrap_or_default()
}

/// Writes that touch a contact or match, whatever else is written in the same request.
fn record_writes(it: &Turn) -> u64 {
    it.usage.to_records
}

fn requests(it: &Turn) -> String {
    let all = it.usage.requests.iter().map(|(name, count)| format!("{name} {count}"));
    all.collect::<Vec<_>>().join(", ")
}

async fn synced(folder: &Path, clients: usize, binaries: Option<PathBuf>) -> Result<Synced, Cause> {
    eprintln!("writing {clients} contacts");
    let stage = Stage::open(&folder.join(clients.to_string()), binaries).await?;
    stage.contacts((0..clients).map(contact).collect::<Result<_, _>>()?).await?;
    stage.clients(&(0..clients).map(client).collect::<Vec<_>>())?;
    eprintln!("syncing {clients} clients");
    let (first, shown) = stage.sync().await?;
    let (unchanged, _) = stage.sync().await?;
    let function = process::child(Function::ContactSync.name());
    let (memory, cpu) = (function.and_then(process::peak), function.and_then(process::cpu));
    stage.close().await;
    let counts = shown["counts"].clone();
    let expected = [("matched", clients / 10), ("partial", clients / 10)];
    for (outcome, count) in expected {
        if counts[outcome] != count {
            return Err(format!("{count} should be {outcome}: {shown}").into());
        }
    }
    Ok(Synced { first, counts, unchanged, memory, cpu })
}

/// A folder with the functions under their names: what `infra/build` made, or what was built beside
/// this program.
///
/// # Errors
/// The folder cannot be made.
pub fn binaries(scratch: &Path) -> Result<Option<PathBuf>, Cause> {
    let built =
        |function: &Function| root().join("target/lambda").join(function.name()).join("bootstrap");
    if Function::ALL.iter().all(|it| built(it).is_file()) {
        let folder = scratch.join("functions");
        fs::create_dir_all(&folder)?;
        for function in Function::ALL {
            fs::copy(built(&function), folder.join(function.name()))?;
        }
        return Ok(Some(folder));
    }
    let own = std::env::current_exe()?;
    let beside = own.parent().map(Path::to_owned);
    Ok(beside.filter(|folder| Function::ALL.iter().all(|it| folder.join(it.name()).is_file())))
}
