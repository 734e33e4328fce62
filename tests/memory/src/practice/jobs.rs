//! Jobs.

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Fault, Jobs, Reply};
use domain::practice::{CostSheet, Job, JobCost, JobOrder, Named};

use super::{Desk, Done, MemoryPractice, Method, refused};

impl Jobs for MemoryPractice {
    async fn jobs_of(&self, access: &Access, client: &XpmUuid) -> Reply<Vec<Job>> {
        self.call(Method::JobsOf, access, |desk| {
            desk.org.client(client)?;
            Ok(listed(desk, |job| job.client.as_ref().is_some_and(|it| it.uuid == *client)))
        })
    }

    async fn job(&self, access: &Access, number: &JobNumber) -> Reply<Option<Job>> {
        self.call(Method::Job, access, |desk| Ok(desk.org.job(number).ok().cloned()))
    }

    async fn current_jobs(&self, access: &Access) -> Reply<Vec<Job>> {
        self.call(Method::CurrentJobs, access, |desk| Ok(listed(desk, |job| !closed(job))))
    }

    async fn add_job(&self, access: &Access, order: &JobOrder) -> Reply<Job> {
        self.call(Method::AddJob, access, |desk| {
            if order.name.trim().is_empty() {
                return Err(missing("/Job/Name"));
            }
            let client = desk.org.client(&order.client)?;
            if client.deleted {
                return Err(refused("Invalid client identifier"));
            }
            let client = Named { uuid: client.uuid.clone(), name: client.name.clone() };
            if !desk.org.templates.iter().any(|it| it.uuid == order.template) {
                return Err(refused("Invalid job template identifier"));
            }
            let job = Job {
                number: next_number(desk),
                uuid: Some(desk.mint()),
                name: order.name.clone(),
                client: Some(client),
                state: "Planned".into(),
                start_date: Some(order.start_date),
                due_date: Some(order.due_date),
                completed_date: None,
                tasks: Some(Vec::new()),
                staff: Vec::new(),
            };
            let costs = desk.org.template_costs.iter().filter(|(of, _)| *of == order.template);
            for sheet in costs.map(|(_, sheet)| sheet.clone()).collect::<Vec<_>>() {
                let cost = JobCost { uuid: desk.mint(), sheet };
                desk.org.costs.push((job.number.clone(), cost));
            }
            desk.org.jobs.push(job.clone());
            desk.done.push(Done::JobAdded(job.clone()));
            Ok(job)
        })
    }

    async fn assign(&self, access: &Access, number: &JobNumber, staff: &[XpmUuid]) -> Reply<()> {
        self.call(Method::Assign, access, |desk| {
            desk.org.job(number)?;
            let find = |uuid: &XpmUuid| {
                let found = desk.org.staff.iter().find(|it| it.uuid == *uuid);
                let found =
                    found.ok_or_else(|| refused("Invalid staff identifier for add request"));
                found.map(|it| Named { uuid: it.uuid.clone(), name: it.name.clone() })
            };
            let people = staff.iter().map(find).collect::<Result<Vec<_>, _>>()?;
            let job = desk.org.job_mut(number)?;
            job.staff.retain(|it| people.iter().all(|new| new.uuid != it.uuid));
            job.staff.extend(people);
            let job = job.clone();
            desk.done.push(Done::JobChanged(job));
            Ok(())
        })
    }

    async fn set_state(&self, access: &Access, number: &JobNumber, code: &str) -> Reply<()> {
        self.call(Method::SetState, access, |desk| {
            desk.org.job(number)?;
            let name =
                desk.org.states.iter().find(|(it, _)| it == code).map(|(_, name)| name.clone());
            let name = name.ok_or_else(|| refused("Invalid state code"))?;
            let job = desk.org.job_mut(number)?;
            job.state = name;
            let job = job.clone();
            desk.done.push(Done::JobChanged(job));
            Ok(())
        })
    }

    async fn delete_job(&self, access: &Access, number: &JobNumber) -> Reply<()> {
        self.call(Method::DeleteJob, access, |desk| {
            if desk.org.job(number).is_ok() {
                desk.org.jobs.retain(|it| it.number != *number);
                desk.org.costs.retain(|(of, _)| of != number);
                desk.done.push(Done::JobDeleted(number.clone()));
            }
            Ok(())
        })
    }

    async fn job_url(&self, access: &Access, number: &JobNumber) -> Reply<Option<String>> {
        self.call(Method::JobUrl, access, |desk| {
            let url = |_: &Job| format!("https://practicemanager.xero.com/job/{number}");
            Ok(desk.org.job(number).ok().map(url))
        })
    }

    async fn costs_of(&self, access: &Access, number: &JobNumber) -> Reply<Vec<JobCost>> {
        self.call(Method::CostsOf, access, |desk| {
            desk.org.job(number)?;
            let costs = desk.org.costs.iter().filter(|(of, _)| of == number);
            Ok(costs.map(|(_, cost)| cost.clone()).collect())
        })
    }

    async fn add_cost(
        &self,
        access: &Access,
        number: &JobNumber,
        sheet: &CostSheet,
    ) -> Reply<XpmUuid> {
        self.call(Method::AddCost, access, |desk| {
            desk.org.job(number)?;
            if sheet.description.trim().is_empty() {
                return Err(missing("/Cost/Description"));
            }
            let cost = JobCost { uuid: desk.mint(), sheet: sheet.clone() };
            desk.org.costs.push((number.clone(), cost.clone()));
            desk.done.push(Done::CostAdded(number.clone(), cost.clone()));
            Ok(cost.uuid)
        })
    }

    async fn update_cost(&self, access: &Access, uuid: &XpmUuid, sheet: &CostSheet) -> Reply<()> {
        self.call(Method::UpdateCost, access, |desk| {
            let there = desk.org.costs.iter_mut().find(|(_, it)| it.uuid == *uuid);
            let (_, there) = there.ok_or_else(|| refused("Invalid cost identifier"))?;
            there.sheet = sheet.clone();
            desk.done.push(Done::CostUpdated(there.clone()));
            Ok(())
        })
    }

    async fn invoices_of(&self, access: &Access, number: &JobNumber) -> Reply<usize> {
        self.call(Method::InvoicesOf, access, |desk| {
            desk.org.job(number)?;
            Ok(desk.org.invoices.iter().filter(|it| *it == number).count())
        })
    }
}

/// Completed, cancelled or archived.
pub(super) fn closed(job: &Job) -> bool {
    let state = job.state.to_lowercase();
    job.completed_date.is_some() || ["completed", "cancelled", "archived"].contains(&&*state)
}

/// The next of the sequence that no job has; a number is not given twice.
fn next_number(desk: &mut Desk<'_>) -> JobNumber {
    loop {
        desk.org.numbered += 1;
        let number = JobNumber::parse(format!("J{:06}", desk.org.numbered)).expect("a number");
        if desk.org.job(&number).is_err() {
            return number;
        }
    }
}

fn missing(path: &str) -> Fault {
    refused(&format!(
        "Message not in expected format. The following required element was missing - {path}"
    ))
}

fn listed(desk: &Desk<'_>, wanted: impl Fn(&Job) -> bool) -> Vec<Job> {
    let found = desk.org.jobs.iter().filter(|it| wanted(it)).cloned();
    let shown = |job: Job| Job { tasks: job.tasks.filter(|_| !desk.rules.omit_tasks), ..job };
    found.map(shown).collect()
}
