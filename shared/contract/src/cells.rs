//! Cells of tables that no spreadsheet takes for formulas (ASVS 1.2.10): what one would carry out goes
//! out with an apostrophe in front, and comes back without.

/// With an apostrophe before what a spreadsheet would take for a formula.
pub fn neutral(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.into() }
}

/// Without it.
pub fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|it| it.starts_with(FORMULA)).unwrap_or(cell)
}

const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_11_a_cell_that_could_be_a_formula_goes_out_neutral_and_comes_back() {
        for (cell, out) in [
            ("=1+1", "'=1+1"),
            ("+61", "'+61"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("'quoted'", "'quoted'"),
            ("O'Brien", "O'Brien"),
            ("", ""),
        ] {
            assert_eq!(neutral(cell), out, "{cell:?}");
            assert_eq!(bare(out), cell, "{cell:?}");
        }
    }
}
