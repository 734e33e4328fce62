//! What becomes of one XPM record, given all that is known: a decision and the changes that make it true.

use super::change::SyncChange;
use super::counts::{Outcome, Trouble};
use super::create::{create, employments};
use super::incoming::Incoming;
use super::look::Known;
use super::process::Task;
use crate::contacts::book::{ContactRecord, keys_of};
use crate::contacts::contact::Contact;
use crate::contacts::keys::rekey;
use crate::contacts::matches::{self, ContactMatch, Match, MatchState, Origin};
use crate::contacts::matching::{Candidate, Traits, Verdict, candidate, judge, suggestions};
use crate::contacts::out::{self, match_keys};
use crate::contacts::pull::{self, Base};
use crate::ids::{ContactId, FirmId};
use crate::ports::{Change, Down};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// What becomes of a record, and what must be written for it, all at once.
pub(super) struct Step {
    pub(super) outcome: Outcome,
    pub(super) changes: Vec<Change>,
    /// The contact whose tasks must be looked at again.
    pub(super) revisit: Option<ContactId>,
    /// What a person is told of it.
    pub(super) told: Option<Box<SyncChange>>,
}

impl Step {
    pub(super) fn only(outcome: Outcome) -> Self {
        Self { outcome, changes: Vec::new(), revisit: None, told: None }
    }
}

/// Decides on one record.
pub(super) fn decide(task: &Task<'_>, it: &Incoming, known: &mut Known) -> Result<Step, Down> {
    let id = it.xpm.uuid.as_str();
    if known.matches.unreadable.contains(id) {
        return Ok(Step::only(Outcome::Failed(Trouble::Unreadable)));
    }
    let before = known.matches.found.get(id).cloned();
    if let Some(Kept { record: Match { changed_in: Some((run, outcome)), contact, .. }, .. }) =
        &before
        && *run == task.run
    {
        // Done by this run before it was interrupted, except perhaps for the contact's tasks.
        let revisit = contact.clone().filter(|_| *outcome == Outcome::Matched);
        return Ok(Step { revisit, ..Step::only(*outcome) });
    }
    match before.as_ref().map(|it| it.record.state) {
        Some(MatchState::Removed) => before.map_or_else(
            || Ok(Step::only(Outcome::Skipped(Reason::MatchRemoved))),
            |before| keep_apart(task, it, &before),
        ),
        Some(MatchState::Matched) => before.map_or_else(
            || Ok(Step::only(Outcome::Unchanged)),
            |before| keep_in_step(task, it, &before, known),
        ),
        Some(MatchState::Partial | MatchState::Unmatched) | None => {
            find_a_place(task, it, before.as_ref(), known)
        }
    }
}

/// A matched record: what XPM changed comes over; what XPM put away is flagged and left alone (KB-65).
fn keep_in_step(
    task: &Task<'_>,
    it: &Incoming,
    before: &Kept<Match>,
    known: &Known,
) -> Result<Step, Down> {
    let mut new = Match { tenant: task.tenant.clone(), ..before.record.clone() };
    if new.pushed_at.is_some_and(|at| task.asked_at.is_none_or(|asked| asked <= at)) {
        // What was read may be from before our own write; the next run reads it again.
        return Ok(Step::only(Outcome::Unchanged));
    }
    if let Some(barrier) = it.barrier {
        new.reason = Some(barrier);
        new.xpm.clients.clone_from(&it.xpm.clients);
        return write(task, new, Some(before), Outcome::Skipped(barrier), Vec::new());
    }
    let Some(id) = &before.record.contact else {
        return Ok(Step::only(Outcome::Failed(Trouble::Unreadable)));
    };
    if known.contacts.unreadable.contains(id.as_str()) {
        return Ok(Step::only(Outcome::Failed(Trouble::Unreadable)));
    }
    // A contact deleted in the practice app is neither changed nor brought back.
    let Some(contact) = known.contact(id) else { return Ok(Step::only(Outcome::Unchanged)) };
    let value = &contact.record.contact.value;
    let pulled = pull::pull(value, &it.xpm, &new.base, task.sync());
    new.xpm = it.xpm.clone();
    new.reason = (value.kind != it.becomes).then_some(Reason::KindMismatch);
    new.base = pulled.base;
    new.conflicts = pulled.conflicts;
    let mut after = pulled.contact;
    // A person of the practice app keeps its own organisations (KB-20); one that we made has XPM's.
    if new.origin == Some(Origin::Created) {
        let more = employments(it, known).into_iter();
        let more: Vec<_> =
            more.filter(|it| after.organisations.iter().all(|own| own.id != it.id)).collect();
        after.organisations.extend(more);
    }
    let outcome = if after == *value { Outcome::Unchanged } else { Outcome::Updated };
    let mut record = contact.record.clone();
    record.change(after);
    if new.reason.is_none() {
        out::remind(&mut record, &pulled.send, task.sync(), task.now);
    }
    let mut changes = over(task.firm, contact, &record)?;
    // Its organisation was away meanwhile, and so was the pointer (XB-05).
    if !known.taken(id) {
        changes.push(point(task.firm, it, id)?);
    }
    write(task, new, Some(before), outcome, changes)
}

