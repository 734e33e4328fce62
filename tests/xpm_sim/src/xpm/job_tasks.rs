//! The tasks of jobs. There is no call that deletes one.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{Job, JobTask, Record};
use crate::node::Node;
use crate::xpm::job_writes::{named, save};
use crate::xpm::values::{required, written_date, written_int};
use crate::xpm::{Desk, Handled, Refusal, Reply, custom, identifier, jobs};

const UNKNOWN: &str = "Invalid task identifier";

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("POST", ["task"]) => add(desk),
        ("PUT", ["task"]) => update(desk),
        ("PUT", ["task", uuid, "complete"]) => complete(desk, uuid, true),
        ("PUT", ["task", uuid, "reopen"]) => complete(desk, uuid, false),
        ("PUT", ["reordertasks"]) => reorder(desk),
        ("GET" | "PUT", ["task", uuid, "customfield"]) => {
            let uuid = identifier(uuid, UNKNOWN)?;
            holder(desk, uuid)?;
            custom::values(desk, method, &format!("task/{uuid}"), "job.task.custom", uuid)
        }
        (_, ["task"]) => Err(Refusal::NoSuchMethod),
        _ => Err(Refusal::NoSuchPath),
    }
}

fn holder(desk: &Desk<'_>, job_task: Uuid) -> Result<Job, Refusal> {
    desk.firm().job_with_task(job_task).cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Task")?;
    let mut job = jobs::known(desk, required(&root, "Task", "Job")?)?;
    let kind = identifier(required(&root, "Task", "TaskUUID")?, UNKNOWN)?;
    let kind = desk.firm().tasks.get(&kind).ok_or_else(|| Refusal::business(UNKNOWN))?;
    let mut task = JobTask::of(Uuid::new_v4(), kind);
    absorb(&mut task, &root)?;
    let uuid = task.uuid;
    job.tasks.push(task);
    desk.keep(Record::Job(Box::new(job)));
    desk.effect("job.task.add", uuid);
    Ok(Reply::Fields("Task", vec![("UUID", Node::text(uuid.to_string()))]))
}

/// The documentation calls the job task `TaskUUID`, the specification `UUID`;
/// either will do.
fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Task")?;
    let given = root.filled("UUID").or_else(|| root.filled("TaskUUID"));
    let uuid = identifier(given.ok_or_else(|| Refusal::missing("/Task/UUID"))?, UNKNOWN)?;
    let mut job = holder(desk, uuid)?;
    for task in job.tasks.iter_mut().filter(|it| it.uuid == uuid) {
        absorb(task, &root)?;
    }
    desk.keep(Record::Job(Box::new(job)));
    desk.effect("job.task.update", uuid);
    Ok(Reply::Fields("Task", vec![("UUID", Node::text(uuid.to_string()))]))
}

fn absorb(task: &mut JobTask, root: &Element) -> Result<(), Refusal> {
    if let Some(label) = root.value("Label") {
        label.clone_into(&mut task.label);
    }
    if let Some(description) = root.prose("Description") {
        description.clone_into(&mut task.description);
    }
    if let Some(minutes) = written_int(root, "EstimatedMinutes")? {
        task.estimated = minutes;
    }
    if root.get("StartDate").is_some() {
        task.start = written_date(root, "StartDate")?;
    }
    if root.get("DueDate").is_some() {
        task.due = written_date(root, "DueDate")?;
    }
    Ok(())
}

fn complete(desk: &mut Desk<'_>, uuid: &str, completed: bool) -> Handled {
    let uuid = identifier(uuid, UNKNOWN)?;
    let mut job = holder(desk, uuid)?;
    for task in job.tasks.iter_mut().filter(|it| it.uuid == uuid) {
        task.completed = completed;
    }
    desk.keep(Record::Job(Box::new(job.clone())));
    desk.effect(if completed { "job.task.complete" } else { "job.task.reopen" }, uuid);
    jobs::whole(desk, &job, "Task")
}

fn reorder(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let mut job = named(desk, &root)?;
    let mut order = Vec::new();
    for given in root.items("Tasks") {
        let uuid = given.uuid("UUID").filter(|uuid| job.tasks.iter().any(|it| it.uuid == *uuid));
        order.push(uuid.ok_or_else(|| Refusal::business(UNKNOWN))?);
    }
    job.tasks
        .sort_by_key(|it| order.iter().position(|uuid| *uuid == it.uuid).unwrap_or(usize::MAX));
    save(desk, job, "job.task.reorder", "ReorderTasks")
}
