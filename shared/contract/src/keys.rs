//! API keys.

use domain::keys::ApiKey;
use domain::ports::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;

/// The key that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyBody {
    /// What the firm calls it.
    #[schema(value_type = String, required, min_length = 1, max_length = 100, pattern = r"\S")]
    #[serde(default)]
    name: Option<String>,
}

/// A key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// By which it is revoked.
    pub id: String,
    /// What the firm calls it.
    pub name: String,
    /// How it begins, for telling keys apart.
    pub prefix: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
}

/// A key just issued: the only time that it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IssuedKey {
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: ApiKeyView,
    /// The key itself. It cannot be shown again.
    #[schema(example = "tdm_…_smith-co")]
    pub key: String,
}

/// Reads what a key is to be called.
pub fn read_key(body: Body<'_>) -> Result<String, BodyError> {
    let body: ApiKeyBody = body.read()?;
    let mut check = Check::default();
    let name = body.name.unwrap_or_default();
    if name.trim().is_empty() {
        check.wrong("/name", "required", "a name is required");
    }
    if name.chars().count() > 100 {
        check.wrong("/name", "too_long", "at most 100 characters");
    }
    check.finish(Some(name))
}

impl From<ApiKey> for ApiKeyView {
    fn from(it: ApiKey) -> Self {
        let ApiKey { id, name, prefix, created_at, revoked_at } = it;
        Self { id, name, prefix, created_at, revoked_at }
    }
}

impl IssuedKey {
    /// Shows a key, once.
    pub fn of(key: &Secret, kept: ApiKey) -> Self {
        Self { kept: kept.into(), key: key.reveal().into() }
    }
}
