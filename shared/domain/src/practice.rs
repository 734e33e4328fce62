//! The things of XPM, as the rules see them: no wire format, nothing masked.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ids::{JobNumber, XpmUuid};

/// A client of the firm in XPM (xpm-api 2.1.1). Names are not unique there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// XPM's id.
    pub uuid: XpmUuid,
    /// The display name.
    pub name: String,
    /// Given name, for individuals.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name, for individuals.
    #[serde(default)]
    pub last_name: Option<String>,
    /// May hold several addresses separated by `;`.
    #[serde(default)]
    pub email: Option<String>,
    /// Free text.
    #[serde(default)]
    pub phone: Option<String>,
    /// Where the client is.
    #[serde(default)]
    pub physical: Option<Address>,
    /// Where post goes.
    #[serde(default)]
    pub postal: Option<Address>,
    /// The firm's own word for the legal form, such as `Company`.
    #[serde(default)]
    pub business_structure: Option<String>,
    /// ABN, NZBN or the like.
    #[serde(default)]
    pub business_number: Option<String>,
    /// Not yet a client.
    #[serde(default)]
    pub prospect: bool,
    /// Put away by the firm.
    #[serde(default)]
    pub archived: bool,
    /// Removed by the firm; lists still show it (xpm-api 6, 2).
    #[serde(default)]
    pub deleted: bool,
    /// The people of this client.
    #[serde(default)]
    pub contacts: Vec<ClientContact>,
}

/// A postal or physical address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street lines, outermost first.
    #[serde(default)]
    pub lines: Vec<String>,
    /// City or suburb.
    #[serde(default)]
    pub city: Option<String>,
    /// State or region.
    #[serde(default)]
    pub region: Option<String>,
    /// Post code.
    #[serde(default)]
    pub postcode: Option<String>,
    /// Country, as typed.
    #[serde(default)]
    pub country: Option<String>,
}

/// A person at a client. One person may belong to several clients (xpm-api 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientContact {
    /// XPM's id of the person.
    pub uuid: XpmUuid,
    /// Full name, one text.
    pub name: String,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Land line.
    #[serde(default)]
    pub phone: Option<String>,
    /// Mobile phone.
    #[serde(default)]
    pub mobile: Option<String>,
    /// Role at this client.
    #[serde(default)]
    pub position: Option<String>,
    /// Whether this is the client's first contact.
    #[serde(default)]
    pub primary: bool,
}

/// What a client is to become in XPM. `None` leaves a value alone (xpm-api 2.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDraft {
    /// The display name; needed to add.
    pub name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone, as it should read.
    pub phone: Option<String>,
    /// Where the client is.
    pub physical: Option<Address>,
    /// Where post goes.
    pub postal: Option<Address>,
    /// One of the firm's own names for legal forms.
    pub business_structure: Option<String>,
    /// A reference of ours, where the firm allows it.
    pub export_code: Option<String>,
}

/// What a contact of a client is to become in XPM. `None` leaves a value alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactDraft {
    /// Full name; needed to add.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Land line.
    pub phone: Option<String>,
    /// Mobile phone.
    pub mobile: Option<String>,
    /// Role at this client.
    pub position: Option<String>,
    /// Whether this is the client's first contact.
    pub primary: Option<bool>,
}

/// Something of XPM with a name: staff, a task type, a template, a job's client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// XPM's id.
    pub uuid: XpmUuid,
    /// Its name there.
    pub name: String,
}

/// A member of the firm's staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// XPM's id.
    pub uuid: XpmUuid,
    /// Name; not unique.
    pub name: String,
    /// E-mail; not unique by rule (xpm-api 2.6).
    #[serde(default)]
    pub email: Option<String>,
}

/// A job, with its tasks where XPM sent them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The number people see; the key in time entries.
    pub number: JobNumber,
    /// XPM's id.
    #[serde(default)]
    pub uuid: Option<XpmUuid>,
    /// Its name.
    pub name: String,
    /// Whose job it is.
    #[serde(default)]
    pub client: Option<Named>,
    /// The display name of its state (xpm-api 2.3.3).
    #[serde(default)]
    pub state: String,
    /// First day.
    #[serde(default)]
    pub start_date: Option<Date>,
    /// Last day.
    #[serde(default)]
    pub due_date: Option<Date>,
    /// The day it was completed, if it was.
    #[serde(default)]
    pub completed_date: Option<Date>,
    /// Its tasks; `None` where the answer left them out, which is not the same as none.
    #[serde(default)]
    pub tasks: Option<Vec<JobTask>>,
    /// Who is on the job.
    #[serde(default)]
    pub staff: Vec<Named>,
}

/// A task on a job: what time is booked to (xpm-api 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobTask {
    /// The id of this task on this job.
    pub uuid: XpmUuid,
    /// The task type; several job tasks may share it.
    pub task_uuid: XpmUuid,
    /// Its name.
    pub name: String,
    /// Whether it is done.
    #[serde(default)]
    pub completed: bool,
    /// Whether time on it is billed; XPM has no such switch on an entry (xpm-api 2.7).
    #[serde(default = "yes")]
    pub billable: bool,
    /// Who is on the task.
    #[serde(default)]
    pub staff: Vec<XpmUuid>,
}

/// A time entry as it is written to XPM (xpm-api 2.7).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timesheet {
    /// The job.
    pub job: JobNumber,
    /// The task on the job, not the task type.
    pub job_task: XpmUuid,
    /// Who worked.
    pub staff: XpmUuid,
    /// The day, in the firm's zone.
    pub date: Date,
    /// Whole minutes.
    pub minutes: i64,
    /// What was done.
    pub note: String,
}

/// A time entry as XPM holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// XPM's id of the entry.
    pub uuid: XpmUuid,
    /// What it says.
    #[serde(flatten)]
    pub sheet: Timesheet,
    /// Whether it is on an invoice, and so frozen.
    #[serde(default)]
    pub invoiced: bool,
    /// Whether XPM bills it.
    #[serde(default)]
    pub billable: Option<bool>,
}

/// A job to be added (xpm-api 2.3.2). XPM gives it its number, and its first state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOrder {
    /// For whom.
    pub client: XpmUuid,
    /// Its name.
    pub name: String,
    /// What it is about; may have several lines.
    pub description: String,
    /// First day.
    pub start_date: Date,
    /// Last day; not before the first.
    pub due_date: Date,
    /// Whose tasks, milestones and costs it begins with.
    pub template: XpmUuid,
}

/// A cost of a job as it is written to XPM (xpm-api 2.3.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostSheet {
    /// The day, in the firm's zone.
    pub date: Date,
    /// What it was for.
    pub description: String,
    /// Whether it is billed.
    pub billable: bool,
    /// How many.
    pub quantity: Decimal,
    /// What one costs the firm.
    pub unit_cost: Decimal,
    /// What one is billed at.
    pub unit_price: Decimal,
}

/// A cost as XPM holds it. There is no way to remove one (xpm-api 2.3.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCost {
    /// XPM's id.
    pub uuid: XpmUuid,
    /// What it says.
    #[serde(flatten)]
    pub sheet: CostSheet,
}

fn yes() -> bool {
    true
}
