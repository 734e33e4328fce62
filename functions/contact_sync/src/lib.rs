//! Works firms' contact lanes off: reads XPM's clients, matches and creates contacts.

use domain::contacts::sync;
use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::ports::{Down, Lane, Ports};
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::worker::{self, Work};
use serde_json::Value;

struct ContactSync;

impl Work for ContactSync {
    const LANES: &'static [Lane] = &[Lane::Contacts];

    async fn work<P: Ports>(
        &self,
        ports: &P,
        firm: &FirmId,
        _: Lane,
        deadline: Deadline,
    ) -> Result<(), Down> {
        sync::work(ports, firm, deadline).await
    }
}

/// Works what a wake names, or wakes what is due.
///
/// # Errors
/// The event is not one that the template sends, or a sweep could not read the tables.
pub async fn handle<P: Ports>(ports: &P, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    worker::handle(&ContactSync, ports, event).await
}
