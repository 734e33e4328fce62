//! Links: where a task's time goes in XPM.

use domain::ids::{JobNumber, XpmUuid};
use domain::linking::task::{Link, LinkState, Place};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::problem::ReasonView;

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

impl From<Link> for LinkView {
    fn from(it: Link) -> Self {
        let (job_number, job_task_uuid) =
            it.place.map(|it| (it.job_number, it.job_task_uuid)).unzip();
        let (state, origin) = match it.state {
            LinkState::Never => (LinkWord::Never, None),
            LinkState::Auto => (LinkWord::Auto, Some(LinkOrigin::Auto)),
            LinkState::Manual => (LinkWord::Manual, Some(LinkOrigin::Manual)),
            LinkState::UnmappedByUser => (LinkWord::UnmappedByUser, None),
            LinkState::Broken => (LinkWord::Broken, None),
        };
        Self {
            state,
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
