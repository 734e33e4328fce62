//! Works firms' jobs lanes off: brings XPM to what the drafts of delivered documents say.

use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::jobs;
use domain::ports::{Down, Lane, Ports};
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::worker::{self, Work};
use serde_json::Value;

struct JobCreate;

impl Work for JobCreate {
    const LANES: &'static [Lane] = &[Lane::Jobs];

    async fn work<P: Ports>(
        &self,
        ports: &P,
        firm: &FirmId,
        _: Lane,
        deadline: Deadline,
    ) -> Result<(), Down> {
        jobs::work::work(ports, firm, deadline).await
    }
}

/// Works what a wake names, or wakes what is due.
///
/// # Errors
/// The event is not one that the template sends, or a sweep could not read the tables.
pub async fn handle<P: Ports>(ports: &P, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    worker::handle(&JobCreate, ports, event).await
}
