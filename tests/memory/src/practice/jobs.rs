//! Jobs.

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Jobs, Reply};
use domain::practice::Job;

use super::{Desk, MemoryPractice, Method};

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
}

/// Completed, cancelled or archived.
pub(super) fn closed(job: &Job) -> bool {
    let state = job.state.to_lowercase();
    job.completed_date.is_some() || ["completed", "cancelled", "archived"].contains(&&*state)
}

fn listed(desk: &Desk<'_>, wanted: impl Fn(&Job) -> bool) -> Vec<Job> {
    let found = desk.org.jobs.iter().filter(|it| wanted(it)).cloned();
    let shown = |job: Job| Job { tasks: job.tasks.filter(|_| !desk.rules.omit_tasks), ..job };
    found.map(shown).collect()
}
