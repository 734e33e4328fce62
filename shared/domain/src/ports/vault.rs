//! Secrets in memory and at rest.

use std::fmt;
use std::future::Future;

use serde::{Deserialize, Serialize};

use super::Down;
use crate::ids::FirmId;

/// Text that must not be shown. It can neither be printed nor serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text into care.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that must send or seal it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// Seals secrets for rest, with AES-256-GCM.
pub trait Vault: Send + Sync {
    /// Seals a secret for this place only.
    fn seal(
        &self,
        seal: &Seal<'_>,
        secret: &Secret,
    ) -> impl Future<Output = Result<Sealed, Down>> + Send;

    /// Opens what was sealed for this place. `None` when it was altered, or sealed for another.
    fn open(
        &self,
        seal: &Seal<'_>,
        sealed: &Sealed,
    ) -> impl Future<Output = Result<Option<Secret>, Down>> + Send;
}

/// The place a sealed secret belongs to: bound into the seal as additional data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal<'a> {
    /// Whose secret.
    pub firm: &'a FirmId,
    /// Which kind of secret.
    pub kind: &'static str,
    /// Which version of it.
    pub version: u64,
}

/// A sealed secret, as text that may be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);
