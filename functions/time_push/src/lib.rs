//! Works firms' time lanes off: links what can be linked, pushes what can be pushed.

use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::ports::{Down, Lane, Ports};
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::worker::{self, Work};
use serde_json::Value;

struct TimePush;

impl Work for TimePush {
    const LANES: &'static [Lane] = &[Lane::Time];

    async fn work<P: Ports>(
        ports: &P,
        firm: &FirmId,
        _: Lane,
        deadline: Deadline,
    ) -> Result<(), Down> {
        domain::time::work::work(ports, firm, deadline).await
    }
}

/// Works what a wake names, or wakes what is due.
///
/// # Errors
/// The event is not one that the template sends, or a sweep could not read the tables.
pub async fn handle<P: Ports>(ports: &P, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    worker::handle::<TimePush>(ports, event).await
}
