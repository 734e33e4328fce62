//! The key that signs tokens. It outlives the process, and without a data
//! folder it is shared by every simulator of the process, as making one is slow.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::knobs::IdToken;

/// The signing key.
#[derive(Clone, Debug)]
pub(crate) struct Keys(Arc<RsaKeyPair>);

static SHARED: OnceLock<Keys> = OnceLock::new();

impl Keys {
    pub(crate) fn open(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else {
            if let Some(keys) = SHARED.get() {
                return Ok(keys.clone());
            }
            let keys = Self::generate()?;
            return Ok(SHARED.get_or_init(|| keys).clone());
        };
        let path = folder.join("signing-key.pk8");
        match std::fs::read(&path) {
            Ok(der) => {
                let pair = RsaKeyPair::from_pkcs8(&der).map_err(io::Error::other)?;
                Ok(Self(Arc::new(pair)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Self::generate()?;
                let der: Pkcs8V1Der<'_> = keys.0.as_der().map_err(io::Error::other)?;
                std::fs::create_dir_all(folder)?;
                std::fs::write(path, der.as_ref())?;
                Ok(keys)
            }
            Err(error) => Err(error),
        }
    }

    fn generate() -> io::Result<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(io::Error::other)?;
        Ok(Self(Arc::new(pair)))
    }

    /// The public half, as a JSON Web Key.
    pub(crate) fn public(&self) -> Value {
        let (modulus, exponent) = self.numbers();
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id(),
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        })
    }

    /// Signs claims as a JSON Web Token.
    pub(crate) fn sign(&self, kind: &str, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "RS256", "kid": self.id(), "typ": kind}), claims)
    }

    /// Signs the claims of an ID token, well or not.
    pub(crate) fn sign_id(&self, claims: &Value, wrong: IdToken) -> String {
        let header = |kid: &str| json!({"alg": "RS256", "kid": kid, "typ": "JWT"});
        match wrong {
            IdToken::WrongKey => match Self::generate() {
                Ok(other) => other.sign_as(&header(&self.id()), claims),
                Err(_) => String::new(),
            },
            IdToken::UnknownKey => self.sign_as(&header("nobody's"), claims),
            IdToken::Unsigned => {
                let token = self.sign_as(&json!({"alg": "none", "typ": "JWT"}), claims);
                token.rsplit_once('.').map(|(message, _)| format!("{message}.")).unwrap_or_default()
            }
            IdToken::Right
            | IdToken::WrongAudience
            | IdToken::WrongIssuer
            | IdToken::Expired
            | IdToken::Early
            | IdToken::WrongNonce => self.sign("JWT", claims),
        }
    }

    fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let head = URL_SAFE_NO_PAD.encode(header.to_string());
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let message = format!("{head}.{body}");
        let mut signature = vec![0; self.0.public_modulus_len()];
        let signed = self.0.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        );
        if signed.is_err() {
            signature.clear();
        }
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&Sha256::digest(self.0.public_key().as_ref())[..12])
    }

    /// The public key is `RSAPublicKey` of RFC 8017: a sequence of two
    /// integers, here of the one shape that 2048 bits have.
    fn numbers(&self) -> (&[u8], &[u8]) {
        let der = self.0.public_key().as_ref();
        let exponent = der.len() - 3;
        let modulus = exponent - 2 - 256;
        (&der[modulus..modulus + 256], &der[exponent..])
    }
}

/// The left half of the token's hash, by which an ID token names it.
pub(crate) fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16])
}
