//! 150 jobs over 2025 and 2026. Every second client still has last year's job
//! open beside this year's, so that the same task type is on both.

use jiff::civil::date;
use jiff::{Span, civil::Date};
use uuid::Uuid;

use crate::demo::catalogue::{TEMPLATES, task};
use crate::demo::clients::{ARCHIVED, CLIENTS, DELETED, client_id};
use crate::demo::id;
use crate::demo::people::staff_id;
use crate::model::{Job, JobCost, JobTask, Milestone, Record, Time};

const STATES: [&str; 4] = ["PLANNED", "INPROGRESS", "COMPLETED", "CANCELLED"];

/// One job as planned: its client, template, name, dates and state.
struct Plan {
    client: usize,
    template: usize,
    name: String,
    start: Date,
    due: Date,
    state: &'static str,
}

pub(crate) fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for (index, plan) in plans().iter().enumerate() {
        let job = job(index, plan);
        let time = time(index, &job);
        records.push(Record::Job(Box::new(job)));
        records.extend(time.map(Record::Time));
    }
    records.push(Record::JobNumber(150));
    records
}

/// A yearly job per year for 55 clients, and 40 other jobs.
fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    let served: Vec<usize> =
        (0..58).filter(|it| *it != DELETED && *it != 57 && *it != 56).collect();
    for year in [2025, 2026] {
        for number in &served {
            let template = yearly(CLIENTS[*number].1);
            let state = match (year, number % 4) {
                _ if ARCHIVED.contains(number) => STATES[2],
                (2025, 0 | 2) => STATES[1],
                (2025, 1) => STATES[2],
                (2025, _) => STATES[if number % 8 == 7 { 3 } else { 2 }],
                (_, 0 | 1) => STATES[1],
                (_, _) => STATES[0],
            };
            plans.push(Plan {
                client: *number,
                template,
                name: format!("{} {year}", TEMPLATES[template].0),
                start: date(year, 7, 1 + (*number % 28) as i8),
                due: date(year, 12, 15),
                state,
            });
        }
    }
    let businesses: Vec<usize> =
        (0..14).chain(34..40).filter(|it| !ARCHIVED.contains(it)).collect();
    for (quarter, year, month) in
        [("Jun", 2025, 7), ("Sep", 2025, 10), ("Mar", 2026, 4), ("Jun", 2026, 7)]
    {
        for (index, number) in businesses.iter().enumerate().filter(|(it, _)| it % 2 == 0) {
            let state = match (year, index % 4) {
                (2025, _) => STATES[2],
                (_, 0) => STATES[1],
                (_, _) => STATES[0],
            };
            plans.push(Plan {
                client: *number,
                template: 5,
                name: format!("BAS - Quarter {quarter}"),
                start: date(year, month, 1),
                due: date(year, month, 28),
                state,
            });
        }
    }
    plans.truncate(150);
    plans
}

fn yearly(structure: &str) -> usize {
    match structure {
        "Company" | "Partnership" => 0,
        "Trust" => 3,
        "Superannuation Fund" => 4,
        _ => 1,
    }
}

fn job(index: usize, plan: &Plan) -> Job {
    let number = format!("J{:06}", index + 1);
    let (_, tasks, costs) = TEMPLATES[plan.template];
    let lead = staff_id(3 + plan.client % 6);
    let assigned = if index % 10 == 9 { Vec::new() } else { vec![lead, staff_id(9 + index % 2)] };
    let done = plan.state == STATES[2];
    let tasks = tasks.iter().enumerate().map(|(place, (name, minutes))| JobTask {
        uuid: id("job-task", &format!("{number}/{place}")),
        task: task(name),
        name: (*name).to_owned(),
        label: String::new(),
        description: String::new(),
        estimated: *minutes,
        completed: done,
        billable: *name != "Records Request",
        folder: String::new(),
        start: None,
        due: None,
        assigned: assigned.clone(),
    });
    Job {
        uuid: id("job", &number),
        internal_id: 1000 + i64::try_from(index).unwrap_or_default(),
        name: plan.name.clone(),
        description: String::new(),
        client: client_id(plan.client),
        order_number: String::new(),
        budget: None,
        state: plan.state.to_owned(),
        category: Some(id("category", "Compliance")),
        start: plan.start,
        due: plan.due,
        completed: done.then(|| plan.start.saturating_add(Span::new().days(24)).at(16, 0, 0, 0)),
        contact: None,
        manager: Some(lead),
        partner: Some(staff_id(plan.client % 3)),
        tasks: tasks.collect(),
        milestones: vec![Milestone {
            uuid: id("milestone", &number),
            date: plan.due,
            description: "Lodged".to_owned(),
            completed: done,
        }],
        notes: Vec::new(),
        documents: Vec::new(),
        costs: costs
            .iter()
            .map(|(description, code, price)| JobCost {
                uuid: id("job-cost", &format!("{number}/{code}")),
                date: plan.start,
                description: (*description).to_owned(),
                code: (*code).to_owned(),
                note: String::new(),
                quantity: 1.into(),
                unit_cost: price.parse().unwrap_or_default(),
                unit_price: price.parse().unwrap_or_default(),
                billable: true,
            })
            .collect(),
        assigned,
        created: plan.start,
        number,
    }
}

/// Some time on every fourth job that has staff and has begun; the oldest of
/// it is invoiced.
fn time(index: usize, job: &Job) -> Option<Time> {
    let task = job.tasks.get(index % job.tasks.len().max(1))?;
    let staff = *task.assigned.first()?;
    if !index.is_multiple_of(4) || job.state == STATES[0] || job.state == STATES[3] {
        return None;
    }
    let uuid: Uuid = id("time", &job.number);
    let date = job.start.saturating_add(Span::new().days(3));
    Some(Time {
        uuid,
        job: job.number.clone(),
        job_task: task.uuid,
        staff,
        date,
        minutes: 15 + 15 * i64::try_from(index % 7).unwrap_or_default(),
        note: format!("{} for {}", task.name, job.name),
        billable: task.billable,
        start: None,
        end: None,
        invoice_task: (job.state == STATES[2]).then(|| id("invoice-task", &job.number)),
        created: date,
    })
}
