//! From a decision to the changes that make it true, or to the reason why it cannot be.

use super::apart::{allow, remove};
use super::fresh::{Seen, side, traits_of};
use super::{Decision, Desk, Refused};
use crate::contacts::book::{ContactRecord, keys_of};
use crate::contacts::contact::Contact;
use crate::contacts::keys::rekey;
use crate::contacts::matches::{self, ContactMatch, Match, MatchState, Origin};
use crate::contacts::matching::Candidate;
use crate::contacts::out::{self, match_keys};
use crate::contacts::pull::{self, Base};
use crate::contacts::sync::{imported, own_id};
use crate::desired::Stamp;
use crate::ids::{ContactId, XpmUuid};
use crate::journal::{Entry, Event, Sort, Subject};
use crate::ports::{Change, Down, Expect, Store};
use crate::reason::Reason;
use crate::records::{self, Kept, Record};

/// A decision, ready to be carried out.
pub(super) struct Ready {
    /// The match as it will stand.
    pub(super) after: Kept<Match>,
    /// All that is to be written, at once.
    pub(super) changes: Vec<Change>,
    /// The contacts whose tasks must be looked at again.
    pub(super) revisit: Vec<ContactId>,
}

/// Why it cannot be, and the match with what is offered brought up to date, where that is the cause.
pub(super) struct Finding {
    pub(super) refused: Refused,
    pub(super) refreshed: Option<Change>,
}

impl From<Refused> for Finding {
    fn from(refused: Refused) -> Self {
        Self { refused, refreshed: None }
    }
}

pub(super) type Found<T> = Result<Result<T, Finding>, Down>;

/// Hands a refusal on.
macro_rules! granted {
    ($asked:expr) => {
        match $asked {
            Ok(it) => it,
            Err(refused) => return Ok(Err(refused.into())),
        }
    };
}

pub(super) async fn prepare<S: Store>(
    desk: &Desk<'_, S>,
    id: &XpmUuid,
    decision: &Decision,
    version: u64,
) -> Found<Ready> {
    let Some(before) = matches::get(desk.store, &desk.firm.id, id).await? else {
        return Ok(Err(Refused::Unknown.into()));
    };
    if before.version != version {
        return Ok(Err(Refused::Stale.into()));
    }
    let it = &before.record;
    // It rests with its organisation, and its contact may be another's by now (XB-05).
    if it.reason == Some(Reason::FormerMatch) {
        return Ok(Err(Refused::Barred(Reason::FormerMatch).into()));
    }
    match decision {
        Decision::Confirm(contact) => {
            granted!(open(it));
            if it.state == MatchState::Matched && it.contact.as_ref() == Some(contact) {
                return Ok(Err(Refused::AlreadyMatched.into()));
            }
            confirm(desk, &before, contact).await
        }
        Decision::Create => {
            granted!(open(it));
            granted!(unmatched(it));
            create(desk, &before).await
        }
        Decision::Remove => remove(desk, &before),
        Decision::Allow => allow(desk, &before).await,
    }
}

/// What XPM has put away is neither matched nor made into a contact (KB-65).
pub(super) fn open(it: &Match) -> Result<(), Refused> {
    use Reason::{Archived, ClientsOnly, ContactOfIndividual, Deleted, Prospect, Vanished};
    let bars = [Archived, ClientsOnly, ContactOfIndividual, Deleted, Prospect, Vanished];
    match it.reason.filter(|it| bars.contains(it)) {
        Some(reason) => Err(Refused::Barred(reason)),
        None => Ok(()),
    }
}

fn unmatched(it: &Match) -> Result<(), Refused> {
    if it.state == MatchState::Matched { Err(Refused::AlreadyMatched) } else { Ok(()) }
}

