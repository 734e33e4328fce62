//! Lives many histories and prints what went wrong: `cargo run --release -p world -- --seeds 10000`.

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use clap::Parser;
use world::run::run;

#[derive(Parser)]
#[command(about = "Lives many simulated histories and prints what went wrong in which")]
struct Args {
    /// How many histories.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first of their seeds.
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args = Args::parse();
    let (mut bad, mut creates, mut entries, mut killed) = (0, 0, 0, 0);
    for seed in args.from..args.from + args.seeds {
        let verdict = world::now(run(seed, None))?;
        creates += verdict.creates;
        entries += verdict.entries;
        killed += verdict.killed;
        bad += u64::from(!verdict.wrong.is_empty());
        for wrong in verdict.wrong {
            writeln!(stdout(), "seed {seed}: {wrong}")?;
        }
    }
    writeln!(
        stdout(),
        "{} histories: {entries} entries, {creates} creates sent, {killed} workers killed; {bad} went wrong",
        args.seeds
    )?;
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
