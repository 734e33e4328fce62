//! Putting a line right, in favour of the practice app: what is missing in XPM is booked, what differs
//! is corrected, and what someone recorded in XPM itself goes only where a person names it (XB-79).
//!
//! Nothing is done blindly: XPM is read afresh, and a line that is not any more as it was shown stays
//! as it is. What is to be done is written on the entries; the lane `time` carries it out.

use std::collections::HashSet;

use jiff::{Timestamp, ToSpan};

use super::report::{Gathered, asker, gather};
use super::steps::{self, Extra, Step};
use super::{Line, Place, lines};
use crate::connection::Ready;
use crate::copies::{self, Unavailable};
use crate::desired::{Desired, Stamp};
use crate::firm::Firm;
use crate::ids::{EntryId, FirmId, XpmUuid};
use crate::ports::{Clock, Down, Fault, Lane, Lanes, Ports, Store, Timesheets};
use crate::practice::{Booked, Staff};
use crate::records::{self, Edit};
use crate::time::compare::{Finding, compare};
use crate::time::entry::{Decided, EntryRecord};
use crate::time::intake::unknown;
use crate::time::plan;
use crate::time::push::{Known, State};
use crate::time::summary::Days;

/// So far from the line's day entries are looked for that XPM may hold on it.
const AROUND: i64 = 35;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The line.
    pub place: Place,
    /// Both sides' minutes as they were shown; none to be told what would be done, and do nothing.
    pub shown: Option<(i64, i64)>,
    /// What someone recorded in XPM and is to go.
    pub remove: Vec<XpmUuid>,
}

/// What is done about a line, or would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// Both sides, as they stand.
    pub line: Line,
    /// What each entry needs.
    pub steps: Vec<(EntryId, Step)>,
    /// What XPM holds beyond them.
    pub extra: Vec<Extra>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// So it is, or would be, done.
    Yes(Repair),
    /// The line is not as it was shown.
    Moved(Line),
    /// This is none of what XPM holds beyond the practice app's entries, or it cannot be removed.
    NotRemovable(XpmUuid),
}

/// Puts a line right, or tells what that would take.
///
/// # Errors
/// XPM cannot be asked.
pub async fn repair<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    wanted: &Wanted,
) -> Result<Ended, Unavailable> {
    let (firm, place) = (ready.firm, &wanted.place);
    let (store, now) = (ports.store(), ports.clock().now());
    let staff = copies::staff(ports, asker(firm)).await?.items;
    // XPM first: what is booked meanwhile is then known by the entry, and taken for no stranger.
    let theirs = booked(ports, firm, place).await?;
    let gathered = entries(ports, ready, place, &staff).await?;
    let ours = gathered.ours(&around(ready, place), firm.settings.time.rounding);
    let mut on_line = theirs.clone();
    on_line.retain(|it| Some(&it.sheet.job) == place.job.as_ref());
    let sheets: Vec<_> = on_line.iter().map(|it| it.sheet.clone()).collect();
    let line = lines(&ours, &sheets).remove(place).unwrap_or_default();
    if wanted.shown.is_some_and(|it| it != (line.app, line.xpm)) {
        return Ok(Ended::Moved(line));
    }
    let here: Vec<(&XpmUuid, &EntryRecord)> =
        gathered.all().filter(|(_, it)| line.entries.contains(&it.entry.value.id)).collect();
    let entries: Vec<EntryRecord> = here.iter().map(|it| it.1.clone()).collect();
    let findings = compare(&entries, &theirs);
    let late: HashSet<&XpmUuid> = findings.values().flat_map(|it| &it.extra).collect();
    let all: Vec<&EntryRecord> = gathered.all().map(|it| it.1).collect();
    let mut extra = steps::extras(&on_line, &all, &late);
    refused(store, &firm.id, &mut extra).await?;
    if let Some(uuid) = wanted.remove.iter().find(|it| !removable(&extra, it)) {
        return Ok(Ended::NotRemovable(uuid.clone()));
    }
    if wanted.shown.is_some() {
        store.mark(&firm.id, Lane::Time, now).await?;
        for it in extra.iter().filter(|it| wanted.remove.contains(&it.booked.uuid)) {
            remove(store, &firm.id, it, now).await?;
        }
    }
    let mut repair = Repair { line, steps: Vec::new(), extra };
    for (staff, entry) in here {
        let id = entry.entry.value.id.clone();
        let finding = findings.get(&id).cloned().unwrap_or_default();
        let step = steps::step(entry, &target(ready, &gathered, staff, entry), &finding);
        let stands = match wanted.shown {
            Some(_) => take(store, &firm.id, entry, &step, &finding, now).await?,
            None => true,
        };
        repair.steps.push((id, if stands { step } else { Step::Wait(None) }));
    }
    Ok(Ended::Yes(repair))
}

