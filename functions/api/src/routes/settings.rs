//! A firm's settings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::settings::{SettingsBody, read_settings};
use domain::firm::{FIRM, Firm};
use domain::journal::{self, Entry, Event, Sort, Subject};
use domain::ports::{Clock, Lane, Lanes, Ports};
use domain::records::{self, Edit, Kept};

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
    Ok(Json(caller.firm(&deps.ports).await?.settings.into()))
}

/// Replaces the firm's settings. What is left out takes its usual value.
#[utoipa::path(put, path = "/v1/settings", tag = "settings", request_body = SettingsBody,
    responses((status = 200, description = "As stored", body = SettingsBody)))]
pub(crate) async fn put_settings<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    By(actor): By,
    text: Text,
) -> Answer<SettingsBody> {
    let settings = read_settings(text.body())?;
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    store.mark(&firm, Lane::Time, now).await?;
    journal::open(store, &firm, now).await?;
    let known = records::amend_kept(store, &firm, FIRM, |kept: Option<Kept<Firm>>| {
        let Some(Kept { record, version }) = kept else { return Ok(Edit::Leave(false)) };
        let told = (record.settings != settings).then(|| {
            let subject = Subject::new(Sort::Settings, FIRM);
            Entry::new(subject, version + 1, Event::SettingsChanged, actor.clone(), now)
                .between(Some(&record.settings), Some(&settings))?
                .change(&firm)
        });
        let told = told.transpose()?.into_iter().collect();
        Ok(Edit::Write(Firm { settings: settings.clone(), ..record }, told, true))
    })
    .await?;
    if !known {
        return Err(Refusal::Key);
    }
    wake::time(&deps, &firm).await;
    wake::lane(&deps, &firm, Lane::Events).await;
    Ok(Json(settings.into()))
}
