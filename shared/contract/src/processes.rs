//! Processes: the practice app's kinds of work, each mapped to an XPM task type.

use domain::copies::Copy;
use domain::ids::{ProcessId, TaskId, XpmUuid};
use domain::linking::bulk::{OldLinks, Relinked};
use domain::linking::process::{Process, ProcessRecord};
use domain::practice::Named;
use domain::reason::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError, Statement};
use crate::check::Check;
use crate::links::PlaceView;
use crate::problem::ReasonView;

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
    /// The name of that task type, as far as XPM's list is at hand.
    #[schema(required)]
    pub xpm_task_name: Option<String>,
    /// Why nothing is linked by the mapping: XPM does not have the task type any more.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// Links that were made by an earlier mapping; only in the answer for one process.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub old_links: Option<OldLinksView>,
    /// The version stored.
    pub version: u64,
    /// Whether the request was news; only in the answer to a `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applied: Option<bool>,
}

/// How many links were made by a mapping that the process no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OldLinks)]
pub struct OldLinksView {
    /// So many, of the first 500 tasks of the process.
    pub count: usize,
    /// Whether the process has more tasks than that.
    pub more: bool,
}

/// Which links of an earlier mapping are to be made anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelinkBody {
    /// Whether nothing is to be changed, only told.
    #[schema(value_type = bool, required)]
    #[serde(default)]
    preview: Option<bool>,
    /// The `next_cursor` of the answer before.
    #[schema(format = "cursor", min_length = 1, max_length = 1366)]
    #[serde(default)]
    cursor: Option<String>,
}

/// A link of an earlier mapping, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Relinked)]
pub struct RelinkedView {
    /// The task.
    #[schema(value_type = String)]
    pub task_id: TaskId,
    /// Where its time goes, or went.
    pub from: PlaceView,
    /// Where it is to go, or now goes; none where the link is left as it is.
    #[schema(required)]
    pub to: Option<PlaceView>,
    /// Why the link is left as it is.
    #[schema(required)]
    pub reason: Option<ReasonView>,
}

/// Reads which links are to be made anew: whether only to tell, and after which task.
pub fn read_relink(body: Body<'_>) -> Result<(bool, Option<String>), BodyError> {
    let body: RelinkBody = body.read()?;
    let mut check = Check::default();
    let preview = check.required("/preview", body.preview);
    let after = check.cursor("/cursor", body.cursor);
    check.finish(preview.map(|preview| (preview, after)))
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
    /// A process as it stands, beside XPM's task types as far as they are known; `applied` in the
    /// answer to a `PUT`.
    pub fn of(record: ProcessRecord, types: Option<&Copy<Named>>, applied: Option<bool>) -> Self {
        let version = record.process.version;
        let Process { id, name, xpm_task_uuid } = record.process.value;
        let mapped = xpm_task_uuid.as_ref().zip(types);
        let found = mapped.map(|(uuid, types)| types.items.iter().find(|it| it.uuid == *uuid));
        // An old list proves nothing of a mapping that may be newer.
        let missing = found == Some(None) && types.is_some_and(|it| !it.stale);
        Self {
            id,
            name,
            xpm_task_name: found.flatten().map(|it| it.name.clone()),
            xpm_task_uuid,
            reason: missing.then(|| Reason::MappedTaskMissing.into()),
            old_links: None,
            version,
            applied,
        }
    }
}

impl From<OldLinks> for OldLinksView {
    fn from(OldLinks { count, more }: OldLinks) -> Self {
        Self { count, more }
    }
}

impl From<Relinked> for RelinkedView {
    fn from(it: Relinked) -> Self {
        let (to, reason) = match it.to {
            Ok(place) => (Some(place.into()), None),
            Err(reason) => (None, Some(reason.into())),
        };
        Self { task_id: it.task, from: it.from.into(), to, reason }
    }
}
