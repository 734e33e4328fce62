//! The demo firm: somebody to try the product with.

use domain::firm;
use domain::firm::founding::{Credentials, Newcomer, found};
use domain::ids::{Email, FirmId};
use domain::ports::Secret;
use wiring::Own;

use crate::Cause;
use crate::settings::Settings;

/// The firm's id.
pub const FIRM: &str = "demo";

/// Its API key.
pub const API_KEY: &str = "tdm_local_demo";

/// The secret of its practice webhooks.
pub const WEBHOOK_SECRET: &str = "whsec_bG9jYWwtZGVtby1zZWNyZXQtZm9yLXRhbmRlbQ==";

/// Who may sign in to its console: the simulator's own person.
pub const OWNER: &str = "morgan.reyes@harbourvale.example.com";

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
    let newcomer = Newcomer {
        id: FirmId::parse(FIRM)?,
        name: "Harbour & Vale Accountants".into(),
        settings: firm::Settings {
            region: Some(REGION.into()),
            time_zone: Some(ZONE.into()),
            ..firm::Settings::default()
        },
        credentials: Credentials {
            api_key: Secret::new(API_KEY),
            webhook_secret: Secret::new(WEBHOOK_SECRET),
        },
        owner: Some(Email::parse(OWNER)?),
    };
    found(&own.store, &own.vault, &own.clock, &newcomer).await?;
    Ok(())
}
