//! Lists, a page at a time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::check;

/// The most items of a page.
pub const MOST: usize = 200;
/// The items of a page, where nothing is said.
pub const USUAL: usize = 50;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order of their ids. A page may be short while more follow.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// The cursor that stands for the last id of a page.
pub fn cursor(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

/// The id behind a cursor, if it is one of ours.
pub fn uncursor(cursor: &str) -> Option<String> {
    let fits = (1..=1366).contains(&cursor.len());
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|_| fits)?;
    String::from_utf8(bytes).ok()
}

/// The day of a filter, written `2026-11-22`.
pub fn day(text: &str) -> Option<Date> {
    check::date(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_id() {
        assert_eq!(uncursor(&cursor("Task:2026.11_a-b")).as_deref(), Some("Task:2026.11_a-b"));
        for bad in ["", "é", "a b", "%", "_w", &"A".repeat(2000)] {
            assert_eq!(uncursor(bad), None, "{bad}");
        }
    }
}
