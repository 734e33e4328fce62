//! Links: where a task's time goes in XPM.

use domain::ids::{ContactId, JobNumber, ProcessId, TaskId, XpmUuid};
use domain::linking::bulk::Allowed;
use domain::linking::task::{Link, LinkState, Place};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::problem::ReasonView;

/// The most tasks that may be named at once.
const MANY: usize = 100;

/// The place that a person chose for a task's time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// The job.
    #[schema(value_type = String, required, min_length = 1, max_length = 64, example = "J000309")]
    #[serde(default)]
    job_number: Option<String>,
    /// The task on the job (`uuid`, not `task_uuid`).
    #[schema(value_type = String, required, pattern = "^[0-9A-Fa-f-]{1,64}$")]
    #[serde(default)]
    job_task_uuid: Option<String>,
}

/// A task on a job, as chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The job.
    pub job_number: JobNumber,
    /// The task on it.
    pub job_task_uuid: XpmUuid,
}

/// Which tasks auto-link may try again: those named, or those of a process or a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowBody {
    /// These tasks.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 100)]
    #[serde(default)]
    ids: Option<Vec<String>>,
    /// The tasks of this process, a page at a time.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    process_id: Option<String>,
    /// The tasks of this contact, a page at a time.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    contact_id: Option<String>,
    /// Whether nothing is to be changed, only told.
    #[schema(value_type = bool, required)]
    #[serde(default)]
    preview: Option<bool>,
    /// The `next_cursor` of the answer before.
    #[schema(format = "cursor", min_length = 1, max_length = 1366)]
    #[serde(default)]
    cursor: Option<String>,
}

/// Which tasks auto-link may try again, as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Which tasks.
    pub of: AllowOf,
    /// Whether nothing is to be changed.
    pub preview: bool,
    /// Only those after this one.
    pub after: Option<String>,
}

/// Which tasks are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowOf {
    /// These.
    Ids(Vec<TaskId>),
    /// Those of a process.
    Process(ProcessId),
    /// Those of a contact.
    Contact(ContactId),
}

/// A task that auto-link may or may not try again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AllowedLink)]
pub struct AllowedView {
    /// The task.
    #[schema(value_type = String)]
    pub task_id: TaskId,
    /// How its link stood.
    pub state: LinkWord,
    /// Whether there was anything to allow.
    pub allowed: bool,
}

/// How a task's link stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = TaskLink)]
pub struct LinkView {
    /// How it came about.
    pub state: LinkWord,
    /// The job.
    #[schema(value_type = Option<String>, required)]
    pub job_number: Option<JobNumber>,
    /// The task on the job.
    #[schema(value_type = Option<String>, required)]
    pub job_task_uuid: Option<XpmUuid>,
    /// By rule, or by a person; none while there is no link.
    #[schema(required)]
    pub origin: Option<LinkOrigin>,
    /// Why there is no link.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// What could be chosen.
    pub candidates: Vec<PlaceView>,
    /// Grows with every change of the link.
    pub version: u64,
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LinkState)]
pub enum LinkWord {
    /// Not linked so far.
    Never,
    /// By rule.
    Auto,
    /// By a person.
    Manual,
    /// A person took the link away.
    UnmappedByUser,
    /// The job or its task is gone.
    Broken,
}

/// Who made a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkOrigin {
    /// The rule.
    Auto,
    /// A person.
    Manual,
}

/// A place that could be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = LinkCandidate)]
pub struct PlaceView {
    /// The job.
    #[schema(value_type = String)]
    pub job_number: JobNumber,
    /// The task on the job.
    #[schema(value_type = String)]
    pub job_task_uuid: XpmUuid,
    /// The job's name.
    pub name: String,
    /// The job's first day.
    #[schema(required)]
    pub start_date: Option<Date>,
}

/// Reads the place that a person chose.
pub fn read_link(body: Body<'_>) -> Result<Chosen, BodyError> {
    let body: LinkBody = body.read()?;
    let mut check = Check::default();
    let job = check.required_id("/job_number", body.job_number, JobNumber::parse);
    let task = check.required_id("/job_task_uuid", body.job_task_uuid, XpmUuid::parse);
    let chosen =
        job.zip(task).map(|(job_number, job_task_uuid)| Chosen { job_number, job_task_uuid });
    check.finish(chosen)
}

/// Reads which tasks auto-link may try again.
pub fn read_allow(body: Body<'_>) -> Result<Allowance, BodyError> {
    let body: AllowBody = body.read()?;
    let mut check = Check::default();
    let ids = body.ids.map(|ids| {
        if !(1..=MANY).contains(&ids.len()) {
            check.wrong("/ids", "out_of_range", format!("1 to {MANY} tasks"));
        }
        let id = |(n, id): (usize, String)| check.id(&format!("/ids/{n}"), id, TaskId::parse);
        AllowOf::Ids(ids.into_iter().enumerate().filter_map(id).collect())
    });
    let process = check.optional_id("/process_id", body.process_id, ProcessId::parse);
    let contact = check.optional_id("/contact_id", body.contact_id, ContactId::parse);
    let all = [ids, process.map(AllowOf::Process), contact.map(AllowOf::Contact)];
    let mut of = all.into_iter().flatten();
    let of = match (of.next(), of.next()) {
        (Some(of), None) => Some(of),
        (None | Some(_), _) => {
            check.wrong("", "one_of_three", "one of ids, process_id and contact_id");
            None
        }
    };
    let preview = check.required("/preview", body.preview);
    let after = check.cursor("/cursor", body.cursor);
    let asked = of.zip(preview).map(|(of, preview)| Allowance { of, preview, after });
    check.finish(asked)
}

impl From<Allowed> for AllowedView {
    fn from(it: Allowed) -> Self {
        Self { task_id: it.task, state: it.state.into(), allowed: it.allowed }
    }
}

impl From<LinkState> for LinkWord {
    fn from(it: LinkState) -> Self {
        match it {
            LinkState::Never => Self::Never,
            LinkState::Auto => Self::Auto,
            LinkState::Manual => Self::Manual,
            LinkState::UnmappedByUser => Self::UnmappedByUser,
            LinkState::Broken => Self::Broken,
        }
    }
}

impl From<Link> for LinkView {
    fn from(it: Link) -> Self {
        let (job_number, job_task_uuid) =
            it.place.map(|it| (it.job_number, it.job_task_uuid)).unzip();
        let origin = match it.state {
            LinkState::Auto => Some(LinkOrigin::Auto),
            LinkState::Manual => Some(LinkOrigin::Manual),
            LinkState::Never | LinkState::UnmappedByUser | LinkState::Broken => None,
        };
        Self {
            state: it.state.into(),
            job_number,
            job_task_uuid,
            origin,
            reason: it.reason.map(Into::into),
            candidates: it.candidates.into_iter().map(Into::into).collect(),
            version: it.version,
        }
    }
}

impl From<Place> for PlaceView {
    fn from(it: Place) -> Self {
        let Place { job_number, job_task_uuid, name, start_date } = it;
        Self { job_number, job_task_uuid, name, start_date }
    }
}
