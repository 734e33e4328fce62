//! The functions of a stack, whatever runs them.

use serde_json::Value;

use crate::function::Function;
use crate::in_process::InProcess;
use crate::invoke::{FunctionError, Functions};
use crate::processes::Processes;

/// One of the two ways to run functions.
#[derive(Debug)]
pub(crate) enum Fleet {
    InProcess(InProcess),
    Processes(Processes),
}

impl Functions for Fleet {
    async fn invoke(&self, function: Function, event: Value) -> Result<Value, FunctionError> {
        match self {
            Self::InProcess(functions) => functions.invoke(function, event).await,
            Self::Processes(functions) => functions.invoke(function, event).await,
        }
    }
}
