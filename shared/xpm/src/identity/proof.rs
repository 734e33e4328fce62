//! Whether an id token is to be believed (OpenID Connect Core, 3.1.3.7; RFC 7517, 7519).
//!
//! The only signature taken is RS256, by a key that Xero publishes. The library compares nothing with
//! the clock of the machine: what time it is comes from the caller.

use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::{Email, XeroUserId};
use domain::ports::{Cause, Person, Unproven};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

/// By so much our clock and Xero's may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(1);
/// Keys are read anew after this, so that one that was withdrawn is not believed for long.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// A key that is not among them has them read anew, but no more often than this.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// The keys that Xero publishes, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    keys: Vec<Key>,
    read_at: Option<Timestamp>,
}

/// A key of RFC 7517, as far as we need it.
#[derive(Clone, Debug, Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

impl Key {
    fn signs(&self) -> bool {
        let usage = self.usage.as_deref().is_none_or(|it| it == "sig");
        self.kty == "RSA" && usage && self.alg.as_deref().is_none_or(|it| it == "RS256")
    }
}

/// What an id token claims (xpm-api 3.5). One that is for several apps is not for us.
#[derive(Deserialize)]
struct Claims {
    #[expect(dead_code, reason = "compared by the library; here it must be a single text")]
    aud: String,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    xero_userid: String,
    email: Option<String>,
    email_verified: Option<bool>,
    given_name: Option<String>,
    family_name: Option<String>,
}

/// Whose word a token must be, and for whom.
pub(super) struct Parties<'a> {
    /// Xero's identity service.
    pub(super) issuer: &'a str,
    /// Our own id.
    pub(super) audience: &'a str,
}

impl Keys {
    /// Whom the token tells of, if it is good. `read` gives the published keys as they are sent.
    pub(super) async fn verify(
        &self,
        token: &str,
        parties: &Parties<'_>,
        nonce: &str,
        now: Timestamp,
        read: impl AsyncFnOnce() -> Result<Vec<u8>, Cause>,
    ) -> Result<Person, Unproven> {
        let header = decode_header(token).map_err(|_| Unproven::Wrong("header"))?;
        if header.alg != Algorithm::RS256 {
            return Err(Unproven::Wrong("algorithm"));
        }
        let kid = header.kid.ok_or(Unproven::Wrong("key"))?;
        let key = self.find(&kid, now, read).await?;
        let key = DecodingKey::from_rsa_components(&key.n, &key.e);
        let key = key.map_err(|error| Unproven::Keys(error.into()))?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_issuer(&[parties.issuer]);
        rules.set_audience(&[parties.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        rules.validate_exp = false;
        let token = decode::<Claims>(token, &key, &rules);
        let claims = token.map_err(|error| Unproven::Wrong(part(error.kind())))?.claims;
        claims.check(nonce, now)?;
        claims.person()
    }

    async fn find(
        &self,
        kid: &str,
        now: Timestamp,
        read: impl AsyncFnOnce() -> Result<Vec<u8>, Cause>,
    ) -> Result<Key, Unproven> {
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<Key>,
        }

        let younger = |age| move |at: Timestamp| now.duration_since(at) < age;
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = known.keys.iter().find(|it| it.kid == kid);
            match found {
                Some(key) if known.read_at.is_some_and(younger(FRESH)) => return Ok(key.clone()),
                None if known.read_at.is_some_and(younger(PAUSE)) => {
                    return Err(Unproven::Wrong("key"));
                }
                Some(_) | None => {}
            }
        }
        let published = read().await.map_err(Unproven::Keys)?;
        let published: Published =
            serde_json::from_slice(&published).map_err(|error| Unproven::Keys(error.into()))?;
        let keys: Vec<Key> = published.keys.into_iter().filter(Key::signs).collect();
        let found = keys.iter().find(|it| it.kid == kid).cloned();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Known { keys, read_at: Some(now) };
        found.ok_or(Unproven::Wrong("key"))
    }
}

impl Claims {
    fn check(&self, nonce: &str, now: Timestamp) -> Result<(), Unproven> {
        let (now, skew) = (now.as_second(), SKEW.as_secs());
        if self.exp.saturating_add(skew) <= now {
            return Err(Unproven::Wrong("expiry"));
        }
        let begins = self.nbf.map_or(self.iat, |it| it.max(self.iat));
        if begins.saturating_sub(skew) > now {
            return Err(Unproven::Wrong("issue time"));
        }
        if self.nonce.as_deref() != Some(nonce) {
            return Err(Unproven::Wrong("nonce"));
        }
        Ok(())
    }

    fn person(self) -> Result<Person, Unproven> {
        let user = XeroUserId::parse(self.xero_userid.to_ascii_lowercase());
        let verified = self.email_verified.unwrap_or(true);
        let names = [self.given_name, self.family_name];
        let names: Vec<String> = names.into_iter().flatten().collect();
        Ok(Person {
            user: user.map_err(|_| Unproven::Wrong("user"))?,
            email: self.email.filter(|_| verified).and_then(|it| Email::parse(it).ok()),
            name: names.join(" ").trim().chars().take(200).collect(),
        })
    }
}

fn part(kind: &ErrorKind) -> &'static str {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's errors, of which it may add more"
    )]
    match kind {
        ErrorKind::InvalidSignature => "signature",
        ErrorKind::InvalidIssuer => "issuer",
        ErrorKind::InvalidAudience => "audience",
        _ => "form",
    }
}
