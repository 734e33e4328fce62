//! Giving what is due its place in the feed: the next numbers, per subject in the order of versions.
//!
//! The index of what is due may lag and clocks differ, so it only tells which subjects to look at.
//! Of each, what stands in the journal below the version that is due was committed before it, and is
//! placed before it.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::feed::{LAST, Mark, Place, weight};
use crate::ids::FirmId;
use crate::journal::{self, Entry};
use crate::ports::{Change, Committed, Down, Key, Kind, Range, Store};
use crate::records::{self, Kept, Record as _};

/// So many entries are placed at once: with the places, the marks of their subjects and the
/// counter, that fits one commit.
const AT_ONCE: usize = 33;
/// A commit ends early when its entries come to this, in bytes: it may have at most 4 MB.
const HEAVY: usize = 1_500_000;

/// A subject with something due.
struct Subject {
    prefix: String,
    /// The versions that are due, as the index tells.
    due: Vec<u64>,
    mark: Option<Kept<Mark>>,
}

/// Places what is due of these entries, and what comes before them; says how many. None is placed
/// when the index showed only what is done already, or another worker was faster.
pub(super) async fn place(
    store: &impl Store,
    firm: &FirmId,
    due: &[Key],
    now: Timestamp,
) -> Result<usize, Down> {
    let subjects = subjects(store, firm, due).await?;
    let found = try_join_all(subjects.iter().map(|it| unplaced(store, firm, it))).await?;
    let last = records::get::<Mark>(store, firm, LAST).await?;
    let mut number = last.as_ref().map_or(0, |it| it.record.upto);
    let (mut changes, mut placed, mut bytes) = (Vec::new(), 0, 0);
    for (subject, entries) in subjects.iter().zip(found) {
        let before = placed;
        let mut upto = subject.upto();
        for Kept { record, version } in entries {
            if placed == AT_ONCE || bytes > HEAVY {
                break;
            }
            bytes += weight(&record);
            placed += 1;
            number += 1;
            upto = upto.max(record.version);
            let place = Place {
                number,
                entry: record.id(),
                event: record.event,
                at: record.at,
                actor: record.actor.clone(),
            };
            changes.push(records::put(firm, &place, None)?);
            let entry = Entry { place: Some(number), ..record };
            changes.push(records::put(firm, &entry, Some(version))?);
        }
        if placed > before {
            let mark = Mark { id: subject.prefix.clone(), upto, at: Some(now) };
            changes.push(records::put(firm, &mark, subject.mark.as_ref().map(|it| it.version))?);
        }
    }
    if placed == 0 {
        return Ok(0);
    }
    changes.push(counter(firm, number, last.map(|it| it.version))?);
    match store.commit(changes).await? {
        Committed::Done => Ok(placed),
        Committed::Conflict => Ok(0),
    }
}

fn counter(firm: &FirmId, upto: u64, over: Option<u64>) -> Result<Change, Down> {
    records::put(firm, &Mark { id: LAST.into(), upto, at: None }, over)
}

/// The subjects of what is due, in that order.
async fn subjects(store: &impl Store, firm: &FirmId, due: &[Key]) -> Result<Vec<Subject>, Down> {
    let mut subjects: Vec<Subject> = Vec::new();
    for (prefix, version) in due.iter().filter_map(|it| journal::read_id(&it.id)) {
        match subjects.iter_mut().find(|it| it.prefix == prefix) {
            Some(known) => known.due.push(version),
            None => {
                subjects.push(Subject { prefix: prefix.into(), due: vec![version], mark: None })
            }
        }
    }
    let ids: Vec<String> = subjects.iter().map(|it| it.prefix.clone()).collect();
    let marks = records::get_many::<Mark>(store, firm, &ids).await?;
    let mut marks: HashMap<String, Kept<Mark>> =
        marks.into_iter().map(|it| (it.record.id.clone(), it)).collect();
    for subject in &mut subjects {
        subject.mark = marks.remove(&subject.prefix);
    }
    Ok(subjects)
}

/// What of a subject has no place yet, in the order of versions, up to the last that is due: what
/// comes after that may have been read before what comes before it was.
async fn unplaced(
    store: &impl Store,
    firm: &FirmId,
    subject: &Subject,
) -> Result<Vec<Kept<Entry>>, Down> {
    let upto = subject.upto();
    let newest = subject.due.iter().max().copied().unwrap_or_default();
    // Below the mark stands only what a subject that came back after it had gone wrote anew.
    let again = subject.due.iter().filter(|it| **it <= upto);
    let ids: Vec<String> = again.map(|it| journal::id(&subject.prefix, *it)).collect();
    let mut found = match ids.is_empty() {
        true => Vec::new(),
        false => records::get_many::<Entry>(store, firm, &ids).await?,
    };
    if newest > upto {
        let range = Range {
            after: Some(journal::id(&subject.prefix, upto)),
            ..Range::of(firm, Kind::Journal, &subject.prefix, AT_ONCE)
        };
        found.extend(records::page::<Entry>(store, &range).await?.0);
    }
    found.retain(|it| it.record.place.is_none() && it.record.version <= newest);
    found.sort_by_key(|it| it.record.version);
    Ok(found)
}

impl Subject {
    /// The last version that has its place.
    fn upto(&self) -> u64 {
        self.mark.as_ref().map_or(0, |it| it.record.upto)
    }
}
