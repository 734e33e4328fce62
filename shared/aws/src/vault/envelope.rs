//! The sealed text: `{prefix}` + base64 of the wrapped key's length (2 bytes),
//! the wrapped key, the nonce (12) and the ciphertext with its tag.
//!
//! The place of the secret is the additional data, each part with its length,
//! so that no two places read the same.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ports::{Cause, Seal, Sealed, Secret};
use zeroize::Zeroizing;

/// The bytes of an AES-256 key.
pub(super) const KEY_LEN: usize = 32;

/// A sealed text, taken apart.
pub(super) struct Parts {
    pub(super) wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

/// An AES-256 key that makes its own nonces.
pub(super) fn key(bytes: &[u8]) -> Result<RandomizedNonceKey, Cause> {
    RandomizedNonceKey::new(&AES_256_GCM, bytes)
        .map_err(|Unspecified| "the data key is not an AES-256 key".into())
}

/// Encrypts: the nonce, then the ciphertext with its tag.
pub(super) fn encrypt(
    key: &RandomizedNonceKey,
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, Cause> {
    let mut text = plain.to_vec();
    let (nonce, tag) = key
        .seal_in_place_separate_tag(Aad::from(aad), &mut text)
        .map_err(|Unspecified| "the secret could not be encrypted")?;
    Ok([&nonce.as_ref()[..], &text, tag.as_ref()].concat())
}

/// Decrypts what [`encrypt`] made with the same key and additional data.
pub(super) fn decrypt(
    key: &RandomizedNonceKey,
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let plain = key.open_in_place(nonce, Aad::from(aad), &mut text).ok()?.len();
    text.truncate(plain);
    Some(text)
}

/// Seals a secret under a data key.
pub(super) fn seal(
    prefix: &str,
    key: &RandomizedNonceKey,
    wrapped: &[u8],
    place: &Seal<'_>,
    secret: &Secret,
) -> Result<Sealed, Cause> {
    let length = u16::try_from(wrapped.len())?.to_be_bytes();
    let sealed = encrypt(key, &aad(place), secret.reveal().as_bytes())?;
    let all = [&length, wrapped, &sealed].concat();
    Ok(Sealed(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(all))))
}

/// Takes a sealed text apart; `None` when it is not one.
pub(super) fn parse(prefix: &str, sealed: &Sealed) -> Option<Parts> {
    let all = URL_SAFE_NO_PAD.decode(sealed.0.strip_prefix(prefix)?).ok()?;
    let (length, rest) = all.split_first_chunk()?;
    let (wrapped, sealed) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    (!wrapped.is_empty()).then(|| Parts { wrapped: wrapped.into(), sealed: sealed.into() })
}

/// Opens what was sealed under this data key for this place.
pub(super) fn open(key: &RandomizedNonceKey, parts: &Parts, place: &Seal<'_>) -> Option<Secret> {
    let plain = decrypt(key, &aad(place), &parts.sealed)?;
    std::str::from_utf8(&plain).ok().map(Secret::new)
}

/// The firm and the kind, for what wraps the data key.
pub(super) fn context(place: &Seal<'_>) -> Vec<u8> {
    joined(&[b"data key", place.firm.as_str().as_bytes(), place.kind.as_bytes()])
}

fn aad(place: &Seal<'_>) -> Vec<u8> {
    let version = place.version.to_be_bytes();
    joined(&[place.firm.as_str().as_bytes(), place.kind.as_bytes(), &version])
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let each = parts.iter().flat_map(|it| [&(it.len() as u64).to_be_bytes(), *it].concat());
    each.collect()
}

#[cfg(test)]
mod tests {
    use domain::ids::FirmId;

    use super::*;

    #[test]
    fn g35_no_two_places_have_the_same_additional_data() {
        let [a, ab] = ["a", "ab"].map(|it| FirmId::parse(it).unwrap());
        let place = |firm, kind, version| aad(&Seal { firm, kind, version });

        assert_ne!(place(&a, "bc", 1), place(&ab, "c", 1));
        assert_ne!(place(&a, "b", 1), place(&a, "b", 2));
    }

    /// The Galois/Counter Mode of Operation (McGrew, Viega), test case 16: AES-256 with additional data.
    #[test]
    fn g35_the_published_vector_opens_and_no_altered_bit_does() {
        let key = key(&hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
        let key = key.unwrap();
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = hex(concat!(
            "cafebabefacedbaddecaf888",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ));
        let plain = hex(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        ));

        assert_eq!(*decrypt(&key, &aad, &sealed).unwrap(), plain);
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(decrypt(&key, &aad, &altered).is_none(), "bit {bit}");
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(byte).collect()
    }
}
