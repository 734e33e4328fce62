//! Time entries (xpm-api 2.7).

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Reply, Timesheets};
use domain::practice::{Booked, Timesheet};
use jiff::civil::Date;

use super::call::Call;
use super::{Xpm, answer};
use crate::xml_in::{self, Element, Unreadable, each, one};
use crate::xml_out;

impl Timesheets for Xpm {
    async fn assign_to_task(
        &self,
        access: &Access,
        job: &JobNumber,
        job_task: &XpmUuid,
        staff: &XpmUuid,
    ) -> Reply<()> {
        let body = xml_out::task_assignment(job, job_task, staff);
        self.ask(access, Call::put(["job.api", "assign"], body), |_| Ok(())).await
    }

    async fn add_time(&self, access: &Access, sheet: &Timesheet) -> Reply<Booked> {
        let call = Call::create(["time.api", "add"], xml_out::timesheet(None, sheet));
        self.ask(access, call, time).await
    }

    async fn update_time(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        sheet: &Timesheet,
    ) -> Reply<Booked> {
        let call = Call::put(["time.api", "update"], xml_out::timesheet(Some(uuid), sheet));
        self.ask(access, call, time).await
    }

    /// An entry that XPM does not know is removed: asked again after a lost answer, it says so.
    async fn delete_time(&self, access: &Access, uuid: &XpmUuid) -> Reply<()> {
        let call = Call::delete(["time.api", "delete", uuid.as_str()]);
        let reply = self.ask(access, call, |_| Ok(())).await;
        let outcome = match reply.outcome {
            Err(fault) if answer::is_unknown(&fault) => Ok(()),
            outcome => outcome,
        };
        Reply { outcome, left: reply.left }
    }

    async fn time(&self, access: &Access, uuid: &XpmUuid) -> Reply<Option<Booked>> {
        let call = Call::get(["time.api", "get", uuid.as_str()]);
        self.find(access, call, time).await
    }

    async fn times_of_job(
        &self,
        access: &Access,
        job: &JobNumber,
        from: Date,
        to: Date,
    ) -> Reply<Vec<Booked>> {
        let call = Call::get(["time.api", "job", job.as_str()]);
        self.ask(access, between(call, from, to), times).await
    }

    async fn times_of_staff(
        &self,
        access: &Access,
        staff: &XpmUuid,
        from: Date,
        to: Date,
    ) -> Reply<Vec<Booked>> {
        let call = Call::get(["time.api", "staff", staff.as_str()]);
        self.ask(access, between(call, from, to), times).await
    }
}

fn between(call: Call<'_>, from: Date, to: Date) -> Call<'_> {
    let day = |date: Date| date.strftime("%Y%m%d").to_string();
    call.with("from", day(from)).with("to", day(to))
}

fn time(root: Element<'_>) -> Result<Booked, Unreadable> {
    one(root, "Time", xml_in::booked)?.ok_or(Unreadable::Lacks("Time/Job, Task or Staff"))
}

fn times(root: Element<'_>) -> Result<Vec<Booked>, Unreadable> {
    Ok(each(root, "Times", "Time", xml_in::booked)?.into_iter().flatten().collect())
}
