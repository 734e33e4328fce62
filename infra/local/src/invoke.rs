//! The seam between what calls functions (HTTP, queues, the schedule) and what
//! runs them (this process, or processes of their own).

use std::process::ExitStatus;
use std::time::Duration;

use lambda_runtime::Diagnostic;
use serde_json::Value;

use crate::function::Function;

/// The largest event and the largest answer that Lambda carries.
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// Whatever runs the functions.
pub trait Functions: Send + Sync + 'static {
    /// Runs a function with an event and waits for its answer. The function
    /// goes on, as on Lambda, when the caller stops waiting.
    fn invoke(
        &self,
        function: Function,
        event: Value,
    ) -> impl Future<Output = Result<Value, FunctionError>> + Send;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// Nothing is registered under the name.
    #[error("{0} is not running here")]
    Absent(Function),
    /// The function reported an error.
    #[error("{function} reports {}: {}", report.error_type, report.error_message)]
    Reported {
        /// Which one.
        function: Function,
        /// In its own words.
        report: Diagnostic,
    },
    /// The function ran into its timeout and was stopped.
    #[error("{function} was stopped after {after:?}")]
    TimedOut {
        /// Which one.
        function: Function,
        /// Its timeout.
        after: Duration,
    },
    /// The function's process ended.
    #[error("{function} ended without an answer ({status})")]
    Exited {
        /// Which one.
        function: Function,
        /// How it ended.
        status: ExitStatus,
    },
    /// The function panicked where a process would have ended.
    #[error("{0} panicked")]
    Panicked(Function),
    /// The answer is larger than Lambda carries.
    #[error("{0} answers more than Lambda carries")]
    TooLarge(Function),
    /// The function could not even be started.
    #[error("{function} cannot be run")]
    Unstartable {
        /// Which one.
        function: Function,
        /// Why.
        source: std::io::Error,
    },
}
