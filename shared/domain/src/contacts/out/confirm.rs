//! Writing down what XPM holds: contact, match, pointers and journal in one commit.

use jiff::Timestamp;

use super::advance::replace;
use super::match_keys;
use super::people::tell;
use super::send::is_newest;
use super::state::State;
use crate::connection;
use crate::contacts::book::{ContactRecord, keys_of};
use crate::contacts::client::Imported;
use crate::contacts::fields::Field;
use crate::contacts::keys::rekey;
use crate::contacts::matches::{self, ContactMatch, Match, MatchState, Origin, XpmKind, XpmSide};
use crate::contacts::pull::{Base, Synced};
use crate::ids::{ContactId, FirmId, TenantId};
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Committed, Down, Lanes, Ports, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How often it is tried again because someone else was faster.
const RACES: usize = 20;

/// What XPM did.
pub(super) struct Confirmed {
    /// The contact as it was sent.
    pub(super) sent: ContactRecord,
    /// XPM's record, as it answered.
    pub(super) side: XpmSide,
    /// The fields that were sent.
    pub(super) fields: Vec<Field>,
    /// What happened.
    pub(super) event: Event,
    /// What XPM said before.
    pub(super) before: Option<Imported>,
    /// Whether there is more to send.
    pub(super) more: bool,
    /// What a person may want to know all the same.
    pub(super) flag: Option<Reason>,
}

/// Ends a request that XPM carried out, on the newest state of everything; unless the attempt is not the
/// newest any more.
pub(super) async fn done<P: Ports>(
    ports: &P,
    firm: &FirmId,
    it: Confirmed,
    now: Timestamp,
) -> Result<(), Down> {
    let store = ports.store();
    let id = &it.sent.contact.value.id;
    journal::open(store, firm, now).await?;
    for _ in 0..RACES {
        let Some(kept) = records::get::<ContactRecord>(store, firm, id.as_str()).await? else {
            return Ok(());
        };
        if !is_newest(&kept.record, it.sent.push.attempts) {
            return Ok(());
        }
        let Some(place) = place(store, firm, id, &it.side).await? else {
            // It has become another's meanwhile: the contact is looked at afresh.
            let again = |it: &mut ContactRecord| {
                it.push.state = State::planned();
                it.look_at = Some(now);
            };
            if replace(ports, firm, &kept, again).await? {
                return Ok(());
            }
            continue;
        };
        let mut new = place.matched(&it.side, id);
        for field in &it.fields {
            let contact = &it.sent.contact.value;
            new.base.insert(*field, Synced::now(*field, contact, it.side.kind, &it.side.fields));
        }
        new.base.retain(|_, it| !it.xpm.is_empty() || !it.app.is_empty());
        new.conflicts.retain(|field| !it.fields.contains(field));
        new.pushed_at = Some(now);
        let mut record = kept.record.clone();
        let same = record.contact == it.sent.contact && !it.more;
        let client = (it.side.kind == XpmKind::Client).then(|| it.side.uuid.clone());
        let tells = client.is_some() && record.push.told != client;
        let settled = State::Settled { flag: it.flag };
        record.push.state = if it.more { State::planned() } else { settled };
        record.push.words = None;
        record.look_at = (!same || tells).then_some(now);
        let subject = Subject::new(Sort::Match, &it.side.uuid);
        let entry = Entry::new(subject, place.next_version(), it.event, Actor::Rule, now);
        let entry = entry.between(it.before.as_ref(), Some(&it.side.fields))?;
        let mut changes = vec![records::put(firm, &record, Some(kept.version))?];
        changes.extend(place.changes(firm, &new)?);
        changes.push(entry.change(firm)?);
        if store.commit(changes).await? == Committed::Conflict {
            continue;
        }
        if tells {
            // Dying before it is written down costs one more look.
            tell(ports, firm, id, now).await?;
            let kept = Kept { record, version: kept.version + 1 };
            replace(ports, firm, &kept, |it| {
                it.push.told.clone_from(&client);
                it.look_at = it.look_at.filter(|_| !same);
            })
            .await?;
        }
        return Ok(());
    }
    Err(Down { what: "the records", cause: "too many writers at one contact".into() })
}

/// What was found in XPM, and what both sides said when it was made.
pub(super) struct Adopted {
    pub(super) side: XpmSide,
    pub(super) base: Base,
}

