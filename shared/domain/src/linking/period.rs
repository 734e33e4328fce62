//! The month or quarter that a task's name speaks of, by the one convention that a firm has chosen
//! (XB-14): "BAS - Feb" belongs to a job that starts in February.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::year::YearStart;

/// How a firm's task names speak of months and quarters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// They do not.
    #[default]
    Off,
    /// Of months: "BAS - Feb".
    Months,
    /// Of months, and of quarters by the month in which they start: "BAS - Quarter Apr".
    QuarterStart,
    /// Of months, and of quarters by the month in which they end: "BAS - Quarter Jun".
    QuarterEnd,
}

/// A name that speaks of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// What stands before it: the XPM task's name.
    pub base: &'a str,
    /// The period; none where the name does not keep to the firm's convention.
    pub period: Option<Period>,
}

/// Months of any year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    first: i8,
    count: i8,
}

impl Period {
    /// Whether the day falls into one of its months.
    pub fn covers(self, day: Date) -> bool {
        (day.month() - self.first).rem_euclid(12) < self.count
    }
}

/// What a name says by this convention; `None` if it speaks of no period. The firm's quarters are
/// counted from the month in which its year starts.
pub fn named(name: &str, names: Names, year: YearStart) -> Option<Named<'_>> {
    if names == Names::Off {
        return None;
    }
    let (base, said) = name.rsplit_once(['-', '–'])?;
    let base = base.trim();
    let words: Vec<&str> = said.split_whitespace().collect();
    let (quarter, word) = match words[..] {
        [word] => (false, word),
        [first, word] if first.eq_ignore_ascii_case("quarter") => (true, word),
        _ => return None,
    };
    let month = month(word).filter(|_| !base.is_empty())?;
    let in_quarter = (month - year.month()).rem_euclid(3);
    let period = match (names, quarter) {
        (_, false) => Some(Period { first: month, count: 1 }),
        (Names::QuarterStart, true) if in_quarter == 0 => Some(Period { first: month, count: 3 }),
        (Names::QuarterEnd, true) if in_quarter == 2 => Some(Period { first: month - 2, count: 3 }),
        (Names::Off | Names::Months | Names::QuarterStart | Names::QuarterEnd, true) => None,
    };
    Some(Named { base, period })
}

/// The month, by its English name or the first three letters of it.
fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.').to_lowercase();
    let short = word.len() == 3 || word == "sept";
    let fits = |name: &str| word == name || (short && name.starts_with(&word));
    (1..).zip(MONTHS).find(|(_, name)| fits(name)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// XB-14: the months in which a job for this task starts; `-` where the name speaks of a period
    /// that the convention does not know, nothing where it speaks of none.
    #[test]
    fn xb_14_a_name_tells_its_task_and_its_months() {
        use Names::{Months, Off, QuarterEnd, QuarterStart};
        for (name, names, year, expected) in [
            ("BAS - Feb", Months, "01-01", "BAS 2"),
            ("BAS- February", Months, "01-01", "BAS 2"),
            ("BAS -FEB", QuarterEnd, "01-01", "BAS 2"),
            ("BAS – Sept.", QuarterStart, "01-01", "BAS 9"),
            ("Pay-roll - May", Months, "01-01", "Pay-roll 5"),
            ("BAS - Quarter Jun", QuarterEnd, "01-01", "BAS 4 5 6"),
            ("BAS - Quarter Jun", QuarterEnd, "07-01", "BAS 4 5 6"),
            ("BAS - quarter april", QuarterStart, "07-01", "BAS 4 5 6"),
            // The year of South Africa starts in March, and so do its quarters.
            ("BAS - Quarter Jun", QuarterStart, "03-01", "BAS 6 7 8"),
            ("BAS - Quarter Feb", QuarterEnd, "03-01", "BAS 1 2 12"),
            // One convention at a time.
            ("BAS - Quarter Jun", QuarterStart, "01-01", "BAS -"),
            ("BAS - Quarter Apr", QuarterEnd, "01-01", "BAS -"),
            ("BAS - Quarter Jun", Months, "01-01", "BAS -"),
            ("BAS - Feb", Off, "01-01", ""),
            ("BAS", Months, "01-01", ""),
            ("BAS Feb", Months, "01-01", ""),
            ("BAS - Fe", Months, "01-01", ""),
            ("BAS - Februar", Months, "01-01", ""),
            ("BAS - Mayor", Months, "01-01", ""),
            ("BAS - Quarterly Jun", QuarterEnd, "01-01", ""),
            (" - Feb", Months, "01-01", ""),
        ] {
            let said = named(name, names, year.parse().unwrap()).map(|it| {
                let starts =
                    |month: &i8| it.period.is_some_and(|it| it.covers(date(2026, *month, 1)));
                let months: Vec<String> =
                    (1..=12).filter(starts).map(|it| it.to_string()).collect();
                let months = if it.period.is_some() { months.join(" ") } else { "-".into() };
                format!("{} {months}", it.base)
            });
            assert_eq!(said.unwrap_or_default(), expected, "{name} {names:?} {year}");
        }
    }
}
