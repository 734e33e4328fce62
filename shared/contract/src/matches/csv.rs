//! Matches as a table to decide in, out and in again (BY-11).

use csv::WriterBuilder;
use domain::contacts::review::Ask;
use domain::ids::{ContactId, XpmUuid};

use super::{DecisionWord, MatchView, XpmWord};
use crate::body::BodyError;
use crate::cells::neutral;
use crate::problem::ReasonView;
use crate::table::{self, Column, Row};

/// The columns that go out; those that come in are the first four, in any order, beside any others.
const COLUMNS: [&str; 13] = [
    "id",
    "version",
    "decision",
    "contact_id",
    "contact_name",
    "state",
    "reason",
    "score",
    "xpm_kind",
    "xpm_name",
    "xpm_email",
    "xpm_business_number",
    "candidates",
];
/// The most lines of one file, and the most decisions of one call: each takes its time.
const LINES: usize = 5_000;
const DECISIONS: usize = 1_000;
/// The longest part of a cell that is told back.
const TOLD: usize = 128;

/// A line of a file in which something is decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Where it stands; the first line is 1.
    pub line: u64,
    /// The match, as it is named.
    pub id: String,
    /// What is decided, as it is named.
    pub decision: String,
    /// The contact, as it is named.
    pub contact_id: Option<String>,
    /// The decision, or what is wrong with it.
    pub ask: Result<Ask, ReasonView>,
}

/// The matches as a table.
///
/// # Errors
/// The table cannot be put together, which has no cause in the matches.
pub fn table(matches: &[MatchView]) -> Result<String, csv::Error> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for it in matches {
        let likeliest = it.candidates.first();
        let contact = it.contact.as_ref().map(|it| (it.id.to_string(), it.name.clone()));
        let offered = || likeliest.map(|it| (it.contact_id.to_string(), it.name.clone()));
        let (contact_id, contact_name) = contact.or_else(offered).unwrap_or_default();
        let candidates = it.candidates.iter();
        let candidates =
            candidates.map(|it| format!("{} {} ({})", it.contact_id, it.name, it.score));
        let cells = [
            it.id.clone(),
            it.version.to_string(),
            String::new(),
            contact_id,
            contact_name,
            it.state.as_str().into(),
            it.reason.as_ref().map(|it| it.code).unwrap_or_default().into(),
            likeliest.map(|it| it.score.to_string()).unwrap_or_default(),
            match it.xpm.kind {
                XpmWord::Client => "client".into(),
                XpmWord::Contact => "contact".into(),
            },
            it.xpm.name.clone(),
            it.xpm.email.clone().unwrap_or_default(),
            it.xpm.business_number.clone().unwrap_or_default(),
            candidates.collect::<Vec<_>>().join("; "),
        ];
        writer.write_record(cells.iter().map(|it| neutral(it)))?;
    }
    let bytes = writer.into_inner().map_err(|it| csv::Error::from(it.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the decisions of a table. Lines that decide nothing are left out; what is wrong with one is
/// told with it and concerns no other.
///
/// # Errors
/// A column is missing, or there are too many lines.
pub fn read_table(body: &[u8]) -> Result<Vec<Line>, BodyError> {
    let columns = ["id", "version", "decision", "contact_id"].map(Column::Required);
    let mut lines: Vec<Line> = Vec::new();
    for Row { line, cells, utf8 } in table::read(body, columns, LINES)? {
        if !utf8 {
            let problem = Fault::NotUtf8.view();
            let [id, _, decision, _] = cells;
            lines.push(Line { line, id, decision, contact_id: None, ask: Err(problem) });
        } else if !cells[2].is_empty() {
            let full = lines.len() >= DECISIONS;
            lines.push(read_line(line, cells, full));
        }
    }
    Ok(lines)
}

fn read_line(line: u64, [id, version, decision, contact]: [String; 4], full: bool) -> Line {
    let read = || -> Result<Ask, Fault> {
        if full {
            return Err(Fault::TooMany);
        }
        let word = DecisionWord::named(&decision.to_lowercase()).ok_or(Fault::NoDecision)?;
        let uuid = XpmUuid::parse(id.as_str()).map_err(|_| Fault::NoId)?;
        let version = version.parse().map_err(|_| Fault::NoVersion)?;
        let parsed = ContactId::parse(contact.as_str()).ok();
        let decision = word.with(parsed).ok_or(Fault::NoContact)?;
        Ok(Ask { id: uuid, version, decision })
    };
    let ask = read().map_err(Fault::view);
    let short = |it: &str| it.chars().take(TOLD).collect::<String>();
    let contact_id = Some(short(&contact)).filter(|it| !it.is_empty());
    Line { line, id: short(&id), decision: short(&decision), contact_id, ask }
}

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug)]
enum Fault {
    NotUtf8,
    TooMany,
    NoDecision,
    NoId,
    NoVersion,
    NoContact,
}

