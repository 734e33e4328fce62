//! A vault under a KMS key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::aead::RandomizedNonceKey;
use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use domain::ports::{Down, Seal, Sealed, Secret, Vault};
use zeroize::Zeroizing;

use super::envelope;
use crate::down;

const WHAT: &str = "the key service";
const PREFIX: &str = "v1.";
/// Data keys kept in memory, so that reading a token seldom costs a call.
const KEPT: usize = 64;

/// Wraps data keys with a KMS key, in the encryption context `firm`, `kind`.
///
/// Every secret gets a data key of its own; the last 64 seen stay in memory.
#[derive(Debug)]
pub struct KmsVault {
    client: Client,
    key: String,
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    /// The firm and kind in whose context KMS unwrapped it.
    context: Vec<u8>,
    wrapped: Vec<u8>,
    key: Arc<RandomizedNonceKey>,
}

impl KmsVault {
    /// A vault under `key`: an id, alias or ARN.
    pub fn new(client: Client, key: impl Into<String>) -> Self {
        Self { client, key: key.into(), kept: Mutex::default() }
    }

    fn kept(&self, context: &[u8], wrapped: &[u8]) -> Option<Arc<RandomizedNonceKey>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|it| it.wrapped == wrapped && it.context == context);
        found.map(|it| Arc::clone(&it.key))
    }

    fn keep(
        &self,
        context: Vec<u8>,
        wrapped: &[u8],
        plain: Blob,
    ) -> Result<Arc<RandomizedNonceKey>, Down> {
        let plain = Zeroizing::new(plain.into_inner());
        let key = Arc::new(envelope::key(&plain).map_err(|e| down(WHAT, e))?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(Kept { context, wrapped: wrapped.into(), key: Arc::clone(&key) });
        Ok(key)
    }

    /// The data key; `None` when KMS did not wrap it for this firm and kind.
    async fn unwrap_key(
        &self,
        place: &Seal<'_>,
        wrapped: &[u8],
    ) -> Result<Option<Arc<RandomizedNonceKey>>, Down> {
        let context = envelope::context(place);
        if let Some(key) = self.kept(&context, wrapped) {
            return Ok(Some(key));
        }
        let sent = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(wrapped))
            .encryption_context("firm", place.firm.as_str())
            .encryption_context("kind", place.kind)
            .send()
            .await;
        let answer = match sent.map_err(SdkError::into_service_error) {
            Ok(answer) => answer,
            Err(DecryptError::InvalidCiphertextException(_)) => return Ok(None),
            Err(error) => return Err(down(WHAT, error)),
        };
        let plain = answer.plaintext.ok_or_else(|| down(WHAT, "an answer without a key"))?;
        self.keep(context, wrapped, plain).map(Some)
    }
}

impl Vault for KmsVault {
    async fn seal(&self, seal: &Seal<'_>, secret: &Secret) -> Result<Sealed, Down> {
        let answer = self
            .client
            .generate_data_key()
            .key_id(&self.key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context("firm", seal.firm.as_str())
            .encryption_context("kind", seal.kind)
            .send()
            .await
            .map_err(|e| down(WHAT, e.into_service_error()))?;
        let (Some(plain), Some(wrapped)) = (answer.plaintext, answer.ciphertext_blob) else {
            return Err(down(WHAT, "an answer without a key"));
        };
        let wrapped = wrapped.into_inner();
        let key = self.keep(envelope::context(seal), &wrapped, plain)?;
        envelope::seal(PREFIX, &key, &wrapped, seal, secret).map_err(|e| down(WHAT, e))
    }

    /// A key that KMS wrapped under another KMS key than the one set answers [`Down`]:
    /// that is a wrong setting, not an altered row.
    async fn open(&self, seal: &Seal<'_>, sealed: &Sealed) -> Result<Option<Secret>, Down> {
        let Some(parts) = envelope::parse(PREFIX, sealed) else { return Ok(None) };
        let key = self.unwrap_key(seal, &parts.wrapped).await?;
        Ok(key.and_then(|key| envelope::open(&key, &parts, seal)))
    }
}
