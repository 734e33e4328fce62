//! Xero's identity service (xpm-api section 3).

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Cause, Secret};
use crate::ids::{Email, TenantId, XeroUserId};

/// The `tenantType` of an XPM organisation (xpm-api 3.4).
pub const TENANT_TYPE: &str = "PRACTICEMANAGER";

/// Xero's identity service.
pub trait Identity: Send + Sync {
    /// The address at Xero where a person gives consent.
    fn authorise_url(&self, ask: &Authorisation<'_>) -> String;

    /// Redeems the code of a callback, once.
    fn exchange(
        &self,
        code: &Secret,
        verifier: &Secret,
    ) -> impl Future<Output = Result<Grant, Denied>> + Send;

    /// Redeems the code of a sign-in, once: gives the id token, and nothing to call with.
    fn redeem(
        &self,
        code: &Secret,
        verifier: &Secret,
    ) -> impl Future<Output = Result<Secret, Denied>> + Send;

    /// Whom an id token tells of, if it is to be believed: signed by a key that Xero publishes, for
    /// this app, at this instant, in answer to this nonce (OpenID Connect Core, 3.1.3.7).
    fn verify(
        &self,
        id_token: &Secret,
        nonce: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Person, Unproven>> + Send;

    /// Rotates a refresh token. Xero takes the old one for 30 minutes more, should the answer be lost.
    fn refresh(&self, token: &Secret) -> impl Future<Output = Result<Grant, Denied>> + Send;

    /// Revokes a refresh token and removes its user's connections to this app.
    fn revoke(&self, token: &Secret) -> impl Future<Output = Result<(), Denied>> + Send;

    /// What the access token's user has connected.
    fn connections(
        &self,
        access: &Secret,
    ) -> impl Future<Output = Result<Vec<Connected>, Denied>> + Send;
}

/// What the address at Xero must carry.
#[derive(Clone, Copy, Debug)]
pub struct Authorisation<'a> {
    /// Comes back with the callback.
    pub state: &'a str,
    /// PKCE, S256 (RFC 7636).
    pub challenge: &'a str,
    /// Comes back inside the id token.
    pub nonce: &'a str,
    /// What the person is asked for.
    pub purpose: Purpose,
}

/// What a person goes to Xero for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To let their firm's XPM be used.
    #[default]
    Connect,
    /// To say who they are.
    SignIn,
}

/// A person with a Xero login (xpm-api 3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Xero's id of the login; stays when name and address change.
    pub user: XeroUserId,
    /// The address of the login, when it was told and reads like one.
    pub email: Option<Email>,
    /// What the person is called; may be empty.
    pub name: String,
}

/// A fresh token set.
#[derive(Clone, Debug)]
pub struct Grant {
    /// For calls.
    pub access: Secret,
    /// For the next refresh.
    pub refresh: Secret,
    /// How long the access token lasts, as told.
    pub expires_in: SignedDuration,
    /// Who consented, when the scope asked for it.
    pub id_token: Option<Secret>,
}

/// A tenant the person has connected (xpm-api 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Xero's id of the connection itself.
    pub id: String,
    /// The organisation.
    pub tenant: TenantId,
    /// What it is; ours have [`TENANT_TYPE`].
    pub tenant_type: String,
    /// Its name.
    pub name: String,
    /// When it was last changed, for telling new ones from old.
    pub updated: Option<Timestamp>,
}

/// Why the identity service gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// `invalid_grant`: the code or token is used, expired or revoked. Asking again is useless.
    #[error("the grant is no longer valid")]
    InvalidGrant,
    /// Another refusal in Xero's words, such as `invalid_client`. Asking again is useless.
    #[error("the identity service refused: {0}")]
    Refused(String),
    /// It did not answer, or not in its language; the request may have been carried out.
    #[error("the identity service did not answer")]
    Silent(#[source] Cause),
}

/// Why an id token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// This part of it is not as it must be.
    #[error("the id token's {0} is not as it must be")]
    Wrong(&'static str),
    /// The keys that it could be signed with were not to be had.
    #[error("the identity service's keys could not be read")]
    Keys(#[source] Cause),
}
