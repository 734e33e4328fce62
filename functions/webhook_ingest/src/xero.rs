//! Xero's own webhooks: 200 for a right signature and 401 for a wrong one, with nothing in the body
//! (xpm-api 5).
//!
//! They carry no time and no id, so a copy cannot be told from the first; what they say is only taken
//! as a hint to look sooner (G39), and a hint that cannot be followed costs no more than that.

use domain::connection::tenants::hint;
use domain::ids::TenantId;
use domain::metric::{Metric, count};
use domain::ports::{Cache, Clock, Lanes, Store, Vault, Wakes};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use runtime::chain::Chain;
use runtime::http;
use serde::Deserialize;
use tracing::error;

use crate::{Deps, status};

/// So many organisations of one delivery are looked at; the others wait for their time.
const MOST: usize = 20;

#[derive(Default, Deserialize)]
struct Delivery {
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_category: Option<String>,
    tenant_id: Option<String>,
}

/// Answers one delivery of Xero's.
pub(crate) async fn answer<S, C, W, V, K>(
    deps: &Deps<S, C, W, V, K>,
    request: &Request,
) -> Response<Body>
where
    S: Store + Lanes,
    C: Cache,
    W: Wakes,
    V: Vault,
    K: Clock,
{
    let body = http::body(request).ok();
    let signature = http::header(request, "x-xero-signature").ok().flatten();
    let believed = deps.xero_key.as_ref().zip(signature).zip(body);
    let believed = believed.filter(|((key, signature), body)| key.signed(body, signature));
    let Some((_, body)) = believed else {
        count(Metric::SignaturesRefused, 1);
        return status(StatusCode::UNAUTHORIZED);
    };
    count(Metric::DeliveriesTaken, 1);
    for tenant in changed(body) {
        if let Err(down) = hint(&deps.store, &deps.cache, &deps.wakes, &deps.clock, &tenant).await {
            error!(error = %Chain(&down), "a hint of Xero's was not followed");
        }
    }
    status(StatusCode::OK)
}

/// The organisations whose contacts changed, each once.
fn changed(body: &[u8]) -> Vec<TenantId> {
    let delivery: Delivery = serde_json::from_slice(body).unwrap_or_default();
    let mut tenants = Vec::new();
    for event in delivery.events {
        let contact = event.event_category.as_deref() == Some("CONTACT");
        let tenant = event.tenant_id.and_then(|it| TenantId::parse(it).ok());
        if let Some(tenant) = tenant.filter(|it| contact && !tenants.contains(it)) {
            tenants.push(tenant);
        }
    }
    tenants.truncate(MOST);
    tenants
}
