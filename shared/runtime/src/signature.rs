//! Knowing a delivery by its signature: Standard Webhooks, and Xero's own scheme.
//!
//! What is signed is the raw body, so nothing is parsed before. Every comparison takes the same
//! time wherever the two differ.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// How far a delivery's time may be from ours, either way, in seconds.
pub const TOLERANCE: u64 = 300;
/// More signatures than this on one delivery are nobody's rotation.
pub const MOST_SIGNATURES: usize = 16;
/// An id longer than this is nobody's.
const LONGEST_ID: usize = 256;
/// What Standard Webhooks allows a secret to be, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret shared with one sender or receiver (`whsec_…`).
pub struct WebhookSecret(Hmac<Sha256>);

/// The key Xero signs its webhooks with.
pub struct XeroKey(Hmac<Sha256>);

/// The text is not a secret that could keep anything secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is whsec_ and 24 to 64 bytes in base64, and Xero's key is not empty")]
pub struct BadSecret;

/// One delivery, as its headers and body say. A header that was not sent is an empty text.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signatures: &'a str,
    /// The bytes that came.
    pub body: &'a [u8],
}

/// Why a delivery is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// Nothing that could be signed.
    #[error("the id is missing, or not plain characters without a full stop")]
    Id,
    /// Not digits, and nothing but digits.
    #[error("the timestamp is missing, or not a number of seconds")]
    Timestamp,
    /// Possibly a replay.
    #[error("the timestamp is too old")]
    Stale,
    /// A clock is wrong.
    #[error("the timestamp is in the future")]
    Early,
    /// No signature by any of the secrets.
    #[error("the signature is missing or wrong")]
    Signature,
}

impl WebhookSecret {
    /// Reads a secret as Standard Webhooks writes it.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let encoded = text.strip_prefix("whsec_").ok_or(BadSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| BadSecret)?;
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(BadSecret);
        }
        keyed(&bytes).map(Self)
    }

    /// The `webhook-signature` of a delivery of ours.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> Result<String, Unverified> {
        let id = signable(id)?;
        let tag = self.tag(id, &at.as_second().to_string(), body);
        Ok(format!("v1,{}", STANDARD.encode(tag)))
    }

    fn tag(&self, id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
        let head = format!("{id}.{timestamp}.");
        self.0.clone().chain_update(head).chain_update(body).finalize().into_bytes().into()
    }
}

impl Delivery<'_> {
    /// Whether it was signed at about `now` with one of the live secrets: two, while one replaces
    /// the other.
    pub fn verify(&self, secrets: &[WebhookSecret], now: Timestamp) -> Result<(), Unverified> {
        let id = signable(self.id)?;
        timely(self.timestamp, now)?;
        let signatures = signatures(self.signatures).ok_or(Unverified::Signature)?;
        let mut known = Choice::from(0);
        for secret in secrets {
            let tag = secret.tag(id, self.timestamp, self.body);
            for signature in &signatures {
                known |= tag.ct_eq(signature);
            }
        }
        if known.into() { Ok(()) } else { Err(Unverified::Signature) }
    }
}

impl XeroKey {
    /// Takes the key as Xero shows it: its text is the key, not what the text encodes.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, BadSecret> {
        if key.as_ref().is_empty() { Err(BadSecret) } else { keyed(key.as_ref()).map(Self) }
    }

    /// Whether `signature`, the `x-xero-signature`, was made of `body` with this key.
    pub fn signed(&self, body: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        self.0.clone().chain_update(body).verify_slice(&signature).is_ok()
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, BadSecret> {
    Hmac::new_from_slice(key).map_err(|_| BadSecret)
}

/// An id with a full stop would let one signature stand for two deliveries.
fn signable(id: &str) -> Result<&str, Unverified> {
    let fits = (1..=LONGEST_ID).contains(&id.len());
    if fits && id.chars().all(|c| c.is_ascii_graphic() && c != '.') {
        Ok(id)
    } else {
        Err(Unverified::Id)
    }
}

fn timely(timestamp: &str, now: Timestamp) -> Result<(), Unverified> {
    if !timestamp.chars().all(|c| c.is_ascii_digit()) {
        return Err(Unverified::Timestamp);
    }
    let sent: i64 = timestamp.parse().map_err(|_| Unverified::Timestamp)?;
    match (sent.abs_diff(now.as_second()) > TOLERANCE, sent > now.as_second()) {
        (false, _) => Ok(()),
        (true, false) => Err(Unverified::Stale),
        (true, true) => Err(Unverified::Early),
    }
}

/// The signatures of the scheme `v1`; other schemes are passed over, but anything that is not
/// `scheme,base64` spoils the whole header: two headers that a gateway joined are not one.
fn signatures(header: &str) -> Option<Vec<Vec<u8>>> {
    let mut known = Vec::new();
    for (n, signature) in header.split(' ').enumerate() {
        let (scheme, encoded) = signature.split_once(',')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        if n >= MOST_SIGNATURES || !scheme.chars().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        if scheme == "v1" {
            known.push(bytes);
        }
    }
    Some(known)
}
