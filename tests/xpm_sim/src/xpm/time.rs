//! `time.api`. Time hangs on a job task; the same entry filed twice is two
//! entries, as nothing in the protocol could tell them apart.

use jiff::civil::{Date, Time as Clock};
use uuid::Uuid;

use crate::element::Element;
use crate::knobs::{Assignment, TimeWindow};
use crate::model::{Job, JobTask, Record, Time};
use crate::node::{Fields, Node};
use crate::xpm::values::{compact_date, midnight, required, window, written_date, written_int};
use crate::xpm::{Desk, Handled, Refusal, Reply, custom, identifier, jobs, reference, status_only};

const UNKNOWN: &str = "Invalid time identifier";

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["list"]) => {
            let (from, to) = window(desk)?;
            let by = desk.state.knobs.time_window;
            list(desk, "List", |time| (from..=to).contains(&day(time, by)))
        }
        ("GET", ["staff", uuid]) => {
            let (from, to) = window(desk)?;
            let by = desk.state.knobs.time_window;
            let staff = identifier(uuid, "Invalid staff identifier")?;
            if desk.firm().active_staff(staff).is_none() {
                return Err(Refusal::business("Invalid staff identifier"));
            }
            list(desk, "Staff", |it| it.staff == staff && (from..=to).contains(&day(it, by)))
        }
        ("GET", ["job", number]) => of_job(desk, number),
        ("GET", ["get", uuid]) => {
            let time = known(desk, uuid)?;
            Ok(Reply::Fields("Get", vec![("Time", node(desk, &time))]))
        }
        ("POST", ["add"]) => add(desk),
        ("PUT", ["update"]) => update(desk),
        ("DELETE", ["delete", uuid]) => delete(desk, uuid),
        ("GET", ["get", uuid, "customfield"]) | ("PUT", ["update", uuid, "customfield"]) => {
            let uuid = known(desk, uuid)?.uuid;
            custom::values(desk, method, &format!("time/{uuid}"), "time.custom", uuid)
        }
        (_, ["list" | "add" | "update"] | ["staff" | "job" | "get" | "delete", _]) => {
            Err(Refusal::NoSuchMethod)
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

fn day(time: &Time, by: TimeWindow) -> Date {
    match by {
        TimeWindow::Date => time.date,
        TimeWindow::Created => time.created,
    }
}

fn list(desk: &Desk<'_>, api_method: &'static str, wanted: impl Fn(&Time) -> bool) -> Handled {
    answer(desk, api_method, desk.firm().times.values().filter(|it| wanted(it)).collect())
}

fn answer(desk: &Desk<'_>, api_method: &'static str, mut times: Vec<&Time>) -> Handled {
    times.sort_by_key(|it| (it.date, it.created, it.uuid));
    let nodes = times.into_iter().map(|it| node(desk, it)).collect();
    Ok(Reply::Fields(api_method, vec![("Times", Node::List("Time", nodes))]))
}

/// A window is shown by the documentation and not required.
fn of_job(desk: &Desk<'_>, number: &str) -> Handled {
    let job = jobs::known(desk, number)?;
    let bound = |name: &str| desk.parameters.get(name).and_then(compact_date);
    let (from, to) = (bound("from"), bound("to"));
    let by = desk.state.knobs.time_window;
    let times = desk.firm().times_of(&job.number).filter(|it| {
        let day = day(it, by);
        from.is_none_or(|from| day >= from) && to.is_none_or(|to| day <= to)
    });
    answer(desk, "Job", times.collect())
}

fn known(desk: &Desk<'_>, text: &str) -> Result<Time, Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    desk.firm().times.get(&uuid).cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Timesheet")?;
    let job = jobs::known(desk, required(&root, "Timesheet", "Job")?)?;
    let task = task(&job, required(&root, "Timesheet", "TaskUUID")?)?;
    let staff = staff(desk, required(&root, "Timesheet", "StaffUUID")?)?;
    let date = written_date(&root, "Date")?.ok_or_else(|| Refusal::missing("/Timesheet/Date"))?;
    let spent = spent(&root)?.ok_or_else(|| Refusal::missing("/Timesheet/Minutes"))?;
    let time = Time {
        uuid: Uuid::new_v4(),
        job: job.number.clone(),
        job_task: task.uuid,
        staff,
        date,
        minutes: spent.minutes,
        note: root.prose("Note").unwrap_or_default().to_owned(),
        billable: task.billable,
        start: spent.start,
        end: spent.end,
        invoice_task: None,
        created: desk.state.today(),
    };
    permitted(desk, &time, &job, task)?;
    saved(desk, time, "Add", "time.add")
}

fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Timesheet")?;
    let before = known(desk, required(&root, "Timesheet", "UUID")?)?;
    movable(desk, &before)?;
    let number = root.filled("Job").unwrap_or(&before.job);
    let job = jobs::known(desk, number)?;
    let task = match root.filled("TaskUUID") {
        Some(text) => task(&job, text)?,
        None => task(&job, &before.job_task.to_string())?,
    };
    let staff = match root.filled("StaffUUID") {
        Some(text) => staff(desk, text)?,
        None => before.staff,
    };
    let mut time = Time {
        job: job.number.clone(),
        job_task: task.uuid,
        staff,
        date: written_date(&root, "Date")?.unwrap_or(before.date),
        billable: task.billable,
        ..before
    };
    if let Some(spent) = spent(&root)? {
        (time.minutes, time.start, time.end) = (spent.minutes, spent.start, spent.end);
    }
    if let Some(note) = root.prose("Note") {
        note.clone_into(&mut time.note);
    }
    permitted(desk, &time, &job, task)?;
    saved(desk, time, "Update", "time.update")
}

