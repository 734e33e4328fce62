//! Secrets at rest: each under a data key of its own, each data key wrapped by
//! KMS or, on one machine, by a key file.
//!
//! There is no vault that does nothing: without a wrapping key nothing starts.

mod envelope;
mod file;
mod kms;

pub use file::{BadKeyFile, FileVault};
pub use kms::KmsVault;

use std::path::Path;

use domain::ports::{Down, Seal, Sealed, Secret, Vault};

/// The vault that the settings name.
#[derive(Debug)]
pub enum AnyVault {
    /// Under KMS.
    Kms(KmsVault),
    /// Under a key file.
    File(FileVault),
}

/// Why there is no vault.
#[derive(Debug, thiserror::Error)]
pub enum NoVault {
    /// Neither is set.
    #[error("neither a KMS key nor a key file is set, and secrets are not kept open")]
    Neither,
    /// Both are set.
    #[error("both a KMS key and a key file are set")]
    Both,
    /// The key file cannot be used.
    #[error("the key file cannot be used")]
    File(#[from] BadKeyFile),
}

impl AnyVault {
    /// The vault under `kms_key` (an id, alias or ARN), or under the file `key_file`;
    /// exactly one must be given, and empty counts as not given. `client` is asked only for KMS.
    ///
    /// # Errors
    /// When none or both are given, or the file cannot be used.
    pub fn choose(
        kms_key: Option<&str>,
        key_file: Option<&Path>,
        client: impl FnOnce() -> aws_sdk_kms::Client,
    ) -> Result<Self, NoVault> {
        let kms_key = kms_key.filter(|it| !it.is_empty());
        match (kms_key, key_file.filter(|it| !it.as_os_str().is_empty())) {
            (Some(key), None) => Ok(Self::Kms(KmsVault::new(client(), key))),
            (None, Some(path)) => Ok(Self::File(FileVault::open_file(path)?)),
            (None, None) => Err(NoVault::Neither),
            (Some(_), Some(_)) => Err(NoVault::Both),
        }
    }
}

impl Vault for AnyVault {
    async fn seal(&self, seal: &Seal<'_>, secret: &Secret) -> Result<Sealed, Down> {
        match self {
            Self::Kms(vault) => vault.seal(seal, secret).await,
            Self::File(vault) => vault.seal(seal, secret).await,
        }
    }

    async fn open(&self, seal: &Seal<'_>, sealed: &Sealed) -> Result<Option<Secret>, Down> {
        match self {
            Self::Kms(vault) => vault.open(seal, sealed).await,
            Self::File(vault) => vault.open(seal, sealed).await,
        }
    }
}
