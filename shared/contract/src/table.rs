//! Tables that come in (RFC 4180): a heading, and lines with its columns in any order, beside any others.

use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};
use domain::invalid::Invalid;

use crate::body::BodyError;
use crate::cells::bare;

/// A column that is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// No table is without it.
    Required(&'static str),
    /// Its cells are empty where there is none.
    Optional(&'static str),
}

/// A line of a table.
pub(crate) struct Row<const N: usize> {
    /// Where it stands; the heading is line 1.
    pub(crate) line: u64,
    /// Its cells in the order in which the columns were asked for.
    pub(crate) cells: [String; N],
    /// Whether it is UTF-8; if not, signs stand in the cells for what could not be read.
    pub(crate) utf8: bool,
}

/// Reads a table of at most `most` lines.
///
/// # Errors
/// A column is missing, or there are too many lines.
pub(crate) fn read<const N: usize>(
    body: &[u8],
    columns: [Column; N],
    most: usize,
) -> Result<Vec<Row<N>>, BodyError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(body);
    let header = reader.headers().cloned().unwrap_or_default();
    let place = |name: &str| header.iter().position(|it| it.eq_ignore_ascii_case(name));
    let mut missing = Vec::new();
    let places = columns.map(|it| match it {
        Column::Optional(name) => place(name),
        Column::Required(name) => {
            let found = place(name);
            if found.is_none() {
                let detail = format!("a column `{name}` is required");
                missing.push(Invalid::new("", "missing_column", detail));
            }
            found
        }
    });
    if !missing.is_empty() {
        return Err(BodyError::Invalid(missing));
    }
    let mut rows = Vec::new();
    let mut counted = (0, 1);
    for (n, record) in reader.byte_records().enumerate() {
        if n == most {
            let detail = format!("at most {most} lines");
            return Err(BodyError::Invalid(vec![Invalid::new("", "too_many", detail)]));
        }
        // What is in memory can be read; a record is only ever too short or too long, which may be.
        let Ok(record) = record else { continue };
        counted = begins(body, counted, record.position().map_or(0, csv::Position::byte));
        let cells = places.map(|it| it.map_or_else(String::new, |n| cell(&record, n)));
        let utf8 = StringRecord::from_byte_record(record).is_ok();
        rows.push(Row { line: counted.1, cells, utf8 });
    }
    Ok(rows)
}

/// Where a record begins, and in which line: line ends and blank lines before it are not its own.
fn begins(body: &[u8], (from, line): (usize, u64), at: u64) -> (usize, u64) {
    let at = usize::try_from(at).unwrap_or(from).clamp(from, body.len());
    let blank = body[at..].iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
    let ends = body[from..at + blank].iter().filter(|it| **it == b'\n').count();
    (at + blank, line + ends as u64)
}

fn cell(record: &ByteRecord, n: usize) -> String {
    let text = String::from_utf8_lossy(record.get(n).unwrap_or_default());
    bare(&text).into()
}