/// A removed match: XPM's side is noted, for a person to decide on, and goes no further (KB-42).
fn keep_apart(task: &Task<'_>, it: &Incoming, before: &Kept<Match>) -> Result<Step, Down> {
    // Why it was taken away is kept.
    let why = before.record.reason.filter(|it| [Reason::Undone, Reason::Relinked].contains(it));
    let reason = it.barrier.or(why).or(Some(Reason::MatchRemoved));
    let tenant = task.tenant.clone();
    let new = Match { xpm: it.xpm.clone(), tenant, reason, ..before.record.clone() };
    write(task, new, Some(before), Outcome::Skipped(Reason::MatchRemoved), Vec::new())
}

/// A record without a match: matched, offered to a person, or made into a contact.
fn find_a_place(
    task: &Task<'_>,
    it: &Incoming,
    before: Option<&Kept<Match>>,
    known: &mut Known,
) -> Result<Step, Down> {
    if let Some(barrier) = it.barrier {
        // It no longer waits for anyone. It stays, so that its versions go on.
        let Some(kept) = before else { return Ok(Step::only(Outcome::Skipped(barrier))) };
        let (state, reason, candidates) = (MatchState::Unmatched, Some(barrier), Vec::new());
        let new = Match { state, reason, candidates, ..kept.record.clone() };
        return write(task, new, before, Outcome::Skipped(barrier), Vec::new());
    }
    if it.xpm.fields.name.is_empty() {
        return Ok(Step::only(Outcome::Failed(Trouble::Unnamed)));
    }
    let rejected = before.map_or(&[][..], |it| &it.record.rejected);
    let traits = it.traits(task);
    let Some(candidates) = known.candidates(&traits) else {
        return Ok(Step::only(Outcome::Failed(Trouble::Unreadable)));
    };
    let contacts: Vec<&Contact> = candidates
        .iter()
        .map(|it| &it.record.contact.value)
        .filter(|it| !rejected.contains(&it.id))
        .collect();
    let mut new = Match {
        state: MatchState::Unmatched,
        tenant: task.tenant.clone(),
        origin: None,
        xpm: it.xpm.clone(),
        contact: None,
        candidates: Vec::new(),
        reason: None,
        rejected: rejected.to_vec(),
        base: Base::new(),
        conflicts: Vec::new(),
        pushed_at: None,
        changed_in: before.and_then(|it| it.record.changed_in.clone()),
    };
    let orphans = known.orphans(it, &traits);
    let orphans = orphans.iter().map(|it| &it.record.contact.value);
    let orphans: Vec<&Contact> = orphans.filter(|it| !rejected.contains(&it.id)).collect();
    let mut verdict = judge_all(&traits, &contacts, &orphans);
    // Whether this is what was added for the contact, a person says.
    if let Verdict::Match(id) = &verdict
        && let Some(book) = candidates.iter().find(|it| it.record.contact.value.id == *id)
        && book.record.push.state.asks_about(&it.xpm.uuid)
    {
        let value = &book.record.contact.value;
        let candidates =
            vec![candidate(&traits, &Traits::of(value).dialled_in(traits.region), value)];
        verdict = Verdict::Partial { reason: Reason::AmbiguousExact, candidates };
    }
    match verdict {
        Verdict::Match(id) => {
            let Some(contact) = candidates.iter().find(|it| it.record.contact.value.id == id)
            else {
                return Ok(Step::only(Outcome::Failed(Trouble::Unreadable)));
            };
            let mut record = contact.record.clone();
            let pulled = pull::pull(&record.contact.value, &it.xpm, &Base::new(), task.sync());
            record.change(pulled.contact);
            out::announce(&mut record, task.sync(), task.now);
            let mut changes = over(task.firm, contact, &record)?;
            changes.push(point(task.firm, it, &id)?);
            new.base = pulled.base;
            new.conflicts = pulled.conflicts;
            known.take(&id);
            let new = matched(new, Origin::Auto, &id);
            let step = write(task, new, before, Outcome::Matched, changes)?;
            Ok(Step { revisit: Some(id), ..step })
        }
        Verdict::Partial { reason, candidates } => {
            new.state = MatchState::Partial;
            new.reason = Some(reason);
            new.candidates = candidates;
            write(task, new, before, Outcome::Partial, Vec::new())
        }
        Verdict::Create => match task.obstacle_to_create() {
            Some(reason) => {
                new.reason = Some(reason);
                new.candidates = suggestions(&traits, &contacts);
                write(task, new, before, Outcome::Skipped(reason), Vec::new())
            }
            None => create(task, it, new, before, known),
        },
    }
}

