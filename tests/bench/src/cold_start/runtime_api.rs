//! One cold start behind a Runtime API of its own.
//!
//! `local` has a Runtime API too, but that one tells neither when a process first asked nor which
//! process it was, and both are the point here.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use local::function::{Function, Invocation};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::{Cause, process};

/// Longer than any start that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a process that has answered gets to go to sleep, so that the scheduler has counted all
/// it did.
const SETTLING: Duration = Duration::from_millis(2);

/// What is started, and asked once.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// All of its environment, but for the address of the Runtime API.
    pub environment: Vec<(String, String)>,
    /// Makes the event of the next start.
    pub event: fn() -> Result<Value, Cause>,
    /// What the answer must hold, as a proof of the way it came by.
    pub answer: &'static str,
}

/// How a start went.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// From exec until it asked for an event.
    pub next: Duration,
    /// From exec until it had answered.
    pub answer: Duration,
    /// What it had used of the processors by then.
    pub cpu: Duration,
    /// How much memory it held then, in KiB.
    pub resident: u64,
}

/// What the process says.
enum Said {
    Next(Instant, oneshot::Sender<(HeaderMap, String)>),
    Answer(Instant, String, oneshot::Sender<()>),
    Trouble(String),
}

type Ear = State<mpsc::Sender<Said>>;

/// Starts the program, hands it one event, and ends it once it has answered.
///
/// # Errors
/// It does not answer, or not as it should.
pub async fn start(program: &Program) -> Result<Start, Cause> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (ear, mut said) = mpsc::channel(4);
    let server = tokio::spawn(async move { axum::serve(listener, router(ear)).await });
    let event = (program.event)()?.to_string();
    let (exec, mut child) = spawn(program, address)?;
    let outcome = timeout(PATIENCE, once(program, event, exec, &child, &mut said)).await;
    child.kill().await?;
    server.abort();
    outcome.map_err(|_| "it takes too long")?
}

async fn once(
    program: &Program,
    event: String,
    exec: Instant,
    child: &Child,
    said: &mut mpsc::Receiver<Said>,
) -> Result<Start, Cause> {
    let mut given = Some(event);
    let mut asked = exec;
    while let Some(it) = said.recv().await {
        match it {
            Said::Next(at, give) => {
                asked = at;
                // A second event never comes: the process waits for it until it is ended.
                let event = given.take().ok_or("it asks for more without an answer")?;
                let headers = Invocation::start(Function::Api, PATIENCE).headers();
                let _gone = give.send((headers, event));
            }
            Said::Answer(at, body, heard) => {
                sleep(SETTLING).await;
                let pid = child.id().ok_or("it ended")?;
                let cpu = process::cpu(pid).ok_or("this system does not tell a process's time")?;
                let resident = process::resident(pid).ok_or("nor its memory")?;
                drop(heard);
                if !body.contains(program.answer) {
                    return Err(format!("it answered {body}").into());
                }
                return Ok(Start { next: asked - exec, answer: at - exec, cpu, resident });
            }
            Said::Trouble(body) => return Err(format!("it reported {body}").into()),
        }
    }
    Err("its Runtime API ended".into())
}

fn spawn(program: &Program, address: SocketAddr) -> Result<(Instant, Child), Cause> {
    let mut command = Command::new(&program.path);
    command
        .args(&program.args)
        .env_clear()
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let exec = Instant::now();
    Ok((exec, command.spawn()?))
}

fn router(ear: mpsc::Sender<Said>) -> Router {
    let runtime = "/2018-06-01/runtime";
    Router::new()
        .route(&format!("{runtime}/invocation/next"), get(next))
        .route(&format!("{runtime}/invocation/{{id}}/response"), post(answer))
        .route(&format!("{runtime}/invocation/{{id}}/error"), post(trouble))
        .route(&format!("{runtime}/init/error"), post(trouble))
        .with_state(ear)
}

async fn next(State(ear): Ear) -> Result<(HeaderMap, String), StatusCode> {
    let (give, event) = oneshot::channel();
    let _gone = ear.send(Said::Next(Instant::now(), give)).await;
    event.await.map_err(|_| StatusCode::GONE)
}

async fn answer(State(ear): Ear, body: String) -> StatusCode {
    let (heard, wait) = oneshot::channel();
    let _gone = ear.send(Said::Answer(Instant::now(), body, heard)).await;
    // Whether it was dropped or sent, it was heard.
    let _heard = wait.await;
    StatusCode::ACCEPTED
}

async fn trouble(State(ear): Ear, body: String) -> StatusCode {
    let _gone = ear.send(Said::Trouble(body)).await;
    StatusCode::ACCEPTED
}
