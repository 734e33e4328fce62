//! Judging XPM records that wait for a match again, because a contact that they may be has changed.

use jiff::Timestamp;

use super::confirm::contact_changes;
use super::match_keys::{self, found};
use super::people::announce;
use crate::connection;
use crate::contacts::book::ContactRecord;
use crate::contacts::client::kind_of;
use crate::contacts::contact::{Contact, ContactKind};
use crate::contacts::keys::{self, blocking_keys};
use crate::contacts::matches::{ContactMatch, Match, MatchState, Origin, XpmKind, XpmSide};
use crate::contacts::matching::{Dialling, Traits, Verdict, judge, suggestions};
use crate::contacts::pull::{self, Base};
use crate::firm::{ContactSync, Firm};
use crate::ids::{ContactId, FirmId};
use crate::journal::{Actor, Entry, Event, Sort, Subject};
use crate::linking::revisit_contact;
use crate::ports::{Committed, Down, Lane, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How a contact stands with the records that wait for a match.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The contact was matched, or somebody was faster: look at it afresh.
    pub(super) changed: bool,
    /// Why it may not be added to XPM.
    pub(super) reason: Option<Reason>,
}

/// Judges every record again that may be this contact, or was thought to be.
pub(super) async fn around(
    store: &(impl Store + Lanes),
    firm: &Firm,
    contact: &ContactRecord,
    now: Timestamp,
) -> Result<Standing, Down> {
    let it = &contact.contact.value;
    let uuids = found(store, &firm.id, it, contact.contact.deleted).await?;
    let ids: Vec<String> = uuids.into_iter().map(String::from).collect();
    let mut standing = Standing::default();
    for kept in records::get_many::<Match>(store, &firm.id, &ids).await? {
        match kept.record.state {
            MatchState::Matched => {}
            MatchState::Removed if taken_from(&kept.record, &it.id) => {
                standing.reason = kept.record.reason.or(Some(Reason::MatchRemoved));
            }
            MatchState::Removed => {}
            // What XPM has put away is judged when it comes back.
            MatchState::Partial | MatchState::Unmatched if put_away(&kept.record) => {}
            MatchState::Partial | MatchState::Unmatched => {
                let side = kept.record.xpm.clone();
                let Some(after) = one(store, firm, side, Some(&kept), false, now).await? else {
                    standing.changed = true;
                    continue;
                };
                let offered = after.candidates.iter().any(|at| at.contact_id == it.id);
                if after.state == MatchState::Matched && after.contact.as_ref() == Some(&it.id) {
                    standing.changed = true;
                } else if after.state == MatchState::Partial && offered {
                    standing.reason = standing.reason.or(after.reason);
                }
            }
        }
    }
    Ok(standing)
}