/// Judges free contacts and those whose own XPM record is dead. One of the latter is never matched by
/// rule: a person says whether the record has taken that one's place (BY-13).
fn judge_all(traits: &Traits, free: &[&Contact], orphans: &[&Contact]) -> Verdict {
    let all: Vec<&Contact> = free.iter().chain(orphans).copied().collect();
    let orphaned = |id: &ContactId| orphans.iter().any(|it| it.id == *id);
    let mut candidates = match judge(traits, &all) {
        Verdict::Match(id) if orphaned(&id) => {
            let all = all.iter();
            let all =
                all.map(|it| candidate(traits, &Traits::of(it).dialled_in(traits.region), it));
            all.filter(|it| orphaned(&it.contact_id) || it.score > 0.0).collect()
        }
        Verdict::Partial { candidates, .. }
            if candidates.iter().any(|it| orphaned(&it.contact_id)) =>
        {
            candidates
        }
        verdict @ (Verdict::Match(_) | Verdict::Partial { .. } | Verdict::Create) => {
            return verdict;
        }
    };
    candidates.sort_by(|a, b| {
        let first = |it: &Candidate| !orphaned(&it.contact_id);
        first(a).cmp(&first(b)).then(b.score.total_cmp(&a.score))
    });
    Verdict::Partial { reason: Reason::RelinkProposed, candidates }
}

pub(super) fn matched(it: Match, origin: Origin, contact: &ContactId) -> Match {
    let contact = Some(contact.clone());
    Match { state: MatchState::Matched, origin: Some(origin), contact, ..it }
}

/// The pointer from the contact, only where there is none: one contact, one match.
pub(super) fn point(firm: &FirmId, it: &Incoming, contact: &ContactId) -> Result<Change, Down> {
    let (xpm, kind) = (it.xpm.uuid.clone(), it.xpm.kind);
    records::put(firm, &ContactMatch { contact: contact.clone(), xpm, kind }, None)
}

/// The changes that make the contact stand so; none if it does.
pub(super) fn over(
    firm: &FirmId,
    old: &Kept<ContactRecord>,
    new: &ContactRecord,
) -> Result<Vec<Change>, Down> {
    if old.record == *new {
        return Ok(Vec::new());
    }
    let id = &new.contact.value.id;
    let mut changes = rekey(firm, id, &keys_of(&old.record), &keys_of(new));
    changes.push(records::put(firm, new, Some(old.version))?);
    Ok(changes)
}

/// The step that makes the match stand so; it writes nothing if all stands so already (KB-29).
pub(super) fn write(
    task: &Task<'_>,
    mut new: Match,
    before: Option<&Kept<Match>>,
    outcome: Outcome,
    mut changes: Vec<Change>,
) -> Result<Step, Down> {
    if changes.is_empty() && before.is_some_and(|it| it.record == new) {
        return Ok(Step::only(outcome));
    }
    new.changed_in = Some((task.run.clone(), outcome));
    // Tasks of a client that XPM puts away, or brings back, are told (XB-24).
    let away = |it: &Match| it.reason.is_some_and(matches::gone);
    let turned = before.is_some_and(|it| away(&it.record) != away(&new));
    let revisit = new.contact.clone().filter(|_| turned);
    changes.push(records::put(task.firm, &new, before.map(|it| it.version))?);
    changes.extend(match_keys::rekey(task.firm, before.map(|it| &it.record), Some(&new)));
    Ok(Step { outcome, changes, revisit, told: None })
}
