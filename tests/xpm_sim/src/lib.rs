//! Xero's identity service and Xero Practice Manager 3.1 on one address: a
//! program, and a library of which any number may run in one process. It
//! shares no code with the product's client, so that it cannot agree with the
//! client's mistakes, and it keeps a ledger that tests judge by.

mod answer;
mod calls;
mod control;
mod demo;
mod element;
mod faults;
mod firm;
mod gateway;
mod identity;
mod journal;
mod knobs;
mod ledger;
mod limits;
mod load;
mod model;
mod node;
mod server;
mod state;
mod wire;
mod xpm;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use calls::Call;
pub use control::{Control, Credentials, Refused};
pub use faults::{Fault, Kind, Match, RetryAfter};
pub use knobs::{Assignment, IdToken, JobState, Knobs, TimeWindow};
pub use limits::Limits;

/// How a simulator starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its state is kept; without it, everything is lost at the end.
    pub data_dir: Option<PathBuf>,
    /// Whether the first practice is the demo firm, or empty.
    pub demo: bool,
    /// The apps that Xero knows.
    pub apps: Vec<App>,
    /// The issuer of tokens; left out, the simulator's own address.
    pub issuer: Option<String>,
    /// A clock that stands still at this instant until it is moved.
    pub now: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self { data_dir: None, demo: true, apps: vec![App::default()], issuer: None, now: None }
    }
}

/// An app as registered with Xero.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// Where Xero may send people back to, letter for letter.
    pub redirect_uris: Vec<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
}

impl Default for App {
    fn default() -> Self {
        Self {
            client_id: "tandem-local".to_owned(),
            client_secret: "tandem-local-secret".to_owned(),
            redirect_uris: vec!["http://127.0.0.1:7400/oauth/callback".to_owned()],
            scopes: identity::SCOPES.iter().map(|it| (*it).to_owned()).collect(),
        }
    }
}

/// A running simulator; it stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    control: Control,
    stopped: Arc<AtomicBool>,
    server: JoinHandle<io::Result<()>>,
}

impl Simulator {
    /// Starts serving on the listener.
    ///
    /// # Errors
    /// The data folder cannot be read, or the listener has no address.
    pub fn start(listener: TcpListener, options: Options) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let issuer = options.issuer.clone().unwrap_or_else(|| format!("http://{address}"));
        let control = Control::new(state::State::open(options, issuer)?);
        let stopped = Arc::new(AtomicBool::new(false));
        let tap = wire::Tap::new(listener, Arc::clone(&stopped));
        let service = server::router(control.clone());
        let server = tokio::spawn(async move { axum::serve(tap, service).await });
        Ok(Self { address, control, stopped, server })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as the start of a URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The control API, without HTTP.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Serves until the end of the process.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(mut self) -> io::Result<()> {
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.server.abort();
    }
}
