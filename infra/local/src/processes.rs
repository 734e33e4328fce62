//! Runs the functions as Lambda does: each in processes of its own, behind the
//! Runtime API. Concurrent invocations get a process each.

mod runtime_api;
mod sandbox;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use crate::function::Function;
use crate::invoke::{FunctionError, Functions};
use crate::settings::Settings;
use sandbox::Sandbox;

/// How many processes one function may have.
pub const MOST_PROCESSES: usize = 4;

/// How to run a function.
#[derive(Clone, Debug)]
pub struct Program {
    /// What is run.
    pub function: Function,
    /// Its binary.
    pub path: PathBuf,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The environment that the template gives it.
    pub settings: Settings,
}

/// The binaries that are not there.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} has no {}; `cargo build --workspace` builds the functions",
    folder.display(),
    missing.iter().map(|it| it.name()).collect::<Vec<_>>().join(", no ")
)]
pub struct MissingBinaries {
    folder: PathBuf,
    missing: Vec<Function>,
}

/// Functions with pools of processes.
#[derive(Clone)]
pub struct Processes {
    pools: HashMap<Function, Arc<Pool>>,
}

struct Pool {
    program: Program,
    slots: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
}

impl Processes {
    /// Runs these programs. Nothing is started before the first invocation.
    pub fn new(programs: impl IntoIterator<Item = Program>) -> Self {
        let pool = |program: Program| {
            let slots = Semaphore::new(MOST_PROCESSES);
            (program.function, Arc::new(Pool { program, slots, idle: Mutex::default() }))
        };
        Self { pools: programs.into_iter().map(pool).collect() }
    }

    /// Runs the binaries of all functions in a folder.
    ///
    /// # Errors
    ///
    /// Some of them are not there.
    pub fn in_folder(folder: &Path, settings: &Settings) -> Result<Self, MissingBinaries> {
        let programs = Function::ALL.map(|function| Program {
            function,
            path: folder.join(function.name()).with_extension(std::env::consts::EXE_EXTENSION),
            timeout: function.timeout(),
            settings: settings.of_function(function),
        });
        let absent = programs.iter().filter(|it| !it.path.is_file());
        let missing: Vec<_> = absent.map(|it| it.function).collect();
        if missing.is_empty() {
            Ok(Self::new(programs))
        } else {
            Err(MissingBinaries { folder: folder.to_owned(), missing })
        }
    }
}

impl fmt::Debug for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pools.keys()).finish()
    }
}

impl Functions for Processes {
    async fn invoke(&self, function: Function, event: Value) -> Result<Value, FunctionError> {
        let pool = self.pools.get(&function).ok_or(FunctionError::Absent(function))?;
        let invocation = tokio::spawn(Arc::clone(pool).invoke(event));
        invocation.await.map_err(|_| FunctionError::Panicked(function))?
    }
}

impl Pool {
    async fn invoke(self: Arc<Self>, event: Value) -> Result<Value, FunctionError> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(FunctionError::Absent(self.program.function));
        };
        let mut sandbox = match self.idle_one() {
            Some(sandbox) => sandbox,
            None => self.start().await?,
        };
        let answer = sandbox.run(&event).await;
        if sandbox.is_reusable() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sandbox);
        }
        answer
    }

    fn idle_one(&self) -> Option<Sandbox> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut sandbox) = idle.pop() {
            if sandbox.is_reusable() {
                return Some(sandbox);
            }
        }
        None
    }

    async fn start(&self) -> Result<Sandbox, FunctionError> {
        let function = self.program.function;
        Sandbox::start(&self.program)
            .await
            .map_err(|source| FunctionError::Unstartable { function, source })
    }
}
