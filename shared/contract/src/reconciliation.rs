//! Both sides' time per staff member, day and job.

use domain::ids::{EntryId, JobNumber, XpmUuid};
use domain::reconcile::{Line, Place, Verdict};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

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
    pub fn of(
        date_from: Date,
        date_to: Date,
        lines: impl IntoIterator<Item = (Place, Line)>,
    ) -> Self {
        let lines: Vec<ReconciledLine> = lines.into_iter().map(ReconciledLine::of).collect();
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
    fn of((place, line): (Place, Line)) -> Self {
        let verdict = match line.verdict() {
            Verdict::Equal => LineVerdict::Equal,
            Verdict::Missing => LineVerdict::Missing,
            Verdict::Extra => LineVerdict::Extra,
            Verdict::Different => LineVerdict::Different,
        };
        Self {
            staff_uuid: place.staff,
            date: place.day,
            job_number: place.job,
            app_minutes: line.app,
            xpm_minutes: line.xpm,
            verdict,
            entries: line.entries,
        }
    }
}
