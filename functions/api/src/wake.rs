//! Telling the workers that there is something to do.

use std::sync::Arc;

use domain::ids::FirmId;
use domain::ports::{Lane, Ports, Wake, Wakes};
use runtime::chain::Chain;
use tracing::warn;

use crate::Deps;

/// Wakes the firm's time lane. What was asked for is stored and the lane is marked: should this
/// message not be sent, the sweep finds the work.
pub(crate) async fn time<P: Ports>(deps: &Arc<Deps<P>>, firm: &FirmId) {
    let wake = Wake { firm: firm.clone(), lane: Lane::Time };
    if let Err(down) = deps.ports.wakes().wake(&wake).await {
        warn!(firm.id = %firm, error = %Chain(&down), "the time lane was not woken");
    }
}
