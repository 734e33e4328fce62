//! A firm's settings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::settings::{SettingsBody, read_settings};
use domain::firm::{change, switch};
use domain::ports::{Clock, Lane, Ports};

use super::Answer;
use crate::access::{By, Caller};
use crate::input::Text;
use crate::refusal::Refusal;
use crate::{Deps, wake};

/// The firm's settings.
#[utoipa::path(get, path = "/v1/settings", tag = "settings",
    responses((status = 200, description = "All of them", body = SettingsBody)))]
pub(crate) async fn get_settings<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    caller: Caller,
) -> Answer<SettingsBody> {
    let settings = caller.firm(&deps.ports).await?.settings;
    let switch = switch::jobs(deps.ports.store(), &caller.0).await?;
    Ok(Json(SettingsBody::of(settings, switch)))
}

/// Replaces the firm's settings. What is left out takes its usual value.
#[utoipa::path(put, path = "/v1/settings", tag = "settings", request_body = SettingsBody,
    responses((status = 200, description = "As stored", body = SettingsBody)))]
pub(crate) async fn put_settings<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(by): By,
    text: Text,
) -> Answer<SettingsBody> {
    let settings = read_settings(text.body())?;
    let now = deps.ports.clock().now();
    if !change::change(deps.ports.store(), &firm, &settings, &by, now).await? {
        return Err(Refusal::Key);
    }
    wake::time(&deps, &firm).await;
    wake::contacts(&deps, &firm).await;
    wake::lane(&deps, &firm, Lane::Events).await;
    let switch = switch::jobs(deps.ports.store(), &firm).await?;
    Ok(Json(SettingsBody::of(settings, switch)))
}
