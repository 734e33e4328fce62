//! XPM's lists and jobs, as copied.

use domain::copies::Copy;
use domain::firm::JobState;
use domain::ids::{JobNumber, XpmUuid};
use domain::practice::{Client, Job, Named, Staff};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;

/// A list of XPM, with its age.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Listing<T> {
    /// What XPM said.
    pub items: Vec<T>,
    /// When it said so.
    pub as_of: Timestamp,
    /// Whether it is older than ten minutes because XPM does not answer.
    pub stale: bool,
}

/// Something of XPM with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = XpmNamed)]
pub struct NamedView {
    /// XPM's id.
    #[schema(value_type = String)]
    pub uuid: XpmUuid,
    /// Its name there.
    pub name: String,
}

/// A member of the XPM staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = XpmStaffMember)]
pub struct StaffView {
    /// XPM's id.
    #[schema(value_type = String)]
    pub uuid: XpmUuid,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    #[schema(required)]
    pub email: Option<String>,
}

/// A client in XPM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = XpmClient)]
pub struct ClientView {
    /// XPM's id.
    #[schema(value_type = String)]
    pub uuid: XpmUuid,
    /// The display name.
    pub name: String,
    /// The e-mail field, as typed.
    #[schema(required)]
    pub email: Option<String>,
    /// The phone field, as typed.
    #[schema(required)]
    pub phone: Option<String>,
    /// The firm's word for the legal form.
    #[schema(required)]
    pub business_structure: Option<String>,
    /// Not yet a client.
    pub prospect: bool,
    /// Put away by the firm.
    pub archived: bool,
}

/// A job in XPM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = XpmJob)]
pub struct JobView {
    /// The number that people see.
    #[schema(value_type = String)]
    pub number: JobNumber,
    /// XPM's id.
    #[schema(value_type = Option<String>, required)]
    pub uuid: Option<XpmUuid>,
    /// Its name.
    pub name: String,
    /// Whose job it is.
    #[schema(required)]
    pub client: Option<NamedView>,
    /// The name of its state.
    pub state: String,
    /// First day.
    #[schema(required)]
    pub start_date: Option<Date>,
    /// Last day.
    #[schema(required)]
    pub due_date: Option<Date>,
    /// The day it was completed.
    #[schema(required)]
    pub completed_date: Option<Date>,
    /// Its tasks.
    pub tasks: Vec<JobTaskView>,
    /// Who is on it.
    pub staff: Vec<NamedView>,
}

/// A task on a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = XpmJobTask)]
pub struct JobTaskView {
    /// The id of this task on this job.
    #[schema(value_type = String)]
    pub uuid: XpmUuid,
    /// The task type.
    #[schema(value_type = String)]
    pub task_uuid: XpmUuid,
    /// Its name.
    pub name: String,
    /// Whether it is done.
    pub completed: bool,
}

/// A job, with the age of what is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AgedJob {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// When XPM said so.
    pub as_of: Timestamp,
    /// Whether it is older than ten minutes because XPM does not answer.
    pub stale: bool,
}

/// A job state of the firm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = XpmJobState)]
pub struct JobStateView {
    /// The code, for writing.
    pub code: String,
    /// The name, as read.
    pub name: String,
}

/// What is to be read anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// `tasks`, `templates` or `staff`; `jobs:` and a client's uuid; `job:` and a job's number.
    #[schema(value_type = String, required, example = "tasks",
        pattern = "^(tasks|templates|staff|jobs:[0-9A-Fa-f-]{1,64}|job:[^/?#%\\\\\\x00-\\x1f\\x7f-\\x9f]{1,64})$")]
    #[serde(default)]
    resource: Option<String>,
}

/// A copy that can be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The task types.
    Tasks,
    /// The job templates.
    Templates,
    /// The staff.
    Staff,
    /// The jobs of a client.
    JobsOf(XpmUuid),
    /// One job.
    Job(JobNumber),
}

/// Reads what is to be read anew.
pub fn read_refresh(body: Body<'_>) -> Result<Refresh, BodyError> {
    let body: RefreshBody = body.read()?;
    let mut check = Check::default();
    let word = check.required("/resource", body.resource);
    let resource = word.and_then(|word| {
        let found = match (word.as_str(), word.split_once(':')) {
            ("tasks", _) => Some(Refresh::Tasks),
            ("templates", _) => Some(Refresh::Templates),
            ("staff", _) => Some(Refresh::Staff),
            (_, Some(("jobs", client))) => XpmUuid::parse(client).ok().map(Refresh::JobsOf),
            (_, Some(("job", number))) => JobNumber::parse(number).ok().map(Refresh::Job),
            (_, Some(_) | None) => None,
        };
        if found.is_none() {
            let known = "one of tasks, templates, staff, jobs:{client uuid}, job:{number}";
            check.wrong("/resource", "not_one_of", known);
        }
        found
    });
    check.finish(resource)
}

impl<T, U: From<T>> From<Copy<T>> for Listing<U> {
    fn from(it: Copy<T>) -> Self {
        let items = it.items.into_iter().map(Into::into).collect();
        Self { items, as_of: it.as_of, stale: it.stale }
    }
}

impl From<Named> for NamedView {
    fn from(it: Named) -> Self {
        Self { uuid: it.uuid, name: it.name }
    }
}

impl From<Staff> for StaffView {
    fn from(it: Staff) -> Self {
        Self { uuid: it.uuid, name: it.name, email: it.email }
    }
}

impl From<Client> for ClientView {
    fn from(it: Client) -> Self {
        let Client { uuid, name, email, phone, business_structure, prospect, archived, .. } = it;
        Self { uuid, name, email, phone, business_structure, prospect, archived }
    }
}

impl From<JobState> for JobStateView {
    fn from(it: JobState) -> Self {
        Self { code: it.code, name: it.name }
    }
}

impl From<Job> for JobView {
    fn from(it: Job) -> Self {
        let tasks = it.tasks.unwrap_or_default().into_iter().map(|it| JobTaskView {
            uuid: it.uuid,
            task_uuid: it.task_uuid,
            name: it.name,
            completed: it.completed,
        });
        Self {
            number: it.number,
            uuid: it.uuid,
            name: it.name,
            client: it.client.map(Into::into),
            state: it.state,
            start_date: it.start_date,
            due_date: it.due_date,
            completed_date: it.completed_date,
            tasks: tasks.collect(),
            staff: it.staff.into_iter().map(Into::into).collect(),
        }
    }
}
