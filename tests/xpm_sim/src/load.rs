//! Records put into a practice from outside, spelled as XPM spells them or
//! nearly so. Nothing of it is an effect of a call.

mod jobs;

use jiff::Timestamp;
use uuid::Uuid;

use crate::element::{Element, Spelling};
use crate::model::{
    CatalogueCost, Category, Client, Contact, JobCost, Link, Note, Record, Staff, TaskType,
    Template, TemplateMilestone, TemplateTask, Time,
};
use crate::state::State;
use crate::xpm::contacts::absorb as absorb_contact;
use crate::xpm::staff::absorb as absorb_staff;
use crate::xpm::values::truth;
use crate::xpm::{any_date, decimal, load_fields};

type Loaded<T> = Result<T, String>;

/// Loads the records of a kind and says how many there were.
pub(crate) fn load(state: &mut State, tenant: Uuid, kind: &str, body: &[u8]) -> Loaded<usize> {
    let is_xml = body.iter().find(|it| !it.is_ascii_whitespace()) == Some(&b'<');
    let read = if is_xml {
        Element::from_xml(body, Spelling::Loose)
    } else {
        Element::from_json(body, Spelling::Loose)
    };
    let root = read.map_err(|_| "the body is neither XML nor JSON".to_owned())?;
    let (container, child) = match kind {
        "clients" => ("Clients", "Client"),
        "contacts" => ("Contacts", "Contact"),
        "staff" => ("StaffList", "Staff"),
        "tasks" => ("TaskList", "Task"),
        "templates" => ("Templates", "Template"),
        "categories" => ("Categories", "Category"),
        "costs" => ("Costs", "Cost"),
        "jobs" => ("Jobs", "Job"),
        "times" => ("Times", "Time"),
        _ => return Err(format!("there are no {kind} to load")),
    };
    let items = items(&root, kind, container, child);
    for item in &items {
        let records = match kind {
            "clients" => client(state, tenant, item)?,
            "contacts" => vec![Record::Contact(contact(state, tenant, item)?)],
            "staff" => vec![Record::Staff(staff(state, tenant, item)?)],
            "tasks" => vec![Record::TaskType(task_type(item)?)],
            "templates" => vec![Record::Template(template(item)?)],
            "categories" => {
                vec![Record::Category(Category { uuid: own_uuid(item), name: name(item)? })]
            }
            "costs" => vec![Record::Cost(catalogue_cost(item))],
            "jobs" => vec![Record::Job(Box::new(jobs::job(state, tenant, item)?))],
            _ => vec![Record::Time(time(state, tenant, item)?)],
        };
        for record in records {
            state.keep(tenant, record);
        }
    }
    Ok(items.len())
}

/// The records, in an envelope, in their container, in an array, or alone.
fn items<'a>(root: &'a Element, kind: &str, container: &str, child: &str) -> Vec<&'a Element> {
    let array = root.name.is_empty() && root.children.iter().all(|it| it.name.is_empty());
    if root.is(child) && kind != "staff" {
        return vec![root];
    }
    if array || root.is(container) || root.is(kind) {
        return root.children.iter().collect();
    }
    let inside = root.get(container).or_else(|| root.get(kind));
    inside.map_or_else(|| vec![root], |it| it.children.iter().collect())
}

fn own_uuid(item: &Element) -> Uuid {
    item.uuid("UUID").unwrap_or_else(Uuid::new_v4)
}

fn name(item: &Element) -> Loaded<String> {
    item.filled("Name").map(str::to_owned).ok_or_else(|| "a record has no Name".to_owned())
}

/// A reference given as `XUUID`, or as `X` with a `UUID` inside.
fn reference(item: &Element, name: &str) -> Option<Uuid> {
    item.uuid(&format!("{name}UUID")).or_else(|| item.get(name)?.uuid("UUID"))
}

/// UUIDs in a container, each alone or inside a record.
fn uuids(item: &Element, container: &str) -> Vec<Uuid> {
    let each = item.items(container).iter();
    each.filter_map(|it| it.uuid("UUID").or_else(|| Uuid::try_parse(it.raw().trim()).ok()))
        .collect()
}

