//! Typed records over the [`Store`]: read, change under a version, list.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::ids::FirmId;
use crate::ports::{Change, Committed, Down, Due, Expect, Item, Key, Kind, Page, Range, Store};
use crate::retention;

/// How often a change is tried again because someone else changed the record in between.
const RACES: usize = 20;

/// Something kept under an id of its firm.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// What it is.
    const KIND: Kind;

    /// Its id within the firm and kind.
    fn id(&self) -> String;

    /// When it needs looking at, if it does.
    fn due(&self) -> Option<Due> {
        None
    }

    /// When it was of use last, once it is of no more: it may be gone after [`retention::kept`].
    fn ended(&self) -> Option<Timestamp> {
        None
    }

    /// What it can be found by beside its id: written, changed and removed together with it.
    fn pointers(&self) -> Vec<Pointer> {
        Vec::new()
    }

    /// Its key.
    fn key(&self, firm: &FirmId) -> Key {
        Key::new(firm, Self::KIND, self.id())
    }
}

/// An item that leads to a record, and may tell what can be known without reading it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointer {
    /// What sort of pointer it is.
    pub kind: Kind,
    /// Its key, which ends in the record's id.
    pub id: String,
    /// What it tells: a JSON object.
    pub body: Value,
}

impl Pointer {
    /// A pointer that says everything by its key.
    pub fn bare(kind: Kind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), body: Value::Object(Map::new()) }
    }
}

/// A record as read, with the version it had.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<R> {
    /// The record.
    pub record: R,
    /// Its version in the store.
    pub version: u64,
}

/// What to do with a record that was read.
pub enum Edit<R, T> {
    /// Nothing; answer this.
    Leave(T),
    /// Write the record, together with these changes of others, and answer this.
    Write(R, Vec<Change>, T),
}

/// Reads a record.
pub async fn get<R: Record>(
    store: &impl Store,
    firm: &FirmId,
    id: &str,
) -> Result<Option<Kept<R>>, Down> {
    store.read(&Key::new(firm, R::KIND, id)).await?.map(kept).transpose()
}

/// Reads those of the records that exist.
pub async fn get_many<R: Record>(
    store: &impl Store,
    firm: &FirmId,
    ids: &[String],
) -> Result<Vec<Kept<R>>, Down> {
    let keys: Vec<Key> = ids.iter().map(|id| Key::new(firm, R::KIND, id)).collect();
    store.read_many(&keys).await?.into_iter().map(kept).collect()
}

/// Reads a page of records.
pub async fn page<R: Record>(
    store: &impl Store,
    range: &Range,
) -> Result<(Vec<Kept<R>>, Option<String>), Down> {
    let Page { items, next } = store.list(range).await?;
    Ok((items.into_iter().map(kept).collect::<Result<_, _>>()?, next))
}

/// The ids below a prefix, all of them, without the prefix: for pointers such as `task → entries`.
pub async fn pointed(
    store: &impl Store,
    firm: &FirmId,
    kind: Kind,
    prefix: &str,
) -> Result<Vec<String>, Down> {
    let mut range = Range::of(firm, kind, prefix, 500);
    let mut ids = Vec::new();
    loop {
        let page = store.list(&range).await?;
        ids.extend(page.items.into_iter().map(|it| it.key.id[prefix.len()..].to_owned()));
        match page.next {
            Some(next) => range.after = Some(next),
            None => return Ok(ids),
        }
    }
}

/// A pointer: an item that says everything by its key.
pub fn pointer(firm: &FirmId, kind: Kind, id: impl Into<String>) -> Change {
    let body = serde_json::Value::Object(serde_json::Map::new());
    Change::Put(
        Item { key: Key::new(firm, kind, id), version: 1, body, due: None, expires: None },
        Expect::Any,
    )
}

/// The change that writes a record over what was read (`None`: over nothing).
pub fn put<R: Record>(firm: &FirmId, record: &R, over: Option<u64>) -> Result<Change, Down> {
    let body = serde_json::to_value(record).map_err(unreadable)?;
    let item = Item {
        key: record.key(firm),
        version: over.map_or(1, |it| it + 1),
        body,
        due: record.due(),
        expires: record.ended().and_then(|it| retention::until(R::KIND, it)),
    };
    Ok(Change::Put(item, over.map_or(Expect::Absent, Expect::Version)))
}

/// The changes that write a record over what was read, and bring its pointers up to date.
pub fn replace<R: Record>(
    firm: &FirmId,
    before: Option<&Kept<R>>,
    after: &R,
) -> Result<Vec<Change>, Down> {
    let old = before.map(|it| it.record.pointers()).unwrap_or_default();
    let mut changes = vec![put(firm, after, before.map(|it| it.version))?];
    changes.extend(repoint(firm, &old, after.pointers()));
    Ok(changes)
}

fn repoint(firm: &FirmId, old: &[Pointer], new: Vec<Pointer>) -> Vec<Change> {
    let stays = |it: &&Pointer| new.iter().any(|new| (new.kind, &new.id) == (it.kind, &it.id));
    let gone = old.iter().filter(|it| !stays(it));
    let gone = gone.map(|it| Change::Delete(Key::new(firm, it.kind, &it.id), Expect::Any));
    let mut changes: Vec<Change> = gone.collect();
    changes.extend(new.into_iter().filter(|it| !old.contains(it)).map(|it| {
        let key = Key::new(firm, it.kind, it.id);
        Change::Put(Item { key, version: 1, body: it.body, due: None, expires: None }, Expect::Any)
    }));
    changes
}

/// Reads a record, asks `edit` what to do, and does it; asks again when someone was faster.
pub async fn amend<R: Record, T: Send>(
    store: &impl Store,
    firm: &FirmId,
    id: &str,
    mut edit: impl FnMut(Option<R>) -> Edit<R, T> + Send,
) -> Result<T, Down> {
    amend_kept(store, firm, id, |it| Ok(edit(it.map(|it| it.record)))).await
}

/// As [`amend`], for an edit that needs to know the version, or may fail.
pub async fn amend_kept<R: Record, T: Send>(
    store: &impl Store,
    firm: &FirmId,
    id: &str,
    mut edit: impl FnMut(Option<Kept<R>>) -> Result<Edit<R, T>, Down> + Send,
) -> Result<T, Down> {
    for _ in 0..RACES {
        let kept = get::<R>(store, firm, id).await?;
        let version = kept.as_ref().map(|it| it.version);
        let old = kept.as_ref().map(|it| it.record.pointers()).unwrap_or_default();
        let (answer, changes) = match edit(kept)? {
            Edit::Leave(answer) => return Ok(answer),
            Edit::Write(record, others, answer) => {
                let mut changes = vec![put(firm, &record, version)?];
                changes.extend(repoint(firm, &old, record.pointers()));
                changes.extend(others);
                (answer, changes)
            }
        };
        match store.commit(changes).await? {
            Committed::Done => return Ok(answer),
            Committed::Conflict => {}
        }
    }
    Err(Down { what: "the records", cause: "too many writers at one record".into() })
}

fn kept<R: Record>(item: Item) -> Result<Kept<R>, Down> {
    let record = serde_json::from_value(item.body).map_err(unreadable)?;
    Ok(Kept { record, version: item.version })
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the records", cause: error.into() }
}
