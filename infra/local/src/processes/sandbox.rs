//! One process of a function, with a Runtime API of its own. It runs one
//! invocation at a time and is killed when one takes too long.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Program;
use super::runtime_api::{Job, RuntimeApi};
use crate::function::Function;
use crate::invoke::FunctionError;

/// How long Lambda lets a function initialise.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// A process, killed when dropped.
pub(super) struct Sandbox {
    function: Function,
    timeout: Duration,
    child: Child,
    api: RuntimeApi,
    jobs: mpsc::Sender<Job>,
    server: JoinHandle<()>,
    spent: bool,
}

impl Sandbox {
    /// Starts the process. It initialises while the first event waits.
    pub(super) async fn start(program: &Program) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (jobs, next) = mpsc::channel(1);
        let api = RuntimeApi::new(program.function, program.timeout, next);
        let router = api.router();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a runtime API stopped");
            }
        });
        let function = program.function;
        let child = Command::new(&program.path)
            .env_clear()
            .envs(std::env::var("RUST_LOG").map(|it| ("RUST_LOG", it)))
            .envs(program.settings.iter())
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", function.name())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Function::MEMORY.to_string())
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", address.to_string())
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .kill_on_drop(true)
            .spawn();
        let child = child.inspect_err(|_| server.abort())?;
        let (timeout, spent) = (program.timeout, false);
        Ok(Self { function, timeout, child, api, jobs, server, spent })
    }

    /// Hands an event to the process and waits for what comes of it.
    pub(super) async fn run(&mut self, event: &Value) -> Result<Value, FunctionError> {
        let function = self.function;
        self.spent = true;
        let (started, start) = oneshot::channel();
        let (reply, answer) = oneshot::channel();
        let job = Job { event: event.to_string(), started, reply };
        if self.jobs.send(job).await.is_err() {
            return Err(FunctionError::Absent(function));
        }
        tokio::select! {
            biased;
            _ = start => {}
            status = self.child.wait() => return Err(self.exited(status)),
            () = sleep(INIT_LIMIT) => {
                return Err(FunctionError::TimedOut { function, after: INIT_LIMIT });
            }
        }
        let answer = tokio::select! {
            biased;
            Ok(answer) = answer => answer,
            status = self.child.wait() => return Err(self.exited(status)),
            () = sleep(self.timeout) => {
                return Err(FunctionError::TimedOut { function, after: self.timeout });
            }
        };
        self.spent = false;
        answer
    }

    /// Whether the process lives and waits for the next event.
    pub(super) fn is_reusable(&mut self) -> bool {
        !self.spent && matches!(self.child.try_wait(), Ok(None))
    }

    /// Why the process ended, in its own words if it left some.
    fn exited(&self, status: std::io::Result<ExitStatus>) -> FunctionError {
        let function = self.function;
        match (self.api.last_words(), status) {
            (Some(report), _) => FunctionError::Reported { function, report },
            (None, Ok(status)) => FunctionError::Exited { function, status },
            (None, Err(source)) => FunctionError::Unstartable { function, source },
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}
