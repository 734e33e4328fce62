//! A vault under a key file, for one machine.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use aws_lc_rs::aead::RandomizedNonceKey;
use aws_lc_rs::rand;
use domain::ports::{Cause, Down, Seal, Sealed, Secret, Vault};
use zeroize::Zeroizing;

use super::envelope::{self, KEY_LEN};
use crate::down;

const WHAT: &str = "the vault of the key file";
const PREFIX: &str = "f1.";

/// Wraps data keys with a key of 32 bytes, as KMS would: AES-256-GCM, bound to firm and kind.
#[derive(Debug)]
pub struct FileVault {
    key: RandomizedNonceKey,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadKeyFile {
    /// It could not be read or written.
    #[error("it could not be read or written")]
    Io(#[from] io::Error),
    /// It does not hold exactly 32 bytes.
    #[error("it does not hold exactly 32 bytes")]
    Length,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Chance,
}

impl FileVault {
    /// A vault under the key that `path` holds: exactly 32 bytes.
    ///
    /// # Errors
    /// [`BadKeyFile`] when there is no such file or it holds anything else.
    pub fn open_file(path: &Path) -> Result<Self, BadKeyFile> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_LEN + 1));
        File::open(path)?.take(KEY_LEN as u64 + 1).read_to_end(&mut bytes)?;
        let key = envelope::key(&bytes).map_err(|_| BadKeyFile::Length)?;
        Ok(Self { key })
    }

    /// Makes a new key file at `path`, readable by its owner only, and a vault under it.
    ///
    /// # Errors
    /// [`BadKeyFile`], also when the file exists: a key is never written over.
    pub fn create_file(path: &Path) -> Result<Self, BadKeyFile> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        rand::fill(&mut *bytes).map_err(|_| BadKeyFile::Chance)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(&*bytes)?;
        Self::open_file(path)
    }

    fn wrapped(&self, place: &Seal<'_>, secret: &Secret) -> Result<Sealed, Cause> {
        let mut data = Zeroizing::new([0; KEY_LEN]);
        rand::fill(&mut *data).map_err(|_| "the operating system gives no random bytes")?;
        let wrapped = envelope::encrypt(&self.key, &envelope::context(place), &*data)?;
        envelope::seal(PREFIX, &envelope::key(&*data)?, &wrapped, place, secret)
    }

    fn unwrapped(&self, place: &Seal<'_>, sealed: &Sealed) -> Option<Secret> {
        let parts = envelope::parse(PREFIX, sealed)?;
        let data = envelope::decrypt(&self.key, &envelope::context(place), &parts.wrapped)?;
        envelope::open(&envelope::key(&data).ok()?, &parts, place)
    }
}

impl Vault for FileVault {
    async fn seal(&self, seal: &Seal<'_>, secret: &Secret) -> Result<Sealed, Down> {
        self.wrapped(seal, secret).map_err(|e| down(WHAT, e))
    }

    async fn open(&self, seal: &Seal<'_>, sealed: &Sealed) -> Result<Option<Secret>, Down> {
        Ok(self.unwrapped(seal, sealed))
    }
}
