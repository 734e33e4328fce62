//! Jobs (xpm-api 2.3).

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Jobs, Reply};
use domain::practice::Job;

use super::Xpm;
use super::call::Call;
use crate::xml_in::{self, Element, Unreadable, each, one};

impl Jobs for Xpm {
    async fn jobs_of(&self, access: &Access, client: &XpmUuid) -> Reply<Vec<Job>> {
        let call = Call::get(["job.api", "client", client.as_str()]).with("detailed", "true");
        self.ask(access, call, jobs).await
    }

    async fn job(&self, access: &Access, number: &JobNumber) -> Reply<Option<Job>> {
        let call = Call::get(["job.api", "get", number.as_str()]);
        let reply = self.find(access, call, |root| one(root, "Job", xml_in::job)).await;
        Reply { outcome: reply.outcome.map(Option::flatten), left: reply.left }
    }

    async fn current_jobs(&self, access: &Access) -> Reply<Vec<Job>> {
        self.ask(access, Call::get(["job.api", "current"]), jobs).await
    }
}

fn jobs(root: Element<'_>) -> Result<Vec<Job>, Unreadable> {
    Ok(each(root, "Jobs", "Job", xml_in::job)?.into_iter().flatten().collect())
}
