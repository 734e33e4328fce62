//! Drafts as a table, out and in again (CA-21).

use domain::ids::{DocumentSetId, XpmUuid};
use domain::invalid::Invalid;
use domain::jobs::draft::{Action, JobDraft};
use domain::jobs::{standing, steps};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ActionWord, Asked, EstimateView, JobDraftBody, asked};
use crate::body::BodyError;
use crate::check::Check;
use crate::problem::FieldProblem;
use crate::table::{self, Column, Row};

/// The columns that come in, then those that only go out.
pub const COLUMNS: [&str; 18] = [
    "document_set_id",
    "contact_id",
    "template_uuid",
    "name",
    "description",
    "start_date",
    "due_date",
    "staff_uuids",
    "state_code",
    "delivered",
    "template_name",
    "state",
    "job_number",
    "job_url",
    "costs",
    "price",
    "reason",
    "next_step",
];
/// The most lines of a file: each takes its time.
const LINES: usize = 200;
/// The longest part of a cell that is told back.
const TOLD: usize = 128;

/// A line that asks for a draft.
#[derive(Clone, Debug)]
pub struct DraftLine {
    /// Where it stands; the heading is line 1.
    pub line: u64,
    /// The document set, as it is named.
    pub named: String,
    /// The document set, if that is the name of one.
    pub set: Option<DocumentSetId>,
    /// What is asked for, and what of it could not be read.
    pub asked: Asked,
    /// How its documents went out, if they have.
    pub delivered: Option<Action>,
}

/// What became of a table, or would.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobDraftImport)]
pub struct ImportView {
    /// Whether nothing was kept.
    pub preview: bool,
    /// How many lines are good.
    pub good: usize,
    /// How many are not, and are left out.
    pub bad: usize,
    /// Each line, in the order of the file.
    pub items: Vec<ImportedView>,
    /// What the good ones cost in calls and time.
    pub estimate: EstimateView,
}

/// What became of a line, or would.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportedJobDraft)]
pub struct ImportedView {
    /// Where it stands; the heading is line 1.
    pub line: u64,
    /// The document set, as it is named.
    pub document_set_id: String,
    /// What the line comes to; null where something is wrong with it.
    #[schema(required)]
    pub outcome: Option<ImportOutcome>,
    /// How its documents went out, if they have: then its job is created at once.
    #[schema(required)]
    pub delivered: Option<ActionWord>,
    /// Everything that is wrong with it, each with its column.
    pub errors: Vec<FieldProblem>,
}

/// What a line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// A draft.
    New,
    /// The draft that is there already.
    Unchanged,
}

impl ImportedView {
    /// What became of a line.
    pub fn of(line: &DraftLine, outcome: Result<ImportOutcome, Vec<Invalid>>) -> Self {
        let (outcome, errors) = match outcome {
            Ok(outcome) => (Some(outcome), Vec::new()),
            Err(wrong) => (None, wrong.into_iter().map(Into::into).collect()),
        };
        Self {
            line: line.line,
            document_set_id: line.named.clone(),
            outcome,
            delivered: line.delivered.map(Into::into),
            errors,
        }
    }
}

/// Reads a table of drafts. What is wrong with a line is told with it and concerns no other.
///
/// # Errors
/// A column is missing, or there are too many lines.
pub fn read_drafts(body: &[u8]) -> Result<Vec<DraftLine>, BodyError> {
    use Column::{Optional, Required};
    let columns = [
        Required("document_set_id"),
        Required("contact_id"),
        Required("template_uuid"),
        Optional("name"),
        Optional("description"),
        Optional("start_date"),
        Optional("due_date"),
        Optional("staff_uuids"),
        Optional("state_code"),
        Optional("delivered"),
    ];
    let rows = table::read(body, columns, LINES)?.into_iter();
    Ok(rows.filter(|it| it.cells.iter().any(|cell| !cell.is_empty())).map(read_line).collect())
}