fn text(item: &Element, name: &str) -> String {
    item.prose(name).unwrap_or_default().to_owned()
}

fn client(state: &State, tenant: Uuid, item: &Element) -> Loaded<Vec<Record>> {
    let uuid = own_uuid(item);
    let firm = &state.firms[&tenant];
    let mut client = match firm.clients.get(&uuid) {
        Some(known) => known.clone(),
        None => Client::named(uuid, &name(item)?, state.now()),
    };
    if let Some(name) = item.filled("Name") {
        name.clone_into(&mut client.name);
    }
    load_fields(&mut client, item);
    client.modified = match item.filled("ModifiedAt") {
        Some(text) => text.parse::<Timestamp>().map_err(|it| it.to_string())?,
        None => state.now(),
    };
    for (flag, name) in [
        (&mut client.prospect, "IsProspect"),
        (&mut client.archived, "IsArchived"),
        (&mut client.deleted, "IsDeleted"),
    ] {
        if let Some(value) = item.filled(name) {
            *flag = truth(value);
        }
    }
    client.account_manager = reference(item, "AccountManager").or(client.account_manager);
    client.job_manager = reference(item, "JobManager").or(client.job_manager);
    client.billing_client = reference(item, "BillingClient").or(client.billing_client);
    let mut records = Vec::new();
    if item.get("Contacts").is_some() {
        client.links.clear();
    }
    for given in item.items("Contacts") {
        let contact = contact(state, tenant, given)?;
        client.links.push(Link {
            contact: contact.uuid,
            primary: given.filled("IsPrimary").is_some_and(truth),
            position: text(given, "Position"),
        });
        records.push(Record::Contact(contact));
    }
    if item.get("Notes").is_some() {
        client.notes = item.items("Notes").iter().map(|it| note(state, it)).collect();
    }
    records.push(Record::Client(Box::new(client)));
    Ok(records)
}

fn note(state: &State, item: &Element) -> Note {
    let date = item.filled("Date").and_then(any_date).unwrap_or_else(|| state.today());
    Note {
        uuid: own_uuid(item),
        title: text(item, "Title"),
        text: text(item, "Text"),
        folder: text(item, "Folder"),
        date: date.at(0, 0, 0, 0),
        created_by: text(item, "CreatedBy"),
    }
}

fn contact(state: &State, tenant: Uuid, item: &Element) -> Loaded<Contact> {
    let uuid = own_uuid(item);
    let known = state.firms[&tenant].contacts.get(&uuid).cloned();
    let mut contact = known.unwrap_or(Contact { uuid, ..Contact::default() });
    absorb_contact(&mut contact, item);
    if contact.name.is_empty() {
        return Err("a contact has no Name".to_owned());
    }
    contact.deleted = item.filled("IsDeleted").map_or(contact.deleted, truth);
    Ok(contact)
}

fn staff(state: &State, tenant: Uuid, item: &Element) -> Loaded<Staff> {
    let uuid = own_uuid(item);
    let mut staff = match state.firms[&tenant].staff.get(&uuid) {
        Some(known) => known.clone(),
        None => Staff {
            uuid,
            name: name(item)?,
            email: String::new(),
            phone: String::new(),
            mobile: String::new(),
            address: String::new(),
            payroll_code: String::new(),
            enabled: true,
            deleted: false,
        },
    };
    absorb_staff(&mut staff, item);
    staff.enabled = item.filled("Enabled").map_or(staff.enabled, truth);
    staff.deleted = item.filled("Deleted").map_or(staff.deleted, truth);
    Ok(staff)
}

fn task_type(item: &Element) -> Loaded<TaskType> {
    let description = text(item, "Description");
    Ok(TaskType { uuid: own_uuid(item), name: name(item)?, description })
}

