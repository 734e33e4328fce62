//! What a run did with one record, or would do: what a person is shown of it, and what undoing it takes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::counts::{Outcome, Trouble};
use crate::chance::digest;
use crate::contacts::book::ContactRecord;
use crate::contacts::listing;
use crate::contacts::matches::Match;
use crate::ids::{ContactId, FirmId, SyncId, XpmUuid};
use crate::ports::{Change, Down, Expect, Item, Key, Kind, Store};
use crate::reason::Reason;
use crate::records::{self, Kept, Record};

/// What a run did with one record, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyncChange {
    /// The run.
    pub run: SyncId,
    /// XPM's id of the record.
    pub uuid: XpmUuid,
    /// Its name there.
    pub name: String,
    /// What became of it, or would.
    pub outcome: Outcome,
    /// Why.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// The contact, where there is one.
    #[serde(default)]
    pub contact: Option<ContactId>,
    /// What differs, field by field.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// When.
    pub at: Timestamp,
    /// The entries of the journal that tell of it.
    #[serde(default)]
    pub entries: Vec<String>,
    /// Everything that it writes, in short: a plan is applied only where this is the same again.
    #[serde(default)]
    pub(super) digest: String,
    /// The piece of XPM's list in which the record was.
    pub(super) chunk: u32,
    /// The contact as it was.
    #[serde(default)]
    pub(super) book: Option<Image<ContactRecord>>,
    /// The match as it was.
    #[serde(default)]
    pub(super) link: Option<Image<Match>>,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Which, in the words of the contract.
    pub field: String,
    /// What it said; `null` where there was nothing.
    pub before: Value,
    /// What it says.
    pub after: Value,
}

/// A record before a run wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Image<R> {
    /// What stood there; nothing where it came into being.
    pub(super) before: Option<R>,
    /// What the run made of it, in short: where it says something else now, it was changed since.
    pub(super) made: String,
}

/// What must be the same for a contact not to have been changed since. Who looked at it meanwhile does
/// not count.
pub(super) fn of_contact(it: &Value) -> String {
    sum(&[it.pointer("/contact/value"), it.pointer("/contact/deleted")])
}

/// What must be the same for a match not to have been changed since. What was noted of the XPM side
/// meanwhile does not count.
pub(super) fn of_match(it: &Value) -> String {
    sum(&["state", "origin", "contact", "rejected"].map(|name| it.get(name)))
}

fn sum(parts: &[Option<&Value>]) -> String {
    let texts = parts.iter().map(|it| it.map(Value::to_string).unwrap_or_default());
    digest(&texts.collect::<Vec<_>>().join("\n"))
}

impl Record for SyncChange {
    const KIND: Kind = Kind::SyncChange;

    fn id(&self) -> String {
        id(&self.run, &self.uuid)
    }
}

/// The id of what a run did with a record.
pub(super) fn id(run: &SyncId, uuid: &XpmUuid) -> String {
    format!("{run}#{uuid}")
}

/// The id under which a plan notes that it gives a contact away, and to whom.
pub(super) fn given_id(run: &SyncId, contact: &ContactId) -> String {
    format!("{run}@{contact}")
}

/// The note that a plan gives a contact away in this chunk.
pub(super) fn given(firm: &FirmId, run: &SyncId, contact: &ContactId, chunk: u32) -> Change {
    let key = Key::new(firm, Kind::SyncChange, given_id(run, contact));
    let body = serde_json::json!({ "chunk": chunk });
    Change::Put(Item { key, version: 1, body, due: None, expires: None }, Expect::Any)
}

/// The chunk in which a plan gives a contact away, as noted.
pub(super) fn chunk_of(item: &Item) -> Option<u32> {
    item.body.get("chunk").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok())
}

/// A page of what a run changed, or would change, in the order of XPM's ids, and where the next begins.
pub async fn changes(
    store: &impl Store,
    firm: &FirmId,
    run: &SyncId,
    outcome: Option<&str>,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<SyncChange>>, Option<String>), Down> {
    let wanted = |it: &SyncChange| outcome.is_none_or(|wanted| it.outcome.code() == wanted);
    listing::page(store, firm, &format!("{run}#"), after, limit, wanted).await
}

/// What differs between two JSON objects, field by field. What says nothing differs from nothing else
/// that says nothing.
pub(super) fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    fn fields(it: Option<&Value>) -> Option<&serde_json::Map<String, Value>> {
        it.and_then(Value::as_object)
    }
    let get = |it: Option<&Value>, name: &str| {
        let value = fields(it).and_then(|it| it.get(name)).cloned().unwrap_or(Value::Null);
        let blank = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(it) => it.is_empty(),
            Value::Array(it) => it.is_empty(),
            Value::Bool(true) | Value::Number(_) | Value::Object(_) => false,
        };
        if blank { Value::Null } else { value }
    };
    let names = fields(before).into_iter().chain(fields(after)).flat_map(|it| it.keys());
    let mut names: Vec<&String> = names.filter(|it| *it != "id").collect();
    names.sort();
    names.dedup();
    let all = names.into_iter().map(|name| Difference {
        field: name.clone(),
        before: get(before, name),
        after: get(after, name),
    });
    all.filter(|it| it.before != it.after).collect()
}

/// Forgets what a run changed, up to `most` changes of it; `true` once nothing is left.
pub(super) async fn forget(
    store: &impl Store,
    firm: &FirmId,
    run: &SyncId,
    most: usize,
) -> Result<bool, Down> {
    let range = crate::ports::Range::of(firm, Kind::SyncChange, run.as_str(), most);
    let page = store.list(&range).await?;
    let gone: Vec<Change> =
        page.items.into_iter().map(|it| Change::Delete(it.key, Expect::Any)).collect();
    for some in gone.chunks(100) {
        let _ = store.commit(some.to_vec()).await?;
    }
    Ok(page.next.is_none())
}

impl Outcome {
    /// The stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Created => "created",
            Self::Partial => "partial",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// What is wrong, where it failed.
    pub fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Failed(it) => Some(it),
            Self::Matched
            | Self::Created
            | Self::Partial
            | Self::Updated
            | Self::Unchanged
            | Self::Skipped(_) => None,
        }
    }
}

/// Reads those of the changes of a run that exist.
pub(super) async fn of_records(
    store: &impl Store,
    firm: &FirmId,
    run: &SyncId,
    uuids: impl Iterator<Item = &XpmUuid>,
) -> Result<Vec<SyncChange>, Down> {
    let ids: Vec<String> = uuids.map(|it| id(run, it)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = records::get_many::<SyncChange>(store, firm, &ids).await?;
    Ok(found.into_iter().map(|it| it.record).collect())
}
