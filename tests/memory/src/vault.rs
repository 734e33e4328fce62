//! A vault in memory: no real cipher, but it hides, and refuses what was altered or moved.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ports::{Down, Seal, Sealed, Secret, Vault};
use sha2::{Digest, Sha256};

use crate::{down, due, lock};

const WHAT: &str = "the vault in memory";
const PREFIX: &str = "m1.";
const NONCE: usize = 8;
const TAG: usize = 32;

/// Seals secrets by hashing, for tests only. The same calls give the same texts.
#[derive(Debug, Default)]
pub struct MemoryVault(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sealed: u64,
    fail: u32,
}

impl MemoryVault {
    /// Has sealed nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next `n` calls fail.
    pub fn fail_next(&self, n: u32) {
        lock(&self.0).fail = n;
    }

    fn begin(&self) -> Result<[u8; NONCE], Down> {
        let mut state = lock(&self.0);
        if due(&mut state.fail) {
            return Err(down(WHAT, "told to fail"));
        }
        state.sealed += 1;
        Ok(state.sealed.to_be_bytes())
    }
}

impl Vault for MemoryVault {
    async fn seal(&self, seal: &Seal<'_>, secret: &Secret) -> Result<Sealed, Down> {
        let nonce = self.begin()?;
        let plain = secret.reveal().as_bytes();
        let hidden = hide(seal, &nonce, plain);
        let all = [&nonce[..], &tag(seal, &nonce, plain), &hidden].concat();
        Ok(Sealed(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(all))))
    }

    async fn open(&self, seal: &Seal<'_>, sealed: &Sealed) -> Result<Option<Secret>, Down> {
        self.begin()?;
        Ok(open(seal, sealed))
    }
}

fn open(seal: &Seal<'_>, sealed: &Sealed) -> Option<Secret> {
    let all = URL_SAFE_NO_PAD.decode(sealed.0.strip_prefix(PREFIX)?).ok()?;
    let (nonce, rest) = all.split_at_checked(NONCE)?;
    let (expected, hidden) = rest.split_at_checked(TAG)?;
    let plain = hide(seal, nonce, hidden);
    if tag(seal, nonce, &plain) != expected {
        return None;
    }
    String::from_utf8(plain).ok().map(Secret::new)
}

/// Its own inverse.
fn hide(seal: &Seal<'_>, nonce: &[u8], text: &[u8]) -> Vec<u8> {
    let block = |n: usize| digest(seal, nonce, &[b"hide", &n.to_be_bytes()[..]].concat());
    let chunks = text.chunks(32).enumerate();
    chunks
        .flat_map(|(n, chunk)| {
            std::iter::zip(chunk, block(n)).map(|(a, b)| a ^ b).collect::<Vec<_>>()
        })
        .collect()
}

fn tag(seal: &Seal<'_>, nonce: &[u8], plain: &[u8]) -> [u8; TAG] {
    digest(seal, nonce, &[b"tag", plain].concat())
}

fn digest(seal: &Seal<'_>, nonce: &[u8], text: &[u8]) -> [u8; TAG] {
    let place = format!("{}#{}#{}#", seal.firm, seal.kind, seal.version);
    Sha256::new().chain_update(place).chain_update(nonce).chain_update(text).finalize().into()
}