/// Judges one record, and writes what came of it; `None` when someone else was faster. `doubled` says
/// that XPM has several such records, so that none of them is certain (KB-26).
pub(super) async fn one(
    store: &(impl Store + Lanes),
    firm: &Firm,
    side: XpmSide,
    before: Option<&Kept<Match>>,
    doubled: bool,
    now: Timestamp,
) -> Result<Option<Match>, Down> {
    let sync = &firm.settings.contact_sync;
    let rejected = before.map(|it| it.record.rejected.clone()).unwrap_or_default();
    let number = side.business_number.as_deref();
    let region = firm.settings.served_region().and_then(Dialling::of);
    let traits = Traits::of_import(becomes(&side, sync), &side.fields, number).dialled_in(region);
    let contacts = candidates(store, &firm.id, &traits, &rejected).await?;
    let values: Vec<&Contact> = contacts.iter().map(|it| &it.record.contact.value).collect();
    let mut verdict = judge(&traits, &values);
    let asked = |id: &ContactId| {
        contacts.iter().any(|it| {
            it.record.contact.value.id == *id && it.record.push.state.asks_about(&side.uuid)
        })
    };
    if let Verdict::Match(id) = &verdict
        && (doubled || asked(id))
    {
        let both: Vec<&Contact> =
            values.iter().filter(|it| it.id == *id).flat_map(|it| [*it, *it]).collect();
        verdict = judge(&traits, &both);
    }
    let connection = connection::read(store, &firm.id).await?;
    let mut new = Match {
        state: MatchState::Unmatched,
        tenant: connection.organisation.map(|it| it.tenant),
        origin: None,
        xpm: side,
        contact: None,
        candidates: Vec::new(),
        reason: before
            .filter(|it| it.record.state == MatchState::Unmatched)
            .and_then(|it| it.record.reason),
        rejected,
        base: Base::new(),
        conflicts: Vec::new(),
        pushed_at: None,
        changed_in: before.and_then(|it| it.record.changed_in.clone()),
    };
    let mut changes = Vec::new();
    let mut matched = None;
    match verdict {
        Verdict::Match(id) => {
            let Some(contact) = contacts.iter().find(|it| it.record.contact.value.id == id) else {
                return Ok(None);
            };
            let merged = pull::pull(&contact.record.contact.value, &new.xpm, &Base::new(), sync);
            let mut record = contact.record.clone();
            record.change(merged.contact);
            announce(&mut record, sync, now);
            // The one at hand is due in this lane, another one perhaps not yet.
            store.mark(&firm.id, Lane::ContactsOut, now).await?;
            changes = contact_changes(store, &firm.id, contact, &record, &Actor::Rule, now).await?;
            let (xpm, kind) = (new.xpm.uuid.clone(), new.xpm.kind);
            let pointer = ContactMatch { contact: id.clone(), xpm, kind };
            changes.push(records::put(&firm.id, &pointer, None)?);
            new = Match {
                state: MatchState::Matched,
                origin: Some(Origin::Auto),
                reason: None,
                ..new
            };
            new.contact = Some(id.clone());
            new.base = merged.base;
            new.conflicts = merged.conflicts;
            matched = Some(id);
        }
        Verdict::Partial { reason, mut candidates } => {
            candidates.dedup_by(|a, b| a.contact_id == b.contact_id);
            new = Match { state: MatchState::Partial, reason: Some(reason), candidates, ..new };
        }
        Verdict::Create => {
            // As the sync does: who is alike is shown only where a person decides anyway.
            if firm.settings.contact_sync.create_in_practice == crate::firm::Create::Ask {
                new.candidates = suggestions(&traits, &values);
            }
        }
    }
    if before.is_some_and(|it| it.record == new) {
        return Ok(Some(new));
    }
    let version = before.map(|it| it.version);
    changes.push(records::put(&firm.id, &new, version)?);
    changes.extend(match_keys::rekey(&firm.id, before.map(|it| &it.record), Some(&new)));
    let event = match new.state {
        MatchState::Matched => Some(Event::MatchMade),
        MatchState::Partial => Some(Event::MatchPartial),
        MatchState::Unmatched | MatchState::Removed => None,
    };
    if let Some(event) = event {
        crate::journal::open(store, &firm.id, now).await?;
        let subject = Subject::new(Sort::Match, &new.xpm.uuid);
        let entry = Entry::new(subject, version.unwrap_or(0) + 1, event, Actor::Rule, now);
        let entry = entry.because(new.reason).between(before.map(|it| &it.record), Some(&new))?;
        changes.push(entry.change(&firm.id)?);
    }
    if store.commit(changes).await? == Committed::Conflict {
        return Ok(None);
    }
    if let Some(id) = &matched {
        revisit_contact(store, &firm.id, id, now).await?;
    }
    Ok(Some(new))
}

/// Whether it was this contact's until someone took it away; not where another has taken its place.
fn taken_from(it: &Match, contact: &ContactId) -> bool {
    let elsewhere = [Some(Reason::FormerMatch), Some(Reason::Relinked)].contains(&it.reason);
    it.contact.as_ref() == Some(contact) && !elsewhere
}

/// Whether the record is not to be matched at present, as the last sync found it.
fn put_away(it: &Match) -> bool {
    use Reason::{
        Archived, ClientsOnly, ContactOfIndividual, Deleted, FormerMatch, Prospect, Vanished,
    };
    let reasons =
        [Archived, ClientsOnly, ContactOfIndividual, Deleted, FormerMatch, Prospect, Vanished];
    it.reason.is_some_and(|it| reasons.contains(&it))
}

/// What an XPM record is here.
fn becomes(side: &XpmSide, sync: &ContactSync) -> ContactKind {
    match side.kind {
        XpmKind::Client => kind_of(side.business_structure.as_deref(), sync),
        XpmKind::Contact => ContactKind::Person,
    }
}

/// The contacts that a record may be: by its keys, there, not matched, and not ruled out by a person.
async fn candidates(
    store: &impl Store,
    firm: &FirmId,
    traits: &Traits,
    rejected: &[ContactId],
) -> Result<Vec<Kept<ContactRecord>>, Down> {
    let mut ids: Vec<String> = Vec::new();
    for prefix in blocking_keys(traits) {
        let found = keys::found(store, firm, &prefix).await?.into_iter();
        ids.extend(found.filter(|it| !rejected.contains(it)).map(String::from));
    }
    ids.sort();
    ids.dedup();
    let taken = records::get_many::<ContactMatch>(store, firm, &ids).await?;
    ids.retain(|it| !taken.iter().any(|taken| taken.record.contact.as_str() == it));
    let mut found = records::get_many::<ContactRecord>(store, firm, &ids).await?;
    found.retain(|it| !it.record.contact.deleted);
    found.sort_by(|a, b| a.record.contact.value.id.cmp(&b.record.contact.value.id));
    Ok(found)
}
