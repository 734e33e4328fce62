//! Starts the stack and waits for Ctrl-C.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use local::args::Args;
use local::banner::{Banner, print};
use local::{Cause, Stack, demo, headless};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = std::env::var("RUST_LOG").ok().and_then(|it| it.parse::<Targets>().ok());
    let usual = Targets::new().with_default(LevelFilter::INFO);
    // A condition that does not hold is an error to dynoxide, and an everyday answer to us.
    let filter = wanted.unwrap_or_else(|| usual.with_target("dynoxide", LevelFilter::ERROR));
    let lines = fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", sentence(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Cause> {
    let stack = Stack::start(args.options()?).await?;
    if args.headless_connect {
        headless::connect(&stack.addresses().public, demo::API_KEY).await?;
    }
    print(&Banner { addresses: stack.addresses(), demo_data: !args.no_demo_data });
    stop_asked().await?;
    stack.stop().await;
    Ok(())
}

/// Waits for Ctrl-C, or for the signal with which a supervisor stops a program.
async fn stop_asked() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            asked = tokio::signal::ctrl_c() => asked,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The error and its causes, as one sentence.
fn sentence(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", sentence(cause)),
        None => error.to_string(),
    }
}