fn delete(desk: &mut Desk<'_>, uuid: &str) -> Handled {
    let time = known(desk, uuid)?;
    movable(desk, &time)?;
    desk.keep(Record::TimeGone(time.uuid));
    desk.effect("time.delete", time.uuid);
    status_only("Delete")
}

fn saved(desk: &mut Desk<'_>, time: Time, api_method: &'static str, effect: &str) -> Handled {
    desk.keep(Record::Time(time.clone()));
    desk.effect(effect, time.uuid);
    Ok(Reply::Fields(api_method, vec![("Time", node(desk, &time))]))
}

/// `TaskUUID` is the job task, never the task type.
fn task<'a>(job: &'a Job, text: &str) -> Result<&'a JobTask, Refusal> {
    let uuid = Uuid::try_parse(text).ok();
    let task = job.tasks.iter().find(|it| Some(it.uuid) == uuid);
    task.ok_or_else(|| Refusal::business("Invalid task identifier"))
}

fn staff(desk: &Desk<'_>, text: &str) -> Result<Uuid, Refusal> {
    let unknown = "Invalid staff identifier";
    let uuid = identifier(text, unknown)?;
    let staff = desk.firm().active_staff(uuid).filter(|it| it.enabled);
    staff.map(|it| it.uuid).ok_or_else(|| Refusal::business(unknown))
}

struct Spent {
    minutes: i64,
    start: Option<Clock>,
    end: Option<Clock>,
}

/// `Minutes`, or `Start` and `End`, from which they follow.
fn spent(root: &Element) -> Result<Option<Spent>, Refusal> {
    let clock = |name: &str| {
        let complain = || Refusal::Business(format!("{name} is not a valid time"));
        let parse = |it: &str| Clock::strptime("%H:%M", it).map_err(|_| complain());
        root.filled(name).map(parse).transpose()
    };
    let (start, end) = (clock("Start")?, clock("End")?);
    if let (Some(start), Some(end)) = (start, end) {
        let minutes = i64::from(end.hour() - start.hour()) * 60 + i64::from(end.minute())
            - i64::from(start.minute());
        if minutes < 0 {
            return Err(Refusal::business("The end time cannot be before the start time"));
        }
        return Ok(Some(Spent { minutes, start: Some(start), end: Some(end) }));
    }
    let minutes = written_int(root, "Minutes")?;
    Ok(minutes.map(|minutes| Spent { minutes, start: None, end: None }))
}

fn permitted(desk: &Desk<'_>, time: &Time, job: &Job, task: &JobTask) -> Result<(), Refusal> {
    let knobs = &desk.state.knobs;
    let on_task = task.assigned.contains(&time.staff);
    let assigned = match knobs.staff_assignment {
        Assignment::None => true,
        Assignment::Job => on_task || job.assigned.contains(&time.staff),
        Assignment::Task => on_task,
    };
    let refusal = if knobs.refuse_zero_minutes && time.minutes == 0 {
        Some("The time entry must have minutes")
    } else if knobs.refuse_closed_jobs && !knobs.is_open(&job.state) {
        Some("Time cannot be recorded on a completed job")
    } else if knobs.refuse_completed_tasks && task.completed {
        Some("Time cannot be recorded on a completed task")
    } else if knobs.locked_before.is_some_and(|it| time.date < it) {
        Some("Time cannot be recorded in a locked period")
    } else if !assigned {
        Some("The staff member is not assigned to this task")
    } else {
        None
    };
    refusal.map_or(Ok(()), |it| Err(Refusal::business(it)))
}

/// Whether an entry may be changed or deleted at all.
fn movable(desk: &Desk<'_>, time: &Time) -> Result<(), Refusal> {
    let knobs = &desk.state.knobs;
    if knobs.freeze_invoiced && time.invoice_task.is_some() {
        return Err(Refusal::business("The time entry has been invoiced and cannot be changed"));
    }
    if knobs.locked_before.is_some_and(|it| time.date < it) {
        return Err(Refusal::business("Time cannot be changed in a locked period"));
    }
    Ok(())
}

fn node(desk: &Desk<'_>, time: &Time) -> Node {
    let firm = desk.firm();
    let job = firm.jobs.get(&time.job);
    let task = job.and_then(|job| job.tasks.iter().find(|it| it.uuid == time.job_task));
    let staff = firm.staff.get(&time.staff).map(|it| it.name.as_str()).unwrap_or_default();
    let mut fields: Fields = vec![
        ("UUID", Node::text(time.uuid.to_string())),
        (
            "Job",
            Node::Record(vec![
                ("ID", Node::text(time.job.as_str())),
                ("Name", Node::text(job.map(|it| it.name.as_str()).unwrap_or_default())),
            ]),
        ),
        ("Task", reference(time.job_task, task.map(|it| it.name.as_str()).unwrap_or_default())),
        ("Staff", reference(time.staff, staff)),
        ("Date", midnight(time.date)),
        ("Minutes", Node::Int(time.minutes)),
        ("Note", Node::text(time.note.as_str())),
        ("Billable", Node::Flag(time.billable)),
    ];
    for (name, clock) in [("Start", time.start), ("End", time.end)] {
        if let Some(clock) = clock {
            fields.push((name, Node::text(clock.strftime("%H:%M").to_string())));
        }
    }
    if let Some(invoice) = time.invoice_task {
        fields.push(("InvoiceTaskUUID", Node::text(invoice.to_string())));
    }
    Node::Record(fields)
}