impl Fault {
    fn view(self) -> ReasonView {
        let (code, sentence, next_step) = match self {
            Self::NotUtf8 => {
                ("not_utf8", "The line is no UTF-8 text.", "Save the file as CSV in UTF-8.")
            }
            Self::TooMany => (
                "too_many",
                "The file holds over 1,000 decisions.",
                "Send this line in another file.",
            ),
            Self::NoDecision => (
                "not_one_of",
                "There is no such decision.",
                "Write confirm, create, remove, allow or nothing.",
            ),
            Self::NoId => ("bad_id", "The id is none of a match.", "Leave the id as it came out."),
            Self::NoVersion => {
                ("bad_version", "The version is no number.", "Leave the version as it came out.")
            }
            Self::NoContact => (
                "bad_contact_id",
                "To confirm takes the id of a contact.",
                "Write it in the column contact_id.",
            ),
        };
        ReasonView { code, sentence, next_step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_11_a_line_is_read_whatever_stands_around_it() {
        let file = "\u{feff}Version,ID,note,decision,contact_id\r\n\
            3,ab-01,\"a, \"\"b\"\"\nc\", Confirm ,'-c-1\r\n\
            4,ab-02,,,\r\n\r\n\
            x,ab-03,,create\r\n\
            5,XX,,create\r\n\
            6,ab-04,,destroy,\r\n\
            7,ab-05,,confirm,a b\r\n\
            8,ab-06,,allow,ignored\r\n";
        let lines = read_table(file.as_bytes()).unwrap();
        let told: Vec<(u64, &str, Option<&str>)> = lines
            .iter()
            .map(|it| (it.line, it.id.as_str(), it.ask.as_ref().err().map(|it| it.code)))
            .collect();
        assert_eq!(
            told,
            [
                (2, "ab-01", None),
                (6, "ab-03", Some("bad_version")),
                (7, "XX", Some("bad_id")),
                (8, "ab-04", Some("not_one_of")),
                (9, "ab-05", Some("bad_contact_id")),
                (10, "ab-06", None),
            ]
        );
        let first = lines[0].ask.as_ref().unwrap();
        let contact = ContactId::parse("-c-1").unwrap();
        assert_eq!(
            (first.version, &first.decision),
            (3, &domain::contacts::review::Decision::Confirm(contact))
        );
    }

    #[test]
    fn by_11_a_line_that_is_no_text_holds_up_no_other() {
        let file = b"id,version,decision,contact_id\nab,1,create,\xff\nac,1,create,\n";
        let lines = read_table(file).unwrap();
        let told: Vec<_> = lines.iter().map(|it| it.ask.as_ref().err().map(|it| it.code)).collect();
        assert_eq!(told, [Some("not_utf8"), None]);
    }

    #[test]
    fn by_11_a_file_without_its_columns_is_no_table() {
        for (file, missing) in [("", 4), ("id,version,contact_id\n", 1), ("{}", 4), ("\u{0}", 4)] {
            let Err(BodyError::Invalid(wrong)) = read_table(file.as_bytes()) else {
                panic!("{file:?}")
            };
            assert_eq!(wrong.len(), missing, "{file:?}");
        }
        let many = format!("id,version,decision,contact_id\n{}", "a\n".repeat(5_001));
        assert!(read_table(many.as_bytes()).is_err());
    }
}
