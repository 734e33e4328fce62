//! The whole stack on one machine, for people and for tests.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use xpm_sim::Simulator;

use crate::fleet::Fleet;
use crate::folder::Folder;
use crate::function::Function;
use crate::http::{self, PATIENCE};
use crate::invoke::{FunctionError, Functions};
use crate::mapper::{self, Mapping};
use crate::processes::{MissingBinaries, Processes};
use crate::schedule::{self, Schedule};
use crate::settings::Settings;
use crate::stop::{Running, Stop, signal};
use crate::witness::{Watched, Witness, watched};
use crate::{Cause, demo, dynamo, queues, simulator, wiring};

/// How many pollers Lambda would at least keep per queue.
const POLLERS: usize = 2;

/// How long a stop waits for what is under way.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port of console, API and webhooks; 0 for any.
    pub port: u16,
    /// The port of the simulator; 0 for any.
    pub simulator_port: u16,
    /// What is kept between runs.
    pub data_dir: PathBuf,
    /// Whether to forget it first.
    pub fresh: bool,
    /// Whether there is a demo firm, and clients in the simulator.
    pub demo_data: bool,
    /// What runs the functions.
    pub runner: Runner,
    /// The clock; without one, functions run when asked only.
    pub schedule: Option<Schedule>,
    /// Writes down what the functions ask of AWS; with one, secrets are sealed under a stand-in for
    /// KMS, and what was sealed is lost with the stack.
    pub witness: Option<Witness>,
}

/// What runs the functions.
#[derive(Clone, Debug)]
pub enum Runner {
    /// This process.
    InProcess,
    /// Their binaries, found in this folder.
    Processes(PathBuf),
}

impl Options {
    /// Any free port, a data folder, no clock: what a test wants.
    pub fn quiet(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            port: 0,
            simulator_port: 0,
            data_dir: data_dir.into(),
            fresh: false,
            demo_data: true,
            runner: Runner::InProcess,
            schedule: None,
            witness: None,
        }
    }
}

/// Where everything is, as URLs without a slash at the end.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Console, API, webhooks, OAuth callback.
    pub public: String,
    /// Xero's identity service and Practice Manager.
    pub simulator: String,
    /// The DynamoDB endpoint.
    pub dynamo: String,
    /// The SQS endpoint.
    pub sqs: String,
    /// The queue of `time_push`.
    pub time_queue: String,
    /// The queue of `contact_sync`.
    pub contacts_queue: String,
    /// The queue of `event_publish`.
    pub events_queue: String,
    /// The queue of `job_create`.
    pub jobs_queue: String,
}

