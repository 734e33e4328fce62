//! Writes what XPM is told, in the shapes it takes (xpm-api 2.1.2, 2.1.3, 2.3, 2.7).
//!
//! What a draft leaves open is left out, so that XPM leaves it alone; an empty
//! text becomes an empty element, which clears. Characters that XML 1.0 has no
//! place for would make XPM refuse the whole document: they are left out and counted.

use std::borrow::Cow;
use std::io;

use domain::ids::{JobNumber, XpmUuid};
use domain::practice::{Address, ClientDraft, ContactDraft, CostSheet, JobOrder, Timesheet};
use jiff::civil::Date;
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use crate::xml_in::legal;

/// A document for XPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub xml: Vec<u8>,
    /// How many characters were left out because XML 1.0 has none such.
    pub stripped: usize,
}

/// The client of `client.api/add`, or of `client.api/update` when it has an id.
pub fn client(uuid: Option<&XpmUuid>, draft: &ClientDraft) -> io::Result<Written> {
    let mut page = Page::new("Client")?;
    page.leaf("UUID", uuid.map(XpmUuid::as_str))?;
    page.leaf("Name", draft.name.as_deref())?;
    page.leaf("Email", draft.email.as_deref())?;
    page.address(&PHYSICAL, draft.physical.as_ref())?;
    page.address(&POSTAL, draft.postal.as_ref())?;
    page.leaf("Phone", draft.phone.as_deref())?;
    page.leaf("ExportCode", draft.export_code.as_deref())?;
    page.leaf("FirstName", draft.first_name.as_deref())?;
    page.leaf("LastName", draft.last_name.as_deref())?;
    page.leaf("BusinessStructure", draft.business_structure.as_deref())?;
    page.end("Client")
}

/// The contact of `client.api/contact`. Without its client XPM would not know whose
/// position and first contact it is.
pub fn contact(client: &XpmUuid, draft: &ContactDraft) -> io::Result<Written> {
    let mut page = Page::new("Contact")?;
    page.leaf("Name", draft.name.as_deref())?;
    page.leaf("Mobile", draft.mobile.as_deref())?;
    page.leaf("Email", draft.email.as_deref())?;
    page.leaf("Phone", draft.phone.as_deref())?;
    page.leaf("Position", draft.position.as_deref())?;
    page.leaf("IsPrimary", draft.primary.map(|it| if it { "Yes" } else { "No" }))?;
    page.open("Client")?;
    page.leaf("UUID", Some(client.as_str()))?;
    page.close("Client")?;
    page.end("Contact")
}

/// The link of `client.api/client/{uuid}/contacts`, with one contact (xpm-api 2.1).
pub fn link(contact: &XpmUuid, position: Option<&str>) -> io::Result<Written> {
    let mut page = Page::new("Client")?;
    page.open("Contacts")?;
    page.open("Contact")?;
    page.leaf("UUID", Some(contact.as_str()))?;
    page.leaf("Position", position)?;
    page.close("Contact")?;
    page.close("Contacts")?;
    page.end("Client")
}

/// The time entry of `time.api/add`, or of `time.api/update` when it has an id.
pub fn timesheet(uuid: Option<&XpmUuid>, sheet: &Timesheet) -> io::Result<Written> {
    let mut page = Page::new("Timesheet")?;
    page.leaf("UUID", uuid.map(XpmUuid::as_str))?;
    page.leaf("Job", Some(sheet.job.as_str()))?;
    page.leaf("TaskUUID", Some(sheet.job_task.as_str()))?;
    page.leaf("StaffUUID", Some(sheet.staff.as_str()))?;
    page.leaf("Date", Some(&day(sheet.date)))?;
    page.leaf("Minutes", Some(&sheet.minutes.to_string()))?;
    page.leaf("Note", Some(&sheet.note))?;
    page.end("Timesheet")
}

/// The job of `job.api/add` (xpm-api 2.3.2).
pub fn job(order: &JobOrder) -> io::Result<Written> {
    let mut page = Page::new("Job")?;
    page.leaf("Name", Some(&order.name))?;
    page.leaf("Description", Some(&order.description))?;
    page.leaf("ClientUUID", Some(order.client.as_str()))?;
    page.leaf("StartDate", Some(&day(order.start_date)))?;
    page.leaf("DueDate", Some(&day(order.due_date)))?;
    page.leaf("TemplateUUID", Some(order.template.as_str()))?;
    page.end("Job")
}

