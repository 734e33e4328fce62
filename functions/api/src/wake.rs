//! Telling the workers that there is something to do.

use std::sync::Arc;

use domain::ids::FirmId;
use domain::ports::{Lane, Ports, Wake, Wakes};
use runtime::chain::Chain;
use tracing::warn;

use crate::Deps;

/// Wakes the firm's time lane.
pub(crate) async fn time<P: Ports>(deps: &Arc<Deps<P>>, firm: &FirmId) {
    lane(deps, firm, Lane::Time).await;
}

/// Wakes the firm's jobs lane.
pub(crate) async fn jobs<P: Ports>(deps: &Arc<Deps<P>>, firm: &FirmId) {
    lane(deps, firm, Lane::Jobs).await;
}

/// Wakes the firm's lane of contacts towards XPM.
pub(crate) async fn contacts<P: Ports>(deps: &Arc<Deps<P>>, firm: &FirmId) {
    lane(deps, firm, Lane::ContactsOut).await;
}

/// Wakes a lane of the firm's. What was asked for is stored and the lane is marked: should this
/// message not be sent, the sweep finds the work.
pub(crate) async fn lane<P: Ports>(deps: &Arc<Deps<P>>, firm: &FirmId, lane: Lane) {
    let wake = Wake { firm: firm.clone(), lane };
    if let Err(down) = deps.ports.wakes().wake(&wake).await {
        warn!(firm.id = %firm, lane = lane.as_str(), error = %Chain(&down), "a lane was not woken");
    }
}
