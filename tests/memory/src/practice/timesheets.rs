//! Time.

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Fault, Reply, Timesheets};
use domain::practice::{Booked, Timesheet};
use jiff::ToSpan;
use jiff::civil::Date;

use super::{Desk, Done, MemoryPractice, Method, jobs, orgs, refused};

impl Timesheets for MemoryPractice {
    async fn assign_to_task(
        &self,
        access: &Access,
        job: &JobNumber,
        job_task: &XpmUuid,
        staff: &XpmUuid,
    ) -> Reply<()> {
        self.call(Method::AssignToTask, access, |desk| {
            desk.org.job(job)?;
            if desk.org.known_staff(staff).is_err() {
                return Err(refused("Invalid staff identifier for add request"));
            }
            let job = desk.org.jobs.iter_mut().find(|it| it.number == *job);
            let task =
                job.and_then(|it| it.tasks.iter_mut().flatten().find(|it| it.uuid == *job_task));
            let Some(task) = task else {
                return Err(refused("Invalid task identifier for add request"));
            };
            if !task.staff.contains(staff) {
                task.staff.push(staff.clone());
            }
            Ok(())
        })
    }

    async fn add_time(&self, access: &Access, sheet: &Timesheet) -> Reply<Booked> {
        self.call(Method::AddTime, access, |desk| {
            let billable = Some(check(desk, sheet)?);
            let uuid = desk.mint();
            let booked = Booked { uuid, sheet: sheet.clone(), invoiced: false, billable };
            desk.org.times.insert(booked.uuid.clone(), booked.clone());
            desk.done.push(Done::TimeAdded(booked.clone()));
            Ok(booked)
        })
    }

    async fn update_time(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        sheet: &Timesheet,
    ) -> Reply<Booked> {
        self.call(Method::UpdateTime, access, |desk| {
            open_entry(desk, uuid)?;
            let billable = Some(check(desk, sheet)?);
            let booked =
                Booked { uuid: uuid.clone(), sheet: sheet.clone(), invoiced: false, billable };
            desk.org.times.insert(uuid.clone(), booked.clone());
            desk.done.push(Done::TimeUpdated(booked.clone()));
            Ok(booked)
        })
    }

    async fn delete_time(&self, access: &Access, uuid: &XpmUuid) -> Reply<()> {
        self.call(Method::DeleteTime, access, |desk| {
            let entry = open_entry(desk, uuid)?;
            desk.org.times.remove(uuid);
            desk.done.push(Done::TimeDeleted(entry));
            Ok(())
        })
    }

    async fn time(&self, access: &Access, uuid: &XpmUuid) -> Reply<Option<Booked>> {
        self.call(Method::Time, access, |desk| Ok(desk.org.times.get(uuid).cloned()))
    }

    async fn times_of_job(
        &self,
        access: &Access,
        job: &JobNumber,
        from: Date,
        to: Date,
    ) -> Reply<Vec<Booked>> {
        self.call(Method::TimesOfJob, access, |desk| {
            desk.org.job(job)?;
            Ok(between(desk, from, to, |it| it.job == *job))
        })
    }

    async fn times_of_staff(
        &self,
        access: &Access,
        staff: &XpmUuid,
        from: Date,
        to: Date,
    ) -> Reply<Vec<Booked>> {
        self.call(Method::TimesOfStaff, access, |desk| {
            if from.saturating_add(1.year()) < to {
                let words = "The date range may not exceed one year".into();
                return Err(Fault::Refused { status: 400, words });
            }
            desk.org.known_staff(staff)?;
            Ok(between(desk, from, to, |it| it.staff == *staff))
        })
    }
}

/// Whether the time may be booked; if so, whether XPM bills it.
fn check(desk: &Desk<'_>, sheet: &Timesheet) -> Result<bool, Fault> {
    let job = desk.org.job(&sheet.job)?;
    let task = orgs::task_of(job, &sheet.job_task)?;
    desk.org.known_staff(&sheet.staff)?;
    if !desk.rules.allow_unassigned && !task.staff.contains(&sheet.staff) {
        return Err(refused("The staff member is not assigned to the task"));
    }
    if desk.rules.refuse_completed && (task.completed || jobs::closed(job)) {
        return Err(refused("The job is completed"));
    }
    Ok(task.billable)
}

fn open_entry(desk: &Desk<'_>, uuid: &XpmUuid) -> Result<Booked, Fault> {
    let entry = desk.org.times.get(uuid).ok_or_else(|| refused("Invalid time identifier"))?;
    if entry.invoiced { Err(refused("The time is invoiced")) } else { Ok(entry.clone()) }
}

fn between(desk: &Desk<'_>, from: Date, to: Date, of: impl Fn(&Timesheet) -> bool) -> Vec<Booked> {
    let wanted = |it: &&Booked| (from..=to).contains(&it.sheet.date) && of(&it.sheet);
    desk.org.times.values().filter(wanted).cloned().collect()
}
