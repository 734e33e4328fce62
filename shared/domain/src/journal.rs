//! The journal: what changed on either side, when, by whom, why, and what stood there before (BY-08).
//!
//! An entry is written in the same commit as the change that it tells of, under its subject and the
//! version that the change gave the subject's record; so there is one for each change, or none at all,
//! and those of one subject are in order. It is due in [`Lane::Events`] until it has its place in the
//! feed (BY-09): mark that lane before committing ([`open`]).

mod words;

pub use words::{Event, Sort};

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{FirmId, SyncId};
use crate::ports::{Change, Down, Due, Kind, Lane, Lanes, Range, Store};
use crate::reason::Reason;
use crate::records::{self, Record};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What changed.
    pub subject: Subject,
    /// The version that the change gave the subject's record.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// What happened to it.
    pub event: Event,
    /// Who or what did it.
    pub actor: Actor,
    /// The sync run it was part of.
    #[serde(default)]
    pub run: Option<SyncId>,
    /// Why.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// What stood there before; `None` where there was nothing.
    #[serde(default)]
    pub before: Option<Value>,
    /// What stands there now; `None` where there is nothing any more.
    #[serde(default)]
    pub after: Option<Value>,
    /// Its place in the feed, once it has one.
    #[serde(default)]
    pub place: Option<u64>,
}

/// What a change was made to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The kind of its record.
    pub sort: Sort,
    /// Its id.
    pub id: String,
}

impl Subject {
    /// The subject with this id.
    pub fn new(sort: Sort, id: impl ToString) -> Self {
        Self { sort, id: id.to_string() }
    }

    /// What the ids of its entries begin with.
    pub fn prefix(&self) -> String {
        format!("{self}#")
    }
}

/// The word by which the log names it, from the request that said something of it to XPM's answer.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.sort.as_str(), self.id)
    }
}

/// Who or what made a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "id")]
pub enum Actor {
    /// Tandem itself, by its rules.
    Rule,
    /// The practice app, by webhook.
    App,
    /// Whoever holds the API key of this id.
    Key(String),
    /// The person with this e-mail address, in the console or at Xero's consent; the id of their
    /// Xero login where no address is known.
    Person(String),
}

impl Record for Entry {
    const KIND: Kind = Kind::Journal;

    fn id(&self) -> String {
        id(&self.subject.prefix(), self.version)
    }

    fn due(&self) -> Option<Due> {
        self.place.is_none().then_some(Due { lane: Lane::Events, at: self.at })
    }

    fn ended(&self) -> Option<Timestamp> {
        Some(self.at)
    }
}

/// The subject's prefix and the version, of the id of an entry.
pub(crate) fn read_id(id: &str) -> Option<(&str, u64)> {
    let (head, version) = id.split_at(id.rfind('#')? + 1);
    version.parse().ok().map(|version| (head, version))
}

/// The id of the entry with this version, below its subject's prefix.
pub(crate) fn id(prefix: &str, version: u64) -> String {
    format!("{prefix}{version:012}")
}

impl Entry {
    /// The change that gave the subject's record this version.
    pub fn new(subject: Subject, version: u64, event: Event, actor: Actor, at: Timestamp) -> Self {
        let (run, reason, before, after, place) = (None, None, None, None, None);
        Self { subject, version, at, event, actor, run, reason, before, after, place }
    }

    /// As part of a sync run.
    #[must_use]
    pub fn in_run(self, run: &SyncId) -> Self {
        Self { run: Some(run.clone()), ..self }
    }

    /// For this reason.
    #[must_use]
    pub fn because(self, reason: Option<Reason>) -> Self {
        Self { reason, ..self }
    }

    /// From this to that.
    ///
    /// # Errors
    /// One of them cannot be written as JSON.
    pub fn between<T: Serialize>(
        self,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<Self, Down> {
        let json = |it: Option<&T>| it.map(serde_json::to_value).transpose();
        let written = json(before).and_then(|before| Ok((before, json(after)?)));
        let (before, after) =
            written.map_err(|it| Down { what: "the journal", cause: it.into() })?;
        Ok(Self { before, after, ..self })
    }

    /// What must be committed together with the change itself.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn change(&self, firm: &FirmId) -> Result<Change, Down> {
        records::put(firm, self, None)
    }
}

/// Notes that the firm's journal is about to be written, so that the entries find their way into the feed.
///
/// # Errors
/// The store does not answer.
pub async fn open(store: &impl Lanes, firm: &FirmId, now: Timestamp) -> Result<(), Down> {
    store.mark(firm, Lane::Events, now).await
}

/// The entries of a subject that came after this version, in their order, at most so many.
///
/// # Errors
/// The store does not answer.
pub async fn since(
    store: &impl Store,
    firm: &FirmId,
    subject: &Subject,
    version: u64,
    most: usize,
) -> Result<Vec<Entry>, Down> {
    let prefix = subject.prefix();
    let after = Some(id(&prefix, version));
    let range = Range { after, ..Range::of(firm, Kind::Journal, prefix, most) };
    let (entries, _) = records::page::<Entry>(store, &range).await?;
    Ok(entries.into_iter().map(|it| it.record).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entries_of_a_subject_sort_by_its_versions_and_never_below_anothers_prefix() {
        let entry = |id: &str, version| {
            let subject = Subject::new(Sort::Contact, id);
            Entry::new(subject, version, Event::ContactUpdated, Actor::Rule, Timestamp::UNIX_EPOCH)
        };
        assert!(entry("c", 9).id() < entry("c", 10).id());
        assert!(!entry("c-1", 1).id().starts_with(&Subject::new(Sort::Contact, "c").prefix()));
    }

    #[test]
    fn by_09_an_entry_is_due_until_it_has_its_place_in_the_feed() {
        let subject = Subject::new(Sort::Match, "aa-01");
        let at = Timestamp::from_second(7).unwrap();
        let mut entry = Entry::new(subject, 1, Event::MatchPartial, Actor::Rule, at);
        assert_eq!(entry.due(), Some(Due { lane: Lane::Events, at }));
        entry.place = Some(1);
        assert_eq!(entry.due(), None);
    }
}