/// Matches the contact with what was found to be it; then it is looked at again.
pub(super) async fn adopt<P: Ports>(
    ports: &P,
    firm: &FirmId,
    kept: &Kept<ContactRecord>,
    it: Adopted,
    now: Timestamp,
) -> Result<(), Down> {
    let id = &kept.record.contact.value.id;
    let Some(place) = place(ports.store(), firm, id, &it.side).await? else { return Ok(()) };
    let mut new = place.matched(&it.side, id);
    new.base = it.base;
    let mut record = kept.record.clone();
    record.push.state = State::planned();
    journal::open(ports.store(), firm, now).await?;
    let subject = Subject::new(Sort::Match, &it.side.uuid);
    let entry = Entry::new(subject, place.next_version(), Event::MatchMade, Actor::Rule, now);
    let entry = entry.between(place.before.as_ref().map(|it| &it.record), Some(&new))?;
    let mut changes = vec![records::put(firm, &record, Some(kept.version))?];
    changes.extend(place.changes(firm, &new)?);
    changes.push(entry.change(firm)?);
    // Whoever was faster has left the contact due.
    let _ = ports.store().commit(changes).await?;
    Ok(())
}

/// What is kept of an XPM record and a contact that belong together.
struct Place {
    tenant: Option<TenantId>,
    before: Option<Kept<Match>>,
    pointed: bool,
}

/// What is kept of them; `None` when one of them belongs to another.
async fn place(
    store: &impl Store,
    firm: &FirmId,
    contact: &ContactId,
    side: &XpmSide,
) -> Result<Option<Place>, Down> {
    let pointer = records::get::<ContactMatch>(store, firm, contact.as_str()).await?;
    if pointer.as_ref().is_some_and(|it| it.record.xpm != side.uuid) {
        return Ok(None);
    }
    let before = matches::get(store, firm, &side.uuid).await?;
    let others = before.as_ref().is_some_and(|it| {
        it.record.state == MatchState::Matched && it.record.contact.as_ref() != Some(contact)
    });
    let tenant = connection::read(store, firm).await?.organisation.map(|it| it.tenant);
    Ok((!others).then_some(Place { tenant, before, pointed: pointer.is_some() }))
}

impl Place {
    fn next_version(&self) -> u64 {
        self.before.as_ref().map_or(1, |it| it.version + 1)
    }

    /// The match of both.
    fn matched(&self, side: &XpmSide, contact: &ContactId) -> Match {
        let before = self.before.as_ref().map(|it| it.record.clone());
        let fresh = || Match {
            state: MatchState::Matched,
            tenant: None,
            origin: None,
            xpm: side.clone(),
            contact: None,
            candidates: Vec::new(),
            reason: None,
            rejected: Vec::new(),
            base: Base::new(),
            conflicts: Vec::new(),
            pushed_at: None,
            changed_in: None,
        };
        let mut it = before.unwrap_or_else(fresh);
        if it.state != MatchState::Matched {
            it.reason = None;
        }
        it.state = MatchState::Matched;
        it.tenant.clone_from(&self.tenant);
        it.origin = it.origin.or(Some(Origin::Auto));
        it.xpm = side.clone();
        it.contact = Some(contact.clone());
        it.candidates = Vec::new();
        it
    }

    fn changes(&self, firm: &FirmId, new: &Match) -> Result<Vec<Change>, Down> {
        let mut changes = match_changes(firm, self.before.as_ref(), new)?;
        if let (false, Some(contact)) = (self.pointed, &new.contact) {
            let (contact, xpm, kind) = (contact.clone(), new.xpm.uuid.clone(), new.xpm.kind);
            changes.push(records::put(firm, &ContactMatch { contact, xpm, kind }, None)?);
        }
        Ok(changes)
    }
}

/// The changes that make the match stand so; none if it does.
pub(in crate::contacts) fn match_changes(
    firm: &FirmId,
    before: Option<&Kept<Match>>,
    new: &Match,
) -> Result<Vec<Change>, Down> {
    if before.is_some_and(|it| it.record == *new) {
        return Ok(Vec::new());
    }
    let mut changes = match_keys::rekey(firm, before.map(|it| &it.record), Some(new));
    changes.push(records::put(firm, new, before.map(|it| it.version))?);
    Ok(changes)
}

/// The changes that make the contact stand so, told in the journal where XPM changed it; none if it does.
pub(in crate::contacts) async fn contact_changes(
    store: &impl Lanes,
    firm: &FirmId,
    before: &Kept<ContactRecord>,
    new: &ContactRecord,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Change>, Down> {
    if before.record == *new {
        return Ok(Vec::new());
    }
    let (old, value) = (&before.record.contact.value, &new.contact.value);
    let mut changes = rekey(firm, &value.id, &keys_of(&before.record), &keys_of(new));
    changes.push(records::put(firm, new, Some(before.version))?);
    if old != value {
        journal::open(store, firm, now).await?;
        let subject = Subject::new(Sort::Contact, &value.id);
        let version = before.version + 1;
        let entry = Entry::new(subject, version, Event::ContactUpdated, actor.clone(), now);
        changes.push(entry.between(Some(old), Some(value))?.change(firm)?);
    }
    Ok(changes)
}
