//! XPM's things, element by element (xpm-api 2). Order does not matter, and what
//! is not named here is skipped.
//!
//! An id that is missing makes the answer unreadable: acting on half a thing is
//! worse than asking again. Left out of lists is only what cannot concern us.

use domain::ids::{JobNumber, XpmUuid};
use domain::practice::{
    Address, Booked, Client, ClientContact, CostSheet, Job, JobCost, JobTask, Named, Staff,
    Timesheet,
};
use rust_decimal::Decimal;

use super::Unreadable;
use super::tree::Element;
use super::values::{date, decimal, filled, lines, placed, yes};

/// Reads the child that an answer is about.
pub(crate) fn one<T>(
    root: Element<'_>,
    name: &'static str,
    read: impl Fn(Element<'_>) -> Result<T, Unreadable>,
) -> Result<T, Unreadable> {
    read(root.child(name).ok_or(Unreadable::Lacks(name))?)
}

/// Reads a list and what is in it. XPM sends an empty container for an empty list (xpm-api 1.4).
pub(crate) fn each<T>(
    root: Element<'_>,
    container: &'static str,
    name: &str,
    read: impl Fn(Element<'_>) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    let container = root.child(container).ok_or(Unreadable::Lacks(container))?;
    children(container, name).map(read).collect()
}

/// A client (xpm-api 2.1.1).
pub(crate) fn client(element: Element<'_>) -> Result<Client, Unreadable> {
    let (mut physical, mut postal) = (Address::default(), Address::default());
    let mut client = Client {
        uuid: uuid(element, "Client/UUID")?,
        name: String::new(),
        first_name: None,
        last_name: None,
        email: None,
        phone: None,
        physical: None,
        postal: None,
        business_structure: None,
        business_number: None,
        prospect: false,
        archived: false,
        deleted: false,
        contacts: Vec::new(),
    };
    for part in element.children() {
        match part.name() {
            "Name" => client.name = part.text().to_owned(),
            "FirstName" => client.first_name = filled(part),
            "LastName" => client.last_name = filled(part),
            "Email" => client.email = filled(part),
            "Phone" => client.phone = filled(part),
            "Address" => physical.lines = lines(part),
            "City" => physical.city = filled(part),
            "Region" => physical.region = filled(part),
            "PostCode" => physical.postcode = filled(part),
            "Country" => physical.country = filled(part),
            "PostalAddress" => postal.lines = lines(part),
            "PostalCity" => postal.city = filled(part),
            "PostalRegion" => postal.region = filled(part),
            "PostalPostCode" => postal.postcode = filled(part),
            "PostalCountry" => postal.country = filled(part),
            "BusinessStructure" => client.business_structure = filled(part),
            "BusinessNumber" => client.business_number = filled(part),
            "IsProspect" => client.prospect = yes(part),
            "IsArchived" => client.archived = yes(part),
            "IsDeleted" => client.deleted = yes(part),
            "Contacts" => client.contacts = contacts(part)?,
            _ => {}
        }
    }
    client.physical = placed(physical);
    client.postal = placed(postal);
    Ok(client)
}

/// A contact of a client (xpm-api 2.1.3).
pub(crate) fn contact(element: Element<'_>) -> Result<ClientContact, Unreadable> {
    Ok(ClientContact {
        uuid: uuid(element, "Contact/UUID")?,
        name: text(element, "Name"),
        email: element.child("Email").and_then(filled),
        phone: element.child("Phone").and_then(filled),
        mobile: element.child("Mobile").and_then(filled),
        position: element.child("Position").and_then(filled),
        primary: element.child("IsPrimary").is_some_and(yes),
    })
}

/// A job (xpm-api 2.3.1); `None` for one whose number has no place in our addresses.
pub(crate) fn job(element: Element<'_>) -> Result<Option<Job>, Unreadable> {
    let id = element.child("ID").and_then(filled).ok_or(Unreadable::Lacks("Job/ID"))?;
    let Ok(number) = JobNumber::parse(id) else { return Ok(None) };
    let tasks = element.child("Tasks").map(|tasks| children(tasks, "Task").map(task).collect());
    let staff = element.child("Assigned").into_iter().flat_map(|it| children(it, "Staff"));
    Ok(Some(Job {
        number,
        uuid: element.child("UUID").and_then(id_of),
        name: text(element, "Name"),
        client: element.child("Client").and_then(reference),
        state: text(element, "State"),
        start_date: element.child("StartDate").and_then(date),
        due_date: element.child("DueDate").and_then(date),
        completed_date: element.child("CompletedDate").and_then(date),
        tasks: tasks.transpose()?,
        staff: staff.filter_map(reference).collect(),
    }))
}

/// A time entry (xpm-api 2.7).
///
/// `None` for one without job, task or staff of our kind: no entry of ours is so, and one
/// such entry must not hide the others.
pub(crate) fn booked(element: Element<'_>) -> Result<Option<Booked>, Unreadable> {
    let uuid = uuid(element, "Time/UUID")?;
    let number = element.child("Job").and_then(|job| job.child("ID")).and_then(filled);
    let job = number.and_then(|number| JobNumber::parse(number).ok());
    let whose = |name| element.child(name).and_then(|it| it.child("UUID")).and_then(id_of);
    let (Some(job), Some(job_task), Some(staff)) = (job, whose("Task"), whose("Staff")) else {
        return Ok(None);
    };
    let minutes = element.child("Minutes").and_then(|it| it.text().parse().ok());
    let sheet = Timesheet {
        job,
        job_task,
        staff,
        date: element.child("Date").and_then(date).ok_or(Unreadable::Odd("Time/Date"))?,
        minutes: minutes.ok_or(Unreadable::Odd("Time/Minutes"))?,
        note: text(element, "Note"),
    };
    Ok(Some(Booked {
        uuid,
        sheet,
        invoiced: element.child("InvoiceTaskUUID").and_then(filled).is_some(),
        billable: element.child("Billable").filter(|it| !it.text().is_empty()).map(yes),
    }))
}

/// The costs of a job, in an envelope or without (xpm-api 2.3.7).
pub(crate) fn costs(root: Element<'_>) -> Result<Vec<JobCost>, Unreadable> {
    match root.name() {
        "Costs" => children(root, "Cost").map(cost).collect(),
        _ => each(root, "Costs", "Cost", cost),
    }
}

/// A cost of a job. Left out is zero, and billable.
fn cost(element: Element<'_>) -> Result<JobCost, Unreadable> {
    let number = |name| match element.child(name).filter(|it| !it.text().is_empty()) {
        Some(child) => decimal(child).ok_or(Unreadable::Odd(name)),
        None => Ok(Decimal::ZERO),
    };
    let sheet = CostSheet {
        date: element.child("Date").and_then(date).ok_or(Unreadable::Odd("Cost/Date"))?,
        description: text(element, "Description"),
        billable: element.child("Billable").filter(|it| !it.text().is_empty()).is_none_or(yes),
        quantity: number("Quantity")?,
        unit_cost: number("UnitCost")?,
        unit_price: number("UnitPrice")?,
    };
    Ok(JobCost { uuid: uuid(element, "Cost/UUID")?, sheet })
}

/// The id of a cost that was added: beside the status, or in the cost itself (xpm-api 2.3, 7.3).
pub(crate) fn cost_id(root: Element<'_>) -> Result<XpmUuid, Unreadable> {
    root.child("Cost").map_or_else(|| uuid(root, "UUID"), |it| uuid(it, "Cost/UUID"))
}

/// A member of staff (xpm-api 2.6).
pub(crate) fn staff(element: Element<'_>) -> Result<Staff, Unreadable> {
    Ok(Staff {
        uuid: uuid(element, "Staff/UUID")?,
        name: text(element, "Name"),
        email: element.child("Email").and_then(filled),
    })
}

/// Something with an id and a name (xpm-api 2, `Ref`).
pub(crate) fn named(element: Element<'_>) -> Result<Named, Unreadable> {
    Ok(Named { uuid: uuid(element, "UUID")?, name: text(element, "Name") })
}

/// A task on a job; its own id, not its type's, is what time is booked to (xpm-api 2.7).
fn task(element: Element<'_>) -> Result<JobTask, Unreadable> {
    let staff = element.child("Assigned").into_iter().flat_map(|it| children(it, "Staff"));
    let kind = element.child("TaskUUID").and_then(id_of);
    Ok(JobTask {
        uuid: uuid(element, "Task/UUID")?,
        task_uuid: kind.ok_or(Unreadable::Lacks("Task/TaskUUID"))?,
        name: text(element, "Name"),
        completed: element.child("Completed").is_some_and(yes),
        billable: element.child("Billable").is_none_or(yes),
        staff: staff.filter_map(|it| it.child("UUID")).filter_map(id_of).collect(),
    })
}

/// Deleted contacts may still be listed (xpm-api 2.1.3); nothing may be done with them.
fn contacts(element: Element<'_>) -> Result<Vec<ClientContact>, Unreadable> {
    let gone = |it: &Element<'_>| it.child("IsDeleted").is_some_and(yes);
    children(element, "Contact").filter(|it| !gone(it)).map(contact).collect()
}

fn children<'t>(element: Element<'t>, name: &str) -> impl Iterator<Item = Element<'t>> {
    element.children().filter(move |child| child.name() == name)
}

fn text(element: Element<'_>, name: &str) -> String {
    element.child(name).map(|child| child.text().to_owned()).unwrap_or_default()
}

fn uuid(element: Element<'_>, what: &'static str) -> Result<XpmUuid, Unreadable> {
    let child = element.child("UUID").ok_or(Unreadable::Lacks(what))?;
    id_of(child).ok_or(Unreadable::Odd(what))
}

fn id_of(element: Element<'_>) -> Option<XpmUuid> {
    XpmUuid::parse(element.text()).ok()
}

fn reference(element: Element<'_>) -> Option<Named> {
    named(element).ok()
}
