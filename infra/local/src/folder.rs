//! The data folder: what survives a stop, and a kill.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

const DATABASE: &str = "dynamo.sqlite";
const DATA_KEY: &str = "data.key";
const LOCK: &str = "lock";
const SIMULATOR: &str = "simulator";

/// The folder, with the data key in it, held for one stack alone. The system
/// lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    #[expect(dead_code, reason = "held only to be dropped")]
    lock: File,
}

impl Folder {
    /// Makes the folder, or empties it of what is ours, and creates the key.
    pub(crate) fn open(path: &Path, fresh: bool) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let lock = File::create(path.join(LOCK))?;
        lock.try_lock().map_err(|_| io::Error::other("another stack is running in it"))?;
        let folder = Self { path: path.to_owned(), lock };
        if fresh {
            folder.clear()?;
        }
        fs::create_dir_all(folder.simulator())?;
        folder.create_data_key()?;
        Ok(folder)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub(crate) fn data_key(&self) -> PathBuf {
        self.path.join(DATA_KEY)
    }

    pub(crate) fn simulator(&self) -> PathBuf {
        self.path.join(SIMULATOR)
    }

    fn clear(&self) -> io::Result<()> {
        let logs = ["-wal", "-shm", "-journal"].map(|it| self.path.join(format!("{DATABASE}{it}")));
        for file in logs.iter().chain([&self.database(), &self.data_key()]) {
            unless_missing(fs::remove_file(file))?;
        }
        unless_missing(fs::remove_dir_all(self.simulator()))
    }

    /// 32 random bytes that only their owner can read, under a temporary name
    /// until they are complete.
    fn create_data_key(&self) -> io::Result<()> {
        if self.data_key().exists() {
            return Ok(());
        }
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).map_err(io::Error::other)?;
        let draft = self.path.join(format!("{DATA_KEY}-{}", Uuid::new_v4()));
        let mut file = private(&draft)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(draft, self.data_key())
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unless_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stays_until_somebody_asks_for_a_fresh_folder() {
        let path = std::env::temp_dir().join(Uuid::new_v4().to_string());
        let key = |fresh| {
            let folder = Folder::open(&path, fresh).unwrap();
            fs::write(folder.simulator().join("state"), "x").unwrap();
            fs::read(folder.data_key()).unwrap()
        };
        let (first, again, fresh) = (key(false), key(false), key(true));
        assert_eq!(first.len(), 32);
        assert_eq!(first, again);
        assert_ne!(first, fresh);
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn two_stacks_do_not_share_a_folder() {
        let path = std::env::temp_dir().join(Uuid::new_v4().to_string());
        let first = Folder::open(&path, false).unwrap();
        let refused = Folder::open(&path, true).unwrap_err();
        assert_eq!(refused.to_string(), "another stack is running in it");
        assert!(first.data_key().exists());
        drop(first);
        Folder::open(&path, false).unwrap();
        fs::remove_dir_all(path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt;

        let path = std::env::temp_dir().join(Uuid::new_v4().to_string());
        let folder = Folder::open(&path, false).unwrap();
        let mode = fs::metadata(folder.data_key()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(path).unwrap();
    }
}
