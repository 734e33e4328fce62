//! Connecting a firm and signing a person in, for the API and the console alike.

use std::sync::Arc;

use domain::connection::Connection;
use domain::connection::authorise::{self, NotBegun};
use domain::firm::{Firm, REGIONS};
use domain::ids::{FirmId, TenantId};
use domain::journal::Actor;
use domain::ports::{Down, Lane, Ports};

use crate::{Deps, wake};

/// Begins to connect: the address of our own to send the person to, which binds their browser.
pub(crate) async fn authorize<P: Ports>(
    deps: &Deps<P>,
    firm: &Firm,
    return_to: &str,
) -> Result<String, NotBegun> {
    Ok(by_our_own_site(deps, &authorise::begin(&deps.ports, firm, return_to).await?))
}

/// Begins to sign a person in, as [`authorize`] does. Takes a page of the console to return to.
pub(crate) async fn sign_in<P: Ports>(deps: &Deps<P>, return_to: &str) -> Result<String, Down> {
    match authorise::begin_sign_in(&deps.ports, return_to).await {
        Ok(begun) => Ok(by_our_own_site(deps, &begun)),
        Err(NotBegun::Down(down)) => Err(down),
        Err(other @ (NotBegun::Region | NotBegun::ReturnTo)) => {
            Err(Down { what: "signing in", cause: other.into() })
        }
    }
}

/// Chooses among several organisations; `None` when that one was not offered.
pub(crate) async fn choose<P: Ports>(
    deps: &Arc<Deps<P>>,
    firm: &FirmId,
    tenant: &TenantId,
    actor: &Actor,
) -> Result<Option<Connection>, Down> {
    let chosen = authorise::choose(&deps.ports, firm, tenant, actor).await?;
    if chosen.is_some() {
        wake::time(deps, firm).await;
        wake::lane(deps, firm, Lane::Events).await;
    }
    Ok(chosen)
}

/// Where XPM can be connected, for a person whose region is not set or not served.
pub(crate) fn served() -> String {
    let names: Vec<&str> = REGIONS.iter().map(|it| it.1).collect();
    format!("set the region in the settings: XPM can be connected in {}", names.join(", "))
}

fn by_our_own_site<P>(deps: &Deps<P>, begun: &str) -> String {
    let query = begun.split_once('?').map_or(begun, |(_, query)| query);
    format!("{}/oauth/start?{query}", deps.settings.public_url)
}
