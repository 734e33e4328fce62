//! The ways in which XPM writes dates, numbers and truth.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;

use crate::element::Element;
use crate::node::Node;
use crate::xpm::{Desk, Refusal};

/// `yyyy-MM-ddTHH:mm:ss`, as dates are read.
pub(crate) fn moment(at: DateTime) -> Node {
    Node::text(at.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

/// A pure date as it is read: midnight.
pub(crate) fn midnight(date: Date) -> Node {
    moment(date.to_datetime(Time::midnight()))
}

/// `yyyymmdd`, as dates are written.
pub(crate) fn compact_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// Any of the spellings of a date: `yyyymmdd`, `yyyy-MM-dd`, with a time or without.
pub(crate) fn any_date(text: &str) -> Option<Date> {
    compact_date(text).or_else(|| text.get(..10)?.parse().ok())
}

/// A date of a body; `None` when it is absent or empty.
pub(crate) fn written_date(root: &Element, name: &str) -> Result<Option<Date>, Refusal> {
    let complain = || Refusal::Business(format!("{name} is not a valid date"));
    root.filled(name).map(|it| compact_date(it).ok_or_else(complain)).transpose()
}

/// A number of a body; `None` when it is absent or empty.
pub(crate) fn written_decimal(root: &Element, name: &str) -> Result<Option<Decimal>, Refusal> {
    let complain = || Refusal::Business(format!("{name} is not a valid number"));
    root.filled(name).map(|it| it.parse().map_err(|_| complain())).transpose()
}

/// A whole number of a body; `None` when it is absent or empty.
pub(crate) fn written_int(root: &Element, name: &str) -> Result<Option<i64>, Refusal> {
    let complain = || Refusal::Business(format!("{name} is not a valid number"));
    root.filled(name).map(|it| it.parse().map_err(|_| complain())).transpose()
}

/// A decimal of a loaded record.
pub(crate) fn decimal(root: &Element, name: &str) -> Decimal {
    root.filled(name).and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// `Yes`, `true` and `1`; everything else is no.
pub(crate) fn truth(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "yes" | "true" | "1")
}

/// Text that must be there.
pub(crate) fn required<'a>(root: &'a Element, kind: &str, name: &str) -> Result<&'a str, Refusal> {
    root.filled(name).ok_or_else(|| Refusal::missing(&format!("/{kind}/{name}")))
}

/// `modifiedsince` and its like: UTC to the second, no zone.
pub(crate) fn utc_moment(text: &str) -> Option<Timestamp> {
    let at: DateTime = text.trim_end_matches('Z').parse().ok()?;
    at.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
}

/// The window of `from` and `to`, both required, at most a year; one
/// complaint per call.
pub(crate) fn window(desk: &Desk<'_>) -> Result<(Date, Date), Refusal> {
    let bound = |name: &str| {
        let text = desk.parameters.get(name).filter(|it| !it.is_empty());
        let text = text.ok_or_else(|| {
            Refusal::Invalid(format!("The parameter '{name}' is required (yyyymmdd)"))
        })?;
        compact_date(text).ok_or_else(|| {
            Refusal::Invalid(format!("The parameter '{name}' is not a valid date (yyyymmdd)"))
        })
    };
    let (from, to) = (bound("from")?, bound("to")?);
    let year_later = from.saturating_add(jiff::Span::new().years(1));
    if to > year_later {
        return Err(Refusal::Invalid(
            "The range between 'from' and 'to' cannot be more than one year".to_owned(),
        ));
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_without_hyphens() {
        assert_eq!(
            compact_date("20291023").map(|it| it.to_string()).as_deref(),
            Some("2029-10-23")
        );
        assert_eq!(compact_date("2029-10-23"), None);
        assert_eq!(compact_date("20290230"), None);
        assert_eq!(any_date("2029-10-23T00:00:00"), compact_date("20291023"));
    }
}
