//! The demo firm: somebody to try the product with.

use domain::firm::{self, Firm};
use domain::ids::FirmId;
use domain::keys::ApiKey;
use domain::ports::{Clock, Committed, Secret, Store, Vault};
use domain::records;
use wiring::Own;

use crate::Cause;
use crate::settings::Settings;

/// The firm's id.
pub const FIRM: &str = "demo";

/// Its API key.
pub const API_KEY: &str = "tdm_local_demo";

/// The secret of its practice webhooks.
pub const WEBHOOK_SECRET: &str = "whsec_bG9jYWwtZGVtby1zZWNyZXQtZm9yLXRhbmRlbQ==";

/// Its region.
pub const REGION: &str = "AU";

/// Its time zone.
pub const ZONE: &str = "Australia/Sydney";

/// Writes the demo firm, unless it is there already.
///
/// # Errors
///
/// The records cannot be written.
pub async fn seed(settings: &Settings) -> Result<(), Cause> {
    let own = Own::wire(|name: &str| settings.get(name))?;
    let id = FirmId::parse(FIRM)?;
    if records::get::<Firm>(&own.store, &id, firm::FIRM).await?.is_some() {
        return Ok(());
    }
    let secret = Secret::new(WEBHOOK_SECRET);
    let sealed = own.vault.seal(&firm::webhook_seal(&id), &secret).await?;
    let firm = Firm {
        id: id.clone(),
        name: "Harbour & Vale Accountants".into(),
        settings: firm::Settings {
            region: Some(REGION.into()),
            time_zone: Some(ZONE.into()),
            ..firm::Settings::default()
        },
        webhook_secrets: vec![sealed],
    };
    let key = ApiKey::of(&Secret::new(API_KEY), "local demo", own.clock.now());
    let changes = vec![records::put(&id, &firm, None)?, key.kept(&id)?];
    match own.store.commit(changes).await? {
        Committed::Done => Ok(()),
        Committed::Conflict => Err("the demo firm is being written by another".into()),
    }
}
