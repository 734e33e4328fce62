//! Processes: the practice app's kinds of work, each mapped to an XPM task type.

use domain::ids::{ProcessId, XpmUuid};
use domain::linking::process::{Process, ProcessRecord};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError, Statement};
use crate::check::Check;

/// What the practice app says of a process.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessBody {
    /// Its name.
    #[schema(value_type = String, required, min_length = 1, max_length = 500, pattern = r"\S")]
    #[serde(default)]
    name: Option<String>,
    /// The XPM task type that the process stands for; none while it is not mapped.
    #[schema(pattern = "^[0-9A-Fa-f-]{1,64}$")]
    #[serde(default)]
    xpm_task_uuid: Option<String>,
    /// The app's version of it: a lower one than the stored changes nothing.
    #[schema(value_type = Option<u64>, maximum = 9007199254740991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// A process as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Process)]
pub struct ProcessView {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: ProcessId,
    /// Its name.
    pub name: String,
    /// The XPM task type that it stands for.
    #[schema(value_type = Option<String>, required)]
    pub xpm_task_uuid: Option<XpmUuid>,
    /// The version stored.
    pub version: u64,
    /// Whether the request was news; only in the answer to a `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applied: Option<bool>,
}

/// Reads a process.
pub fn read_process(id: &str, body: Body<'_>) -> Result<Statement<Process>, BodyError> {
    let body: ProcessBody = body.read()?;
    let mut check = Check::default();
    let id = check.id("/id", id, ProcessId::parse);
    let xpm_task_uuid = check.optional_id("/xpm_task_uuid", body.xpm_task_uuid, XpmUuid::parse);
    let version = check.version(body.version);
    let name = body.name.unwrap_or_default();
    let value = id.map(|id| Process { id, name, xpm_task_uuid });
    check.also(value.iter().flat_map(Process::check).collect());
    check.finish(value.map(|value| Statement { value, version }))
}

impl ProcessView {
    /// A process as it stands; `applied` in the answer to a `PUT`.
    pub fn of(record: ProcessRecord, applied: Option<bool>) -> Self {
        let Process { id, name, xpm_task_uuid } = record.process.value;
        Self { id, name, xpm_task_uuid, version: record.process.version, applied }
    }
}
