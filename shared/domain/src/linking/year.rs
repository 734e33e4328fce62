//! The firm's year: by civil dates, from the day the firm says (XB-63).

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The day on which a firm's year begins; kept and shown as `MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct YearStart {
    month: i8,
    day: i8,
}

/// Text that is no day of the year.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a year starts on a day written MM-DD, such as 07-01")]
pub struct NoDay;

impl FromStr for YearStart {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let (month, day) = text.split_once('-').ok_or(NoDay)?;
        let digits = |it: &str| it.len() == 2 && it.bytes().all(|b| b.is_ascii_digit());
        if !digits(month) || !digits(day) {
            return Err(NoDay);
        }
        let (month, day) = (month.parse().map_err(|_| NoDay)?, day.parse().map_err(|_| NoDay)?);
        // 2025 is no leap year: a year that starts on 29 February would not start every year.
        Date::new(2025, month, day).map_err(|_| NoDay)?;
        Ok(Self { month, day })
    }
}

impl fmt::Display for YearStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl TryFrom<String> for YearStart {
    type Error = NoDay;

    fn try_from(text: String) -> Result<Self, NoDay> {
        text.parse()
    }
}

impl From<YearStart> for String {
    fn from(it: YearStart) -> Self {
        it.to_string()
    }
}

impl YearStart {
    /// The first of January.
    pub const CALENDAR: Self = Self { month: 1, day: 1 };

    /// The month in which it begins.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The year a day falls into, named by the calendar year in which it begins.
    pub fn year_of(self, date: Date) -> i16 {
        if (date.month(), date.day()) >= (self.month, self.day) {
            date.year()
        } else {
            date.year() - 1
        }
    }

    /// The year that people call `named`, such as "2025" or "FY25": the one that ends in it,
    /// which for calendar years is also the one that begins in it.
    pub fn named(self, named: i16) -> i16 {
        if self == Self::CALENDAR { named } else { named - 1 }
    }
}

/// The year that a job's name speaks of, such as `2025` or `FY25`; none when it speaks of several.
pub fn year_in_name(name: &str) -> Option<i16> {
    let mut years = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| {
            let upper = word.to_ascii_uppercase();
            let digits = upper.strip_prefix("FY").unwrap_or(&upper);
            match (digits.len(), digits.len() < upper.len()) {
                (4, _) => digits.parse().ok().filter(|it| (1990..2100).contains(it)),
                (2, true) => digits.parse::<i16>().ok().map(|it| 2000 + it),
                _ => None,
            }
        })
        .collect::<Vec<i16>>();
    years.dedup();
    match years[..] {
        [year] => Some(year),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// XB-63: 30 June and 1 July fall into different Australian years.
    #[test]
    fn xb_63_the_year_turns_on_the_day_the_firm_says() {
        let australia: YearStart = "07-01".parse().unwrap();
        assert_eq!(australia.year_of(date(2025, 6, 30)), 2024);
        assert_eq!(australia.year_of(date(2025, 7, 1)), 2025);
        let britain: YearStart = "04-06".parse().unwrap();
        assert_eq!(britain.year_of(date(2025, 4, 5)), 2024);
        assert_eq!(britain.year_of(date(2025, 4, 6)), 2025);
        assert_eq!(YearStart::CALENDAR.year_of(date(2025, 12, 31)), 2025);
        assert_eq!(YearStart::CALENDAR.year_of(date(2026, 1, 1)), 2026);
    }

    #[test]
    fn xb_63_a_year_is_kept_as_it_is_written() {
        for text in ["01-01", "07-01", "04-06", "12-31"] {
            let kept = serde_json::to_value(text.parse::<YearStart>().unwrap()).unwrap();
            assert_eq!(kept, text);
            assert_eq!(serde_json::from_value::<YearStart>(kept).unwrap().to_string(), text);
        }
        assert!(serde_json::from_value::<YearStart>("02-29".into()).is_err());
    }

    #[test]
    fn what_is_no_day_of_every_year_is_refused() {
        for text in ["", "7-1", "13-01", "02-29", "02-30", "07/01", "+7-01"] {
            assert_eq!(text.parse::<YearStart>(), Err(NoDay), "{text:?}");
        }
    }

    #[test]
    fn a_name_tells_its_year_if_it_speaks_of_one() {
        assert_eq!(year_in_name("Annual Accounts 2025"), Some(2025));
        assert_eq!(year_in_name("Tax Return FY25"), Some(2025));
        assert_eq!(year_in_name("FY2025 - accounts"), Some(2025));
        assert_eq!(year_in_name("Accounts 2024/2025"), None);
        assert_eq!(year_in_name("Form 25"), None);
        assert_eq!(year_in_name("Job 123456"), None);
    }
}
