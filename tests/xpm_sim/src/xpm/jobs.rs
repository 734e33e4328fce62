//! `job.api`: reading jobs, and the way to everything done to them.

use jiff::civil::Date;
use uuid::Uuid;

use crate::model::{Job, JobTask, Staff};
use crate::node::{Fields, Node};
use crate::xpm::values::{compact_date, midnight, moment, window};
use crate::xpm::{
    Desk, Handled, Refusal, Reply, assign, clients, custom, identifier, job_costs, job_tasks,
    job_writes, papers, reference,
};

const UNKNOWN: &str = "Invalid job identifier";

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["current"]) => {
            let knobs = desk.state.knobs.clone();
            list(desk, "Current", |job| knobs.is_open(&job.state))
        }
        ("GET", ["list"]) => {
            let (from, to) = window(desk)?;
            list(desk, "List", |job| (from..=to).contains(&job.created))
        }
        ("GET", ["client", uuid]) => {
            let client = identifier(uuid, "Invalid client identifier")?;
            if !desk.firm().clients.contains_key(&client) {
                return Err(Refusal::business("Invalid client identifier"));
            }
            list(desk, "List", |job| job.client == client)
        }
        ("GET", ["staff", uuid]) => of_staff(desk, uuid),
        ("GET", ["tasks"]) => with_tasks(desk),
        ("GET", ["get", number]) => {
            let job = known(desk, number)?;
            let url = format!("https://practicemanager.xero.com/job/{}", job.number);
            let fields = vec![("WebUrl", Node::text(url)), ("Job", node(desk, &job, true))];
            Ok(Reply::Fields("Get", fields))
        }
        ("POST", ["add"]) => job_writes::add(desk),
        ("PUT", ["update"]) => job_writes::update(desk),
        ("PUT", ["state"]) => job_writes::state(desk),
        ("PUT", ["assign"]) => assign::assign(desk),
        ("POST", ["applytemplate"]) => job_writes::apply_template(desk),
        ("POST", ["delete"]) => job_writes::delete(desk),
        ("POST", ["createquote" | "createestimate", number]) => job_writes::quote(desk, number),
        ("POST", ["note"]) => papers::add_note(desk),
        (_, ["documents" | "document", ..]) => papers::job_documents(desk, method, path),
        (_, ["costs" | "cost", ..]) => job_costs::route(desk, method, path),
        (_, ["task", ..]) | ("PUT", ["reordertasks"]) => job_tasks::route(desk, method, path),
        ("GET", ["get", number, "customfield"]) | ("PUT", ["update", number, "customfield"]) => {
            let uuid = known(desk, number)?.uuid;
            custom::values(desk, method, &format!("job/{uuid}"), "job.custom", uuid)
        }
        (
            _,
            [
                "current" | "list" | "tasks" | "add" | "update" | "state" | "assign"
                | "applytemplate" | "delete" | "note" | "reordertasks",
            ],
        ) => Err(Refusal::NoSuchMethod),
        _ => Err(Refusal::NoSuchPath),
    }
}

