//! Both sides' time per staff member, day and job.

use domain::ids::{EntryId, JobNumber, XpmUuid};
use domain::reconcile::{Line, Place, Report, Verdict};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

mod repair;

pub use repair::{ExtraTime, LineStep, RepairLineBody, RepairLineView, StepWord, read_repair};

/// The columns of the table.
pub const COLUMNS: [&str; 8] = [
    "staff_uuid",
    "staff_name",
    "date",
    "job_number",
    "app_minutes",
    "xpm_minutes",
    "verdict",
    "entries",
];

/// Both sides' time of some days.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = TimeReconciliation)]
pub struct ReconciliationView {
    /// The first day, in the firm's time zone.
    #[schema(value_type = String, format = "date")]
    pub date_from: Date,
    /// The last day.
    #[schema(value_type = String, format = "date")]
    pub date_to: Date,
    /// The practice app's minutes of all lines.
    pub app_minutes: i64,
    /// XPM's minutes of all lines.
    pub xpm_minutes: i64,
    /// A line for each staff member, day and job that either side has time of.
    pub lines: Vec<ReconciledLine>,
}

/// Both sides of one line.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReconciledLine {
    /// Who worked.
    #[schema(value_type = String)]
    pub staff_uuid: XpmUuid,
    /// Their name in XPM, if it is known.
    #[schema(required)]
    pub staff_name: Option<String>,
    /// When.
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    /// On which job; none where the task is not linked.
    #[schema(value_type = Option<String>, required)]
    pub job_number: Option<JobNumber>,
    /// The practice app's minutes.
    pub app_minutes: i64,
    /// XPM's minutes.
    pub xpm_minutes: i64,
    /// How the sides compare.
    pub verdict: LineVerdict,
    /// The practice app's entries.
    #[schema(value_type = Vec<String>)]
    pub entries: Vec<EntryId>,
}

/// How the sides of a line compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineVerdict {
    /// They agree.
    Equal,
    /// XPM has nothing of it.
    Missing,
    /// Only XPM has it.
    Extra,
    /// They differ.
    Different,
}

impl ReconciliationView {
    /// The lines of these days.
    pub fn of(date_from: Date, date_to: Date, report: Report) -> Self {
        let Report { lines, names } = report;
        let named = |(place, line): (Place, Line)| {
            let name = names.get(&place.staff).cloned();
            ReconciledLine::of(place, line, name)
        };
        let lines: Vec<ReconciledLine> = lines.into_iter().map(named).collect();
        Self {
            date_from,
            date_to,
            app_minutes: lines.iter().map(|it| it.app_minutes).sum(),
            xpm_minutes: lines.iter().map(|it| it.xpm_minutes).sum(),
            lines,
        }
    }
}

impl ReconciledLine {
    fn of(place: Place, line: Line, staff_name: Option<String>) -> Self {
        let verdict = match line.verdict() {
            Verdict::Equal => LineVerdict::Equal,
            Verdict::Missing => LineVerdict::Missing,
            Verdict::Extra => LineVerdict::Extra,
            Verdict::Different => LineVerdict::Different,
        };
        Self {
            staff_uuid: place.staff,
            staff_name,
            date: place.day,
            job_number: place.job,
            app_minutes: line.app,
            xpm_minutes: line.xpm,
            verdict,
            entries: line.entries,
        }
    }

    /// The line as cells, in the order of [`COLUMNS`].
    pub fn cells(&self) -> [String; 8] {
        let entries: Vec<&str> = self.entries.iter().map(EntryId::as_str).collect();
        [
            self.staff_uuid.to_string(),
            self.staff_name.clone().unwrap_or_default(),
            self.date.to_string(),
            self.job_number.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.app_minutes.to_string(),
            self.xpm_minutes.to_string(),
            self.verdict.as_str().into(),
            entries.join(" "),
        ]
    }
}

impl LineVerdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Different => "different",
        }
    }
}