fn template(item: &Element) -> Loaded<Template> {
    let number = |it: &Element, name: &str| it.filled(name).and_then(|it| it.parse().ok());
    let task = |it: &Element| TemplateTask {
        task: it.uuid("TaskUUID").or_else(|| it.uuid("UUID")).unwrap_or_default(),
        description: text(it, "Description"),
        minutes: number(it, "EstimatedMinutes").unwrap_or_default(),
    };
    let milestone = |it: &Element| TemplateMilestone {
        description: text(it, "Description"),
        days: it.filled("Days").and_then(|it| it.parse().ok()).unwrap_or_default(),
    };
    Ok(Template {
        uuid: own_uuid(item),
        name: name(item)?,
        tasks: item.items("Tasks").iter().map(task).collect(),
        milestones: item.items("Milestones").iter().map(milestone).collect(),
        costs: item.items("Costs").iter().map(job_cost).collect(),
    })
}

fn job_cost(item: &Element) -> JobCost {
    JobCost {
        uuid: own_uuid(item),
        date: item.filled("Date").and_then(any_date).unwrap_or_default(),
        description: text(item, "Description"),
        code: text(item, "Code"),
        note: text(item, "Note"),
        quantity: decimal(item, "Quantity"),
        unit_cost: decimal(item, "UnitCost"),
        unit_price: decimal(item, "UnitPrice"),
        billable: item.filled("Billable").is_none_or(truth),
    }
}

fn catalogue_cost(item: &Element) -> CatalogueCost {
    CatalogueCost {
        uuid: own_uuid(item),
        description: text(item, "Description"),
        code: text(item, "Code"),
        note: text(item, "Note"),
        unit_cost: decimal(item, "UnitCost"),
        unit_price: decimal(item, "UnitPrice"),
    }
}

fn time(state: &State, tenant: Uuid, item: &Element) -> Loaded<Time> {
    let number = item.get("Job").and_then(|it| it.filled("ID")).or_else(|| item.filled("Job"));
    let number = number.unwrap_or_default();
    let job = state.firms[&tenant].jobs.get(number).ok_or_else(|| format!("no job {number}"))?;
    let given = reference(item, "Task").or_else(|| item.uuid("JobTaskUUID")).unwrap_or_default();
    let task = job.tasks.iter().find(|it| it.uuid == given);
    let task = task.ok_or_else(|| format!("no task {given} on job {number}"))?;
    let date = item.filled("Date").and_then(any_date).ok_or("a time entry has no Date")?;
    let minutes = item.filled("Minutes").and_then(|it| it.parse().ok());
    Ok(Time {
        uuid: own_uuid(item),
        job: number.to_owned(),
        job_task: task.uuid,
        staff: reference(item, "Staff").ok_or("a time entry has no staff")?,
        date,
        minutes: minutes.ok_or("a time entry has no Minutes")?,
        note: text(item, "Note"),
        billable: item.filled("Billable").map_or(task.billable, truth),
        start: None,
        end: None,
        invoice_task: item.uuid("InvoiceTaskUUID"),
        created: date,
    })
}

/// Adds made-up clients, each with a contact.
pub(crate) fn generate(state: &mut State, tenant: Uuid, clients: usize) {
    let now = state.now();
    let first = state.firms[&tenant].clients.len();
    for number in first..first + clients {
        let seed = |kind: &str| {
            Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{tenant}/{kind}/{number}").as_bytes())
        };
        let contact = Contact {
            uuid: seed("contact"),
            name: format!("Person {number}"),
            email: format!("person{number}@generated.example.com"),
            phone: format!("(02) 5550 {:04}", number % 10_000),
            ..Contact::default()
        };
        let mut client = Client::named(seed("client"), &format!("Generated {number} Pty Ltd"), now);
        for (name, value) in [
            ("Email", format!("office{number}@generated.example.com")),
            ("Phone", format!("(02) 7010 {:04}", number % 10_000)),
            ("Address", format!("{} Example Street", number % 400 + 1)),
            ("City", "Sydney".to_owned()),
            ("Region", "NSW".to_owned()),
            ("PostCode", "2000".to_owned()),
            ("Country", "Australia".to_owned()),
            ("BusinessStructure", "Company".to_owned()),
            ("BusinessNumber", format!("{:011}", 90_000_000_000 + number)),
        ] {
            client.fields.insert(name.to_owned(), value);
        }
        let position = "Director".to_owned();
        client.links.push(Link { contact: contact.uuid, primary: true, position });
        state.keep(tenant, Record::Contact(contact));
        state.keep(tenant, Record::Client(Box::new(client)));
    }
}
