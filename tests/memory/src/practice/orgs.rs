//! One organisation's things.

use std::collections::BTreeMap;

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::Fault;
use domain::practice::{Booked, Client, CostSheet, Job, JobCost, JobTask, Named, Staff};
use jiff::Timestamp;

use super::refused;

#[derive(Debug, Default)]
pub(super) struct Org {
    /// In the order of adding, each with its last change.
    pub(super) clients: Vec<(Client, Timestamp)>,
    pub(super) staff: Vec<Staff>,
    pub(super) tasks: Vec<Named>,
    pub(super) templates: Vec<Named>,
    pub(super) jobs: Vec<Job>,
    /// In the order of their adding.
    pub(super) costs: Vec<(JobNumber, JobCost)>,
    /// What a template puts on its jobs.
    pub(super) template_costs: Vec<(XpmUuid, CostSheet)>,
    /// Codes of job states, with their names.
    pub(super) states: Vec<(String, String)>,
    /// Jobs that are on an invoice, once for each.
    pub(super) invoices: Vec<JobNumber>,
    /// How many jobs were numbered.
    pub(super) numbered: u32,
    /// Minted ids grow, so this is the order of booking.
    pub(super) times: BTreeMap<XpmUuid, Booked>,
}

impl Org {
    pub(super) fn put_client(&mut self, client: Client, now: Timestamp) {
        match self.clients.iter_mut().find(|(it, _)| it.uuid == client.uuid) {
            Some(there) => *there = (client, now),
            None => self.clients.push((client, now)),
        }
    }

    pub(super) fn drop_client(&mut self, uuid: &XpmUuid) {
        self.clients.retain(|(it, _)| it.uuid != *uuid);
    }

    pub(super) fn all_clients(&self) -> Vec<Client> {
        self.clients.iter().map(|(it, _)| it.clone()).collect()
    }

    pub(super) fn client(&self, uuid: &XpmUuid) -> Result<&Client, Fault> {
        let found = self.clients.iter().map(|(it, _)| it).find(|it| it.uuid == *uuid);
        found.ok_or_else(|| refused("Invalid client identifier"))
    }

    pub(super) fn client_mut(
        &mut self,
        uuid: &XpmUuid,
        now: Timestamp,
    ) -> Result<&mut Client, Fault> {
        let found = self.clients.iter_mut().find(|(it, _)| it.uuid == *uuid);
        let (client, changed) = found.ok_or_else(|| refused("Invalid client identifier"))?;
        *changed = now;
        Ok(client)
    }

    pub(super) fn job(&self, number: &JobNumber) -> Result<&Job, Fault> {
        let found = self.jobs.iter().find(|it| it.number == *number);
        found.ok_or_else(|| refused("Invalid job identifier"))
    }

    pub(super) fn job_mut(&mut self, number: &JobNumber) -> Result<&mut Job, Fault> {
        let found = self.jobs.iter_mut().find(|it| it.number == *number);
        found.ok_or_else(|| refused("Invalid job identifier"))
    }

    pub(super) fn known_staff(&self, uuid: &XpmUuid) -> Result<(), Fault> {
        let known = self.staff.iter().any(|it| it.uuid == *uuid);
        if known { Ok(()) } else { Err(refused("Invalid staff identifier")) }
    }
}

pub(super) fn task_of<'a>(job: &'a Job, uuid: &XpmUuid) -> Result<&'a JobTask, Fault> {
    let found = job.tasks.iter().flatten().find(|it| it.uuid == *uuid);
    found.ok_or_else(|| refused("Invalid task identifier"))
}
