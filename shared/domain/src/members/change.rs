//! What changes members: adding, removing, signing in, and ending all sessions.

use jiff::Timestamp;

use super::{Member, Membership, id_of, of_user};
use crate::ids::{Email, FirmId, XeroUserId};
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Committed, Down, Expect, Key, Kind, Lanes, Person, Range, Store};
use crate::records::{self, Edit, Kept, pointer};

/// How often a removal is tried again because someone else changed one of the two in between.
const RACES: usize = 20;

/// So many members are deleted at a time, each with two pointers.
const HANDFUL: usize = 30;

/// How a removal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// They may not sign in any more; their sessions are over.
    Removed,
    /// The firm has no such member.
    Unknown,
    /// Nobody removes themselves: so a firm never loses its last member.
    Yourself,
}

/// The changes that make an address the first member of a firm that is being founded.
///
/// # Errors
/// They cannot be written as JSON.
pub fn founder(firm: &FirmId, email: &Email, now: Timestamp) -> Result<Vec<Change>, Down> {
    newcomer(firm, &Member::new(email.clone(), Actor::Rule, now), now)
}

/// Lets whoever signs in by this address be a member; `false` when there is one already.
///
/// # Errors
/// The store does not answer.
pub async fn add(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    email: &Email,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, Down> {
    journal::open(store, firm, now).await?;
    let fresh = Member::new(email.clone(), actor.clone(), now);
    records::amend_kept(store, firm, &id_of(email), |kept: Option<Kept<Member>>| {
        let epoch = kept.as_ref().map_or(1, |it| it.record.epoch + 1);
        if kept.as_ref().is_some_and(|it| it.record.removed_at.is_none()) {
            return Ok(Edit::Leave(false));
        }
        let version = kept.map_or(1, |it| it.version + 1);
        let next = Member { epoch, ..fresh.clone() };
        let told = told(&next, version, Event::MemberAdded, actor.clone(), now);
        let told = told.between(None, Some(&next))?.change(firm)?;
        Ok(Edit::Write(next.clone(), vec![told, of_email(firm, &next.id)], true))
    })
    .await
}

/// Makes a person a member who was just proven to act for the firm: they consented for it at Xero.
/// A member who is bound to another login stays as they are, and so does everyone else.
///
/// # Errors
/// The store does not answer.
pub async fn admit(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    person: &Person,
    now: Timestamp,
) -> Result<(), Down> {
    let known = of_user(store, &person.user).await?;
    if known.iter().any(|(of, _)| of == firm.as_str()) {
        return Ok(());
    }
    let Some(email) = &person.email else { return Ok(()) };
    let fresh = Member {
        name: person.name.clone(),
        user: Some(person.user.clone()),
        ..Member::new(email.clone(), Actor::Person(email.to_string()), now)
    };
    journal::open(store, firm, now).await?;
    let admitted = store.commit(newcomer(firm, &fresh, now)?).await?;
    if admitted == Committed::Conflict {
        tracing::info!(firm.id = %firm, "the person who consented is a member already");
    }
    Ok(())
}

/// Notes that a person signs in as this member, and binds the member to their login; `None` when the
/// member is gone, or another login's.
///
/// # Errors
/// The store does not answer.
pub async fn enter(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &str,
    person: &Person,
    now: Timestamp,
) -> Result<Option<Member>, Down> {
    journal::open(store, firm, now).await?;
    records::amend_kept(store, firm, id, |kept: Option<Kept<Member>>| {
        let kept = kept.filter(|it| it.record.may_be(&person.user));
        let Some(Kept { record: before, version }) = kept else { return Ok(Edit::Leave(None)) };
        let next = Member {
            name: person.name.clone(),
            user: Some(person.user.clone()),
            signed_in_at: Some(now),
            ..before.clone()
        };
        let told = told(&next, version + 1, Event::MemberSignedIn, next.actor(), now);
        let told = told.between(Some(&before), Some(&next))?.change(firm)?;
        let others = vec![told, of_login(firm, &person.user, id)];
        Ok(Edit::Write(next.clone(), others, Some(next)))
    })
    .await
}

/// Takes a member away, on behalf of another one.
///
/// # Errors
/// The store does not answer, or both are changed again and again meanwhile.
pub async fn remove(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    id: &str,
    by: &Member,
    now: Timestamp,
) -> Result<Removal, Down> {
    if by.id == id {
        return Ok(Removal::Yourself);
    }
    journal::open(store, firm, now).await?;
    for _ in 0..RACES {
        let gone = records::get::<Member>(store, firm, id).await?;
        let by = records::get::<Member>(store, firm, &by.id).await?;
        let stands = |it: &Kept<Member>| it.record.removed_at.is_none();
        let (Some(gone), Some(by)) = (gone.filter(stands), by.filter(stands)) else {
            return Ok(Removal::Unknown);
        };
        let Kept { record: before, version } = gone;
        let next = Member { removed_at: Some(now), ..before.clone() };
        let told = told(&next, version + 1, Event::MemberRemoved, by.record.actor(), now);
        let mut changes = vec![
            records::put(firm, &next, Some(version))?,
            told.between(Some(&before), None)?.change(firm)?,
            // Whoever removes must be a member in this very commit: of two who remove each other at
            // once, one stays.
            records::put(firm, &by.record, Some(by.version))?,
        ];
        changes.extend(unpoint(firm, id, before.user.as_ref().map(XeroUserId::as_str)));
        if store.commit(changes).await? == Committed::Done {
            return Ok(Removal::Removed);
        }
    }
    Err(Down { what: "the members", cause: "too many writers at one member".into() })
}

/// Ends all sessions of a person, at each of their firms.
///
/// # Errors
/// The store does not answer; some sessions may have ended.
pub async fn sign_out_everywhere(
    store: &(impl Store + Lanes),
    memberships: &[Membership],
    now: Timestamp,
) -> Result<(), Down> {
    for Membership { firm, member } in memberships {
        journal::open(store, firm, now).await?;
        records::amend_kept(store, firm, &member.id, |kept: Option<Kept<Member>>| {
            let Some(Kept { record: before, version }) = kept else { return Ok(Edit::Leave(())) };
            let next = Member { epoch: before.epoch + 1, ..before.clone() };
            let told = told(&next, version + 1, Event::MemberSignedOut, next.actor(), now);
            let told = told.between(Some(&before), Some(&next))?.change(firm)?;
            Ok(Edit::Write(next, vec![told], ()))
        })
        .await?;
    }
    Ok(())
}

/// Deletes a firm's members and what leads to them, readable or not; says how many there were.
///
/// # Errors
/// The store does not answer.
pub async fn erase(store: &impl Store, firm: &FirmId) -> Result<usize, Down> {
    let mut gone = 0;
    loop {
        let items = store.list(&Range::of(firm, Kind::Member, "", HANDFUL)).await?.items;
        if items.is_empty() {
            return Ok(gone);
        }
        let count = items.len();
        let mut changes = Vec::new();
        for item in items {
            changes.extend(unpoint(firm, &item.key.id, item.body["user"].as_str()));
            changes.push(Change::Delete(item.key, Expect::Any));
        }
        if store.commit(changes).await? == Committed::Done {
            gone += count;
        }
    }
}

/// The changes after which neither address nor login leads to a member.
fn unpoint(firm: &FirmId, id: &str, user: Option<&str>) -> Vec<Change> {
    let mut ids = vec![format!("email:{id}#{firm}")];
    ids.extend(user.map(|user| format!("user:{user}#{firm}#{id}")));
    let key = |it| Key::new(&FirmId::directory(), Kind::MemberOf, it);
    ids.into_iter().map(|it| Change::Delete(key(it), Expect::Any)).collect()
}

fn newcomer(firm: &FirmId, member: &Member, now: Timestamp) -> Result<Vec<Change>, Down> {
    let told = told(member, 1, Event::MemberAdded, member.added_by.clone(), now);
    let mut changes = vec![
        records::put(firm, member, None)?,
        told.between(None, Some(member))?.change(firm)?,
        of_email(firm, &member.id),
    ];
    changes.extend(member.user.as_ref().map(|user| of_login(firm, user, &member.id)));
    Ok(changes)
}

fn of_email(firm: &FirmId, id: &str) -> Change {
    pointer(&FirmId::directory(), Kind::MemberOf, format!("email:{id}#{firm}"))
}

fn of_login(firm: &FirmId, user: &XeroUserId, id: &str) -> Change {
    pointer(&FirmId::directory(), Kind::MemberOf, format!("user:{user}#{firm}#{id}"))
}

fn told(member: &Member, version: u64, event: Event, actor: Actor, now: Timestamp) -> Entry {
    Entry::new(Subject::new(Sort::Member, &member.id), version, event, actor, now)
}
