//! Undoing a run: every record it changed is put back as it stood, page by page (BY-10).
//!
//! What was changed since is left alone and listed. A match that the run made does not come back by
//! itself: it stands as removed until a person allows it again. Where the run brought values over, the
//! match goes on as if the contact had refused them: neither side is changed until one of them says
//! something new.

use std::collections::HashMap;

use super::change::{SyncChange, of_contact, of_match};
use super::chunks::Entry;
use super::commit::commit;
use super::counts::Outcome;
use super::decide::{Step, over, write};
use super::look::Known;
use super::process::{Task, revisit, settle};
use super::run::SyncRun;
use super::saved::save;
use super::stages::{Halt, Worker};
use super::tell::json_of;
use crate::contacts::book::ContactRecord;
use crate::contacts::contact::Contact;
use crate::contacts::listing;
use crate::contacts::matches::{ContactMatch, Match, MatchState, XpmKind};
use crate::contacts::pull::{Base, Synced};
use crate::desired::Stamp;
use crate::ids::ContactId;
use crate::journal;
use crate::ports::{Change, Clock, Down, Expect, Ports, Store};
use crate::reason::Reason;
use crate::records::{self, Kept, Record};

/// How many records are put back in one stroke.
const PAGE: usize = 100;

/// Goes on with undoing, from where the run stands.
pub(super) async fn undo<P: Ports>(
    worker: &mut Worker<'_, P>,
    run: &mut Kept<SyncRun>,
) -> Result<Option<Halt>, Down> {
    let Some(of) = run.record.of.clone() else { return Ok(None) };
    let (ports, firm) = (worker.ports, &worker.firm.id);
    loop {
        if let Some(halt) = worker.check().await? {
            return Ok(Some(halt));
        }
        let now = ports.clock().now();
        let after = run.record.plan.after.clone();
        let prefix = format!("{of}#");
        let (changes, next) =
            listing::page(ports.store(), firm, &prefix, after, PAGE, |_: &SyncChange| true).await?;
        let changes: Vec<SyncChange> = changes.into_iter().map(|it| it.record).collect();
        let task = worker.task(&run.record, now);
        let steps = steps(ports.store(), &task, &changes).await?;
        if steps.iter().any(|it| !it.changes.is_empty()) {
            journal::open(ports.store(), firm, now).await?;
            if !commit(ports.store(), &steps).await?.is_empty() {
                // Someone else was at one of them: the page once more.
                continue;
            }
            revisit(ports.store(), &task, &steps).await?;
        }
        for (change, step) in changes.iter().zip(&steps) {
            run.record.count(&change.uuid, &change.name, step.outcome);
        }
        let done = run.record.progress.done;
        let left = if next.is_some() { run.record.progress.total } else { done };
        run.record.progress.total = left.max(done);
        let Some(next) = next else { return Ok(None) };
        run.record.plan.after = Some(next);
        run.record.state = super::run::RunState::Running;
        run.record.started_at.get_or_insert(now);
        if !save(ports, firm, run).await? {
            return Ok(Some(Halt::OVERTAKEN));
        }
    }
}

async fn steps(
    store: &impl Store,
    task: &Task<'_>,
    changes: &[SyncChange],
) -> Result<Vec<Step>, Down> {
    let uuids: Vec<String> = changes.iter().map(|it| it.uuid.to_string()).collect();
    let ids: Vec<String> =
        changes.iter().filter_map(|it| it.contact.as_ref()).map(ContactId::to_string).collect();
    let matches = match uuids.is_empty() {
        true => Vec::new(),
        false => records::get_many::<Match>(store, task.firm, &uuids).await?,
    };
    let (contacts, pointers) = match ids.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => (
            records::get_many::<ContactRecord>(store, task.firm, &ids).await?,
            records::get_many::<ContactMatch>(store, task.firm, &ids).await?,
        ),
    };
    let pointers: HashMap<ContactId, Kept<ContactMatch>> =
        pointers.into_iter().map(|it| (it.record.contact.clone(), it)).collect();
    let mut known = Known::of(matches, Vec::new());
    for it in contacts {
        known.contacts.found.insert(it.record.id(), it);
    }
    let step = |change: &SyncChange| {
        let pointer = change.contact.as_ref().and_then(|it| pointers.get(it));
        let step = put_back(task, change, &known, pointer)?;
        settle(task, &Entry::TooLarge(change.uuid.clone(), change.name.clone()), &known, step)
    };
    changes.iter().map(step).collect()
}

/// Puts one record back, unless it was changed since.
fn put_back(
    task: &Task<'_>,
    change: &SyncChange,
    known: &Known,
    pointer: Option<&Kept<ContactMatch>>,
) -> Result<Step, Down> {
    let since = || Ok(Step::only(Outcome::Skipped(Reason::ChangedSince)));
    let link = known.matches.found.get(change.uuid.as_str());
    let (Some(link), Some(image)) = (link, &change.link) else { return since() };
    let placed = matches!(change.outcome, Outcome::Matched | Outcome::Created);
    let contact = change.contact.clone().filter(|_| placed);
    if known.done_in(&change.uuid, &task.run) {
        // Done before the run was interrupted, except perhaps for the contact's tasks.
        return Ok(Step { revisit: contact, ..Step::only(Outcome::Updated) });
    }
    let book = change.contact.as_ref().and_then(|it| known.contacts.found.get(it.as_str()));
    let moved = match (&change.book, book) {
        (Some(then), Some(now)) => then.made != of_contact(&json_of(&now.record)?),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if moved || image.made != of_match(&json_of(&link.record)?) {
        return since();
    }
    let mut changes = Vec::new();
    let mut base = link.record.base.clone();
    if let (Some(then), Some(now)) = (&change.book, book) {
        let mut record = now.record.clone();
        match &then.before {
            Some(before) if !before.contact.deleted => {
                let value = before.contact.value.clone();
                base = refused(base, link.record.xpm.kind, &now.record.contact.value, &value);
                record.contact.value = value;
                record.stated.clone_from(&before.stated);
            }
            Some(_) | None => {
                record.contact.delete(Stamp { version: None, as_of: task.now });
            }
        }
        changes = over(task.firm, now, &record)?;
    }
    if let Some(pointer) = pointer.filter(|it| placed && it.record.xpm == change.uuid) {
        let key = pointer.record.key(task.firm);
        changes.push(Change::Delete(key, Expect::Version(pointer.version)));
    }
    let new = match &image.before {
        Some(before) if !placed => {
            let (tenant, xpm) = (link.record.tenant.clone(), link.record.xpm.clone());
            Match { base, tenant, xpm, ..before.clone() }
        }
        Some(_) | None => Match {
            state: MatchState::Removed,
            reason: Some(Reason::Undone),
            base: Base::new(),
            conflicts: Vec::new(),
            candidates: Vec::new(),
            ..link.record.clone()
        },
    };
    let step = write(task, new, Some(link), Outcome::Updated, changes)?;
    Ok(Step { revisit: contact, ..step })
}

/// The base as it is once the contact says again what it said before.
fn refused(mut base: Base, kind: XpmKind, old: &Contact, new: &Contact) -> Base {
    for (field, Synced { app, .. }) in &mut base {
        if *app == field.outgoing(old, kind) {
            *app = field.outgoing(new, kind);
        }
    }
    base
}
