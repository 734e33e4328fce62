//! The practice app's kinds of work, and the XPM task type each is mapped to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::revisit_process;
use crate::desired::{Desired, Stamp};
use crate::ids::{FirmId, ProcessId, XpmUuid};
use crate::invalid::Invalid;
use crate::ports::{Down, Kind, Lanes, Store};
use crate::records::{self, Edit, Record};

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
    now: Timestamp,
) -> Result<(ProcessRecord, bool), Down> {
    let id = process.id.clone();
    let answer = records::amend(store, firm, id.as_str(), |it: Option<ProcessRecord>| match it {
        None => {
            let it = ProcessRecord { process: Desired::first(process.clone(), stamp) };
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(mut it) => {
            let before = it.clone();
            let applied = it.process.update(process.clone(), stamp);
            if it == before {
                return Edit::Leave((it, applied));
            }
            Edit::Write(it.clone(), vec![], (it, applied))
        }
    })
    .await?;
    // Also when nothing changed: the first delivery may have died before it came here.
    revisit_process(store, firm, &id, now).await?;
    Ok(answer)
}
