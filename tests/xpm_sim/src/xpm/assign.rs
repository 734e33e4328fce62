//! `job.api/assign`: several operations in one call, all or none.

use uuid::Uuid;

use crate::element::Element;
use crate::model::Job;
use crate::xpm::job_writes::{named, save};
use crate::xpm::{Desk, Handled, Refusal};

pub(crate) fn assign(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let mut job = named(desk, &root)?;
    for operation in operations(&root) {
        if operation.is("add") {
            let staff = person(desk, operation, "add")?;
            let task = task(&job, operation, "add")?;
            if !job.assigned.contains(&staff) {
                job.assigned.push(staff);
            }
            let tasks = job.tasks.iter_mut().filter(|it| Some(it.uuid) == task);
            for task in tasks.filter(|it| !it.assigned.contains(&staff)) {
                task.assigned.push(staff);
            }
        } else if operation.is("remove") {
            let staff = person(desk, operation, "remove")?;
            let task = task(&job, operation, "remove")?;
            if task.is_none() {
                job.assigned.retain(|it| *it != staff);
            }
            let tasks = job.tasks.iter_mut();
            for task in tasks.filter(|it| task.is_none_or(|task| it.uuid == task)) {
                task.assigned.retain(|it| *it != staff);
            }
        } else if operation.is("add-manager") {
            job.manager = Some(person(desk, operation, "add-manager")?);
        } else if operation.is("remove-manager") {
            job.manager = None;
        } else if operation.is("add-partner") {
            job.partner = Some(person(desk, operation, "add-partner")?);
        } else if operation.is("remove-partner") {
            job.partner = None;
        }
    }
    save(desk, job, "job.assign", "Assign")
}

/// The operations in their order; JSON gives those of one kind as an array.
fn operations(root: &Element) -> Vec<&Element> {
    let is_array = |it: &&Element| it.children.iter().any(|child| child.name.is_empty());
    let mut all = Vec::new();
    for child in &root.children {
        if is_array(&child) {
            all.extend(&child.children);
        } else {
            all.push(child);
        }
    }
    all
}

/// The staff member of an operation; 3.1 names them by `uuid`, not by `id`.
fn person(desk: &Desk<'_>, operation: &Element, kind: &str) -> Result<Uuid, Refusal> {
    let given = operation.attribute("uuid").and_then(|it| Uuid::try_parse(it).ok());
    given
        .filter(|it| desk.firm().active_staff(*it).is_some())
        .ok_or_else(|| Refusal::Business(format!("Invalid staff identifier for {kind} request")))
}

fn task(job: &Job, operation: &Element, kind: &str) -> Result<Option<Uuid>, Refusal> {
    let complain = || Refusal::Business(format!("Invalid task identifier for {kind} request"));
    match operation.attribute("task-uuid").filter(|it| !it.is_empty()) {
        None => Ok(None),
        Some(text) => Uuid::try_parse(text)
            .ok()
            .filter(|uuid| job.tasks.iter().any(|it| it.uuid == *uuid))
            .map(Some)
            .ok_or_else(complain),
    }
}
