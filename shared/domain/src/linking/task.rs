//! The practice app's tasks and alerts, each with its link to a task on an XPM job.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::desired::{Desired, Stamp};
use crate::ids::{ContactId, FirmId, JobNumber, ProcessId, TaskId, XpmUuid};
use crate::invalid::Invalid;
use crate::lanes::Waiting;
use crate::ports::{Change, Down, Due, Expect, Key, Kind, Lane, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Record};
use crate::text::check_name;

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

/// Where a task's time goes in XPM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How it came about.
    pub state: LinkState,
    /// The task on the job.
    pub place: Option<Place>,
    /// Since when.
    pub linked_at: Option<Timestamp>,
    /// Why there is no link.
    pub reason: Option<Reason>,
    /// What could be chosen.
    pub candidates: Vec<Place>,
    /// Grows with every change of the link.
    pub version: u64,
}

/// How a link came about. Auto-link touches only [`LinkState::Never`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Not linked so far.
    #[default]
    Never,
    /// By rule.
    Auto,
    /// By a person.
    Manual,
    /// A person took the link away; only a person links it again (XB-51).
    UnmappedByUser,
    /// The job or its task is gone.
    Broken,
}

/// A task on a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The job.
    pub job_number: JobNumber,
    /// The task on it.
    pub job_task_uuid: XpmUuid,
    /// The job's name.
    pub name: String,
    /// The job's first day.
    pub start_date: Option<Date>,
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
}

impl Waiting for TaskRecord {
    const LANE: Lane = Lane::Time;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(at);
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

    /// The keys under which it is found by contact and process.
    fn pointers(&self) -> Vec<String> {
        let contact = self.contact_id.iter().map(|it| format!("contact:{it}#{}", self.id));
        let process = self.process_id.iter().map(|it| format!("process:{it}#{}", self.id));
        contact.chain(process).collect()
    }
}

impl Link {
    /// Whether time can go anywhere.
    pub fn linked(&self) -> Option<(&Place, Timestamp)> {
        match self.state {
            LinkState::Auto | LinkState::Manual => self.place.as_ref().zip(self.linked_at),
            LinkState::Never | LinkState::UnmappedByUser | LinkState::Broken => None,
        }
    }

    /// The link once this place is chosen.
    pub fn to(&self, state: LinkState, place: Place, now: Timestamp) -> Self {
        Self {
            state,
            place: Some(place),
            linked_at: Some(now),
            reason: None,
            candidates: Vec::new(),
            version: self.version + 1,
        }
    }

    /// The link when there is none, and why.
    pub fn without(&self, state: LinkState, reason: Reason, candidates: Vec<Place>) -> Self {
        let it = Self {
            state,
            place: None,
            linked_at: None,
            reason: Some(reason),
            candidates,
            version: self.version,
        };
        if it == *self { it } else { Self { version: self.version + 1, ..it } }
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
            let it = TaskRecord {
                task: Desired::first(task.clone(), stamp),
                link: Link::default(),
                told: 0,
                look_at: Some(now),
            };
            Edit::Write(it.clone(), repoint(firm, None, &it), (it, true))
        }
        Some(mut it) => {
            let before = it.clone();
            let applied = it.task.update(task.clone(), stamp);
            if it == before {
                return Edit::Leave((it, applied));
            }
            it.look_at = Some(now);
            Edit::Write(it.clone(), repoint(firm, Some(&before), &it), (it, applied))
        }
    })
    .await
}

/// Takes the news that a task is gone. Its link stays, for the time already recorded on it.
pub async fn delete(
    store: &impl Store,
    firm: &FirmId,
    id: &TaskId,
    stamp: Stamp,
) -> Result<Option<(TaskRecord, bool)>, Down> {
    records::amend(store, firm, id.as_str(), |it: Option<TaskRecord>| match it {
        None => Edit::Leave(None),
        Some(mut it) => {
            let before = it.clone();
            let applied = it.task.delete(stamp);
            if it == before {
                return Edit::Leave(Some((it, applied)));
            }
            Edit::Write(it.clone(), vec![], Some((it, applied)))
        }
    })
    .await
}

fn repoint(firm: &FirmId, before: Option<&TaskRecord>, after: &TaskRecord) -> Vec<Change> {
    let old = before.map(|it| it.task.value.pointers()).unwrap_or_default();
    let new = after.task.value.pointers();
    let gone = old
        .iter()
        .filter(|it| !new.contains(it))
        .map(|it| Change::Delete(Key::new(firm, Kind::TaskOf, it.as_str()), Expect::Any));
    let come = new
        .iter()
        .filter(|it| !old.contains(it))
        .map(|it| records::pointer(firm, Kind::TaskOf, it.as_str()));
    gone.chain(come).collect()
}
