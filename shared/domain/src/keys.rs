//! API keys: shown once, kept as a digest, revoked at once (G47).
//!
//! A key reads `tdm_{secret}{checksum}_{firm}`: people and secret scanners recognise it, and it names
//! the firm whose record of it is looked up. The checksum is for scanners; only the digest lets in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ids::FirmId;
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Clock, Committed, Down, Kind, Lanes, Range, Secret, Store};
use crate::records::{self, Edit, Kept, Record};

/// What every key begins with.
pub const PREFIX: &str = "tdm_";
/// No key is longer.
const LONGEST: usize = 128;
/// So many characters of a key may be shown again.
const SHOWN: usize = 10;
/// 62 to the power of 43 is more than 2 to the power of 256.
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The SHA-256 of the whole key, in hexadecimal digits.
    pub id: String,
    /// What the firm calls it.
    pub name: String,
    /// How it begins, for telling keys apart.
    pub prefix: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl Record for ApiKey {
    const KIND: Kind = Kind::ApiKey;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl ApiKey {
    /// What is to be kept of this key.
    pub fn of(key: &Secret, name: impl Into<String>, now: Timestamp) -> Self {
        Self {
            id: fingerprint(key.reveal()),
            name: name.into(),
            prefix: key.reveal().chars().take(SHOWN).collect(),
            created_at: now,
            revoked_at: None,
        }
    }

    /// What is told of a change of it. The record holds no more of the key than how it begins.
    fn entry(&self, version: u64, event: Event, actor: &Actor, now: Timestamp) -> Entry {
        Entry::new(Subject::new(Sort::ApiKey, &self.id), version, event, actor.clone(), now)
    }

    /// The change that keeps it, whatever was kept before under the same key.
    pub fn kept(&self, firm: &FirmId) -> Result<Change, Down> {
        records::put(firm, self, None)
    }
}

/// Issues a key. It is told only now.
pub async fn issue(
    store: &(impl Store + Lanes),
    clock: &impl Clock,
    firm: &FirmId,
    name: &str,
    actor: &Actor,
) -> Result<(Secret, ApiKey), Down> {
    let key = compose(clock.random(), firm);
    let record = ApiKey::of(&key, name, clock.now());
    journal::open(store, firm, clock.now()).await?;
    let told = record.entry(1, Event::KeyIssued, actor, clock.now());
    let told = told.between(None, Some(&record))?;
    match store.commit(vec![record.kept(firm)?, told.change(firm)?]).await? {
        Committed::Done => Ok((key, record)),
        Committed::Conflict => Err(Down { what: "the keys", cause: "a key came up twice".into() }),
    }
}

/// The firm that a key lets in, and the key's id; none when it is unknown or revoked.
pub async fn find(store: &impl Store, key: &str) -> Result<Option<(FirmId, String)>, Down> {
    let Some(firm) = firm_of(key) else { return Ok(None) };
    let id = fingerprint(key);
    let kept = records::get::<ApiKey>(store, &firm, &id).await?;
    let good = kept.is_some_and(|it| {
        it.record.revoked_at.is_none() && bool::from(it.record.id.as_bytes().ct_eq(id.as_bytes()))
    });
    Ok(good.then_some((firm, id)))
}

/// A page of the firm's keys, revoked ones among them.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<ApiKey>>, Option<String>), Down> {
    records::page(store, &Range { after, ..Range::of(firm, Kind::ApiKey, "", limit) }).await
}

/// Revokes a key from now on; `None` when the firm has no such key.
pub async fn revoke(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &str,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<ApiKey>, Down> {
    if records::get::<ApiKey>(store, firm, id).await?.is_none() {
        return Ok(None);
    }
    journal::open(store, firm, now).await?;
    records::amend_kept(store, firm, id, |kept: Option<Kept<ApiKey>>| match kept {
        Some(Kept { record: it, version }) if it.revoked_at.is_none() => {
            let next = ApiKey { revoked_at: Some(now), ..it.clone() };
            let told = next.entry(version + 1, Event::KeyRevoked, actor, now);
            let told = told.between(Some(&it), Some(&next))?.change(firm)?;
            Ok(Edit::Write(next.clone(), vec![told], Some(next)))
        }
        other => Ok(Edit::Leave(other.map(|it| it.record))),
    })
    .await
}

/// The firm that a key names. It proves nothing yet.
pub fn firm_of(key: &str) -> Option<FirmId> {
    let (secret, firm) = key.strip_prefix(PREFIX)?.rsplit_once('_')?;
    let fits = key.len() <= LONGEST && !secret.is_empty();
    FirmId::parse(firm).ok().filter(|_| fits)
}

pub(crate) fn compose(chance: [u8; 32], firm: &FirmId) -> Secret {
    let secret = base62(&chance, SECRET);
    let checksum = base62(&crc32(secret.as_bytes()).to_be_bytes(), CHECKSUM);
    Secret::new(format!("{PREFIX}{secret}{checksum}_{firm}"))
}

/// The id under which a key is kept: its SHA-256, in hexadecimal digits.
fn fingerprint(key: &str) -> String {
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number of any size, big end first, in so many digits of 62.
fn base62(number: &[u8], digits: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = number.to_vec();
    let mut text = Vec::with_capacity(digits);
    for _ in 0..digits {
        let mut rest = 0_usize;
        for byte in &mut number {
            let part = rest * 256 + usize::from(*byte);
            *byte = (part / 62) as u8;
            rest = part % 62;
        }
        text.push(char::from(ALPHABET[rest]));
    }
    text.into_iter().rev().collect()
}

/// CRC-32 as in ISO 3309, bit by bit: a key is short.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    let whole = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |it, _| step(it));
    !bytes.iter().fold(u32::MAX, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value that every description of CRC-32 gives.
    #[test]
    fn the_published_check_value_comes_out() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn g47_a_key_is_256_bits_a_checksum_and_the_firm() {
        let firm = FirmId::parse("smith-co").unwrap();
        let key = compose([0xff; 32], &firm);
        let secret = key.reveal().strip_prefix(PREFIX).unwrap().strip_suffix("_smith-co").unwrap();
        assert_eq!(secret.len(), SECRET + CHECKSUM);
        assert!(secret.bytes().all(|it| it.is_ascii_alphanumeric()));
        let sum = base62(&crc32(&secret.as_bytes()[..SECRET]).to_be_bytes(), CHECKSUM);
        assert_eq!(&secret[SECRET..], sum);
        assert_eq!(firm_of(key.reveal()), Some(firm));
    }

    #[test]
    fn g47_every_bit_of_chance_counts() {
        let mut seen: Vec<String> = (0..256)
            .map(|bit| {
                let mut chance = [0; 32];
                chance[bit / 8] = 1 << (bit % 8);
                base62(&chance, SECRET)
            })
            .collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 256);
    }

    #[test]
    fn a_key_names_its_firm_in_its_last_part() {
        assert_eq!(firm_of("tdm_local_demo"), FirmId::parse("demo").ok());
        for bad in
            ["", "tdm_", "tdm_demo", "tdm__demo", "tdm_x_", "tdm_x_Demo", "sk_x_demo", "tdm_x_a b"]
        {
            assert_eq!(firm_of(bad), None, "{bad:?}");
        }
        assert_eq!(firm_of(&format!("tdm_{}_demo", "x".repeat(200))), None);
    }
}
