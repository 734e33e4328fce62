//! A firm's settings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::settings::{SettingsBody, read_settings};
use domain::firm::{FIRM, Firm};
use domain::ports::{Clock, Lane, Lanes, Ports};
use domain::records::{self, Edit};

use super::Answer;
use crate::access::Caller;
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
    Ok(Json(caller.firm(&deps.ports).await?.settings.into()))
}

/// Replaces the firm's settings. What is left out takes its usual value.
#[utoipa::path(put, path = "/v1/settings", tag = "settings", request_body = SettingsBody,
    responses((status = 200, description = "As stored", body = SettingsBody)))]
pub(crate) async fn put_settings<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    text: Text,
) -> Answer<SettingsBody> {
    let settings = read_settings(text.body())?;
    let store = deps.ports.store();
    store.mark(&firm, Lane::Time, deps.ports.clock().now()).await?;
    let known = records::amend(store, &firm, FIRM, |it: Option<Firm>| match it {
        Some(it) => Edit::Write(Firm { settings: settings.clone(), ..it }, vec![], true),
        None => Edit::Leave(false),
    })
    .await?;
    if !known {
        return Err(Refusal::Key);
    }
    wake::time(&deps, &firm).await;
    Ok(Json(settings.into()))
}
