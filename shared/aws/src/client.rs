//! Clients of AWS, alike on Lambda and on one machine.
//!
//! Lambda hands its credentials and region to a function as variables, so they
//! are taken from the look-up under the same names and no provider chain is
//! needed. Every wait has an end, because the SDK's own default is to wait.

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use aws_types::sdk_config::{RetryConfig, TimeoutConfig};

use crate::http::{self, CONNECT, READ};

const ATTEMPT: Duration = Duration::from_secs(3);
const OPERATION: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;

/// What every client of AWS is made from; they share one pool of connections.
#[derive(Clone, Debug)]
pub struct Sdk {
    config: SdkConfig,
    dynamodb: Option<String>,
    sqs: Option<String>,
    kms: Option<String>,
}

/// Why AWS cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum NoSdk {
    /// Settings are missing; these are their names.
    #[error("not set: {}", .0.join(", "))]
    Unset(Vec<&'static str>),
    /// The HTTP client could not be set up, most likely for want of root certificates.
    #[error("the HTTP client for AWS could not be set up")]
    Http(#[source] reqwest::Error),
}

impl Sdk {
    /// Reads `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where they are set,
    /// `AWS_SESSION_TOKEN` and `AWS_ENDPOINT_URL_DYNAMODB`, `_SQS` and `_KMS`. Empty counts as unset.
    ///
    /// # Errors
    /// [`NoSdk::Unset`] names every setting that is needed and missing.
    pub fn load(lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, NoSdk> {
        let get = |name: &str| lookup(name).filter(|it| !it.is_empty());
        let mut unset = Vec::new();
        let mut need = |name: &'static str| {
            get(name).unwrap_or_else(|| {
                unset.push(name);
                String::new()
            })
        };
        let region = need("AWS_REGION");
        let id = need("AWS_ACCESS_KEY_ID");
        let secret = need("AWS_SECRET_ACCESS_KEY");
        if !unset.is_empty() {
            return Err(NoSdk::Unset(unset));
        }
        let credentials = Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, "settings");
        Ok(Self {
            config: config(region, credentials, http::client(READ).map_err(NoSdk::Http)?),
            dynamodb: get("AWS_ENDPOINT_URL_DYNAMODB"),
            sqs: get("AWS_ENDPOINT_URL_SQS"),
            kms: get("AWS_ENDPOINT_URL_KMS"),
        })
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&at(&self.config, &self.dynamodb))
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&at(&self.config, &self.sqs))
    }

    /// A client of KMS.
    pub fn kms(&self) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&at(&self.config, &self.kms))
    }
}

fn config(region: String, credentials: Credentials, http: SharedHttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .read_timeout(READ)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
        .build()
}

fn at(config: &SdkConfig, endpoint: &Option<String>) -> SdkConfig {
    let mut builder = config.to_builder();
    builder.set_endpoint_url(endpoint.clone());
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_setting_is_named_at_once() {
        let refused = Sdk::load(&|name| (name == "AWS_REGION").then(|| "eu-west-2".into()));

        assert_eq!(
            refused.unwrap_err().to_string(),
            "not set: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
        );
    }

    #[test]
    fn an_empty_setting_is_none() {
        let refused = Sdk::load(&|_| Some(String::new()));

        assert!(matches!(refused, Err(NoSdk::Unset(names)) if names.len() == 3));
    }

    #[test]
    fn g36_no_client_waits_without_end_and_no_secret_is_shown() {
        let sdk = Sdk::load(&|name| Some(format!("canary of {name}"))).unwrap();

        let timeouts = sdk.config.timeout_config().unwrap();
        assert_eq!(timeouts.connect_timeout(), Some(CONNECT));
        assert_eq!(timeouts.read_timeout(), Some(READ));
        assert_eq!(timeouts.operation_attempt_timeout(), Some(ATTEMPT));
        assert_eq!(timeouts.operation_timeout(), Some(OPERATION));
        let shown = format!("{sdk:?} {:?}", sdk.dynamodb());
        for secret in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            assert!(!shown.contains(&format!("canary of {secret}")), "{shown}");
        }
    }
}
