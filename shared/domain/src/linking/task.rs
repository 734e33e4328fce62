//! The practice app's tasks and alerts, each with its link to a task on an XPM job.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::desired::{Desired, Stamp};
use crate::ids::{ContactId, FirmId, ProcessId, TaskId};
use crate::invalid::Invalid;
use crate::issues;
use crate::lanes::Waiting;
use crate::ports::{Down, Due, Kind, Lane, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Pointer, Record};
use crate::text::check_name;

pub use super::link::{Basis, Link, LinkState, Place};

/// Work to be done in the practice app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The practice app's id.
    pub id: TaskId,
    /// Its name.
    pub name: String,
    /// Task or alert; both are linked by the same rules (XB-25).
    pub kind: TaskKind,
    /// The kind of work.
    pub process_id: Option<ProcessId>,
    /// Whom it is for.
    pub contact_id: Option<ContactId>,
    /// First day.
    pub start_date: Option<Date>,
    /// Last day.
    pub due_date: Option<Date>,
    /// Whether it was carried over from an earlier year (XB-61).
    pub rolled_over: bool,
}

/// What a task is in the practice app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A task.
    #[default]
    Task,
    /// An alert that someone works on.
    Alert,
}

/// A task as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// What the practice app says.
    pub task: Desired<Task>,
    /// Its link.
    pub link: Link,
    /// The version of the link that the task's time was told of.
    pub told: u64,
    /// When the link needs looking at.
    pub look_at: Option<Timestamp>,
}

impl Record for TaskRecord {
    const KIND: Kind = Kind::Task;

    fn id(&self) -> String {
        self.task.value.id.to_string()
    }

    fn due(&self) -> Option<Due> {
        self.look_at.map(|at| Due { lane: Self::LANE, at })
    }

    /// By contact and process, and by what a person should know of its link (BY-06). What a person took
    /// away is nothing that waits for one.
    fn pointers(&self) -> Vec<Pointer> {
        let task = &self.task.value;
        let by = |prefix: String| Pointer::bare(Kind::TaskOf, format!("{prefix}#{}", task.id));
        let contact = task.contact_id.iter().map(|it| by(format!("contact:{it}")));
        let process = task.process_id.iter().map(|it| by(format!("process:{it}")));
        let reason =
            self.link.reason.filter(|it| !self.task.deleted && *it != Reason::StickyUnmapped);
        let cause = |it| issues::pointer(it, "task", task.id.as_str(), self.task.as_of);
        contact.chain(process).chain(reason.map(cause)).collect()
    }
}

impl Waiting for TaskRecord {
    const LANE: Lane = Lane::Time;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(at);
    }
}

impl TaskRecord {
    fn new(task: Desired<Task>, look_at: Option<Timestamp>) -> Self {
        Self { task, link: Link::default(), told: 0, look_at }
    }

    /// Whether nothing is known of it but that it was deleted.
    pub fn is_tombstone(&self) -> bool {
        self.task.deleted && self.task.value.name.is_empty()
    }
}

impl Task {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Invalid> {
        let mut wrong = check_name("/name", &self.name);
        if let (Some(start), Some(due)) = (self.start_date, self.due_date)
            && due < start
        {
            wrong.push(Invalid::new("/due_date", "before_start", "due before it starts"));
        }
        wrong
    }
}

/// Takes what the practice app says of a task, to be linked soon; says whether it was news.
pub async fn put(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    task: Task,
    stamp: Stamp,
    now: Timestamp,
) -> Result<(TaskRecord, bool), Down> {
    store.mark(firm, Lane::Time, now).await?;
    let id = task.id.clone();
    records::amend(store, firm, id.as_str(), |it: Option<TaskRecord>| match it {
        None => {
            let it = TaskRecord::new(Desired::first(task.clone(), stamp), Some(now));
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(mut it) => {
            let before = it.clone();
            let applied = it.task.update(task.clone(), stamp);
            if !applied && before.is_tombstone() {
                // Too late to be wanted, but it tells what was deleted.
                it.task.value = task.clone();
            }
            if it == before {
                return Edit::Leave((it, applied));
            }
            it.look_at = Some(now);
            Edit::Write(it.clone(), vec![], (it, applied))
        }
    })
    .await
}

/// Takes the news that a task is gone. Its link stays, for the time already recorded on it. Of one
/// never heard of a tombstone is kept, so that an older statement that arrives later revives nothing.
pub async fn delete(
    store: &impl Store,
    firm: &FirmId,
    id: &TaskId,
    stamp: Stamp,
) -> Result<(TaskRecord, bool), Down> {
    records::amend(store, firm, id.as_str(), |it: Option<TaskRecord>| match it {
        None => {
            let mut it = TaskRecord::new(Desired::first(unknown(id), stamp), None);
            it.task.deleted = true;
            Edit::Write(it.clone(), vec![], (it, true))
        }
        Some(mut it) => {
            let before = it.clone();
            let applied = it.task.delete(stamp);
            if it == before {
                return Edit::Leave((it, applied));
            }
            Edit::Write(it.clone(), vec![], (it, applied))
        }
    })
    .await
}

/// What stands for a task of which only the deletion is known. A task that was told has a name.
fn unknown(id: &TaskId) -> Task {
    Task {
        id: id.clone(),
        name: String::new(),
        kind: TaskKind::Task,
        process_id: None,
        contact_id: None,
        start_date: None,
        due_date: None,
        rolled_over: false,
    }
}
