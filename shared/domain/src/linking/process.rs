//! The practice app's kinds of work, and the XPM task type each is mapped to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::revisit_process;
use crate::desired::{Desired, Stamp};
use crate::ids::{FirmId, ProcessId, XpmUuid};
use crate::invalid::Invalid;
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Down, Kind, Lanes, Store};
use crate::records::{self, Edit, Kept, Record};

/// A kind of work of the practice app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The practice app's id.
    pub id: ProcessId,
    /// Its name.
    pub name: String,
    /// The XPM task type; none while it is not mapped (XB-12).
    pub xpm_task_uuid: Option<XpmUuid>,
}

/// A process as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// What the practice app says.
    pub process: Desired<Process>,
}

impl Record for ProcessRecord {
    const KIND: Kind = Kind::Process;

    fn id(&self) -> String {
        self.process.value.id.to_string()
    }
}

impl Process {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Invalid> {
        crate::text::check_name("/name", &self.name)
    }
}

/// Takes what the practice app says of a process; says whether it was news.
pub async fn put(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    process: Process,
    stamp: Stamp,
    by: &Actor,
    now: Timestamp,
) -> Result<(ProcessRecord, bool), Down> {
    let id = process.id.clone();
    journal::open(store, firm, now).await?;
    let answer =
        records::amend_kept(store, firm, id.as_str(), |kept: Option<Kept<ProcessRecord>>| {
            let version = kept.as_ref().map_or(1, |it| it.version + 1);
            let before = kept.map(|it| it.record);
            let (after, applied) = match &before {
                None => (ProcessRecord { process: Desired::first(process.clone(), stamp) }, true),
                Some(before) => {
                    let mut after = before.clone();
                    let applied = after.process.update(process.clone(), stamp);
                    (after, applied)
                }
            };
            if before.as_ref() == Some(&after) {
                return Ok(Edit::Leave((after, applied)));
            }
            let before = before.map(|it| it.process.value);
            let mapped = journaled(firm, version, before.as_ref(), &after.process.value, by, now)?;
            Ok(Edit::Write(after.clone(), mapped.into_iter().collect(), (after, applied)))
        })
        .await?;
    // Also when nothing changed: the first delivery may have died before it came here.
    revisit_process(store, firm, &id, now).await?;
    Ok(answer)
}

/// What the journal is told of a change of a process that gives its record this version.
fn journaled(
    firm: &FirmId,
    version: u64,
    before: Option<&Process>,
    after: &Process,
    by: &Actor,
    now: Timestamp,
) -> Result<Option<Change>, Down> {
    if before.and_then(|it| it.xpm_task_uuid.as_ref()) == after.xpm_task_uuid.as_ref() {
        return Ok(None);
    }
    let subject = Subject::new(Sort::Process, &after.id);
    Entry::new(subject, version, Event::ProcessMapped, by.clone(), now)
        .between(before, Some(after))?
        .change(firm)
        .map(Some)
}
