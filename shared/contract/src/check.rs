//! Turning what was sent into values of the domain, and collecting everything that is wrong.

use domain::ids::BadId;
use domain::invalid::Invalid;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Number;

use crate::body::BodyError;
use crate::list::uncursor;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Check(Vec<Invalid>);

impl Check {
    /// Notes one thing.
    pub(crate) fn wrong(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) {
        self.0.push(Invalid::new(pointer, code, detail));
    }

    /// Notes what the domain found wrong.
    pub(crate) fn also(&mut self, wrong: Vec<Invalid>) {
        self.0.extend(wrong);
    }

    /// An id.
    pub(crate) fn id<T>(
        &mut self,
        pointer: &str,
        text: impl Into<String>,
        parse: impl FnOnce(String) -> Result<T, BadId>,
    ) -> Option<T> {
        parse(text.into()).map_err(|bad| self.wrong(pointer, "bad_id", bad.to_string())).ok()
    }

    /// An id that may be left out.
    pub(crate) fn optional_id<T>(
        &mut self,
        pointer: &str,
        text: Option<String>,
        parse: impl FnOnce(String) -> Result<T, BadId>,
    ) -> Option<T> {
        text.and_then(|it| self.id(pointer, it, parse))
    }

    /// An id that must be there.
    pub(crate) fn required_id<T>(
        &mut self,
        pointer: &str,
        text: Option<String>,
        parse: impl FnOnce(String) -> Result<T, BadId>,
    ) -> Option<T> {
        let text = self.required(pointer, text)?;
        self.id(pointer, text, parse)
    }

    /// Something that must be there.
    pub(crate) fn required<T>(&mut self, pointer: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.wrong(pointer, "required", "a value is required");
        }
        value
    }

    /// A day, written `2026-11-22` and in no other way.
    pub(crate) fn date(&mut self, pointer: &str, text: Option<String>) -> Option<Date> {
        let text = text?;
        let date = date(&text);
        if date.is_none() {
            self.wrong(pointer, "no_date", "a date is written 2026-11-22");
        }
        date
    }

    /// An instant as in RFC 3339.
    pub(crate) fn instant(&mut self, pointer: &str, text: Option<String>) -> Option<Timestamp> {
        let text = text?;
        let instant = instant(&text);
        if instant.is_none() {
            self.wrong(pointer, "no_instant", "an instant is written 2026-11-22T03:04:05Z");
        }
        instant
    }

    /// A whole number between two.
    pub(crate) fn whole(
        &mut self,
        pointer: &str,
        number: Option<Number>,
        least: u64,
        most: u64,
    ) -> Option<u64> {
        let number = number?;
        let whole = number.as_u64().filter(|it| (least..=most).contains(it));
        if whole.is_none() {
            let detail = if most == u64::MAX {
                format!("a whole number of at least {least}")
            } else {
                format!("a whole number from {least} to {most}")
            };
            self.wrong(pointer, "out_of_range", detail);
        }
        whole
    }

    /// The version of a statement.
    pub(crate) fn version(&mut self, number: Option<Number>) -> Option<u64> {
        self.whole("/version", number, 0, MOST)
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        pointer: &str,
        word: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let found = words.iter().find(|it| it.0 == word).map(|it| it.1);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|it| it.0).collect();
            self.wrong(pointer, "not_one_of", format!("one of {}", names.join(", ")));
        }
        found
    }

    /// The id behind a cursor that this API gave.
    pub(crate) fn cursor(&mut self, pointer: &str, text: Option<String>) -> Option<String> {
        let text = text?;
        let id = uncursor(&text);
        if id.is_none() {
            self.wrong(pointer, "unknown_cursor", "not one that this API gave");
        }
        id
    }

    /// All that was wrong.
    pub(crate) fn wrongs(self) -> Vec<Invalid> {
        self.0
    }

    /// The value, if nothing at all was wrong.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, BodyError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(BodyError::Invalid(self.0)),
        }
    }
}

/// The largest version: what every program can count to exactly, also one that counts in floating point.
pub(crate) const MOST: u64 = (1 << 53) - 1;

/// A day, written `2026-11-22` and in no other way.
pub(crate) fn date(text: &str) -> Option<Date> {
    shaped(text, "dddd-dd-dd").then(|| text.parse().ok()).flatten()
}

/// An instant as in RFC 3339, with an offset.
fn instant(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.split_at_checked(9)?;
    let fraction = rest
        .strip_prefix('.')
        .map_or(0, |it| 1 + it.bytes().take_while(u8::is_ascii_digit).count());
    let offset = &rest[fraction..];
    let zone = offset == "Z" || shaped(offset, "+dd:dd") || shaped(offset, "-dd:dd");
    let fits = shaped(day, "dddd-dd-dd") && shaped(time, "Tdd:dd:dd") && zone;
    (fits && fraction <= 10).then(|| text.parse().ok()).flatten()
}

/// Whether a text has a shape, in which `d` is any digit.
fn shaped(text: &str, shape: &str) -> bool {
    let fits = |(it, s): (u8, u8)| if s == b'd' { it.is_ascii_digit() } else { it == s };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert!(date("2028-02-29").is_some());
        for bad in [
            "2026-02-29",
            "2026-1-1",
            "20261122",
            "2026-11-22T00:00:00",
            "22/11/2026",
            "",
            "+02026-11-22",
        ] {
            assert!(date(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_instant_is_written_as_in_rfc_3339() {
        for good in
            ["2026-11-22T03:04:05Z", "2026-11-22T14:04:05+11:00", "2026-11-22T03:04:05.123456789Z"]
        {
            assert!(instant(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2026-11-22",
            "2026-11-22T03:04:05",
            "2026-11-22 03:04:05Z",
            "2026-11-22T25:00:00Z",
            "2026-11-22T03:04:05+11:00[Australia/Sydney]",
            "2026-11-22T03:04:05.Z\u{e9}",
            "é026-11-22T03:04:05Z",
        ] {
            assert!(instant(bad).is_none(), "{bad}");
        }
    }
}
