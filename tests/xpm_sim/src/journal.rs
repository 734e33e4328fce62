//! What must survive `kill -9`: one line of JSON per call, written before the
//! answer leaves. The last line may be torn; then its call never happened.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identity::facts::IdentityFact;
use crate::knobs::Knobs;
use crate::limits::Limits;
use crate::model::Record;

/// One lasting change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact {
    Practice { tenant: Uuid, record: Record },
    Identity(IdentityFact),
    Effect(Effect),
    Knobs(Box<Knobs>),
    Limits(Limits),
    Clock { frozen: Option<Timestamp>, ahead: i64 },
}

/// What a call did to a practice, in the order it happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Effect {
    pub(crate) at: Timestamp,
    pub(crate) tenant: Uuid,
    pub(crate) kind: String,
    pub(crate) uuid: Uuid,
    pub(crate) call: u64,
}

/// The file that facts are kept in.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal and reads what it holds; a torn last line is cut off.
    pub(crate) fn open(folder: &Path) -> io::Result<(Self, Vec<Fact>)> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("journal.jsonl");
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|it| *it == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
        }
        let mut facts = Vec::new();
        for line in text[..whole].split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
            facts.extend(serde_json::from_slice::<Vec<Fact>>(line)?);
        }
        Ok((Self { file }, facts))
    }

    /// Adds the facts of one call.
    pub(crate) fn append(&mut self, facts: &[Fact]) -> io::Result<()> {
        let mut line = serde_json::to_vec(facts)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)
    }
}
