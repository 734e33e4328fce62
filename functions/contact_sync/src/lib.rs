//! Works firms' contact lanes off: towards XPM, what the practice app says; from there, XPM's clients,
//! which are matched or made into contacts.

use domain::contacts::{out, sync};
use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::ports::{Down, Lane, Ports};
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::worker::{self, Work};
use serde_json::Value;

struct ContactSync;

impl Work for ContactSync {
    // A long pull must not hold up what people wait for (KB-53).
    const LANES: &'static [Lane] = &[Lane::ContactsOut, Lane::Contacts];

    async fn work<P: Ports>(
        &self,
        ports: &P,
        firm: &FirmId,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<(), Down> {
        if lane == Lane::ContactsOut {
            out::work(ports, firm, deadline).await
        } else {
            sync::work(ports, firm, deadline).await
        }
    }
}

/// Works what a wake names, or wakes what is due.
///
/// # Errors
/// The event is not one that the template sends, or a sweep could not read the tables.
pub async fn handle<P: Ports>(ports: &P, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    worker::handle(&ContactSync, ports, event).await
}