/// The job of `job.api/assign`, with who is to be on it (xpm-api 2.3.6).
pub fn assignment(number: &JobNumber, staff: &[XpmUuid]) -> io::Result<Written> {
    let mut page = Page::new("Job")?;
    page.leaf("ID", Some(number.as_str()))?;
    for uuid in staff {
        page.mark("add", "uuid", uuid.as_str())?;
    }
    page.end("Job")
}

/// The job of `job.api/state`, with its state's code; without one, that of `job.api/delete`.
pub fn job_state(number: &JobNumber, code: Option<&str>) -> io::Result<Written> {
    let mut page = Page::new("Job")?;
    page.leaf("ID", Some(number.as_str()))?;
    page.leaf("State", code)?;
    page.end("Job")
}

/// The cost of `job.api/cost`: of a job, or else the one that there is under an id (xpm-api 2.3.7).
pub fn cost(of: Result<&JobNumber, &XpmUuid>, sheet: &CostSheet) -> io::Result<Written> {
    let mut page = Page::new("Cost")?;
    match of {
        Ok(job) => page.leaf("Job", Some(job.as_str()))?,
        Err(uuid) => page.leaf("UUID", Some(uuid.as_str()))?,
    }
    page.leaf("Date", Some(&day(sheet.date)))?;
    page.leaf("Description", Some(&sheet.description))?;
    page.leaf("Quantity", Some(&sheet.quantity.to_string()))?;
    page.leaf("UnitCost", Some(&sheet.unit_cost.to_string()))?;
    page.leaf("UnitPrice", Some(&sheet.unit_price.to_string()))?;
    page.leaf("Billable", Some(if sheet.billable { "true" } else { "false" }))?;
    page.end("Cost")
}

/// A day as XPM takes it (xpm-api 1.4).
fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// The job of `job.api/assign`, with one more person on one of its tasks (xpm-api 2.3.6).
pub fn task_assignment(
    job: &JobNumber,
    job_task: &XpmUuid,
    staff: &XpmUuid,
) -> io::Result<Written> {
    let mut page = Page::new("Job")?;
    page.leaf("ID", Some(job.as_str()))?;
    let attributes = [("uuid", staff.as_str()), ("task-uuid", job_task.as_str())];
    let add = BytesStart::new("add").with_attributes(attributes);
    page.writer.write_event(Event::Empty(add))?;
    page.end("Job")
}

/// The five elements of an address.
type AddressNames = [&'static str; 5];

const PHYSICAL: AddressNames = ["Address", "City", "Region", "PostCode", "Country"];
const POSTAL: AddressNames =
    ["PostalAddress", "PostalCity", "PostalRegion", "PostalPostCode", "PostalCountry"];

/// A document while it is written.
struct Page {
    writer: Writer<Vec<u8>>,
    stripped: usize,
}

impl Page {
    fn new(root: &str) -> io::Result<Self> {
        let mut page = Self { writer: Writer::new(Vec::new()), stripped: 0 };
        page.open(root)?;
        Ok(page)
    }

    fn open(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::Start(BytesStart::new(name)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    fn leaf(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        let Some(text) = text else { return Ok(()) };
        let (text, stripped) = clean(text);
        self.stripped += stripped;
        self.open(name)?;
        self.writer.write_event(Event::Text(BytesText::new(&text)))?;
        self.close(name)
    }

    /// An empty element with one attribute.
    fn mark(&mut self, name: &str, attribute: &str, value: &str) -> io::Result<()> {
        let element = BytesStart::new(name).with_attributes([(attribute, value)]);
        self.writer.write_event(Event::Empty(element))
    }

    fn address(&mut self, names: &AddressNames, address: Option<&Address>) -> io::Result<()> {
        let Some(address) = address else { return Ok(()) };
        let lines = (!address.lines.is_empty()).then(|| address.lines.join("\n"));
        self.leaf(names[0], lines.as_deref())?;
        self.leaf(names[1], address.city.as_deref())?;
        self.leaf(names[2], address.region.as_deref())?;
        self.leaf(names[3], address.postcode.as_deref())?;
        self.leaf(names[4], address.country.as_deref())
    }

    fn end(mut self, root: &str) -> io::Result<Written> {
        self.close(root)?;
        Ok(Written { xml: self.writer.into_inner(), stripped: self.stripped })
    }
}

fn clean(text: &str) -> (Cow<'_, str>, usize) {
    let stripped = text.chars().filter(|&it| !legal(it)).count();
    if stripped == 0 {
        (Cow::Borrowed(text), 0)
    } else {
        (Cow::Owned(text.chars().filter(|&it| legal(it)).collect()), stripped)
    }
}
