//! Both sides' time per staff member, day and job (BY-05).

pub mod repair;
mod report;
mod steps;

pub use report::{Report, report};
pub use steps::{Extra, Step};

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ids::{EntryId, JobNumber, XpmUuid};
use crate::practice::Timesheet;
use crate::time::entry::EntryRecord;

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Who worked.
    pub staff: XpmUuid,
    /// When.
    pub day: Date,
    /// On which job; none where the task is not linked.
    pub job: Option<JobNumber>,
}

/// Both sides of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The practice app's minutes.
    pub app: i64,
    /// XPM's minutes.
    pub xpm: i64,
    /// The practice app's entries.
    pub entries: Vec<EntryId>,
}

/// How the sides of a line compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They agree.
    Equal,
    /// XPM has nothing of it.
    Missing,
    /// Only XPM has it.
    Extra,
    /// They differ.
    Different,
}

impl Line {
    /// How its sides compare.
    pub fn verdict(&self) -> Verdict {
        match (self.app, self.xpm) {
            (app, xpm) if app == xpm => Verdict::Equal,
            (_, 0) => Verdict::Missing,
            (0, _) => Verdict::Extra,
            (_, _) => Verdict::Different,
        }
    }
}

/// One entry of the practice app, where it belongs.
#[derive(Clone, Debug)]
pub struct Ours<'a> {
    /// The entry.
    pub entry: &'a EntryRecord,
    /// Who it would be booked to.
    pub staff: XpmUuid,
    /// Its day at the firm.
    pub day: Date,
    /// The job that its task is linked to.
    pub job: Option<JobNumber>,
    /// What it comes to.
    pub minutes: i64,
}

/// The lines of both sides. What XPM holds already belongs where it is there.
pub fn lines(ours: &[Ours<'_>], theirs: &[Timesheet]) -> BTreeMap<Place, Line> {
    let mut lines: BTreeMap<Place, Line> = BTreeMap::new();
    for it in ours.iter().filter(|it| !it.entry.entry.deleted) {
        let place = match &it.entry.push.known {
            Some(known) => place_of(&known.sheet),
            None => Place { staff: it.staff.clone(), day: it.day, job: it.job.clone() },
        };
        let line = lines.entry(place).or_default();
        line.app += it.minutes;
        line.entries.push(it.entry.entry.value.id.clone());
    }
    for sheet in theirs {
        lines.entry(place_of(sheet)).or_default().xpm += sheet.minutes;
    }
    lines
}

fn place_of(sheet: &Timesheet) -> Place {
    Place { staff: sheet.staff.clone(), day: sheet.date, job: Some(sheet.job.clone()) }
}
