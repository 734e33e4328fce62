//! The auto-link rule: from a task and its client's jobs to exactly one place, or the reason why not.

use jiff::civil::Date;

use super::period::{Names, named};
use super::task::{LinkState, Place, Task};
use super::year::{YearStart, year_in_name};
use crate::ids::XpmUuid;
use crate::practice::{Job, JobTask};
use crate::reason::Reason;

/// Everything the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The task.
    pub task: &'a Task,
    /// How its link stands.
    pub state: LinkState,
    /// Whether auto-link is on (XB-20).
    pub enabled: bool,
    /// The XPM client its contact is matched with.
    pub client: Option<&'a XpmUuid>,
    /// The XPM task type its process is mapped to.
    pub mapped: Option<&'a XpmUuid>,
    /// Whether that task type still exists.
    pub mapped_exists: bool,
    /// The client's jobs, whatever their state.
    pub jobs: &'a [Job],
    /// The firm's year.
    pub year: YearStart,
    /// How the names of the firm's tasks speak of months and quarters.
    pub names: Names,
    /// The present day at the firm.
    pub today: Date,
}

/// What the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Leave the link as it is: it is a link already, or a person's business.
    Keep,
    /// This place, and no other.
    Link(Place),
    /// No link, and why.
    None(Reason, Vec<Place>),
}

/// Decides. Of several places in the right year, one whose days include the task's wins; then the
/// one due soonest from today on; a tie is left to a person (XB-23).
pub fn decide(q: &Question<'_>) -> Answer {
    match q.state {
        LinkState::Never => {}
        LinkState::UnmappedByUser => return Answer::None(Reason::StickyUnmapped, vec![]),
        LinkState::Auto | LinkState::Manual | LinkState::Broken => return Answer::Keep,
    }
    if let Some(reason) = obstacle(q) {
        return Answer::None(reason, vec![]);
    }
    let Some(mapped) = q.mapped else { return Answer::None(Reason::ProcessUnmapped, vec![]) };

    let open: Vec<&Job> = q.jobs.iter().filter(|it| is_open(it)).collect();
    if open.is_empty() {
        return Answer::None(Reason::NoOpenJob, vec![]);
    }
    let fitting: Vec<Spot<'_>> = open
        .iter()
        .flat_map(|job| job.tasks.iter().flatten().map(move |task| Spot { job, task }))
        .filter(|it| it.task.task_uuid == *mapped && !it.task.completed)
        .collect();
    if fitting.is_empty() {
        return Answer::None(Reason::TaskNotOnJob, vec![]);
    }
    let in_year: Vec<Spot<'_>> = match task_year(q) {
        Some(year) => {
            fitting.iter().copied().filter(|it| job_year(q, it.job) == Some(year)).collect()
        }
        None => fitting.clone(),
    };
    let in_period = in_period(q, &in_year);
    if in_period.is_empty() {
        return Answer::None(Reason::NoJobInPeriod, places(&fitting));
    }
    let covering: Vec<Spot<'_>> =
        in_period.iter().copied().filter(|it| it.covers(q.task)).collect();
    let rest = if covering.is_empty() { in_period } else { covering };
    match soonest(&rest, q.today)[..] {
        [one] => Answer::Link(one.place()),
        _ => Answer::None(Reason::Ambiguous, places(&rest)),
    }
}

/// Whether time may be booked on the job: completed, cancelled and archived ones are closed (xpm-api 2.3.3).
pub fn is_open(job: &Job) -> bool {
    const CLOSED: [&str; 4] = ["completed", "cancelled", "canceled", "archived"];
    job.completed_date.is_none() && !CLOSED.contains(&job.state.trim().to_lowercase().as_str())
}

fn obstacle(q: &Question<'_>) -> Option<Reason> {
    [
        (!q.enabled, Reason::AutoLinkOff),
        (q.client.is_none(), Reason::ClientUnlinked),
        (q.mapped.is_none(), Reason::ProcessUnmapped),
        (!q.mapped_exists, Reason::MappedTaskMissing),
        (q.task.rolled_over, Reason::RolledOver),
    ]
    .into_iter()
    .find_map(|(stands, reason)| stands.then_some(reason))
}

/// A task on an open job.
#[derive(Clone, Copy)]
struct Spot<'a> {
    job: &'a Job,
    task: &'a JobTask,
}

impl Spot<'_> {
    fn place(&self) -> Place {
        Place {
            job_number: self.job.number.clone(),
            job_task_uuid: self.task.uuid.clone(),
            name: self.job.name.clone(),
            start_date: self.job.start_date,
        }
    }

    fn covers(&self, task: &Task) -> bool {
        let Some(day) = task.start_date.or(task.due_date) else { return false };
        matches!((self.job.start_date, self.job.due_date), (Some(start), Some(due)) if (start..=due).contains(&day))
    }
}

fn places(spots: &[Spot<'_>]) -> Vec<Place> {
    spots.iter().map(Spot::place).collect()
}

/// The only one, or those due soonest from today on.
fn soonest<'a>(spots: &[Spot<'a>], today: Date) -> Vec<Spot<'a>> {
    if spots.len() == 1 {
        return spots.to_vec();
    }
    let due = |it: &Spot<'_>| it.job.due_date.filter(|due| *due >= today);
    let first = spots.iter().filter_map(due).min();
    match first {
        Some(first) => spots.iter().copied().filter(|it| due(it) == Some(first)).collect(),
        None => spots.to_vec(),
    }
}

/// Those that start in the month or quarter that the task's name speaks of; all if it speaks of none.
fn in_period<'a>(q: &Question<'_>, spots: &[Spot<'a>]) -> Vec<Spot<'a>> {
    let Some(said) = named(&q.task.name, q.names, q.year) else { return spots.to_vec() };
    let starts = |it: &Spot<'_>| {
        said.period.zip(it.job.start_date).is_some_and(|(period, day)| period.covers(day))
    };
    spots.iter().copied().filter(starts).collect()
}

fn task_year(q: &Question<'_>) -> Option<i16> {
    q.task.start_date.or(q.task.due_date).map(|it| q.year.year_of(it))
}

/// A job's dates tell its year; its name does only when it has none.
fn job_year(q: &Question<'_>, job: &Job) -> Option<i16> {
    let by_date = job.start_date.or(job.due_date).map(|it| q.year.year_of(it));
    by_date.or_else(|| year_in_name(&job.name).map(|it| q.year.named(it)))
}
