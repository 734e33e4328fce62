//! What a person decides about an entry: where the rules alone must not.

use jiff::Timestamp;

use super::entry::{Decided, Drift, EntryRecord};
use super::push::{Known, State};
use crate::ids::{EntryId, FirmId, XpmUuid};
use crate::ports::{Change, Committed, Down, Expect, Item, Key, Kind, Lane, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Edit};

/// How a decision was taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It is noted, and carried out soon.
    Yes(Box<EntryRecord>),
    /// There is no such entry.
    Unheard,
    /// There is nothing to decide on it.
    Pointless,
    /// What was chosen is none of the candidates, or another entry has it.
    NoCandidate,
}

/// Which side of a difference is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The practice app's: XPM's entry is made to say it.
    App,
    /// XPM's: it stays as it is.
    Xpm,
}

/// Releases time that was held because its task was linked later.
pub async fn release(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    now: Timestamp,
) -> Result<Taken, Down> {
    again(store, firm, id, now, |it| {
        it.released = true;
        true
    })
    .await
}

/// Decides on a deletion that waits for a person (XB-78): the entry goes from XPM as well, or stays.
pub async fn decide_deletion(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    side: Side,
    now: Timestamp,
) -> Result<Taken, Down> {
    again(store, firm, id, now, |it| {
        let asked = matches!(it.push.state, State::Held { reason: Reason::DeletionAsks, .. });
        match (side, &it.push.known) {
            (Side::Xpm, Some(known)) if asked => {
                it.decided = Some(Decided::Keep(known.sheet.clone()));
            }
            (Side::App, _) if asked => it.decided = Some(Decided::Remove),
            (Side::Xpm | Side::App, _) => return false,
        }
        true
    })
    .await
}

/// Has an entry that XPM refused tried once more; one that is held is looked at again.
pub async fn retry(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    now: Timestamp,
) -> Result<Taken, Down> {
    again(store, firm, id, now, |it| {
        it.push.retry();
        true
    })
    .await
}

/// Puts right what a comparison with XPM found, in favour of one side (XB-79, G8). Either way, what
/// XPM holds twice is left there once.
pub async fn repair(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    side: Side,
    now: Timestamp,
) -> Result<Taken, Down> {
    again(store, firm, id, now, |it| {
        if it.drift.is_none() && it.extra.is_empty() {
            return false;
        }
        it.push.discard.append(&mut it.extra);
        match (side, it.drift.take()) {
            (_, None) => {}
            (Side::App, Some(Drift::Gone)) => it.push.forget(),
            (Side::App, Some(Drift::Changed(_))) => {
                it.decided = None;
                if let Some(known) = &mut it.push.known {
                    known.doubtful = true;
                }
            }
            (Side::Xpm, Some(Drift::Gone)) => {
                it.push.forget();
                it.decided = Some(Decided::Remove);
            }
            (Side::Xpm, Some(Drift::Changed(sheet))) => {
                if let Some(known) = &mut it.push.known {
                    known.sheet = sheet.clone();
                }
                it.decided = Some(Decided::Keep(sheet));
            }
        }
        true
    })
    .await
}

/// Says which of several entries in XPM is this one; `None`: none of them, so that it is booked anew.
/// The chosen one is made to say what it should, which also proves that it is there.
pub async fn choose(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    chosen: Option<&XpmUuid>,
    now: Timestamp,
) -> Result<Taken, Down> {
    store.mark(firm, Lane::Time, now).await?;
    loop {
        let Some(kept) = records::get::<EntryRecord>(store, firm, id.as_str()).await? else {
            return Ok(Taken::Unheard);
        };
        let State::Ambiguous { sheet, candidates } = &kept.record.push.state else {
            return Ok(Taken::Pointless);
        };
        let mut next = kept.record.clone();
        next.push.state = State::default();
        next.look_at = Some(now);
        let mut changes = Vec::new();
        if let Some(uuid) = chosen {
            let claim = claim(firm, uuid);
            if !candidates.contains(uuid) || store.read(claim.key()).await?.is_some() {
                return Ok(Taken::NoCandidate);
            }
            changes.push(claim);
            next.push.known = Some(Known {
                uuid: uuid.clone(),
                sheet: sheet.clone(),
                doubtful: true,
                billable: None,
            });
        }
        changes.extend(records::replace(firm, Some(&kept), &next)?);
        if store.commit(changes).await? == Committed::Done {
            return Ok(Taken::Yes(Box::new(next)));
        }
    }
}

/// The change that takes an entry of XPM for one of ours, once ever.
pub(super) fn claim(firm: &FirmId, uuid: &XpmUuid) -> Change {
    let key = Key::new(firm, Kind::EntryOf, format!("uuid:{uuid}"));
    let body = serde_json::Value::Object(serde_json::Map::new());
    Change::Put(Item { key, version: 1, body, due: None, expires: None }, Expect::Absent)
}

async fn again(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &EntryId,
    now: Timestamp,
    change: impl Fn(&mut EntryRecord) -> bool + Send + Sync,
) -> Result<Taken, Down> {
    store.mark(firm, Lane::Time, now).await?;
    records::amend(store, firm, id.as_str(), |it: Option<EntryRecord>| match it {
        Some(mut it) => {
            if !change(&mut it) {
                return Edit::Leave(Taken::Pointless);
            }
            it.look_at = Some(now);
            Edit::Write(it.clone(), vec![], Taken::Yes(Box::new(it)))
        }
        None => Edit::Leave(Taken::Unheard),
    })
    .await
}
