//! Sums over the time of some days, and lists of it, without reading the entries (BY-04).

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rounding::minutes;
use super::standing::{Line, Standing};
use crate::firm::Rounding;
use crate::ids::FirmId;
use crate::ports::{Down, Kind, Range, Store};

/// So many pointers are read at a time.
const STRETCH: usize = 500;

/// A sum over entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub entries: u64,
    /// How long they took.
    pub seconds: u64,
    /// What that comes to when each is rounded, once.
    pub minutes: i64,
    /// What XPM holds of them, in minutes.
    pub booked: i64,
}

impl Sum {
    /// With one more entry.
    pub fn add(&mut self, line: &Line, rounding: Rounding) {
        self.entries += 1;
        self.seconds += u64::from(line.seconds);
        self.minutes += minutes(line.seconds, rounding);
        self.booked += line.booked.unwrap_or_default();
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            entries: self.entries + other.entries,
            seconds: self.seconds + other.seconds,
            minutes: self.minutes + other.minutes,
            booked: self.booked + other.booked,
        }
    }

    /// How much longer the rounded minutes are than what was recorded; negative where shorter.
    pub fn rounded_by(&self) -> i64 {
        self.minutes * 60 - i64::try_from(self.seconds).unwrap_or(i64::MAX)
    }
}

/// The days that are looked at, both included, in the firm's zone.
#[derive(Clone, Debug)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Where the days begin.
    pub zone: TimeZone,
}

impl Days {
    /// Whether a day is one of them.
    pub fn contain(&self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// What the pointers below a prefix that go by day begin after, and no longer begin with: a day
    /// more on either side, because entries with an instant are filed under its day in UTC.
    pub(super) fn span(&self, prefix: &str) -> (String, String) {
        let before = self.from.saturating_sub(1.day());
        let behind = self.to.saturating_add(1.day());
        (format!("{prefix}{before}"), format!("{prefix}{behind}#~"))
    }
}

/// Sums by where the entries stand. Reads one small item for each entry of these days.
pub async fn by_standing(
    store: &impl Store,
    firm: &FirmId,
    days: &Days,
    rounding: Rounding,
) -> Result<BTreeMap<Standing, Sum>, Down> {
    let mut sums: BTreeMap<Standing, Sum> = BTreeMap::new();
    let mut after = None;
    loop {
        let (lines, next) = lines(store, firm, days, after).await?;
        for line in lines {
            sums.entry(line.standing).or_default().add(&line, rounding);
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(sums),
        }
    }
}

/// A stretch of the lines of these days, in the order of the days they are filed under, and where the
/// next one begins.
pub async fn lines(
    store: &impl Store,
    firm: &FirmId,
    days: &Days,
    after: Option<String>,
) -> Result<(Vec<Line>, Option<String>), Down> {
    const PREFIX: &str = "day#";
    let (begin, end) = days.span(PREFIX);
    let after = after.unwrap_or(begin);
    let range = Range { after: Some(after), ..Range::of(firm, Kind::EntryOn, PREFIX, STRETCH) };
    let page = store.list(&range).await?;
    let mut lines = Vec::with_capacity(page.items.len());
    for item in page.items {
        if item.key.id > end {
            return Ok((lines, None));
        }
        let line: Line = serde_json::from_value(item.body)
            .map_err(|it| Down { what: "the entries by day", cause: it.into() })?;
        if days.contain(line.when.day(&days.zone)) {
            lines.push(line);
        }
    }
    Ok((lines, page.next))
}

/// The ids of a person's entries of these days, and of the days beside them.
pub async fn of_person(
    store: &impl Store,
    firm: &FirmId,
    days: &Days,
    user: &str,
) -> Result<Vec<String>, Down> {
    let prefix = format!("user:{user}#");
    let (begin, end) = days.span(&prefix);
    let mut range = Range::of(firm, Kind::EntryOn, prefix, STRETCH);
    range.after = Some(begin);
    let mut ids = Vec::new();
    loop {
        let page = store.list(&range).await?;
        let inside = page.items.iter().map(|it| &it.key.id).take_while(|it| **it <= end);
        let before = ids.len();
        ids.extend(inside.filter_map(|it| it.rsplit('#').next()).map(String::from));
        match page.next.filter(|_| ids.len() - before == page.items.len()) {
            Some(next) => range.after = Some(next),
            None => return Ok(ids),
        }
    }
}
