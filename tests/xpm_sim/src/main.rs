//! Runs the simulator until it is interrupted.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Parser;
use tokio::net::TcpListener;
use tracing::info;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use xpm_sim::{App, Options, Simulator};

/// Xero's identity service and Xero Practice Manager 3.1, simulated.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1.
    #[arg(long, default_value_t = 7401)]
    port: u16,
    /// Where the state is kept between runs.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Start with empty practices.
    #[arg(long)]
    no_demo_data: bool,
    /// An address that Xero may send people back to; may be repeated.
    #[arg(long)]
    redirect_uri: Vec<String>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let wanted = std::env::var("RUST_LOG").ok().and_then(|it| it.parse::<Targets>().ok());
    let filter = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    tracing_subscriber::registry().with(filter).with(fmt::layer().with_writer(io::stderr)).init();
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    let mut app = App::default();
    app.redirect_uris.extend(arguments.redirect_uri);
    let simulator = Simulator::start(
        listener,
        Options {
            data_dir: arguments.data_dir,
            demo: !arguments.no_demo_data,
            apps: vec![app],
            ..Options::default()
        },
    )?;
    info!("XPM simulator at {}", simulator.url());
    simulator.serve().await
}