/// The entries that may stand on the line: of whom it is about also those of other days.
async fn entries<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    place: &Place,
    staff: &[Staff],
) -> Result<Gathered, Down> {
    let around = around(ready, place);
    let day = Days { from: place.day, to: place.day, zone: ready.zone.clone() };
    let days = |it: &XpmUuid| if *it == place.staff { &around } else { &day };
    gather(ports, ready.firm, staff, days).await
}

fn around(ready: &Ready<'_>, place: &Place) -> Days {
    let (from, to) =
        (place.day.saturating_sub(AROUND.days()), place.day.saturating_add(AROUND.days()));
    Days { from, to, zone: ready.zone.clone() }
}

/// Whether it is there, and nothing stands against its removal but an earlier refusal.
fn removable(extra: &[Extra], uuid: &XpmUuid) -> bool {
    let again = Some(EntryId::recorded_in_xpm(uuid));
    let fits = |it: &Extra| it.obstacle.is_none() || it.entry == again;
    extra.iter().any(|it| it.booked.uuid == *uuid && fits(it))
}

/// The line's day in XPM, as it stands now.
async fn booked<P: Ports>(
    ports: &P,
    firm: &Firm,
    place: &Place,
) -> Result<Vec<Booked>, Unavailable> {
    let reply = copies::directly(ports, asker(firm), async |access| {
        ports.practice().times_of_staff(access, &place.staff, place.day, place.day).await
    });
    match reply.await {
        // Whom XPM does not know has no time there.
        Err(Unavailable::Fault(Fault::Refused { .. })) => Ok(Vec::new()),
        other => other,
    }
}

/// What XPM should hold for an entry, whatever a person decided about it before.
fn target(
    ready: &Ready<'_>,
    gathered: &Gathered,
    staff: &XpmUuid,
    entry: &EntryRecord,
) -> plan::Target {
    let undecided = EntryRecord { decided: None, ..entry.clone() };
    let (task, settings) = (gathered.task(entry), &ready.firm.settings);
    plan::target(&undecided, task, Ok(staff.clone()), ready.changed_at, settings, &ready.zone)
}

/// Writes a step down, unless the entry has changed since it was looked at; says whether it stands.
async fn take(
    store: &impl Store,
    firm: &FirmId,
    seen: &EntryRecord,
    step: &Step,
    finding: &Finding,
    now: Timestamp,
) -> Result<bool, Down> {
    let mut next = seen.clone();
    steps::take(&mut next, step, finding);
    if next == *seen {
        return Ok(true);
    }
    next.look_at = Some(now);
    records::amend(store, firm, seen.entry.value.id.as_str(), |it: Option<EntryRecord>| match it {
        Some(it) if it == *seen => Edit::Write(next.clone(), vec![], true),
        Some(_) | None => Edit::Leave(false),
    })
    .await
}

/// Notes what stood against removing something when it was last tried.
async fn refused(store: &impl Store, firm: &FirmId, extra: &mut [Extra]) -> Result<(), Down> {
    for it in extra.iter_mut().filter(|it| it.entry.is_none()) {
        let id = EntryId::recorded_in_xpm(&it.booked.uuid);
        let kept = records::get::<EntryRecord>(store, firm, id.as_str()).await?;
        if let Some(State::Rejected { reason, .. }) = kept.map(|it| it.record.push.state) {
            it.obstacle = it.obstacle.or(Some(reason));
            it.entry = Some(id);
        }
    }
    Ok(())
}

/// Has something that stands in XPM removed: as an entry that is gone in the practice app.
async fn remove(
    store: &impl Store,
    firm: &FirmId,
    extra: &Extra,
    now: Timestamp,
) -> Result<(), Down> {
    let uuid = &extra.booked.uuid;
    let id = extra.entry.clone().unwrap_or_else(|| EntryId::recorded_in_xpm(uuid));
    records::amend(store, firm, id.as_str(), |it: Option<EntryRecord>| {
        let mut it = it.unwrap_or_else(|| {
            let stamp = Stamp { version: None, as_of: now };
            let mut entry = Desired::first(unknown(&id), stamp);
            entry.deleted = true;
            let mut it = EntryRecord::new(entry, now);
            let sheet = extra.booked.sheet.clone();
            let billable = extra.booked.billable;
            it.push.known = Some(Known { uuid: uuid.clone(), sheet, doubtful: false, billable });
            it
        });
        it.decided = Some(Decided::Remove);
        it.drift = None;
        it.push.retry();
        it.look_at = Some(now);
        Edit::Write(it, vec![], ())
    })
    .await
}
