//! Who asks: the firm whose key came with the request.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::budget;
use domain::connection;
use domain::firm::{FIRM, Firm};
use domain::ids::FirmId;
use domain::journal::Actor;
use domain::keys;
use domain::lanes::pause;
use domain::ports::{Clock, Lane, Ports};
use domain::reason::Reason;
use domain::records;
use lambda_http::http::HeaderMap;
use lambda_http::http::header::AUTHORIZATION;
use lambda_http::http::request::Parts;

use crate::Deps;
use crate::refusal::Refusal;

/// The firm that asks. A handler that takes it is not reached without a key.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) FirmId);

/// Who asks, for the journal: the holder of this key.
#[derive(Clone, Debug)]
pub(crate) struct By(pub(crate) Actor);

/// Lets in who has a key.
pub(crate) async fn authenticate<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let key = bearer(request.headers()).ok_or(Refusal::Key)?;
    let (firm, id) = keys::find(deps.ports.store(), key).await?.ok_or(Refusal::Key)?;
    request.extensions_mut().insert(Caller(firm));
    request.extensions_mut().insert(By(Actor::Key(id)));
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or(Refusal::Key)
    }
}

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or(Refusal::Key)
    }
}

impl Caller {
    /// The firm itself. A key whose firm is gone lets nobody in.
    pub(crate) async fn firm<P: Ports>(&self, ports: &P) -> Result<Firm, Refusal> {
        let kept = records::get::<Firm>(ports.store(), &self.0, FIRM).await?;
        Ok(kept.ok_or(Refusal::Key)?.record)
    }

    /// The firm itself, and why nothing can be linked or pushed now, if so.
    pub(crate) async fn readiness<P: Ports>(
        &self,
        ports: &P,
    ) -> Result<(Firm, Option<Reason>), Refusal> {
        let firm = self.firm(ports).await?;
        let obstacle = connection::read(ports.store(), &self.0).await?.obstacle(&firm);
        if obstacle.is_some() {
            return Ok((firm, obstacle));
        }
        let now = ports.clock().now();
        let meter =
            budget::read(ports.cache(), &self.0, now).await?.meter(firm.settings.budget, now);
        let spent = meter.blocked_until.is_some() || meter.left_today == 0;
        if spent {
            return Ok((firm, Some(Reason::OverLimit)));
        }
        if meter.silent_until.is_some() {
            return Ok((firm, Some(Reason::XpmUnreachable)));
        }
        let pause = pause::reason(ports.cache(), &self.0, Lane::Time, now).await?;
        Ok((firm, pause))
    }
}
