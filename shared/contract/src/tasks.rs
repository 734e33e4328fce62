//! Tasks and alerts of the practice app, each with its link.

use domain::ids::{ContactId, ProcessId, TaskId};
use domain::linking::task::{Link, LinkState, Task, TaskKind, TaskRecord};
use domain::reason::Reason;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError, Statement};
use crate::check::Check;
use crate::links::LinkView;

/// What the practice app says of a task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskBody {
    /// Its name.
    #[schema(value_type = String, required, min_length = 1, max_length = 500, pattern = r"\S")]
    #[serde(default)]
    name: Option<String>,
    /// A task, or an alert that someone works on.
    #[schema(value_type = Option<TaskWord>, default = "task")]
    #[serde(default)]
    kind: Option<String>,
    /// The kind of work.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    process_id: Option<String>,
    /// Whom it is for.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    contact_id: Option<String>,
    /// The first day.
    #[schema(format = "date")]
    #[serde(default)]
    start_date: Option<String>,
    /// The last day, not before the first.
    #[schema(format = "date")]
    #[serde(default)]
    due_date: Option<String>,
    /// Whether it was carried over from an earlier year.
    #[serde(default)]
    rolled_over: Option<bool>,
    /// The app's version of it: a lower one than the stored changes nothing.
    #[schema(value_type = Option<u64>, maximum = 9007199254740991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// A task or an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskKind)]
pub enum TaskWord {
    /// A task.
    Task,
    /// An alert.
    Alert,
}

/// A task as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// Its name.
    pub name: String,
    /// A task, or an alert.
    pub kind: TaskWord,
    /// The kind of work.
    #[schema(value_type = Option<String>, required)]
    pub process_id: Option<ProcessId>,
    /// Whom it is for.
    #[schema(value_type = Option<String>, required)]
    pub contact_id: Option<ContactId>,
    /// The first day.
    #[schema(required)]
    pub start_date: Option<Date>,
    /// The last day.
    #[schema(required)]
    pub due_date: Option<Date>,
    /// Whether it was carried over from an earlier year.
    pub rolled_over: bool,
    /// Where its time goes in XPM.
    pub link: LinkView,
    /// The version stored.
    pub version: u64,
    /// Whether the request was news; only in the answer to a `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applied: Option<bool>,
}

/// Reads a task.
pub fn read_task(id: &str, body: Body<'_>) -> Result<Statement<Task>, BodyError> {
    let body: TaskBody = body.read()?;
    let mut check = Check::default();
    let id = check.id("/id", id, TaskId::parse);
    let words = [("task", TaskKind::Task), ("alert", TaskKind::Alert)];
    let kind = body.kind.and_then(|it| check.choice("/kind", &it, &words)).unwrap_or_default();
    let process_id = check.optional_id("/process_id", body.process_id, ProcessId::parse);
    let contact_id = check.optional_id("/contact_id", body.contact_id, ContactId::parse);
    let start_date = check.date("/start_date", body.start_date);
    let due_date = check.date("/due_date", body.due_date);
    let version = check.version(body.version);
    let value = id.map(|id| Task {
        id,
        name: body.name.unwrap_or_default(),
        kind,
        process_id,
        contact_id,
        start_date,
        due_date,
        rolled_over: body.rolled_over.unwrap_or_default(),
    });
    check.also(value.iter().flat_map(Task::check).collect());
    check.finish(value.map(|value| Statement { value, version }))
}

impl TaskView {
    /// A task as it stands, at a firm with this obstacle to linking; `applied` in the answer to a `PUT`.
    pub fn of(record: TaskRecord, obstacle: Option<Reason>, applied: Option<bool>) -> Self {
        let untried = record.link.state == LinkState::Never && record.look_at.is_some();
        let link =
            Link { reason: record.link.reason.or(obstacle.filter(|_| untried)), ..record.link };
        let version = record.task.version;
        let it = record.task.value;
        Self {
            id: it.id,
            name: it.name,
            kind: match it.kind {
                TaskKind::Task => TaskWord::Task,
                TaskKind::Alert => TaskWord::Alert,
            },
            process_id: it.process_id,
            contact_id: it.contact_id,
            start_date: it.start_date,
            due_date: it.due_date,
            rolled_over: it.rolled_over,
            link: link.into(),
            version,
            applied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_with_a_task_is_told_at_once() {
        let body = br#"{"name": " ", "kind": "job", "process_id": "a b", "contact_id": "",
            "start_date": "2026-02-30", "due_date": "tomorrow", "version": -1}"#;
        let Err(BodyError::Invalid(wrong)) = read_task("t 1", Body::Text(body)) else {
            panic!("taken")
        };
        let places: Vec<&str> = wrong.iter().map(|it| it.pointer.as_str()).collect();
        let all =
            ["/id", "/kind", "/process_id", "/contact_id", "/start_date", "/due_date", "/version"];
        assert_eq!(places, all);

        let Err(BodyError::Invalid(wrong)) = read_task("t-1", Body::Text(body)) else {
            panic!("taken")
        };
        assert!(wrong.iter().any(|it| (it.pointer.as_str(), it.code) == ("/name", "required")));
    }

    #[test]
    fn g42_every_number_that_is_no_version_is_refused() {
        for number in
            ["-1", "1.5", "1e3", "9007199254740992", "18446744073709551616", "1e300", "-0.0"]
        {
            let body = format!(r#"{{"name": "a", "version": {number}}}"#);
            let Err(BodyError::Invalid(wrong)) = read_task("t", Body::Text(body.as_bytes())) else {
                panic!("{number}")
            };
            assert_eq!(wrong[0].pointer, "/version", "{number}");
        }
    }
}