fn read_line(Row { line, cells, utf8 }: Row<10>) -> DraftLine {
    let [set, contact, template, name, description, start, due, staff, state, delivered] =
        cells.map(|it| Some(it).filter(|it| !it.is_empty()));
    let named: String = set.as_deref().unwrap_or_default().chars().take(TOLD).collect();
    let mut check = Check::default();
    let set = check.required_id("/document_set_id", set, DocumentSetId::parse);
    let words = [("download", Action::Download), ("send", Action::Send)];
    let delivered = delivered.and_then(|it| check.choice("/delivered", &it, &words));
    let staff = staff.map(|it| {
        let parts = it.split([';', ',', ' ', '\n']).filter(|it| !it.is_empty());
        parts.map(str::to_owned).collect()
    });
    let body = JobDraftBody {
        document_set_id: None,
        contact_id: contact,
        template_uuid: template,
        name,
        description,
        start_date: start,
        due_date: due,
        staff_uuids: staff,
        state_code: Some(state),
    };
    let mut asked = asked(check, body, None);
    if !utf8 {
        let detail = "the line is no UTF-8 text: save the file as CSV in UTF-8";
        asked.wrong = vec![Invalid::new("", "not_utf8", detail)];
    }
    DraftLine { line, named, set, asked, delivered }
}

/// The cells of a draft, in the order of [`COLUMNS`].
pub fn cells(draft: &JobDraft) -> Option<[String; 18]> {
    let plan = draft.plan.clone()?;
    let reason = steps(draft).iter().find_map(|it| it.reason);
    let view = super::JobDraftView::of(draft, plan);
    let staff: Vec<&str> = view.staff_uuids.iter().map(XpmUuid::as_str).collect();
    Some([
        view.id.to_string(),
        view.contact_id.to_string(),
        view.template_uuid.to_string(),
        view.name,
        view.description,
        view.start_date.to_string(),
        view.due_date.to_string(),
        staff.join(";"),
        view.state_code.unwrap_or_default(),
        draft.delivered.map(|it| ActionWord::from(it.action).as_str()).unwrap_or_default().into(),
        view.template_name,
        super::DraftState::from(standing(draft)).as_str().into(),
        view.job_number.map(|it| it.to_string()).unwrap_or_default(),
        view.job_url.unwrap_or_default(),
        view.costs.len().to_string(),
        view.totals.price,
        reason.map(|it| it.sentence()).unwrap_or_default().into(),
        reason.map(|it| it.next_step()).unwrap_or_default().into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CA-21: columns in any order, what stands around them, and everything wrong with a line at once.
    #[test]
    fn ca_21_each_line_is_read_with_everything_that_is_wrong_with_it() {
        let file = b"\xef\xbb\xbfTemplate_UUID,document_set_id,CONTACT_ID,note,staff_uuids,due_date,delivered\r\n\
            7e01,d-1,c-1,\"a, b\",5701; 5702,2026-12-31,send\r\n\
            ,,,,,,\r\n\
            zz,a/b,,,5701;x y,31/12/2026,fax\r\n\
            7e01,d-\xff,c-1,,,,\r\n\
            7e01,d-3,c-1\r\n";
        let lines = read_drafts(file).unwrap();
        let told: Vec<(u64, &str, Vec<&str>)> = lines
            .iter()
            .map(|it| {
                let places = it.asked.wrong.iter().map(|it| it.pointer.as_str());
                (it.line, it.named.as_str(), places.collect())
            })
            .collect();
        let wrong = vec![
            "/document_set_id",
            "/delivered",
            "/contact_id",
            "/template_uuid",
            "/due_date",
            "/staff_uuids/1",
            "/staff_uuids/2",
        ];
        assert_eq!(
            told,
            [
                (2, "d-1", vec![]),
                (4, "a/b", wrong),
                (5, "d-\u{fffd}", vec![""]),
                (6, "d-3", vec![]),
            ]
        );
        assert_eq!(lines[0].asked.wanted.staff.len(), 2);
        assert_eq!(lines[0].delivered, Some(Action::Send));
        assert_eq!(lines[3].asked.wanted.state_code, None);
    }

    #[test]
    fn ca_21_a_file_without_its_columns_or_with_too_many_lines_is_refused_whole() {
        let Err(BodyError::Invalid(wrong)) = read_drafts(b"document_set_id,name\n") else {
            panic!("taken")
        };
        let told: Vec<&str> = wrong.iter().map(|it| it.code).collect();
        assert_eq!(told, ["missing_column", "missing_column"]);
        let many =
            |n| format!("document_set_id,contact_id,template_uuid\n{}", "d,c,7e\n".repeat(n));
        assert!(read_drafts(many(201).as_bytes()).is_err());
        assert_eq!(read_drafts(many(200).as_bytes()).unwrap().len(), 200);
    }
}
