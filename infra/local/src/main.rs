//! Starts the stack and waits for Ctrl-C.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use local::args::Args;
use local::banner::{Banner, print};
use local::{Cause, Stack, demo, headless};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,dynoxide=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
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
