//! Where a log's lines go in a test.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::lock;

/// Keeps what is written to any of its clones.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The lines so far.
    pub fn all(&self) -> Vec<String> {
        String::from_utf8_lossy(&lock(&self.0)).split_terminator('\n').map(String::from).collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The sum of a number over all lines that are JSON and hold it.
    pub fn sum(&self, name: &str) -> u64 {
        let lines = self.all();
        let lines = lines.iter().filter_map(|it| serde_json::from_str::<Value>(it).ok());
        lines.filter_map(|it| it[name].as_u64()).sum()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
