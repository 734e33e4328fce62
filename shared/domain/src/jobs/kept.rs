//! Changing a draft's record, with its entry in the journal.

use jiff::Timestamp;
use serde_json::Value;

use super::draft::JobDraft;
use crate::ids::{DocumentSetId, FirmId};
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Committed, Down, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How often a change is tried again because someone else changed the record in between.
const RACES: usize = 20;

/// What the journal is to say of a change.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) event: Event,
    pub(super) actor: Actor,
    pub(super) reason: Option<Reason>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// What to do with a draft that was read.
pub(super) enum Turn<T> {
    /// Nothing; answer this.
    Leave(T),
    /// Write it, with what the journal says of it, and answer this.
    Write(Box<JobDraft>, Option<Noted>, T),
}

impl Noted {
    pub(super) fn new(event: Event, actor: Actor) -> Self {
        Self { event, actor, reason: None, before: None, after: None }
    }
}

/// A draft, as far as anything is known of its document set.
pub(super) async fn read(
    store: &impl Store,
    firm: &FirmId,
    id: &DocumentSetId,
) -> Result<Option<Kept<JobDraft>>, Down> {
    records::get(store, firm, id.as_str()).await
}

/// Reads a draft, asks what to do, and does it; asks again when someone was faster.
pub(super) async fn change<T: Send>(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &DocumentSetId,
    now: Timestamp,
    mut turn: impl FnMut(Option<JobDraft>) -> Turn<T> + Send,
) -> Result<T, Down> {
    for _ in 0..RACES {
        let over = read(store, firm, id).await?;
        match turn(over.as_ref().map(|it| it.record.clone())) {
            Turn::Leave(answer) => return Ok(answer),
            Turn::Write(draft, noted, answer) => {
                let over = over.as_ref();
                if write(store, firm, &draft, over, noted, vec![], now).await? == Committed::Done {
                    return Ok(answer);
                }
            }
        }
    }
    Err(Down { what: "the records", cause: "too many writers at one draft".into() })
}

/// Writes a draft over what was read, with its entry in the journal and these changes of others.
pub(super) async fn write(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    draft: &JobDraft,
    over: Option<&Kept<JobDraft>>,
    noted: Option<Noted>,
    others: Vec<Change>,
    now: Timestamp,
) -> Result<Committed, Down> {
    let mut changes = records::replace(firm, over, draft)?;
    if let Some(Noted { event, actor, reason, before, after }) = noted {
        journal::open(store, firm, now).await?;
        let subject = Subject::new(Sort::JobDraft, &draft.id);
        let entry = Entry::new(subject, over.map_or(0, |it| it.version) + 1, event, actor, now)
            .because(reason)
            .between(before.as_ref(), after.as_ref())?;
        changes.push(entry.change(firm)?);
    }
    changes.extend(others);
    store.commit(changes).await
}