/// It is this contact: the five fields come over at once, as at a match by rule.
async fn confirm<S: Store>(
    desk: &Desk<'_, S>,
    before: &Kept<Match>,
    contact: &ContactId,
) -> Found<Ready> {
    let seen = Seen::read(desk.store, &desk.firm.id, [contact]).await?;
    let uuid = &before.record.xpm.uuid;
    let Some(book) = seen.contact(contact) else {
        return Ok(Err(Refused::ContactUnknown.into()));
    };
    let former = match seen.owner(contact).filter(|it| *it != uuid) {
        Some(owner) => match matches::get(desk.store, &desk.firm.id, owner).await? {
            Some(it) if matches::dead(&it.record) => Some(it),
            Some(_) | None => return Ok(Err(Refused::MatchedElsewhere.into())),
        },
        None => None,
    };
    let subject = traits_of(&before.record, desk.firm);
    let offered = before.record.candidates.iter().find(|it| it.contact_id == *contact);
    let value = &book.record.contact.value;
    if offered.is_some_and(|it| weaker(&seen.candidate(&subject, value), it)) {
        let candidates = seen.candidates(&before.record, desk.firm);
        let it = Match { candidates, ..before.record.clone() };
        let refreshed = Some(records::put(&desk.firm.id, &it, Some(before.version))?);
        return Ok(Err(Finding { refused: Refused::ContactChanged, refreshed }));
    }
    let ready = matched(desk, before, Origin::Manual, book)?;
    match former {
        Some(former) => moved(desk, ready, &former).map(Ok),
        None => Ok(Ok(ready)),
    }
}

/// The contact leaves the match of a record that XPM has put away: this one has taken its place
/// (KB-65, KB-66). The old match stays, for people to see what became of it.
fn moved<S: Store>(desk: &Desk<'_, S>, ready: Ready, former: &Kept<Match>) -> Result<Ready, Down> {
    let it = Match {
        state: MatchState::Removed,
        reason: Some(Reason::Relinked),
        base: Base::new(),
        conflicts: Vec::new(),
        ..former.record.clone()
    };
    // The pointer is written over the old match's, whose version is checked in the same commit.
    let over = |it: Change| match it {
        Change::Put(item, Expect::Absent) if item.key.kind == ContactMatch::KIND => {
            Change::Put(item, Expect::Any)
        }
        it @ (Change::Put(..) | Change::Delete(..)) => it,
    };
    let changes = ready.changes.into_iter().map(over).collect();
    let left = finish(desk, former, it, Event::MatchRemoved, changes, ready.revisit)?;
    Ok(Ready { after: ready.after, ..left })
}

/// Whether less speaks for a contact than when it was offered (KB-44).
fn weaker(now: &Candidate, offered: &Candidate) -> bool {
    let agrees = |it: &Candidate, name: &str| {
        it.signals.iter().any(|signal| signal.name == name && signal.agrees)
    };
    let lost = |name| agrees(offered, name) && !agrees(now, name);
    lost("name") || lost("email") || offered.kind.is_some_and(|it| now.kind != Some(it))
}

/// Matched with a contact that there is.
pub(super) fn matched<S: Store>(
    desk: &Desk<'_, S>,
    before: &Kept<Match>,
    origin: Origin,
    book: &Kept<ContactRecord>,
) -> Result<Ready, Down> {
    let value = &book.record.contact.value;
    let pulled = pull::pull(value, &before.record.xpm, &Base::new(), desk.settings());
    let mut record = book.record.clone();
    record.change(pulled.contact);
    let it = Match { base: pulled.base, conflicts: pulled.conflicts, ..before.record.clone() };
    joined(desk, before, it, origin, Some(book), &record)
}

/// It is none of those offered, and never will be by itself (KB-45).
async fn create<S: Store>(desk: &Desk<'_, S>, before: &Kept<Match>) -> Found<Ready> {
    let xpm = &before.record.xpm;
    if xpm.fields.name.is_empty() {
        return Ok(Err(Refused::Unnamed.into()));
    }
    let assigned = desk.settings().assign_contact_type.clone();
    if assigned.as_ref().is_some_and(|it| !desk.firm.settings.contact_types.contains(it)) {
        return Ok(Err(Refused::Barred(Reason::ContactTypeMissing).into()));
    }
    let mut it = before.record.clone();
    let offered = before.record.candidates.iter().map(|it| it.contact_id.clone());
    it.rejected.extend(offered);
    it.rejected.extend(it.contact.take());
    it.rejected.sort();
    it.rejected.dedup();
    let id = ContactId::parse(own_id(&xpm.uuid, &it.rejected))
        .map_err(|it| Down { what: "the id of a contact", cause: it.into() })?;
    let seen = Seen::read(desk.store, &desk.firm.id, [&id]).await?;
    if seen.taken(&id, &xpm.uuid) {
        return Ok(Err(Refused::MatchedElsewhere.into()));
    }
    let contact = Contact {
        contact_type: assigned,
        organisations: seen.employments(desk.store, &desk.firm.id, xpm).await?,
        ..imported(id.clone(), side(&before.record, desk.firm), &xpm.fields)
    };
    let stamp = Stamp { version: None, as_of: desk.now };
    let Some(old) = seen.book(&id) else {
        it.base = pull::created(&contact, xpm);
        let record = ContactRecord::first(contact, stamp);
        return joined(desk, before, it, Origin::Created, None, &record).map(Ok);
    };
    // It was made before and lost its match; one that is gone comes back.
    let mut record = old.record.clone();
    if record.contact.deleted {
        record.contact.update(contact, stamp);
        record.stated = None;
    }
    let value = &record.contact.value;
    let pulled = pull::pull(value, xpm, &Base::new(), desk.settings());
    (it.base, it.conflicts) = (pulled.base, pulled.conflicts);
    record.change(pulled.contact);
    joined(desk, before, it, Origin::Created, Some(old), &record).map(Ok)
}

