//! Telling what a step does: in the journal, and among the changes of its run. Both are read off the
//! step's own changes, and committed with them.

use serde_json::{Value, json};

use super::change::{self, Image, SyncChange, differences};
use super::chunks::Entry;
use super::counts::Outcome;
use super::decide::Step;
use super::incoming::name;
use super::look::Known;
use super::process::Task;
use super::run::Mode;
use crate::chance::digest;
use crate::contacts::matches::Match;
use crate::ids::ContactId;
use crate::journal::{self, Actor, Event, Sort, Subject};
use crate::ports::{Change, Down, Expect, Item, Kind};
use crate::reason::Reason;
use crate::records::{self, Kept, Record};

/// Adds to a step what tells of it. In a plan, that is all that is left of the step.
pub(super) fn tell(
    task: &Task<'_>,
    entry: &Entry,
    known: &Known,
    step: &mut Step,
) -> Result<(), Down> {
    let planning = task.planned.is_some();
    // An applied run lists what it changed; the others list what they leave alone as well.
    let silent = task.mode == Mode::Apply && !planning || step.outcome == Outcome::Unchanged;
    let again = known.done_in(name(entry).0, &task.run);
    if step.changes.is_empty() && (silent || again) {
        return Ok(());
    }
    let (uuid, called) = name(entry);
    let link = written(&step.changes, Kind::Match);
    let book = written(&step.changes, Kind::Contact);
    let link_before = known.matches.found.get(uuid.as_str());
    let book_before = book.and_then(|it| known.contacts.found.get(&it.key.id));
    let text = |it: Option<&Item>, field: &str| {
        it.and_then(|it| it.body.get(field)).filter(|it| !it.is_null()).cloned()
    };
    let contact = text(link, "contact").and_then(|it| serde_json::from_value::<ContactId>(it).ok());
    let reason = match step.outcome {
        Outcome::Skipped(reason) => Some(reason),
        Outcome::Matched
        | Outcome::Created
        | Outcome::Partial
        | Outcome::Updated
        | Outcome::Unchanged
        | Outcome::Failed(_) => {
            text(link, "reason").and_then(|it| serde_json::from_value::<Reason>(it).ok())
        }
    };
    let told = Told {
        task,
        link_before,
        value_before: book_before
            .filter(|it| !it.record.contact.deleted)
            .map(|it| json_of(&it.record.contact.value))
            .transpose()?,
        book,
        link,
        reason,
    };
    let entries = told.entries(step.outcome)?;
    let change = SyncChange {
        run: task.run.clone(),
        uuid: uuid.clone(),
        name: called.chars().take(200).collect(),
        outcome: step.outcome,
        reason,
        contact,
        differences: told.differences()?,
        at: task.now,
        entries: match task.mode {
            Mode::Plan => Vec::new(),
            Mode::Apply | Mode::Undo => entries.iter().map(Record::id).collect(),
        },
        digest: if planning { sum(step) } else { String::new() },
        chunk: task.chunk,
        book: image(book, book_before, change::of_contact),
        link: image(link, link_before, change::of_match),
    };
    match task.mode {
        Mode::Plan => {
            step.changes = vec![over_any(records::put(task.firm, &change, None)?)];
            if let (Outcome::Matched, Some(contact)) = (step.outcome, &change.contact) {
                step.changes.push(change::given(task.firm, &task.run, contact, task.chunk));
            }
        }
        Mode::Apply if step.changes.is_empty() => {}
        Mode::Undo if step.changes.is_empty() => {
            step.changes.push(over_any(records::put(task.firm, &change, None)?));
        }
        Mode::Apply | Mode::Undo => {
            for entry in &entries {
                step.changes.push(entry.change(task.firm)?);
            }
            step.changes.push(records::put(task.firm, &change, None)?);
        }
    }
    step.told = Some(Box::new(change));
    Ok(())
}

struct Told<'a> {
    task: &'a Task<'a>,
    link_before: Option<&'a Kept<Match>>,
    /// The contact as it stood, if it was there.
    value_before: Option<Value>,
    book: Option<&'a Item>,
    link: Option<&'a Item>,
    reason: Option<Reason>,
}

