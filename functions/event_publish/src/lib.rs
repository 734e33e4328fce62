//! Gives what happened its place in the feed, and delivers it to the firms' endpoints (BY-09, G44).

use std::fmt;

use contract::events::message;
use courier::post::TOTAL;
use courier::resolver::system;
use courier::{HttpCourier, Reach};
use domain::deadline::Deadline;
use domain::events::work::{Post, Scribe, deliver, publish};
use domain::ids::FirmId;
use domain::journal::Entry;
use domain::ports::{Courier, Down, Lane, Ports, Secret};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::chain::Chain;
use runtime::signature::WebhookSecret;
use runtime::worker::{self, Work};
use serde_json::Value;
use wiring::{Outside, Unwired};

/// What the function needs from the outside.
pub struct Deps<P, C> {
    /// The outside.
    pub ports: P,
    /// Who takes events to endpoints.
    pub courier: C,
}

/// The function's needs met by AWS and the Internet, as the settings say.
pub type Wired = Deps<Outside, HttpCourier>;

/// Why the function could not be put together. Shown by `main`, also by way of `Debug`.
#[derive(thiserror::Error)]
pub enum Unready {
    /// Ours or Xero's part could not.
    #[error(transparent)]
    Unwired(#[from] Unwired),
    /// Endpoints cannot be called.
    #[error(transparent)]
    Courier(#[from] courier::Unusable),
}

impl fmt::Debug for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Chain(self))
    }
}

/// Builds the function from its settings.
///
/// # Errors
/// Settings are missing or cannot be used.
pub fn wire(lookup: impl Fn(&str) -> Option<String>) -> Result<Wired, Unready> {
    let reach = Reach::told(lookup("TANDEM_WEBHOOK_LOOPBACK").as_deref());
    let ports = Outside::wire(lookup)?;
    Ok(Deps { ports, courier: HttpCourier::new(system(), reach, TOTAL)? })
}

struct EventPublish<'a, C> {
    courier: &'a C,
}

impl<C: Courier> Work for EventPublish<'_, C> {
    // What a slow endpoint costs is never paid by the feed.
    const LANES: &'static [Lane] = &[Lane::Events, Lane::Deliveries];

    async fn work<P: Ports>(
        &self,
        ports: &P,
        firm: &FirmId,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<(), Down> {
        if lane == Lane::Events {
            publish(ports, firm, deadline).await
        } else {
            let post = Post { courier: self.courier, scribe: &Standard };
            deliver(ports, &post, firm, deadline).await
        }
    }
}

/// Writes and signs as Standard Webhooks says.
struct Standard;

impl Scribe for Standard {
    fn write(&self, id: &str, entry: &Entry) -> Vec<u8> {
        message(id, entry)
    }

    fn sign(&self, secret: &Secret, id: &str, at: Timestamp, body: &[u8]) -> Result<String, Down> {
        let unusable = |cause: domain::ports::Cause| Down { what: "an endpoint's secret", cause };
        let secret = WebhookSecret::parse(secret.reveal()).map_err(|it| unusable(it.into()))?;
        secret.sign(id, at, body).map_err(|it| unusable(it.into()))
    }
}

/// Works what a wake names, or wakes what is due.
///
/// # Errors
/// The event is not one that the template sends, or a sweep could not read the tables.
pub async fn handle<P: Ports, C: Courier>(
    deps: &Deps<P, C>,
    event: LambdaEvent<Value>,
) -> Result<Value, Diagnostic> {
    worker::handle(&EventPublish { courier: &deps.courier }, &deps.ports, event).await
}
