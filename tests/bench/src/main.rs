//! Runs the benches and prints one table.

#![expect(clippy::print_stdout, reason = "a table is for reading")]

use std::env;
use std::process::ExitCode;

use bench::table::{Figure, Table};
use bench::{
    Cause, cold_start, first_sync, intake, jobs, parse, push, scale, suggestions, time, workspace,
};
use clap::{Parser, Subcommand};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::chain::Chain;
use serde_json::Value;

/// Measures Tandem against its limits and its peers.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    /// Which bench; all of them when left out.
    #[command(subcommand)]
    bench: Option<Bench>,
    /// How often each process is started, or each list read.
    #[arg(long, global = true, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Measures the functions in target/lambda as they are, without building them first.
    #[arg(long, global = true)]
    no_build: bool,
    /// A fiftieth of the work, to see that it runs.
    #[arg(long, global = true)]
    small: bool,
    /// Without the peers that Python's package manager would install.
    #[arg(long, global = true)]
    no_peers: bool,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// From exec to the first answer, beside Node and Python.
    ColdStart,
    /// Signed webhooks, in memory and over HTTP.
    Intake,
    /// Long client lists.
    Parse,
    /// Who may be the same, found and scored, beside Python's libraries.
    Suggestions,
    /// A large firm's first sync on the local stack, and the cycle after it.
    FirstSync,
    /// How soon a contact is in XPM.
    Push,
    /// From a change of time to XPM: how soon, how steadily, at what price.
    Time,
    /// Jobs from documents: their calls, their rate, and how soon one exists.
    Jobs,
    /// Ten thousand firms on paper: what they cost, how busy what they share is, how long they wait.
    Scale {
        /// Only the bill, as the README has it.
        #[arg(long)]
        markdown: bool,
    },
    /// Reads one list in this process and says what memory that took.
    #[command(hide = true)]
    ParseMemory(parse::Shape),
    /// A function that does nothing, for the tests of the bench itself.
    #[command(hide = true)]
    EmptyFunction,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", Chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Cause> {
    let mut table = Table::default();
    match args.bench {
        Some(Bench::ParseMemory(shape)) => {
            println!("{}", parse::memory(shape).await?);
            return Ok(());
        }
        Some(Bench::EmptyFunction) => {
            let empty = async |_: LambdaEvent<Value>| Ok::<_, Cause>(Value::Null);
            return lambda_runtime::run(service_fn(empty)).await;
        }
        Some(Bench::Parse) => table.extend(all_lists(&args).await?),
        Some(Bench::Intake) => table.extend(all_deliveries().await?),
        Some(Bench::ColdStart) => table.extend(all_starts(&args).await?),
        Some(Bench::Scale { markdown: true }) => {
            print!("{}", scale::bill(&on_paper(&args)).await?);
            return Ok(());
        }
        Some(Bench::Scale { markdown: false }) => table.extend(all_firms(&args).await?),
        Some(Bench::FirstSync) => table.extend(all_syncs(&args).await?),
        Some(Bench::Push) => table.extend(all_pushes(&args).await?),
        Some(Bench::Time) => table.extend(all_time(&args).await?),
        Some(Bench::Jobs) => table.extend(all_jobs(&args).await?),
        Some(Bench::Suggestions) => table.extend(all_suggestions(&args).await?),
        None => {
            table.extend(all_suggestions(&args).await?);
            table.extend(all_lists(&args).await?);
            table.extend(all_deliveries().await?);
            table.extend(all_starts(&args).await?);
            table.extend(all_syncs(&args).await?);
            table.extend(all_pushes(&args).await?);
            table.extend(all_time(&args).await?);
            table.extend(all_jobs(&args).await?);
            table.extend(all_firms(&args).await?);
        }
    }
    print!("{table}");
    Ok(())
}

async fn all_lists(args: &Args) -> Result<Vec<Figure>, Cause> {
    parse::run(&env::current_exe()?, &parse::Shape::ALL, args.runs.min(7)).await
}

async fn all_deliveries() -> Result<Vec<Figure>, Cause> {
    intake::run(&workspace::scratch().join("intake"), &intake::Load::default()).await
}

async fn all_starts(args: &Args) -> Result<Vec<Figure>, Cause> {
    cold_start::run(args.runs, !args.no_build).await
}

async fn all_suggestions(args: &Args) -> Result<Vec<Figure>, Cause> {
    let load = suggestions::Load {
        people: if args.small { 200 } else { 10_000 },
        runs: args.runs.min(7),
        peers: !args.no_peers,
    };
    suggestions::run(&workspace::scratch().join("suggestions"), &load).await
}

async fn all_syncs(args: &Args) -> Result<Vec<Figure>, Cause> {
    let folder = workspace::scratch().join("first-sync");
    let (clients, fewer) = if args.small { (300, 100) } else { (15_000, 1_000) };
    let load = first_sync::Load { clients, fewer, binaries: first_sync::binaries(&folder)? };
    first_sync::run(&folder, &load).await
}

async fn all_pushes(args: &Args) -> Result<Vec<Figure>, Cause> {
    let load = push::Load { contacts: if args.small { 4 } else { 40 } };
    push::run(&workspace::scratch().join("push"), &load).await
}

async fn all_time(args: &Args) -> Result<Vec<Figure>, Cause> {
    let usual = time::Load::default();
    let part = |it: u32| if args.small { it.div_ceil(50) } else { it };
    let load = time::Load {
        changes: part(usual.changes),
        queued: part(usual.queued),
        decisions: part(usual.decisions),
        edits: part(usual.edits),
        firms: part(usual.firms),
    };
    time::run(&workspace::scratch().join("time"), &load).await
}

async fn all_jobs(args: &Args) -> Result<Vec<Figure>, Cause> {
    let folder = workspace::scratch().join("jobs");
    let (drafts, sets) = if args.small { (20, 3) } else { (200, 100) };
    let load = jobs::Load { drafts, sets, binaries: first_sync::binaries(&folder)? };
    jobs::run(&folder, &load).await
}

fn on_paper(args: &Args) -> scale::Load {
    if args.small { scale::Load::small() } else { scale::Load::default() }
}

async fn all_firms(args: &Args) -> Result<Vec<Figure>, Cause> {
    scale::run(&workspace::scratch().join("scale"), &on_paper(args)).await
}