impl Told<'_> {
    /// One entry for each record that changed in a way that a person or program wants to see: a contact
    /// made or changed, a match made, offered or flagged. A contact made says that it is matched.
    fn entries(&self, outcome: Outcome) -> Result<Vec<journal::Entry>, Down> {
        let mut entries = Vec::new();
        let after = self.value_after().cloned();
        let changed = self.book.filter(|_| self.value_before != after);
        if let Some(item) = changed {
            let event = match (&self.value_before, &after) {
                (None, _) => Event::ContactCreated,
                (Some(_), Some(_)) => Event::ContactUpdated,
                (Some(_), None) => Event::ContactDeleted,
            };
            let it = self.entry(Sort::Contact, item, event);
            entries.push(journal::Entry { before: self.value_before.clone(), after, ..it });
        }
        let event = match outcome {
            _ if self.task.mode == Mode::Undo => Some(match self.reason {
                Some(Reason::Undone) => Event::MatchRemoved,
                Some(_) | None => Event::MatchRestored,
            }),
            Outcome::Matched => Some(Event::MatchMade),
            Outcome::Partial => Some(Event::MatchPartial),
            Outcome::Created => None,
            Outcome::Updated | Outcome::Unchanged | Outcome::Skipped(_) | Outcome::Failed(_) => {
                Some(Event::MatchFlagged).filter(|_| changed.is_none() && self.flagged())
            }
        };
        if let (Some(item), Some(event)) = (self.link, event) {
            let before = self.link_before.map(|it| json_of(&it.record)).transpose()?;
            let it = self.entry(Sort::Match, item, event);
            entries.push(journal::Entry { before, after: Some(item.body.clone()), ..it });
        }
        Ok(entries)
    }

    fn entry(&self, sort: Sort, item: &Item, event: Event) -> journal::Entry {
        let subject = Subject::new(sort, &item.key.id);
        journal::Entry::new(subject, item.version, event, Actor::Rule, self.task.now)
            .in_run(&self.task.run)
            .because(self.reason)
    }

    /// Whether the match stands otherwise than before, or for another reason.
    fn flagged(&self) -> bool {
        let Some(after) = self.link else { return false };
        let before = self.link_before.map(|it| &it.record);
        let same = |field: &str, before: Option<Value>| {
            after.body.get(field).cloned().filter(|it| !it.is_null()) == before
        };
        let state = before.and_then(|it| json_of(&it.state).ok());
        let reason = before.and_then(|it| it.reason).and_then(|it| json_of(&it).ok());
        !(same("state", state) && same("reason", reason))
    }

    fn value_after(&self) -> Option<&Value> {
        let there = |it: &&Item| it.body.pointer("/contact/deleted") != Some(&Value::Bool(true));
        self.book.filter(there).and_then(|it| it.body.pointer("/contact/value"))
    }

    fn differences(&self) -> Result<Vec<change::Difference>, Down> {
        let mut all = match self.book {
            Some(_) => differences(self.value_before.as_ref(), self.value_after()),
            None => Vec::new(),
        };
        if let Some(after) = self.link {
            let short = |it: &Value| {
                let part = |name: &str| it.get(name).cloned().unwrap_or(Value::Null);
                let candidates = it.get("candidates").and_then(Value::as_array);
                let ids = candidates.into_iter().flatten().filter_map(|it| it.get("contact_id"));
                json!({"match_state": part("state"), "match_contact": part("contact"),
                    "match_reason": part("reason"), "match_conflicts": part("conflicts"),
                    "match_candidates": ids.collect::<Vec<_>>()})
            };
            let before = self.link_before.map(|it| json_of(&it.record)).transpose()?;
            let (before, after) = (before.as_ref().map(short), short(&after.body));
            all.extend(differences(before.as_ref(), Some(&after)));
        }
        Ok(all)
    }
}

/// What a step does, in short, whenever and in whichever run it does it.
fn sum(step: &Step) -> String {
    let mut parts: Vec<String> = step.changes.iter().map(part).collect();
    parts.sort();
    digest(&format!("{:?}{parts:?}", step.outcome))
}

fn part(change: &Change) -> String {
    match change {
        Change::Put(item, expect) => {
            let mut body = item.body.clone();
            if let Some(it) = body.as_object_mut() {
                it.remove("changed_in");
                it.remove("look_at");
            }
            if let Some(it) = body.get_mut("contact").and_then(Value::as_object_mut) {
                it.remove("as_of");
            }
            format!("{:?}{:?}{expect:?}{body}", item.key.kind, item.key.id)
        }
        Change::Delete(key, expect) => format!("{:?}{:?}{expect:?}", key.kind, key.id),
    }
}

fn image<R: Clone>(
    after: Option<&Item>,
    before: Option<&Kept<R>>,
    sum: impl Fn(&Value) -> String,
) -> Option<Image<R>> {
    let made = sum(&after?.body);
    Some(Image { before: before.map(|it| it.record.clone()), made })
}

fn written(changes: &[Change], kind: Kind) -> Option<&Item> {
    changes.iter().find_map(|it| match it {
        Change::Put(item, _) if item.key.kind == kind => Some(item),
        Change::Put(..) | Change::Delete(..) => None,
    })
}

pub(super) fn json_of(it: &impl serde::Serialize) -> Result<Value, Down> {
    serde_json::to_value(it).map_err(|it| Down { what: "the changes of a sync", cause: it.into() })
}

/// A planned change may be noted again.
fn over_any(change: Change) -> Change {
    match change {
        Change::Put(item, _) => Change::Put(item, Expect::Any),
        it @ Change::Delete(..) => it,
    }
}
