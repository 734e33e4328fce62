//! The gate every call to XPM goes through: a valid token, a place in the budget, an XPM that answers,
//! and a fair ending.

use jiff::{SignedDuration, Timestamp};

use crate::budget::{self, Heard, NotNow};
use crate::connection::lose;
use crate::connection::tokens::{self, NoToken};
use crate::firm::Limits;
use crate::ids::FirmId;
use crate::journal::Subject;
use crate::metric::{Metric, count};
use crate::ports::{Access, Clock, Down, Fault, Lane, Left, Ports, Reply};
use crate::reason::Reason;

/// How long an ordinary call may take: the one-shot client's total time-out (`T` of protocol P1).
pub const CALL: SignedDuration = SignedDuration::from_secs(20);

/// The right to make one call.
#[derive(Debug)]
#[must_use = "a pass must be given back with the reply"]
pub struct Pass {
    /// What the call needs.
    pub access: Access,
    rotation: u64,
    owner: String,
}

/// Why no call may be made now.
#[derive(Debug, thiserror::Error)]
pub enum Shut {
    /// Not before then.
    #[error("no call before {until}")]
    Until {
        /// When to ask again.
        until: Timestamp,
        /// Why, for people.
        reason: Reason,
    },
    /// Not before a person has done something.
    #[error("the firm is not connected")]
    Closed,
    /// Our own memory failed us.
    #[error("the gate could not be asked")]
    Down(#[from] Down),
}

/// Asks for the right to make one call that takes no longer than `lasting`.
pub async fn enter<P: Ports>(
    ports: &P,
    firm: &FirmId,
    limits: Limits,
    lane: Lane,
    lasting: SignedDuration,
) -> Result<Pass, Shut> {
    let (access, rotation) = tokens::access(ports, firm).await.map_err(|it| match it {
        NoToken::NotConnected => Shut::Closed,
        NoToken::Busy(until) => Shut::Until { until, reason: Reason::XpmUnreachable },
        NoToken::Silent { until, cause } => {
            tracing::warn!(firm.id = %firm, error = %cause, "the identity service is silent");
            Shut::Until { until, reason: Reason::XpmUnreachable }
        }
        NoToken::Down(down) => Shut::Down(down),
    })?;
    let owner = crate::chance::word(ports.clock());
    let now = ports.clock().now();
    let lease = lasting + SignedDuration::from_secs(5);
    match budget::take(ports.cache(), firm, limits, lane, &owner, now, lease).await? {
        Ok(()) => Ok(Pass { access, rotation, owner }),
        Err(NotNow { until, reason }) => Err(Shut::Until { until, reason }),
    }
}

/// Gives the pass back with what came of it, and hands on the outcome.
pub async fn leave<P: Ports, T>(
    ports: &P,
    firm: &FirmId,
    pass: Pass,
    reply: Reply<T>,
) -> Result<Result<T, Fault>, Down> {
    let now = ports.clock().now();
    let heard = Heard::of(&reply.outcome);
    budget::give_back(ports.cache(), firm, &pass.owner, reply.left, heard, now).await?;
    count(ended(&reply.outcome), 1);
    match &reply.outcome {
        Err(Fault::Unauthorised) => {
            tokens::reject(ports.store(), firm, pass.rotation, now).await?;
        }
        Err(Fault::Disconnected) => lose(ports.store(), firm, pass.rotation, now).await?,
        Ok(_)
        | Err(
            Fault::NotProcessed(_)
            | Fault::Refused { .. }
            | Fault::Throttled { .. }
            | Fault::Uncertain(_),
        ) => {}
    }
    Ok(reply.outcome)
}

/// Gives back a pass with which no call was made.
pub async fn unused<P: Ports>(ports: &P, firm: &FirmId, pass: Pass) -> Result<(), Down> {
    let now = ports.clock().now();
    budget::give_back(ports.cache(), firm, &pass.owner, Left::default(), Heard::Nothing, now).await
}

fn ended<T>(outcome: &Result<T, Fault>) -> Metric {
    match outcome {
        Ok(_) => Metric::CallsAnswered,
        Err(Fault::Refused { .. }) => Metric::CallsRefused,
        Err(Fault::Throttled { .. }) => Metric::CallsThrottled,
        Err(Fault::Unauthorised | Fault::Disconnected) => Metric::CallsUnauthorised,
        Err(Fault::NotProcessed(_)) => Metric::CallsUnprocessed,
        Err(Fault::Uncertain(_)) => Metric::CallsUncertain,
    }
}

/// Logs that XPM is now asked for what a subject needs, so that what was said of it can be followed here.
pub(crate) fn asking(firm: &FirmId, subject: &Subject, attempt: u32) {
    tracing::info!(firm.id = %firm, %subject, attempt, "XPM is asked");
}
