//! One practice's books in memory, with the two indexes that keep reading
//! time cheap.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::model::{
    CatalogueCost, Category, Client, Contact, CustomField, Group, Job, Record, Relationship, Staff,
    TaskType, Template, Time,
};

#[derive(Debug, Default)]
pub(crate) struct Firm {
    pub(crate) clients: BTreeMap<Uuid, Client>,
    pub(crate) contacts: BTreeMap<Uuid, Contact>,
    pub(crate) groups: BTreeMap<Uuid, Group>,
    pub(crate) relationships: BTreeMap<Uuid, Relationship>,
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) staff: BTreeMap<Uuid, Staff>,
    pub(crate) tasks: BTreeMap<Uuid, TaskType>,
    pub(crate) templates: BTreeMap<Uuid, Template>,
    pub(crate) categories: BTreeMap<Uuid, Category>,
    pub(crate) costs: BTreeMap<Uuid, CatalogueCost>,
    pub(crate) times: BTreeMap<Uuid, Time>,
    pub(crate) custom_fields: BTreeMap<Uuid, CustomField>,
    pub(crate) custom_values: BTreeMap<String, BTreeMap<Uuid, String>>,
    pub(crate) last_job: u64,
    pub(crate) last_quote: u64,
    times_by_job: HashMap<String, BTreeSet<Uuid>>,
    minutes_by_task: HashMap<Uuid, i64>,
}

impl Firm {
    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Client(it) => drop(self.clients.insert(it.uuid, *it)),
            Record::Contact(it) => drop(self.contacts.insert(it.uuid, it)),
            Record::Group(it) => drop(self.groups.insert(it.uuid, it)),
            Record::GroupGone(uuid) => drop(self.groups.remove(&uuid)),
            Record::Relationship(it) => drop(self.relationships.insert(it.uuid, it)),
            Record::RelationshipGone(uuid) => drop(self.relationships.remove(&uuid)),
            Record::Job(it) => drop(self.jobs.insert(it.number.clone(), *it)),
            Record::JobGone(number) => drop(self.jobs.remove(&number)),
            Record::Staff(it) => drop(self.staff.insert(it.uuid, it)),
            Record::TaskType(it) => drop(self.tasks.insert(it.uuid, it)),
            Record::Template(it) => drop(self.templates.insert(it.uuid, it)),
            Record::Category(it) => drop(self.categories.insert(it.uuid, it)),
            Record::Cost(it) => drop(self.costs.insert(it.uuid, it)),
            Record::CostGone(uuid) => drop(self.costs.remove(&uuid)),
            Record::Time(it) => self.put_time(it),
            Record::TimeGone(uuid) => self.drop_time(uuid),
            Record::CustomField(it) => drop(self.custom_fields.insert(it.uuid, it)),
            Record::CustomFieldGone(uuid) => drop(self.custom_fields.remove(&uuid)),
            Record::CustomValues { owner, values } => {
                drop(self.custom_values.insert(owner, values));
            }
            Record::JobNumber(number) => self.last_job = number,
            Record::QuoteNumber(number) => self.last_quote = number,
        }
    }

    fn put_time(&mut self, time: Time) {
        self.drop_time(time.uuid);
        self.times_by_job.entry(time.job.clone()).or_default().insert(time.uuid);
        *self.minutes_by_task.entry(time.job_task).or_default() += time.minutes;
        self.times.insert(time.uuid, time);
    }

    fn drop_time(&mut self, uuid: Uuid) {
        let Some(time) = self.times.remove(&uuid) else { return };
        if let Some(entries) = self.times_by_job.get_mut(&time.job) {
            entries.remove(&uuid);
        }
        *self.minutes_by_task.entry(time.job_task).or_default() -= time.minutes;
    }

    /// The next job number that is free, and its place in the sequence.
    pub(crate) fn next_job(&self, prefix: &str) -> (u64, String) {
        let numbers = (self.last_job + 1..).map(|it| (it, format!("{prefix}{it:06}")));
        let mut free = numbers.skip_while(|(_, number)| self.jobs.contains_key(number));
        free.next().unwrap_or_default()
    }

    /// The minutes recorded on a job task.
    pub(crate) fn actual_minutes(&self, job_task: Uuid) -> i64 {
        self.minutes_by_task.get(&job_task).copied().unwrap_or_default()
    }

    /// The time entries of a job, in no particular order.
    pub(crate) fn times_of(&self, job: &str) -> impl Iterator<Item = &Time> {
        self.times_by_job.get(job).into_iter().flatten().filter_map(|it| self.times.get(it))
    }

    /// The job that has this job task.
    pub(crate) fn job_with_task(&self, job_task: Uuid) -> Option<&Job> {
        self.jobs.values().find(|job| job.tasks.iter().any(|it| it.uuid == job_task))
    }

    /// A staff member who may be named in a request.
    pub(crate) fn active_staff(&self, uuid: Uuid) -> Option<&Staff> {
        self.staff.get(&uuid).filter(|it| !it.deleted)
    }
}
