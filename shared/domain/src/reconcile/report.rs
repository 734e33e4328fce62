//! Gathering both sides. XPM is asked for one member of staff at a time, and each answer is believed
//! for ten minutes like everything of XPM.

use std::collections::BTreeMap;

use super::{Line, Ours, Place, lines};
use crate::copies::{self, Asker, Unavailable};
use crate::firm::{Firm, Rounding};
use crate::ids::{TaskId, XpmUuid};
use crate::linking::task::TaskRecord;
use crate::ports::{Down, Lane, Ports};
use crate::practice::Staff;
use crate::records;
use crate::time::entry::EntryRecord;
use crate::time::health::everyone;
use crate::time::rounding::minutes;
use crate::time::summary::{Days, of_person};
use crate::time::user::staff_of;

/// Both sides' time of some days.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// A line for each staff member, day and job that either side has time of.
    pub lines: BTreeMap<Place, Line>,
    /// What XPM calls its staff.
    pub names: BTreeMap<XpmUuid, String>,
}

/// Compares the time of everyone who is mapped to a member of staff.
///
/// # Errors
/// XPM cannot be asked for everyone within its limits; whoever asks again goes on from there.
pub async fn report<P: Ports>(ports: &P, firm: &Firm, days: &Days) -> Result<Report, Unavailable> {
    let asker = asker(firm);
    let staff = copies::staff(ports, asker).await?.items;
    let gathered = gather(ports, firm, &staff, |_| days).await?;
    let mut theirs = Vec::new();
    for uuid in gathered.entries.keys() {
        theirs.extend(copies::times(ports, asker, uuid, days.from, days.to).await?.items);
    }
    let ours = gathered.ours(days, firm.settings.time.rounding);
    let names = staff.into_iter().map(|it| (it.uuid, it.name)).collect();
    Ok(Report { lines: lines(&ours, &theirs), names })
}

/// Looking is paid for like a refresh: time and contacts go first.
pub(super) fn asker(firm: &Firm) -> Asker<'_> {
    Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh }
}

/// The practice app's side.
pub(super) struct Gathered {
    /// The entries, by whom they would be booked to.
    pub(super) entries: BTreeMap<XpmUuid, Vec<EntryRecord>>,
    tasks: BTreeMap<TaskId, TaskRecord>,
}

/// Reads the entries of everyone who is mapped to a member of staff, of these days of theirs.
pub(super) async fn gather<'a, P: Ports>(
    ports: &P,
    firm: &Firm,
    staff: &[Staff],
    days: impl Fn(&XpmUuid) -> &'a Days + Send,
) -> Result<Gathered, Down> {
    let store = ports.store();
    let mut entries: BTreeMap<XpmUuid, Vec<EntryRecord>> = BTreeMap::new();
    for person in everyone(store, &firm.id).await? {
        let Ok(uuid) = staff_of(Some(&person), staff) else { continue };
        let ids = of_person(store, &firm.id, days(&uuid), person.user.value.id.as_str()).await?;
        let kept = records::get_many::<EntryRecord>(store, &firm.id, &ids).await?;
        entries.entry(uuid).or_default().extend(kept.into_iter().map(|it| it.record));
    }
    for them in entries.values_mut() {
        them.sort_by(|a, b| a.entry.value.id.cmp(&b.entry.value.id));
    }
    let tasks = entries.values().flatten().filter_map(|it| it.entry.value.task_id.as_ref());
    let mut tasks: Vec<String> = tasks.map(ToString::to_string).collect();
    tasks.sort();
    tasks.dedup();
    let tasks = records::get_many::<TaskRecord>(store, &firm.id, &tasks).await?;
    let tasks = tasks.into_iter().map(|it| (it.record.task.value.id.clone(), it.record)).collect();
    Ok(Gathered { entries, tasks })
}

impl Gathered {
    /// The task of an entry, as far as it is known.
    pub(super) fn task(&self, entry: &EntryRecord) -> Option<&TaskRecord> {
        self.tasks.get(entry.entry.value.task_id.as_ref()?)
    }

    /// All of them, each with whom it would be booked to.
    pub(super) fn all(&self) -> impl Iterator<Item = (&XpmUuid, &EntryRecord)> {
        self.entries.iter().flat_map(|(staff, them)| them.iter().map(move |it| (staff, it)))
    }

    /// The entries of these days, each where it belongs.
    pub(super) fn ours(&self, days: &Days, rounding: Rounding) -> Vec<Ours<'_>> {
        self.all()
            .map(|(staff, entry)| Ours {
                entry,
                staff: staff.clone(),
                day: entry.entry.value.when.day(&days.zone),
                job: self
                    .task(entry)
                    .and_then(|it| it.link.linked())
                    .map(|(place, _)| place.job_number.clone()),
                minutes: minutes(entry.entry.value.seconds, rounding),
            })
            .filter(|it| days.contain(it.day))
            .collect()
    }
}