/// The job of that number.
pub(crate) fn known(desk: &Desk<'_>, number: &str) -> Result<Job, Refusal> {
    desk.firm().jobs.get(number).cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

/// Sorted by client and then by start, as recorded.
fn list(desk: &Desk<'_>, api_method: &'static str, wanted: impl Fn(&Job) -> bool) -> Handled {
    let detailed = desk.detailed();
    let firm = desk.firm();
    let client = |job: &Job| firm.clients.get(&job.client).map(|it| it.name.as_str());
    let mut jobs: Vec<&Job> = firm.jobs.values().filter(|it| wanted(it)).collect();
    jobs.sort_by(|a, b| {
        let by_client = client(a).cmp(&client(b));
        by_client.then(a.start.cmp(&b.start)).then(a.number.cmp(&b.number))
    });
    let nodes = jobs.into_iter().map(|it| node(desk, it, detailed)).collect();
    Ok(Reply::Fields(api_method, vec![("Jobs", Node::List("Job", nodes))]))
}

fn of_staff(desk: &Desk<'_>, uuid: &str) -> Handled {
    let unknown = "Invalid staff identifier";
    let staff = identifier(uuid, unknown)?;
    if desk.firm().active_staff(staff).is_none() {
        return Err(Refusal::business(unknown));
    }
    let knobs = &desk.state.knobs;
    list(desk, "List", |job| {
        let on_task = job.tasks.iter().any(|it| it.assigned.contains(&staff));
        knobs.is_open(&job.state) && (job.assigned.contains(&staff) || on_task)
    })
}

/// Jobs with those of their tasks that match.
fn with_tasks(desk: &Desk<'_>) -> Handled {
    let asked = |name: &str| desk.parameters.get(name).filter(|it| !it.is_empty());
    let complete = asked("complete").map(|it| it.eq_ignore_ascii_case("true"));
    let due = asked("due").and_then(compact_date);
    let start = asked("start").and_then(compact_date);
    let wanted = |task: &JobTask| {
        let reached = |date: Option<Date>, limit: Option<Date>, before: bool| match limit {
            None => true,
            Some(limit) => date.is_some_and(|it| if before { it <= limit } else { it >= limit }),
        };
        complete.is_none_or(|it| task.completed == it)
            && reached(task.due, due, true)
            && reached(task.start, start, false)
    };
    let nodes = desk
        .firm()
        .jobs
        .values()
        .filter_map(|job| {
            let tasks: Vec<JobTask> = job.tasks.iter().filter(|it| wanted(it)).cloned().collect();
            let shown = Job { tasks, ..job.clone() };
            (!shown.tasks.is_empty()).then(|| node(desk, &shown, true))
        })
        .collect();
    Ok(Reply::Fields("List", vec![("Jobs", Node::List("Job", nodes))]))
}

/// The whole job, as writes answer it.
pub(crate) fn whole(desk: &Desk<'_>, job: &Job, api_method: &'static str) -> Handled {
    Ok(Reply::Fields(api_method, vec![("Job", node(desk, job, true))]))
}

/// A job as it is read; its tasks, milestones and notes only in detail.
pub(crate) fn node(desk: &Desk<'_>, job: &Job, detailed: bool) -> Node {
    let firm = desk.firm();
    let staff = |uuid: Uuid| firm.staff.get(&uuid);
    let mut fields: Fields = vec![
        ("ID", Node::text(job.number.as_str())),
        ("UUID", Node::text(job.uuid.to_string())),
        ("Name", Node::text(job.name.as_str())),
        ("Description", Node::text(job.description.as_str())),
    ];
    if let Some(client) = firm.clients.get(&job.client) {
        fields.push(("Client", reference(client.uuid, &client.name)));
    }
    fields.push(("ClientOrderNumber", Node::text(job.order_number.as_str())));
    if let Some(budget) = job.budget {
        fields.push(("Budget", Node::Decimal(budget)));
    }
    let state = desk.state.knobs.state(&job.state).map_or(job.state.as_str(), |it| &it.name);
    fields.push(("State", Node::text(state)));
    if let Some(category) = job.category.and_then(|it| firm.categories.get(&it)) {
        fields.push(("Type", Node::text(category.name.as_str())));
    }
    fields.push(("StartDate", midnight(job.start)));
    fields.push(("DueDate", midnight(job.due)));
    if let Some(completed) = job.completed {
        fields.push(("CompletedDate", moment(completed)));
    }
    if let Some(contact) = job.contact.and_then(|it| firm.contacts.get(&it)) {
        fields.push(("Contact", reference(contact.uuid, &contact.name)));
    }
    fields.push(("InternalID", Node::text(job.internal_id.to_string())));
    for (name, person) in [("Manager", job.manager), ("Partner", job.partner)] {
        if let Some(person) = person.and_then(staff) {
            fields.push((name, reference(person.uuid, &person.name)));
        }
    }
    let assigned = job.assigned.iter().filter_map(|it| staff(*it));
    let assigned = assigned.map(|it| reference(it.uuid, &it.name)).collect();
    fields.push(("Assigned", Node::List("Staff", assigned)));
    if detailed {
        let tasks = job.tasks.iter().map(|it| task(desk, it)).collect();
        fields.push(("Tasks", Node::List("Task", tasks)));
        let milestones = job.milestones.iter().map(|it| {
            Node::Record(vec![
                ("UUID", Node::text(it.uuid.to_string())),
                ("Date", midnight(it.date)),
                ("Description", Node::text(it.description.as_str())),
                ("Completed", Node::Flag(it.completed)),
                ("Folder", Node::text("")),
            ])
        });
        fields.push(("Milestones", Node::List("Milestone", milestones.collect())));
        let notes = job.notes.iter().map(|it| papers::note(desk, it, true)).collect();
        fields.push(("Notes", Node::List("Note", notes)));
    }
    Node::Record(fields)
}

fn task(desk: &Desk<'_>, task: &JobTask) -> Node {
    let firm = desk.firm();
    let mut fields: Fields = vec![
        ("UUID", Node::text(task.uuid.to_string())),
        ("Name", Node::text(task.name.as_str())),
        ("TaskUUID", Node::text(task.task.to_string())),
        ("EstimatedMinutes", Node::Int(task.estimated)),
        ("ActualMinutes", Node::Int(firm.actual_minutes(task.uuid))),
        ("Description", Node::text(task.description.as_str())),
        ("Completed", Node::Flag(task.completed)),
        ("Billable", Node::Flag(task.billable)),
        ("Folder", Node::text(task.folder.as_str())),
    ];
    for (name, date) in [("StartDate", task.start), ("DueDate", task.due)] {
        if let Some(date) = date {
            fields.push((name, midnight(date)));
        }
    }
    let staff: Vec<&Staff> = task.assigned.iter().filter_map(|it| firm.staff.get(it)).collect();
    if !staff.is_empty() {
        let each = i64::try_from(staff.len()).unwrap_or(1);
        let nodes = staff.into_iter().map(|it| {
            Node::Record(vec![
                ("UUID", Node::text(it.uuid.to_string())),
                ("Name", Node::text(it.name.as_str())),
                ("AllocatedMinutes", Node::Int(task.estimated / each)),
            ])
        });
        fields.push(("Assigned", Node::List("Staff", nodes.collect())));
    }
    Node::Record(fields)
}

/// The client that a body's `ClientUUID` names, for a job of its own.
pub(crate) fn client_of(desk: &Desk<'_>, text: &str) -> Result<Uuid, Refusal> {
    clients::known(desk, text).map(|it| it.uuid)
}
