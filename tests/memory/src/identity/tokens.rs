//! Tokens: minted, rotated, expired, revoked.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{Email, XeroUserId};
use domain::ports::{Grant, Person, Secret, Unproven};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ACCESS, CLIENT_ID, Forgery, GRACE, IDLE, ISSUER};

/// A code, not yet redeemed.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) person: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
    /// Whether it only tells who the person is.
    pub(super) sign_in: bool,
    pub(super) until: Timestamp,
}

/// Everyone's tokens.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    minted: u64,
    /// By person.
    refresh: BTreeMap<String, Refresh>,
    /// By access token.
    access: BTreeMap<String, Access>,
    /// Every refresh token that ever was, by token.
    known: BTreeMap<String, String>,
    rotations: u64,
    stale: u64,
}

#[derive(Debug)]
struct Refresh {
    current: String,
    issued: Timestamp,
    /// The token replaced by a rotation, and when that was first.
    previous: Option<(String, Timestamp)>,
}

#[derive(Debug)]
struct Access {
    person: String,
    until: Timestamp,
}

impl Tokens {
    /// A text that is never given twice.
    pub(super) fn mint(&mut self, what: &str) -> String {
        self.minted += 1;
        let digest = Sha256::digest(format!("{what} {}", self.minted));
        format!("{what}-{}-{}", self.minted, URL_SAFE_NO_PAD.encode(&digest[..12]))
    }

    /// Tokens after a consent, instead of the person's former ones.
    pub(super) fn issue(
        &mut self,
        person: &str,
        id_token: Option<Secret>,
        now: Timestamp,
    ) -> Grant {
        let current = self.mint("refresh");
        let fresh = Refresh { current: current.clone(), issued: now, previous: None };
        self.refresh.insert(person.into(), fresh);
        self.grant(person, current, id_token, now)
    }

    /// Tokens for a refresh token, if it is the current one, or the previous one within its grace.
    pub(super) fn rotate(&mut self, token: &Secret, now: Timestamp) -> Option<Grant> {
        let person = self.known.get(token.reveal())?.clone();
        let held = self.refresh.get(&person)?;
        let replaced = if held.current == token.reveal() {
            (now.duration_since(held.issued) < IDLE).then(|| (held.current.clone(), now))
        } else {
            let previous = held.previous.clone().filter(|(it, _)| it == token.reveal());
            if previous.is_none() {
                self.stale += 1;
            }
            previous.filter(|(_, rotated)| now.duration_since(*rotated) < GRACE)
        }?;
        self.rotations += 1;
        let current = self.mint("refresh");
        let fresh = Refresh { current: current.clone(), issued: now, previous: Some(replaced) };
        self.refresh.insert(person.clone(), fresh);
        Some(self.grant(&person, current, None, now))
    }

    /// Makes a person's tokens worthless; says whose they were.
    pub(super) fn revoke(&mut self, token: &Secret) -> Option<String> {
        let person = self.known.get(token.reveal())?.clone();
        self.refresh.remove(&person)?;
        self.access.retain(|_, it| it.person != person);
        Some(person)
    }

    /// Whose access token it is, unless its time is over.
    pub(super) fn person_of(&self, access: &Secret, now: Timestamp) -> Option<&String> {
        let found = self.access.get(access.reveal()).filter(|it| now < it.until);
        found.map(|it| &it.person)
    }

    pub(super) fn rotations(&self) -> u64 {
        self.rotations
    }

    pub(super) fn stale(&self) -> u64 {
        self.stale
    }

    fn grant(
        &mut self,
        person: &str,
        refresh: String,
        id_token: Option<Secret>,
        now: Timestamp,
    ) -> Grant {
        let access = self.mint("access");
        self.access.insert(access.clone(), Access { person: person.into(), until: now + ACCESS });
        self.known.insert(refresh.clone(), person.into());
        Grant {
            access: Secret::new(access),
            refresh: Secret::new(refresh),
            expires_in: ACCESS,
            id_token,
        }
    }
}

/// S256 (RFC 7636, 4.2).
pub(super) fn challenge_of(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.reveal()))
}

/// The keys that sign, by the twin's measure: the published one, and somebody else's.
const PUBLISHED: &str = "twin";
const FOREIGN: &str = "foreign";

/// An id token with the claims of xpm-api 3.5. Its signature is the name of the key.
pub(super) fn id_token(
    person: &str,
    nonce: &str,
    now: Timestamp,
    forgery: Option<Forgery>,
) -> String {
    let is = |it| forgery == Some(it);
    let issued = if is(Forgery::Expired) { now - IDLE } else { now };
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": PUBLISHED});
    let claims = json!({
        "iss": if is(Forgery::Issuer) { "https://identity.xero.example" } else { ISSUER },
        "aud": if is(Forgery::Audience) { "another app" } else { CLIENT_ID },
        "iat": issued.as_second(),
        "nbf": issued.as_second(),
        "exp": (issued + ACCESS).as_second(),
        "nonce": if is(Forgery::Nonce) { "another nonce" } else { nonce },
        "sub": person,
        "xero_userid": person,
        "email": format!("{person}@example.com"),
        "name": person,
    });
    let key = if is(Forgery::Key) { FOREIGN } else { PUBLISHED };
    let message = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{key} {message}")));
    format!("{message}.{signature}")
}

/// Whom a token tells of, as the adapter must judge it too.
pub(super) fn verify(token: &str, nonce: &str, now: Timestamp) -> Result<Person, Unproven> {
    let (message, signature) = token.rsplit_once('.').ok_or(Unproven::Wrong("form"))?;
    let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{PUBLISHED} {message}")));
    if signature != expected {
        return Err(Unproven::Wrong("signature"));
    }
    let claims = message.split_once('.').and_then(|(_, it)| URL_SAFE_NO_PAD.decode(it).ok());
    let claims = claims.and_then(|it| serde_json::from_slice::<Value>(&it).ok());
    let claims = claims.ok_or(Unproven::Wrong("form"))?;
    let instant = |name: &str| claims[name].as_i64().ok_or(Unproven::Wrong("form"));
    let (exp, iat) = (instant("exp")?, instant("iat")?);
    let checks = [
        ("issuer", claims["iss"] == ISSUER),
        ("audience", claims["aud"] == CLIENT_ID),
        ("expiry", exp + 60 > now.as_second()),
        ("issue time", iat - 60 <= now.as_second()),
        ("nonce", claims["nonce"] == nonce),
    ];
    if let Some((part, _)) = checks.into_iter().find(|(_, good)| !good) {
        return Err(Unproven::Wrong(part));
    }
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    Ok(Person {
        user: XeroUserId::parse(text("xero_userid")).map_err(|_| Unproven::Wrong("user"))?,
        email: Email::parse(text("email")).ok(),
        name: text("name"),
    })
}

fn part(it: &Value) -> String {
    URL_SAFE_NO_PAD.encode(it.to_string())
}
