//! What a run counts.

use serde::{Deserialize, Serialize};

use crate::ids::XpmUuid;
use crate::reason::Reason;

/// How many records are done, of how many. The total is known once XPM has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// What became of the records read: `read` is the sum of all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Clients and contacts read, each once.
    pub read: u64,
    /// Newly matched.
    pub matched: u64,
    /// Made into contacts.
    pub created: u64,
    /// Waiting for a person to choose.
    pub partial: u64,
    /// Matched before, and changed.
    pub updated: u64,
    /// Matched before, and as they were.
    pub unchanged: u64,
    /// Left alone for a reason.
    pub skipped: u64,
    /// Impossible to deal with.
    pub failed: u64,
}

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Newly matched.
    Matched,
    /// Made into a contact.
    Created,
    /// Waiting for a person to choose.
    Partial,
    /// Matched before, and changed.
    Updated,
    /// Matched before, and as it was.
    Unchanged,
    /// Left alone.
    Skipped(Reason),
    /// Impossible to deal with.
    Failed(Trouble),
}

/// What can be wrong with a single record. It never stops a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// XPM has no name for it.
    Unnamed,
    /// It is larger than we can keep.
    TooLarge,
    /// What we keep of it cannot be read.
    Unreadable,
    /// It kept being changed by others.
    Contended,
    /// It is no longer as the plan has it.
    Moved,
}

impl Trouble {
    /// The stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unnamed => "unnamed",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Contended => "contended",
            Self::Moved => "moved",
        }
    }

    /// The plain sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unnamed => "The record has no name in XPM.",
            Self::TooLarge => "The record is too large to be kept.",
            Self::Unreadable => "What was kept of the record cannot be read.",
            Self::Contended => "The record was being changed all the time.",
            Self::Moved => "The record changed while the plan was being applied.",
        }
    }

    /// What the person can do next.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::Unnamed => "Give the record a name in XPM.",
            Self::TooLarge => "Shorten the record's texts in XPM.",
            Self::Unreadable => "Report it to the operator, with the record's id.",
            Self::Contended => "Nothing to do: the next full comparison tries again.",
            Self::Moved => "Nothing to do: the next sync compares it anew.",
        }
    }
}

/// A record that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// XPM's id of it.
    pub uuid: XpmUuid,
    /// Its name there.
    pub name: String,
    /// What is wrong.
    pub trouble: Trouble,
}

impl Counts {
    /// Counts what became of one record.
    pub(super) fn count(&mut self, outcome: Outcome) {
        let of_its_sort = match outcome {
            Outcome::Matched => &mut self.matched,
            Outcome::Created => &mut self.created,
            Outcome::Partial => &mut self.partial,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::Failed(_) => &mut self.failed,
        };
        *of_its_sort += 1;
        self.read += 1;
    }
}
