//! What every function is told: the settings that the template sets in AWS.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use aws_sdk_sqs::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::dynamo::{CACHE, RECORDS};
use crate::function::Function;
use crate::mapper::WAIT_SECONDS;
use crate::stack::Addresses;
use crate::{Cause, keys};

/// The region that the stack believes to be in.
pub const REGION: &str = "ap-southeast-2";

/// The account that the stack believes to be in.
pub const ACCOUNT: &str = "000000000000";

/// The client that the simulator knows.
pub const XERO_CLIENT_ID: &str = "tandem-local";

/// Its secret, worth nothing anywhere else.
pub const XERO_CLIENT_SECRET: &str = "tandem-local-secret";

/// What Xero's own webhooks are signed with here, worth nothing anywhere else.
pub const XERO_WEBHOOK_KEY: &str = "tandem-local-webhook-key";

/// Settings by name: the environment of every function.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, String>);

/// Longer than a queue is asked to wait for a message.
const SILENCE: Duration = Duration::from_secs(WAIT_SECONDS.unsigned_abs() as u64 + 10);

impl Settings {
    /// The settings of a stack at these addresses.
    pub fn of(addresses: &Addresses, data_key: &Path) -> Self {
        let pairs = [
            ("TANDEM_RECORDS_TABLE", RECORDS),
            ("TANDEM_CACHE_TABLE", CACHE),
            ("TANDEM_TIME_QUEUE_URL", &addresses.time_queue),
            ("TANDEM_CONTACTS_QUEUE_URL", &addresses.contacts_queue),
            ("TANDEM_EVENTS_QUEUE_URL", &addresses.events_queue),
            // People try endpoints on this machine; nowhere else is that allowed.
            ("TANDEM_WEBHOOK_LOOPBACK", "yes"),
            ("TANDEM_XERO_WEBHOOK_KEY", XERO_WEBHOOK_KEY),
            ("TANDEM_JOBS_QUEUE_URL", &addresses.jobs_queue),
            ("TANDEM_PUBLIC_URL", &addresses.public),
            ("TANDEM_XERO_CLIENT_ID", XERO_CLIENT_ID),
            ("TANDEM_XERO_CLIENT_SECRET", XERO_CLIENT_SECRET),
            ("TANDEM_XERO_LOGIN_URL", &addresses.simulator),
            ("TANDEM_XERO_IDENTITY_URL", &addresses.simulator),
            ("TANDEM_XERO_API_URL", &addresses.simulator),
            ("TANDEM_DATA_KEY_FILE", &data_key.to_string_lossy()),
            ("AWS_ENDPOINT_URL_DYNAMODB", &addresses.dynamo),
            ("AWS_ENDPOINT_URL_SQS", &addresses.sqs),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ];
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The same for one function. It signs with a key of its own, as on AWS it has a role of its own.
    #[must_use]
    pub fn of_function(&self, function: Function) -> Self {
        self.with(&[("AWS_ACCESS_KEY_ID", function.name())])
    }

    /// The same with secrets sealed under KMS at this endpoint, as on AWS.
    #[must_use]
    pub(crate) fn under_kms(&self, endpoint: &str) -> Self {
        self.with(&[
            ("TANDEM_DATA_KEY_FILE", ""),
            ("TANDEM_DATA_KEY_ID", keys::KEY),
            ("AWS_ENDPOINT_URL_KMS", endpoint),
        ])
    }

    fn with(&self, pairs: &[(&str, &str)]) -> Self {
        let mut settings = self.clone();
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        settings.0.extend(pairs);
        settings
    }

    /// Looks a setting up, as `std::env::var` would in a function's process.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// All of them, for a process of its own.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What an AWS SDK client needs. Nothing of the machine's own AWS
    /// configuration is read, so no call can leave the machine.
    ///
    /// # Errors
    ///
    /// The HTTP client could not be set up.
    pub fn aws(&self) -> Result<SdkConfig, Cause> {
        let text = |name| self.get(name).unwrap_or_default();
        let credentials = Credentials::new(
            text("AWS_ACCESS_KEY_ID"),
            text("AWS_SECRET_ACCESS_KEY"),
            None,
            None,
            "local",
        );
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(text("AWS_REGION")))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws::http::client(SILENCE)?)
            // Waiting for a message is no stalled stream.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .service_config(self.clone())
            .build();
        Ok(config)
    }
}

impl LoadServiceConfig for Settings {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.get(&format!("{}_{service}", key.env()))
    }
}