/// The changes that join a match with a contact, as it was and as it will be.
fn joined<S: Store>(
    desk: &Desk<'_, S>,
    before: &Kept<Match>,
    it: Match,
    origin: Origin,
    old: Option<&Kept<ContactRecord>>,
    new: &ContactRecord,
) -> Result<Ready, Down> {
    let firm = &desk.firm.id;
    let mut new = new.clone();
    if old.is_some() {
        out::announce(&mut new, desk.settings(), desk.now);
    }
    let contact = &new.contact.value;
    let id = contact.id.clone();
    let left = before.record.contact.clone().filter(|it| *it != id);
    let left = left.filter(|_| before.record.state == MatchState::Matched);
    let mut it = Match {
        state: MatchState::Matched,
        origin: Some(origin),
        contact: Some(id.clone()),
        candidates: Vec::new(),
        reason: (contact.kind != side(&it, desk.firm)).then_some(Reason::KindMismatch),
        ..it
    };
    it.rejected.retain(|it| *it != id);
    it.rejected.extend(left.clone());
    let mut changes = Vec::new();
    if old.is_none_or(|old| old.record != new) {
        let keys = old.map(|it| keys_of(&it.record)).unwrap_or_default();
        changes = rekey(firm, &id, &keys, &keys_of(&new));
        changes.push(records::put(firm, &new, old.map(|it| it.version))?);
    }
    let stood = old.map(|it| &it.record.contact).filter(|it| !it.deleted);
    if stood.is_none_or(|it| it.value != *contact) {
        let created = stood.is_none();
        let event = if created { Event::ContactCreated } else { Event::ContactUpdated };
        let version = old.map_or(1, |it| it.version + 1);
        let subject = Subject::new(Sort::Contact, &id);
        let entry = Entry::new(subject, version, event, desk.actor.clone(), desk.now)
            .between(stood.map(|it| &it.value), Some(contact))?;
        changes.push(entry.change(firm)?);
    }
    changes.extend(left.as_ref().map(|it| unpoint(desk, it)));
    let (xpm, kind) = (it.xpm.uuid.clone(), it.xpm.kind);
    changes.push(records::put(firm, &ContactMatch { contact: id.clone(), xpm, kind }, None)?);
    let revisit = left.into_iter().chain([id]).collect();
    finish(desk, before, it, Event::MatchMade, changes, revisit)
}

/// The pointer goes with the match that it belongs to, whose version is checked in the same commit.
pub(super) fn unpoint<S>(desk: &Desk<'_, S>, contact: &ContactId) -> Change {
    let key = crate::ports::Key::new(&desk.firm.id, ContactMatch::KIND, contact.as_str());
    Change::Delete(key, Expect::Any)
}

pub(super) fn finish<S>(
    desk: &Desk<'_, S>,
    before: &Kept<Match>,
    it: Match,
    event: Event,
    mut changes: Vec<Change>,
    revisit: Vec<ContactId>,
) -> Result<Ready, Down> {
    let version = before.version + 1;
    changes.push(records::put(&desk.firm.id, &it, Some(before.version))?);
    changes.extend(match_keys::rekey(&desk.firm.id, Some(&before.record), Some(&it)));
    let subject = Subject::new(Sort::Match, &it.xpm.uuid);
    let entry = Entry::new(subject, version, event, desk.actor.clone(), desk.now)
        .because(it.reason)
        .between(Some(&before.record), Some(&it))?;
    changes.push(entry.change(&desk.firm.id)?);
    Ok(Ready { after: Kept { record: it, version }, changes, revisit })
}
