//! Tables of comma-separated values (RFC 4180).

use axum::response::{IntoResponse, Response};
use contract::cells::neutral;
use lambda_http::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

/// One row, with its line end.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// A table as a file of this name.
pub(crate) fn file(name: &str, table: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, table).into_response()
}

fn cell(text: &str) -> String {
    let bare = neutral(text);
    if bare.contains(['"', ',', '\r', '\n']) || bare != text {
        format!("\"{}\"", bare.replace('"', "\"\""))
    } else {
        bare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_08_no_cell_is_a_formula_and_none_breaks_its_row() {
        for (text, cell) in [
            ("plain", "plain"),
            ("=1+1", "\"'=1+1\""),
            ("+61", "\"'+61\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(row([text]), format!("{cell}\r\n"));
        }
        assert_eq!(row(["a", "", "b"]), "a,,b\r\n");
    }
}
