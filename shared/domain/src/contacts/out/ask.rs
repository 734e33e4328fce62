//! Asking XPM before anything is sent, each question through the gate.

use jiff::SignedDuration;

use crate::copies::Unavailable;
use crate::firm::Firm;
use crate::gate::{self, CALL, Pass, Shut};
use crate::ids::XpmUuid;
use crate::ports::{Clock, Directory, Lane, Ports};
use crate::practice::Client;
use crate::time::advance::Stop;

/// A wait for the call budget this short is waited out where it arises: to begin the contact anew would
/// ask the same questions again, and use the budget up without end.
const SHORT: SignedDuration = SignedDuration::from_secs(10);

/// The right to make one call.
pub(super) async fn enter<P: Ports>(ports: &P, firm: &Firm) -> Result<Pass, Shut> {
    let limits = firm.settings.budget;
    let patience = ports.clock().now() + SHORT;
    loop {
        match gate::enter(ports, &firm.id, limits, Lane::ContactsOut, CALL).await {
            Err(Shut::Until { until, .. }) if until <= patience => ports.clock().wait(until).await,
            other => return other,
        }
    }
}

/// A client as XPM has it now; `None` when XPM does not know it.
pub(super) async fn client<P: Ports>(
    ports: &P,
    firm: &Firm,
    uuid: &XpmUuid,
) -> Result<Option<Client>, Stop> {
    let pass = enter(ports, firm).await?;
    let reply = ports.practice().client(&pass.access, uuid).await;
    let answer = gate::leave(ports, &firm.id, pass, reply).await?;
    Ok(answer.map_err(Unavailable::Fault)?)
}

/// The clients that XPM finds by a text, loosely; compare them.
pub(super) async fn search<P: Ports>(
    ports: &P,
    firm: &Firm,
    text: &str,
) -> Result<Vec<Client>, Stop> {
    let pass = enter(ports, firm).await?;
    let reply = ports.practice().search_clients(&pass.access, text).await;
    let answer = gate::leave(ports, &firm.id, pass, reply).await?;
    Ok(answer.map_err(Unavailable::Fault)?)
}
