//! What a practice holds. The journal stores these records whole, so each one
//! is everything needed to answer for it after a restart.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time as Clock};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A client. `fields` holds the plain elements under their names on read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) prospect: bool,
    pub(crate) archived: bool,
    pub(crate) deleted: bool,
    pub(crate) account_manager: Option<Uuid>,
    pub(crate) job_manager: Option<Uuid>,
    pub(crate) billing_client: Option<Uuid>,
    pub(crate) links: Vec<Link>,
    pub(crate) notes: Vec<Note>,
    pub(crate) documents: Vec<Document>,
    pub(crate) modified: Timestamp,
}

impl Client {
    pub(crate) fn named(uuid: Uuid, name: &str, modified: Timestamp) -> Self {
        Self {
            uuid,
            name: name.to_owned(),
            fields: BTreeMap::new(),
            prospect: false,
            archived: false,
            deleted: false,
            account_manager: None,
            job_manager: None,
            billing_client: None,
            links: Vec::new(),
            notes: Vec::new(),
            documents: Vec::new(),
            modified,
        }
    }
}

/// A contact's place at one client: the same contact may stand at several.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) contact: Uuid,
    pub(crate) primary: bool,
    pub(crate) position: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) salutation: String,
    pub(crate) addressee: String,
    pub(crate) mobile: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) deleted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) uuid: Uuid,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) folder: String,
    pub(crate) date: DateTime,
    pub(crate) created_by: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) uuid: Uuid,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) folder: String,
    pub(crate) date: Date,
    pub(crate) file_name: String,
    pub(crate) content: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) taxable: bool,
    pub(crate) clients: Vec<Uuid>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Relationship {
    pub(crate) uuid: Uuid,
    pub(crate) client: Uuid,
    pub(crate) related: Uuid,
    pub(crate) kind: String,
    pub(crate) shares: i64,
    pub(crate) percentage: Decimal,
    pub(crate) start: Option<Date>,
    pub(crate) end: Option<Date>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) number: String,
    pub(crate) uuid: Uuid,
    pub(crate) internal_id: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) client: Uuid,
    pub(crate) order_number: String,
    pub(crate) budget: Option<Decimal>,
    /// The state's interface code; what is read is the state's name.
    pub(crate) state: String,
    pub(crate) category: Option<Uuid>,
    pub(crate) start: Date,
    pub(crate) due: Date,
    pub(crate) completed: Option<DateTime>,
    pub(crate) contact: Option<Uuid>,
    pub(crate) manager: Option<Uuid>,
    pub(crate) partner: Option<Uuid>,
    pub(crate) assigned: Vec<Uuid>,
    pub(crate) tasks: Vec<JobTask>,
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) notes: Vec<Note>,
    pub(crate) documents: Vec<Document>,
    pub(crate) costs: Vec<JobCost>,
    pub(crate) created: Date,
}

/// A task on a job; `task` is its task type, `uuid` the job task itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobTask {
    pub(crate) uuid: Uuid,
    pub(crate) task: Uuid,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) estimated: i64,
    pub(crate) completed: bool,
    pub(crate) billable: bool,
    pub(crate) folder: String,
    pub(crate) start: Option<Date>,
    pub(crate) due: Option<Date>,
    pub(crate) assigned: Vec<Uuid>,
}

impl JobTask {
    pub(crate) fn of(uuid: Uuid, task: &TaskType) -> Self {
        Self {
            uuid,
            task: task.uuid,
            name: task.name.clone(),
            label: String::new(),
            description: String::new(),
            estimated: 0,
            completed: false,
            billable: true,
            folder: String::new(),
            start: None,
            due: None,
            assigned: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Milestone {
    pub(crate) uuid: Uuid,
    pub(crate) date: Date,
    pub(crate) description: String,
    pub(crate) completed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobCost {
    pub(crate) uuid: Uuid,
    pub(crate) date: Date,
    pub(crate) description: String,
    pub(crate) code: String,
    pub(crate) note: String,
    pub(crate) quantity: Decimal,
    pub(crate) unit_cost: Decimal,
    pub(crate) unit_price: Decimal,
    pub(crate) billable: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Staff {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) mobile: String,
    pub(crate) address: String,
    pub(crate) payroll_code: String,
    pub(crate) enabled: bool,
    pub(crate) deleted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskType {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) description: String,
}

/// A job template; the API shows its name only, its content appears on jobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) tasks: Vec<TemplateTask>,
    pub(crate) milestones: Vec<TemplateMilestone>,
    pub(crate) costs: Vec<JobCost>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TemplateTask {
    pub(crate) task: Uuid,
    pub(crate) description: String,
    pub(crate) minutes: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TemplateMilestone {
    pub(crate) description: String,
    /// Days after the job's start.
    pub(crate) days: i32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Category {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
}

/// A line of the cost catalogue (`cost.api`), not of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CatalogueCost {
    pub(crate) uuid: Uuid,
    pub(crate) description: String,
    pub(crate) code: String,
    pub(crate) note: String,
    pub(crate) unit_cost: Decimal,
    pub(crate) unit_price: Decimal,
}

/// A time entry. It knows its job by number and has no client of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Time {
    pub(crate) uuid: Uuid,
    pub(crate) job: String,
    pub(crate) job_task: Uuid,
    pub(crate) staff: Uuid,
    pub(crate) date: Date,
    pub(crate) minutes: i64,
    pub(crate) note: String,
    pub(crate) billable: bool,
    pub(crate) start: Option<Clock>,
    pub(crate) end: Option<Clock>,
    pub(crate) invoice_task: Option<Uuid>,
    pub(crate) created: Date,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CustomField {
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) value_element: String,
    pub(crate) uses: Vec<String>,
}

/// One lasting change to a practice, the unit of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    Client(Box<Client>),
    Contact(Contact),
    Group(Group),
    GroupGone(Uuid),
    Relationship(Relationship),
    RelationshipGone(Uuid),
    Job(Box<Job>),
    JobGone(String),
    Staff(Staff),
    TaskType(TaskType),
    Template(Template),
    Category(Category),
    Cost(CatalogueCost),
    CostGone(Uuid),
    Time(Time),
    TimeGone(Uuid),
    CustomField(CustomField),
    CustomFieldGone(Uuid),
    CustomValues {
        owner: String,
        values: BTreeMap<Uuid, String>,
    },
    /// The last number of the job sequence that was given out.
    JobNumber(u64),
    QuoteNumber(u64),
}
