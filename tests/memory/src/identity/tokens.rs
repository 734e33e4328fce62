//! Tokens: minted, rotated, expired, revoked.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ports::{Grant, Secret};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{ACCESS, CLIENT_ID, GRACE, IDLE};

/// A code, not yet redeemed.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) person: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
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
    pub(super) fn issue(&mut self, person: &str, nonce: Option<&str>, now: Timestamp) -> Grant {
        let current = self.mint("refresh");
        let fresh = Refresh { current: current.clone(), issued: now, previous: None };
        self.refresh.insert(person.into(), fresh);
        let id_token = nonce.map(|nonce| Secret::new(id_token(person, nonce, now)));
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

/// An id token with the claims of xpm-api 3.5; its signature is none.
fn id_token(person: &str, nonce: &str, now: Timestamp) -> String {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "twin"});
    let claims = json!({
        "iss": "https://identity.xero.com",
        "aud": CLIENT_ID,
        "iat": now.as_second(),
        "nbf": now.as_second(),
        "exp": (now + ACCESS).as_second(),
        "nonce": nonce,
        "sub": person,
        "xero_userid": person,
        "email": format!("{person}@example.com"),
        "name": person,
    });
    let part = |it: serde_json::Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode("twin"))
}
