//! Jobs from outside, with their tasks, staff and costs.

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::element::Element;
use crate::load::{Loaded, job_cost, name, note, own_uuid, reference, text, uuids};
use crate::model::{Job, JobTask, TaskType};
use crate::state::State;
use crate::xpm::any_date;
use crate::xpm::job_writes::blank;
use crate::xpm::values::truth;

pub(super) fn job(state: &State, tenant: Uuid, item: &Element) -> Loaded<Job> {
    let firm = &state.firms[&tenant];
    let given = item.filled("ID").or_else(|| item.filled("Number"));
    let number =
        given.map_or_else(|| firm.next_job(&state.knobs.job_number_prefix).1, str::to_owned);
    let mut job = match firm.jobs.get(&number) {
        Some(known) => known.clone(),
        None => {
            let client = reference(item, "Client").ok_or("a job has no client")?;
            if !firm.clients.contains_key(&client) {
                return Err(format!("no client {client}"));
            }
            let first = state.knobs.first_state();
            let start = item.filled("StartDate").and_then(any_date);
            let start = start.unwrap_or_else(|| state.today());
            let mut job = blank(firm, number, client, first, start);
            job.uuid = own_uuid(item);
            job.name = name(item)?;
            job
        }
    };
    if let Some(name) = item.filled("Name") {
        name.clone_into(&mut job.name);
    }
    if item.get("Description").is_some() {
        job.description = text(item, "Description");
    }
    if let Some(number) = item.value("ClientOrderNumber").or_else(|| item.value("ClientNumber")) {
        number.clone_into(&mut job.order_number);
    }
    for (date, name) in
        [(&mut job.start, "StartDate"), (&mut job.due, "DueDate"), (&mut job.created, "Created")]
    {
        if let Some(given) = item.filled(name).and_then(any_date) {
            *date = given;
        }
    }
    if let Some(given) = item.filled("State") {
        let mut states = state.knobs.job_states.iter();
        let known = states.find(|it| it.code == given || it.name == given);
        let known = known.ok_or_else(|| format!("no job state {given}"))?;
        job.state.clone_from(&known.code);
        let now = state.now().to_zoned(TimeZone::UTC).datetime();
        job.completed = if known.open { None } else { job.completed.or(Some(now)) };
    }
    if let Some(date) = item.filled("CompletedDate").and_then(any_date) {
        job.completed = Some(date.at(0, 0, 0, 0));
    }
    job.category = reference(item, "Category").or(job.category);
    job.contact = reference(item, "Contact").or(job.contact);
    job.manager = reference(item, "Manager").or(job.manager);
    job.partner = reference(item, "Partner").or(job.partner);
    if item.get("Assigned").is_some() {
        job.assigned = uuids(item, "Assigned");
    }
    if item.get("Tasks").is_some() {
        let tasks = item.items("Tasks").iter();
        job.tasks = tasks.map(|it| task(state, tenant, it)).collect::<Loaded<_>>()?;
    }
    if item.get("Notes").is_some() {
        job.notes = item.items("Notes").iter().map(|it| note(state, it)).collect();
    }
    if item.get("Costs").is_some() {
        job.costs = item.items("Costs").iter().map(job_cost).collect();
    }
    Ok(job)
}

/// A job task; its type is the one of `TaskUUID`, or else a new one by name.
fn task(state: &State, tenant: Uuid, item: &Element) -> Loaded<JobTask> {
    let kind = item.uuid("TaskUUID").ok_or("a job task has no TaskUUID")?;
    let known = state.firms[&tenant].tasks.get(&kind).cloned();
    let kind = match known {
        Some(kind) => kind,
        None => TaskType { uuid: kind, name: name(item)?, description: String::new() },
    };
    let mut task = JobTask::of(own_uuid(item), &kind);
    if let Some(name) = item.filled("Name") {
        name.clone_into(&mut task.name);
    }
    task.label = text(item, "Label");
    task.description = text(item, "Description");
    let minutes = item.filled("EstimatedMinutes").and_then(|it| it.parse().ok());
    task.estimated = minutes.unwrap_or_default();
    task.completed = item.filled("Completed").is_some_and(truth);
    task.billable = item.filled("Billable").is_none_or(truth);
    task.start = item.filled("StartDate").and_then(any_date);
    task.due = item.filled("DueDate").and_then(any_date);
    task.assigned = uuids(item, "Assigned");
    Ok(task)
}
