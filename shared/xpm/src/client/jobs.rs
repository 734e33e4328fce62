//! Jobs (xpm-api 2.3).

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Jobs, Reply};
use domain::practice::{CostSheet, Job, JobCost, JobOrder};

use super::call::Call;
use super::{Xpm, answer};
use crate::xml_in::{self, Element, Unreadable, each, one};
use crate::xml_out;

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

    async fn add_job(&self, access: &Access, order: &JobOrder) -> Reply<Job> {
        let call = Call::create(["job.api", "add"], xml_out::job(order));
        self.ask(access, call, whole_job).await
    }

    async fn assign(&self, access: &Access, number: &JobNumber, staff: &[XpmUuid]) -> Reply<()> {
        let call = Call::put(["job.api", "assign"], xml_out::assignment(number, staff));
        self.ask(access, call, |_| Ok(())).await
    }

    async fn set_state(&self, access: &Access, number: &JobNumber, code: &str) -> Reply<()> {
        let call = Call::put(["job.api", "state"], xml_out::job_state(number, Some(code)));
        self.ask(access, call, |_| Ok(())).await
    }

    /// A job that XPM does not know is removed: asked again after a lost answer, it says so.
    async fn delete_job(&self, access: &Access, number: &JobNumber) -> Reply<()> {
        let call = Call::create(["job.api", "delete"], xml_out::job_state(number, None));
        let reply = self.ask(access, call, |_| Ok(())).await;
        let outcome = match reply.outcome {
            Err(fault) if answer::is_unknown(&fault) => Ok(()),
            outcome => outcome,
        };
        Reply { outcome, left: reply.left }
    }

    async fn job_url(&self, access: &Access, number: &JobNumber) -> Reply<Option<String>> {
        let call = Call::get(["job.api", "get", number.as_str()]);
        let url = |root: Element<'_>| {
            let text = root.child("WebUrl").map(|it| it.text().to_owned());
            Ok(text.filter(|it| it.starts_with("https://")))
        };
        let reply = self.find(access, call, url).await;
        Reply { outcome: reply.outcome.map(Option::flatten), left: reply.left }
    }

    async fn costs_of(&self, access: &Access, number: &JobNumber) -> Reply<Vec<JobCost>> {
        let call = Call::get(["job.api", "costs", number.as_str()]);
        self.ask(access, call, xml_in::costs).await
    }

    async fn add_cost(
        &self,
        access: &Access,
        number: &JobNumber,
        sheet: &CostSheet,
    ) -> Reply<XpmUuid> {
        let call = Call::create(["job.api", "cost"], xml_out::cost(Ok(number), sheet));
        self.ask(access, call, xml_in::cost_id).await
    }

    async fn update_cost(&self, access: &Access, uuid: &XpmUuid, sheet: &CostSheet) -> Reply<()> {
        let call = Call::put(["job.api", "cost"], xml_out::cost(Err(uuid), sheet));
        self.ask(access, call, |_| Ok(())).await
    }

    async fn invoices_of(&self, access: &Access, number: &JobNumber) -> Reply<usize> {
        let call = Call::get(["invoice.api", "job", number.as_str()]);
        self.ask(access, call, |root| Ok(each(root, "Invoices", "Invoice", |_| Ok(()))?.len()))
            .await
    }
}

fn whole_job(root: Element<'_>) -> Result<Job, Unreadable> {
    one(root, "Job", xml_in::job)?.ok_or(Unreadable::Odd("Job/ID"))
}

fn jobs(root: Element<'_>) -> Result<Vec<Job>, Unreadable> {
    Ok(each(root, "Jobs", "Job", xml_in::job)?.into_iter().flatten().collect())
}
