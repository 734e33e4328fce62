//! Finding out what became of a create without an answer, by counting (protocol P1).
//!
//! Twins (same person, task, day, minutes and note) are interchangeable, so it is enough to compare
//! how many XPM holds with how many are accounted for. What was sent with a marker needs no counting:
//! it is found by that, also where someone has changed it in XPM since.

use std::collections::HashSet;

use jiff::Timestamp;

use super::entry::EntryRecord;
use super::marker::{self, marker};
use super::push::{Call, QUIET, State};
use crate::ids::{EntryId, FirmId, XpmUuid};
use crate::ports::{Down, Kind, Store};
use crate::practice::{Booked, Timesheet};
use crate::records;
use crate::text::clean_note;

/// What the count says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// XPM holds one that nobody accounts for.
    Landed(Booked),
    /// XPM holds none so far.
    Missing,
    /// A twin is being sent or uncertain too; what XPM holds may be its. Until then.
    Wait(Timestamp),
    /// XPM holds more than all uncertain ones together.
    Ambiguous(Vec<XpmUuid>),
}

/// Counts what XPM held when it was `asked`. `ours` are all entries of ours on the sheet's job and day,
/// the uncertain one included.
///
/// Where a twin is uncertain too, nothing is taken before the own quiet time is over: XPM could still
/// carry out the own request after its twin's was taken, when the twin has been given up already.
pub fn verdict(
    sheet: &Timesheet,
    in_xpm: &[Booked],
    ours: &[EntryRecord],
    own: &EntryId,
    asked: Timestamp,
) -> Verdict {
    let mark =
        ours.iter().find(|it| it.entry.value.id == *own).and_then(|it| it.push.marker.as_deref());
    if let Some(mark) = mark {
        let found = in_xpm.iter().filter(|it| marker(&it.sheet.note) == Some(mark));
        let found: Vec<&Booked> = found.collect();
        return match found[..] {
            [] => Verdict::Missing,
            [one] => Verdict::Landed(one.clone()),
            [..] => Verdict::Ambiguous(found.into_iter().map(|it| it.uuid.clone()).collect()),
        };
    }
    let twins = ours.iter().filter(|it| it.entry.value.id != *own && it.push.marker.is_none());
    if let Some(until) = twins.filter_map(|it| being_sent(it, sheet)).max() {
        return Verdict::Wait(until);
    }
    let known: HashSet<&XpmUuid> =
        ours.iter().filter_map(|it| it.push.known.as_ref()).map(|it| &it.uuid).collect();
    let mut extra: Vec<&Booked> = in_xpm
        .iter()
        .filter(|it| same(&it.sheet, sheet) && !known.contains(&it.uuid))
        .filter(|it| marker(&it.sheet.note).is_none())
        .collect();
    extra.sort_by(|a, b| a.uuid.cmp(&b.uuid));
    let uncertain = ours.iter().filter(|it| may_have_landed(it, sheet)).count();
    let quiet = ours.iter().find(|it| it.entry.value.id == *own).and_then(quiet);
    if let Some(quiet) = quiet.filter(|it| uncertain > 1 && asked < *it) {
        return Verdict::Wait(quiet);
    }
    match extra.len() {
        0 => Verdict::Missing,
        n if n <= uncertain => Verdict::Landed(extra[0].clone()),
        _ => Verdict::Ambiguous(extra.into_iter().map(|it| it.uuid.clone()).collect()),
    }
}

/// Our entries that were ever sent for a job and day.
pub async fn ours(
    store: &impl Store,
    firm: &FirmId,
    sheet: &Timesheet,
) -> Result<Vec<EntryRecord>, Down> {
    let ids = records::pointed(store, firm, Kind::EntryOf, &place(sheet)).await?;
    let kept = records::get_many::<EntryRecord>(store, firm, &ids).await?;
    Ok(kept.into_iter().map(|it| it.record).collect())
}

/// The pointer's prefix under which the entries sent for a job and day are found.
pub fn place(sheet: &Timesheet) -> String {
    format!("filed:{}#{}#", sheet.job, sheet.date)
}

/// When XPM will not carry an uncertain create out any more.
fn quiet(record: &EntryRecord) -> Option<Timestamp> {
    let State::Unknown { deadline, .. } = &record.push.state else { return None };
    Some(*deadline + QUIET)
}

fn may_have_landed(record: &EntryRecord, sheet: &Timesheet) -> bool {
    record.push.marker.is_none()
        && matches!(&record.push.state, State::Unknown { sheet: sent, .. } if same(sent, sheet))
}

/// Until when a create of this sheet may be on the wire.
fn being_sent(record: &EntryRecord, sheet: &Timesheet) -> Option<Timestamp> {
    let State::Sending { call: Call::Create { sheet: sent }, deadline, .. } = &record.push.state
    else {
        return None;
    };
    same(sent, sheet).then_some(*deadline)
}

/// Whether two sheets are twins. XPM may tidy white space in a note; a marker is no part of it.
pub(crate) fn same(a: &Timesheet, b: &Timesheet) -> bool {
    let bare = |it: &Timesheet| Timesheet { note: String::new(), ..it.clone() };
    let note = |it: &Timesheet| clean_note(marker::bare(&it.note));
    bare(a) == bare(b) && note(a) == note(b)
}