/// Why the stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A port is taken.
    #[error("port {port} cannot be listened on; is another stack running?")]
    Port {
        /// Which one.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// `cargo build` is missing.
    #[error(transparent)]
    Binaries(#[from] MissingBinaries),
    /// A part did not start.
    #[error("{part} did not start")]
    Part {
        /// Which one.
        part: &'static str,
        /// Why.
        source: Cause,
    },
}

/// A running stack. Dropping it stops it.
#[derive(Debug)]
pub struct Stack {
    addresses: Addresses,
    settings: Settings,
    aws: SdkConfig,
    functions: Arc<Fleet>,
    simulator: Simulator,
    folder: Folder,
    running: Running,
    tasks: JoinSet<()>,
}

impl Stack {
    /// Starts everything; when it returns, everything listens.
    ///
    /// # Errors
    ///
    /// One of the parts did not start.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { data_dir, fresh, demo_data, .. } = &options;
        let folder = Folder::open(data_dir, *fresh)
            .map_err(|source| StartError::Folder { path: data_dir.clone(), source })?;
        let (running, stop) = signal();
        let mut tasks = JoinSet::new();

        let gateway = listen(options.port).await?;
        let public = url(&gateway)?;
        let listener = listen(options.simulator_port).await?;
        let simulator = simulator::serve(listener, &folder, *demo_data, &public)
            .map_err(Cause::from)
            .map_err(part("the simulator"))?;
        let dynamo = dynamo::serve(listen(0).await?, &folder.database(), &mut tasks, &stop)
            .map_err(part("the database"))?;
        let sqs = queues::serve(listen(0).await?, &mut tasks, &stop)
            .map_err(Cause::from)
            .map_err(part("the queues"))?;
        let watched = watched(options.witness.as_ref(), dynamo, sqs, &mut tasks, &stop);
        let Watched { dynamo, sqs, kms } = watched.await.map_err(part("the witness"))?;
        let addresses = Addresses {
            public,
            simulator: simulator.url(),
            time_queue: queues::url(&sqs, queues::TIME),
            contacts_queue: queues::url(&sqs, queues::CONTACTS),
            events_queue: queues::url(&sqs, queues::EVENTS),
            jobs_queue: queues::url(&sqs, queues::JOBS),
            dynamo,
            sqs,
        };
        let settings = Settings::of(&addresses, &folder.data_key());
        let settings = match kms {
            Some(kms) => settings.under_kms(&kms),
            None => settings,
        };
        let aws = settings.aws().map_err(part("the AWS clients"))?;
        dynamo::create_tables(&aws_sdk_dynamodb::Client::new(&aws))
            .await
            .map_err(part("the tables"))?;
        if *demo_data {
            demo::seed(&settings).await.map_err(part("the demo firm"))?;
        }

        let functions = Arc::new(match &options.runner {
            Runner::InProcess => {
                Fleet::InProcess(wiring::functions(&settings).map_err(part("a function"))?)
            }
            Runner::Processes(folder) => Fleet::Processes(Processes::in_folder(folder, &settings)?),
        });
        let mut stack =
            Self { addresses, settings, aws, functions, simulator, folder, running, tasks };
        stack.serve(gateway, options.schedule, &stop);
        Ok(stack)
    }

    /// Where everything is.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What the functions are told.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What an AWS SDK client needs to look into the stack.
    pub fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    /// Xero, with its knobs, its faults and its ledger.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Runs a function once, as the schedule or a queue would.
    ///
    /// # Errors
    ///
    /// The function has no answer.
    pub async fn invoke(&self, function: Function, event: Value) -> Result<Value, FunctionError> {
        self.functions.invoke(function, event).await
    }

    /// Stops gracefully: nothing new is taken, what is under way may end.
    pub async fn stop(self) {
        let Self { running, mut tasks, simulator, folder, .. } = self;
        drop(running);
        let ended = async { while tasks.join_next().await.is_some() {} };
        if timeout(LAST_REQUESTS, ended).await.is_err() {
            tracing::warn!("stopped in the middle of something");
        }
        drop(simulator);
        drop(folder);
    }

    /// Starts what calls functions: HTTP, the queues, the clock.
    fn serve(&mut self, gateway: TcpListener, schedule: Option<Schedule>, stop: &Stop) {
        let router = http::router(Arc::clone(&self.functions), PATIENCE)
            .into_make_service_with_connect_info::<std::net::SocketAddr>();
        let server = axum::serve(gateway, router).with_graceful_shutdown(stop.clone().wait());
        self.tasks.spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "HTTP stopped");
            }
        });
        let queues = aws_sdk_sqs::Client::new(&self.aws);
        for (function, queue_url) in [
            (Function::TimePush, &self.addresses.time_queue),
            (Function::ContactSync, &self.addresses.contacts_queue),
            (Function::EventPublish, &self.addresses.events_queue),
            (Function::JobCreate, &self.addresses.jobs_queue),
        ] {
            let mapping = Mapping { function, queue_url: queue_url.clone() };
            for _ in 0..POLLERS {
                let functions = Arc::clone(&self.functions);
                let (mapping, queues) = (mapping.clone(), queues.clone());
                self.tasks.spawn(mapper::run(mapping, queues, functions, stop.clone()));
            }
            if let Some(schedule) = schedule {
                let functions = Arc::clone(&self.functions);
                self.tasks.spawn(schedule::run(schedule, function, functions, stop.clone()));
            }
        }
    }
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    listener.map_err(|source| StartError::Port { port, source })
}

fn url(listener: &TcpListener) -> Result<String, StartError> {
    let address = listener.local_addr().map_err(|source| StartError::Port { port: 0, source })?;
    Ok(format!("http://{address}"))
}

fn part(part: &'static str) -> impl FnOnce(Cause) -> StartError {
    move |source| StartError::Part { part, source }
}
