//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::schedule::Schedule;
use crate::stack::{Options, Runner};

/// Tandem on one machine: console, API and webhooks, with DynamoDB, SQS and
/// Xero Practice Manager as emulators on loopback.
#[derive(Debug, Parser)]
#[command(name = "tandem-local")]
pub struct Args {
    /// Where the console, the API, webhooks and the OAuth callback listen.
    #[arg(long, default_value_t = 7400)]
    pub port: u16,
    /// Where the simulator of Xero listens.
    #[arg(long, default_value_t = 7401)]
    pub simulator_port: u16,
    /// What is kept between runs.
    #[arg(long, default_value = "target/tandem-local")]
    pub data_dir: PathBuf,
    /// Forgets everything in the data folder first.
    #[arg(long)]
    pub fresh: bool,
    /// Starts without the demo firm and without clients in the simulator.
    #[arg(long)]
    pub no_demo_data: bool,
    /// Connects the demo firm to the simulator without a browser.
    #[arg(long)]
    pub headless_connect: bool,
    /// Runs the functions as the processes that Lambda would run.
    #[arg(long)]
    pub processes: bool,
}

impl Args {
    /// The stack that the flags ask for.
    ///
    /// # Errors
    ///
    /// The path of this program is not known, so neither are its neighbours.
    pub fn options(&self) -> std::io::Result<Options> {
        let runner = if self.processes {
            let program = std::env::current_exe()?;
            Runner::Processes(program.parent().unwrap_or(&program).to_owned())
        } else {
            Runner::InProcess
        };
        Ok(Options {
            port: self.port,
            simulator_port: self.simulator_port,
            data_dir: self.data_dir.clone(),
            fresh: self.fresh,
            demo_data: !self.no_demo_data,
            runner,
            schedule: Some(Schedule::default()),
            witness: None,
        })
    }
}
