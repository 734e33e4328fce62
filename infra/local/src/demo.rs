//! The demo firm: somebody to try the product with.

use aws_config::SdkConfig;

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
pub async fn seed(settings: &Settings, aws: &SdkConfig) -> Result<(), Cause> {
    let _to_come = (settings, aws);
    Ok(())
}
