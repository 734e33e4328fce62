//! The adapters put together as the settings say: the same for every function, on Lambda and on one
//! machine.
//!
//! The one crate of `shared/` that leans on others beside it: it exists so that they need not.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use aws::Sdk;
pub use aws::{AnyVault, DynamoCache, DynamoRecords, SqsWakes, SystemClock};
use domain::ports::{Clock as _, Lane, Ports};
use runtime::chain::Chain;
use runtime::config::Settings;
use runtime::metrics::Meter;
use runtime::telemetry::{self, Mute};
use xpm::{IdentitySettings, XeroIdentity, Xpm, XpmSettings};

/// Why nothing could be put together. Shown by `main` as one sentence, also by way of `Debug`.
#[derive(thiserror::Error)]
pub enum Unwired {
    /// Settings are missing or cannot be used.
    #[error(transparent)]
    Settings(#[from] runtime::config::Unset),
    /// AWS cannot be called.
    #[error(transparent)]
    Aws(#[from] aws::client::NoSdk),
    /// Secrets could not be kept.
    #[error(transparent)]
    Vault(#[from] aws::vault::NoVault),
    /// Xero cannot be called.
    #[error(transparent)]
    Xero(#[from] xpm::Unusable),
}

impl fmt::Debug for Unwired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Chain(self))
    }
}

/// What is ours: tables, queues, keys, and the clock.
pub struct Own {
    /// What must not be lost.
    pub store: DynamoRecords,
    /// What may vanish.
    pub cache: DynamoCache,
    /// The way to our own later selves.
    pub wakes: SqsWakes,
    /// Keeps secrets.
    pub vault: AnyVault,
    /// Time and chance.
    pub clock: SystemClock,
}

/// What is ours, and Xero.
pub struct Outside {
    /// What is ours.
    pub own: Own,
    /// Xero's identity service.
    pub identity: XeroIdentity,
    /// XPM.
    pub practice: Xpm,
    /// Where the world reaches us, without a slash at the end.
    pub public_url: String,
}

/// Starts the log and, where Lambda runs us, the metrics: a line each to `sink`.
///
/// # Errors
/// `RUST_LOG` cannot be read, or the log was started before.
pub fn telemetry<W: Write + 'static>(
    lookup: impl Fn(&str) -> Option<String>,
    sink: impl Fn() -> W + Clone + Send + Sync + 'static,
) -> Result<(), Mute> {
    let now = || SystemClock::new().now();
    let meter = lookup("AWS_LAMBDA_FUNCTION_NAME").map(|function| Meter { function, now });
    telemetry::start(lookup("RUST_LOG").as_deref().unwrap_or("info"), sink, meter)
}

impl Own {
    /// Puts together what is ours.
    pub fn wire(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Unwired> {
        let mut settings = Settings::new(&lookup);
        let own = own_settings(&mut settings);
        Self::build(&lookup, settings.finish(own)?)
    }

    fn build(
        lookup: &impl Fn(&str) -> Option<String>,
        settings: OwnSettings,
    ) -> Result<Self, Unwired> {
        let sdk = Sdk::load(lookup)?;
        let key_file = settings.key_file.map(PathBuf::from);
        Ok(Self {
            store: DynamoRecords::new(sdk.dynamodb(), settings.records),
            cache: DynamoCache::new(sdk.dynamodb(), settings.cache),
            wakes: SqsWakes::new(sdk.sqs())
                .queue(Lane::Time, settings.time_queue)
                .queue(Lane::ContactsOut, settings.contacts_queue.clone())
                .queue(Lane::Contacts, settings.contacts_queue),
            vault: AnyVault::choose(settings.key_id.as_deref(), key_file.as_deref(), || sdk.kms())?,
            clock: SystemClock::new(),
        })
    }
}

impl Outside {
    /// Puts everything together.
    pub fn wire(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Unwired> {
        let mut settings = Settings::new(&lookup);
        let own = own_settings(&mut settings);
        let public_url = settings.url("TANDEM_PUBLIC_URL");
        let identity = IdentitySettings {
            client_id: settings.text("TANDEM_XERO_CLIENT_ID"),
            client_secret: settings.secret("TANDEM_XERO_CLIENT_SECRET"),
            redirect_uri: format!("{public_url}/oauth/callback"),
            login: settings.url("TANDEM_XERO_LOGIN_URL"),
            identity: settings.url("TANDEM_XERO_IDENTITY_URL"),
            api: settings.url("TANDEM_XERO_API_URL"),
            total: IdentitySettings::TOTAL,
        };
        let (own, identity, public_url) = settings.finish((own, identity, public_url))?;
        let practice = XpmSettings::at(format!("{}/practicemanager/3.1", identity.api));
        Ok(Self {
            own: Own::build(&lookup, own)?,
            identity: XeroIdentity::new(identity)?,
            practice: Xpm::new(practice)?,
            public_url,
        })
    }
}

struct OwnSettings {
    records: String,
    cache: String,
    time_queue: String,
    contacts_queue: String,
    key_id: Option<String>,
    key_file: Option<String>,
}

fn own_settings(settings: &mut Settings<impl Fn(&str) -> Option<String>>) -> OwnSettings {
    // Read here as well, so that one sentence names everything that is missing.
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        settings.text(name);
    }
    OwnSettings {
        records: settings.text("TANDEM_RECORDS_TABLE"),
        cache: settings.text("TANDEM_CACHE_TABLE"),
        time_queue: settings.text("TANDEM_TIME_QUEUE_URL"),
        contacts_queue: settings.text("TANDEM_CONTACTS_QUEUE_URL"),
        key_id: settings.optional("TANDEM_DATA_KEY_ID"),
        key_file: settings.optional("TANDEM_DATA_KEY_FILE"),
    }
}

impl Ports for Outside {
    type Store = DynamoRecords;
    type Cache = DynamoCache;
    type Wakes = SqsWakes;
    type Vault = AnyVault;
    type Identity = XeroIdentity;
    type Practice = Xpm;
    type Clock = SystemClock;

    fn store(&self) -> &DynamoRecords {
        &self.own.store
    }

    fn cache(&self) -> &DynamoCache {
        &self.own.cache
    }

    fn wakes(&self) -> &SqsWakes {
        &self.own.wakes
    }

    fn vault(&self) -> &AnyVault {
        &self.own.vault
    }

    fn identity(&self) -> &XeroIdentity {
        &self.identity
    }

    fn practice(&self) -> &Xpm {
        &self.practice
    }

    fn clock(&self) -> &SystemClock {
        &self.own.clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let lookup = |name: &str| (name == "TANDEM_CACHE_TABLE").then(|| "cache".to_owned());
        let Err(unwired) = Outside::wire(lookup) else { panic!("wired without settings") };
        let sentence = unwired.to_string();
        for name in [
            "AWS_REGION",
            "TANDEM_RECORDS_TABLE",
            "TANDEM_TIME_QUEUE_URL",
            "TANDEM_XERO_CLIENT_SECRET",
            "TANDEM_PUBLIC_URL",
        ] {
            assert!(sentence.contains(name), "{sentence}");
        }
        assert!(!sentence.contains("TANDEM_CACHE_TABLE"), "{sentence}");
    }
}
