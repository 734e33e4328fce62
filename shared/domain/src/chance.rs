//! Words that nobody can guess, and what is derived from them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ports::Clock;

/// 256 bits of chance as 43 characters that may stand in a URL.
pub fn word(clock: &impl Clock) -> String {
    URL_SAFE_NO_PAD.encode(clock.random())
}

/// The SHA-256 of a text, in the same characters: also the `S256` challenge of a verifier (RFC 7636, 4.2).
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_published_challenge_belongs_to_the_published_verifier() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(digest(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
