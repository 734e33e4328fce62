//! Making and changing jobs. A new job has no state, manager or staff of its
//! own choosing: it takes further calls to give it those.

use jiff::tz::TimeZone;
use jiff::{Span, civil::Date};
use uuid::Uuid;

use crate::element::Element;
use crate::firm::Firm;
use crate::model::{Job, JobCost, JobTask, Milestone, Record, Template};
use crate::node::Node;
use crate::xpm::jobs::{client_of, known, whole};
use crate::xpm::values::{required, written_date, written_decimal};
use crate::xpm::{Desk, Handled, Refusal, Reply, identifier, status_only};

const UNKNOWN_TEMPLATE: &str = "Invalid job template identifier";

/// The job that a body's `ID`, or else its `UUID`, names.
pub(crate) fn named(desk: &Desk<'_>, root: &Element) -> Result<Job, Refusal> {
    if let Some(number) = root.filled("ID") {
        return known(desk, number);
    }
    let uuid = root.filled("UUID").ok_or_else(|| Refusal::missing("/Job/ID"))?;
    let uuid = identifier(uuid, "Invalid job identifier")?;
    let found = desk.firm().jobs.values().find(|it| it.uuid == uuid).cloned();
    found.ok_or_else(|| Refusal::business("Invalid job identifier"))
}

fn required_date(root: &Element, name: &str) -> Result<Date, Refusal> {
    written_date(root, name)?.ok_or_else(|| Refusal::missing(&format!("/Job/{name}")))
}

/// A job with nothing on it yet.
pub(crate) fn blank(firm: &Firm, number: String, client: Uuid, state: String, day: Date) -> Job {
    Job {
        internal_id: 1000 + i64::try_from(firm.jobs.len()).unwrap_or_default(),
        number,
        uuid: Uuid::new_v4(),
        name: String::new(),
        description: String::new(),
        client,
        order_number: String::new(),
        budget: None,
        state,
        category: None,
        start: day,
        due: day,
        completed: None,
        contact: None,
        manager: None,
        partner: None,
        assigned: Vec::new(),
        tasks: Vec::new(),
        milestones: Vec::new(),
        notes: Vec::new(),
        documents: Vec::new(),
        costs: Vec::new(),
        created: day,
    }
}

pub(crate) fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let name = required(&root, "Job", "Name")?.to_owned();
    let client = client_of(desk, required(&root, "Job", "ClientUUID")?)?;
    let (start, due) = (required_date(&root, "StartDate")?, required_date(&root, "DueDate")?);
    let mut place_in_sequence = None;
    let number = match root.filled("ID") {
        Some(own) if desk.firm().jobs.contains_key(own) => {
            return Err(Refusal::business("A job with this ID already exists"));
        }
        Some(own) => own.to_owned(),
        None => {
            let (place, number) = desk.firm().next_job(&desk.state.knobs.job_number_prefix);
            place_in_sequence = Some(place);
            number
        }
    };
    let template = match root.filled("TemplateUUID") {
        Some(text) => Some(template(desk, text)?),
        None => None,
    };
    let state = desk.state.knobs.first_state();
    let today = desk.state.today();
    let mut job = Job {
        name,
        start,
        due,
        order_number: root.value("ClientNumber").unwrap_or_default().to_owned(),
        ..blank(desk.firm(), number, client, state, today)
    };
    job.contact = match root.filled("ContactUUID") {
        None => None,
        Some(text) => {
            let uuid = identifier(text, "Invalid contact identifier")?;
            let known = desk.firm().contacts.get(&uuid).filter(|it| !it.deleted);
            Some(known.ok_or_else(|| Refusal::business("Invalid contact identifier"))?.uuid)
        }
    };
    absorb(desk, &mut job, &root)?;
    if let Some(template) = template {
        furnish(desk.firm(), &mut job, &template, false);
    }
    if let Some(place) = place_in_sequence {
        desk.keep(Record::JobNumber(place));
    }
    save(desk, job, "job.add", "Add")
}

pub(crate) fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let mut job = named(desk, &root)?;
    if !desk.state.knobs.patch_updates {
        job.description.clear();
        job.order_number.clear();
        job.budget = None;
        job.category = None;
    }
    match root.value("Name") {
        Some("") => return Err(Refusal::missing("/Job/Name")),
        Some(name) => name.clone_into(&mut job.name),
        None => {}
    }
    if let Some(number) = root.value("ClientNumber") {
        number.clone_into(&mut job.order_number);
    }
    job.start = written_date(&root, "StartDate")?.unwrap_or(job.start);
    job.due = written_date(&root, "DueDate")?.unwrap_or(job.due);
    absorb(desk, &mut job, &root)?;
    save(desk, job, "job.update", "Update")
}

