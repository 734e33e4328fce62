//! Deciding what both sides changed: a person says whose value stays, field by field (KB-64).

use super::book::ContactRecord;
use super::fields::Field;
use super::listing;
use super::matches::{self, Match, MatchState};
use super::out::{contact_changes, match_changes};
use super::pull::{Synced, take_over};
use crate::ids::{FirmId, XpmUuid};
use crate::journal::Actor;
use crate::ports::{Clock, Committed, Down, Lane, Lanes, Ports, Store};
use crate::records::{self, Kept};

/// Whose value stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// XPM's: it comes over.
    Xpm,
    /// The practice app's: it goes to XPM.
    App,
}

/// What became of a decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// Done; this is the match now.
    Done(Box<Kept<Match>>),
    /// The match is not the one that was decided on any more.
    Stale,
    /// The field is in no conflict.
    NoConflict,
    /// There is no such match, or its contact is gone.
    Unknown,
}

/// Decides a conflict. With the practice app's value kept, the contact is due to be sent.
pub async fn resolve<P: Ports>(
    ports: &P,
    firm: &FirmId,
    uuid: &XpmUuid,
    field: Field,
    keep: Keep,
    version: u64,
    actor: &Actor,
) -> Result<Resolved, Down> {
    let store = ports.store();
    let now = ports.clock().now();
    let Some(kept) = matches::get(store, firm, uuid).await? else { return Ok(Resolved::Unknown) };
    if kept.version != version {
        return Ok(Resolved::Stale);
    }
    if kept.record.state != MatchState::Matched || !kept.record.conflicts.contains(&field) {
        return Ok(Resolved::NoConflict);
    }
    let contact = match &kept.record.contact {
        Some(id) => records::get::<ContactRecord>(store, firm, id.as_str()).await?,
        None => None,
    };
    let Some(contact) = contact.filter(|it| !it.record.contact.deleted) else {
        return Ok(Resolved::Unknown);
    };
    store.mark(firm, Lane::ContactsOut, now).await?;
    let changes = decide(ports, firm, &contact, &kept, field, keep, actor).await?;
    if store.commit(changes).await? == Committed::Conflict {
        return Ok(Resolved::Stale);
    }
    let now = matches::get(store, firm, uuid).await?;
    Ok(now.map_or(Resolved::Unknown, |it| Resolved::Done(Box::new(it))))
}

async fn decide<P: Ports>(
    ports: &P,
    firm: &FirmId,
    contact: &Kept<ContactRecord>,
    kept: &Kept<Match>,
    field: Field,
    keep: Keep,
    actor: &Actor,
) -> Result<Vec<crate::ports::Change>, Down> {
    let now = ports.clock().now();
    let mut new = kept.record.clone();
    let mut record = contact.record.clone();
    new.conflicts.retain(|it| *it != field);
    match keep {
        Keep::Xpm => {
            let mut value = record.contact.value.clone();
            take_over(&mut value, &new.xpm, field, &mut new.base);
            record.change(value);
        }
        // XPM's value is known now, so that the app's is the only news.
        Keep::App => {
            let app = new.base.get(&field).map(|it| it.app.clone()).unwrap_or_default();
            let xpm = field.in_xpm(&new.xpm.fields, record.contact.value.kind);
            new.base.insert(field, Synced { xpm, app, asked: None });
            record.look_at = Some(now);
        }
    }
    let mut changes = contact_changes(ports.store(), firm, contact, &record, actor, now).await?;
    changes.extend(match_changes(firm, Some(kept), &new)?);
    Ok(changes)
}

/// A page of the matches with conflicts, and where the next one begins. It may be short while more follow.
pub async fn list(
    store: &impl Store,
    firm: &FirmId,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Kept<Match>>, Option<String>), Down> {
    let wanted = |it: &Match| it.state == MatchState::Matched && !it.conflicts.is_empty();
    listing::page(store, firm, "", after, limit, wanted).await
}
