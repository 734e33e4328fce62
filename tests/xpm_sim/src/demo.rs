//! The demo firm, Harbour & Vale Accountants. Every name is invented, phone
//! numbers are from the ranges kept for fiction, and every UUID is the same in
//! every run.

mod catalogue;
mod clients;
mod jobs;
mod people;

use jiff::civil::{Date, date};
use uuid::Uuid;

use crate::model::Record;

/// All records of the demo firm, those referred to before those that refer.
pub(crate) fn records() -> Vec<Record> {
    let mut records = catalogue::records();
    records.extend(people::staff().into_iter().map(Record::Staff));
    records.extend(clients::records());
    records.extend(jobs::records());
    records
}

/// The UUID of the demo record of that kind and name.
fn id(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("harbour-vale/{kind}/{name}").as_bytes())
}

/// A day of the two demo years, counted from 1 January 2025.
fn day(number: usize) -> Date {
    let days = i64::try_from(number).unwrap_or_default();
    date(2025, 1, 1).saturating_add(jiff::Span::new().days(days))
}