/// What add and update have in common.
fn absorb(desk: &Desk<'_>, job: &mut Job, root: &Element) -> Result<(), Refusal> {
    if let Some(description) = root.prose("Description") {
        description.clone_into(&mut job.description);
    }
    if root.get("Budget").is_some() {
        job.budget = written_decimal(root, "Budget")?;
    }
    let category = root.value("CategoryUUID").or_else(|| root.value("CategoryID"));
    match category {
        None => {}
        Some("") => job.category = None,
        Some(text) => {
            let uuid = identifier(text, "Invalid category identifier")?;
            let known = desk.firm().categories.get(&uuid);
            let known = known.ok_or_else(|| Refusal::business("Invalid category identifier"))?;
            job.category = Some(known.uuid);
        }
    }
    Ok(())
}

pub(crate) fn state(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let mut job = named(desk, &root)?;
    let code = required(&root, "Job", "State")?;
    let state = desk.state.knobs.state(code);
    let state = state.ok_or_else(|| Refusal::business("Invalid state code"))?;
    let now = desk.state.now().to_zoned(TimeZone::UTC).datetime();
    job.completed = if state.open { None } else { job.completed.or(Some(now)) };
    job.state.clone_from(&state.code);
    save(desk, job, "job.state", "State")?;
    status_only("State")
}

pub(crate) fn delete(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let job = named(desk, &root)?;
    desk.keep(Record::JobGone(job.number));
    desk.effect("job.delete", job.uuid);
    status_only("Delete")
}

pub(crate) fn quote(desk: &mut Desk<'_>, number: &str) -> Handled {
    let job = known(desk, number)?;
    let number = desk.firm().last_quote + 1;
    desk.keep(Record::QuoteNumber(number));
    desk.effect("job.quote", job.uuid);
    Ok(Reply::Fields("CreateQuote", vec![("ID", Node::text(format!("Q{number:06}")))]))
}

pub(crate) fn apply_template(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Job")?;
    let mut job = named(desk, &root)?;
    let template = template(desk, required(&root, "Job", "TemplateUUID")?)?;
    let append = match root.filled("TaskMode") {
        None | Some("AddNew") => false,
        Some("AppendExisting") => true,
        Some(_) => return Err(Refusal::business("Invalid task mode")),
    };
    furnish(desk.firm(), &mut job, &template, append);
    save(desk, job, "job.template", "ApplyTemplate")
}

fn template(desk: &Desk<'_>, text: &str) -> Result<Template, Refusal> {
    let uuid = identifier(text, UNKNOWN_TEMPLATE)?;
    let found = desk.firm().templates.get(&uuid).cloned();
    found.ok_or_else(|| Refusal::business(UNKNOWN_TEMPLATE))
}

/// Puts a template's tasks, milestones and costs on a job.
fn furnish(firm: &Firm, job: &mut Job, template: &Template, append: bool) {
    for given in &template.tasks {
        let Some(kind) = firm.tasks.get(&given.task) else { continue };
        let existing = job.tasks.iter_mut().find(|it| append && it.task == given.task);
        if let Some(task) = existing {
            task.estimated += given.minutes;
            if !given.description.is_empty() {
                if !task.description.is_empty() {
                    task.description.push('\n');
                }
                task.description.push_str(&given.description);
            }
        } else {
            let mut task = JobTask::of(Uuid::new_v4(), kind);
            task.estimated = given.minutes;
            task.description.clone_from(&given.description);
            job.tasks.push(task);
        }
    }
    let start = job.start;
    job.milestones.extend(template.milestones.iter().map(|it| Milestone {
        uuid: Uuid::new_v4(),
        date: start.saturating_add(Span::new().days(it.days)),
        description: it.description.clone(),
        completed: false,
    }));
    job.costs.extend(template.costs.iter().map(|it| JobCost {
        uuid: Uuid::new_v4(),
        date: start,
        ..it.clone()
    }));
}

/// Keeps the job and answers with it whole.
pub(crate) fn save(
    desk: &mut Desk<'_>,
    job: Job,
    effect: &str,
    api_method: &'static str,
) -> Handled {
    desk.keep(Record::Job(Box::new(job.clone())));
    desk.effect(effect, job.uuid);
    whole(desk, &job, api_method)
}
