//! Time entries of the practice app, each with its push.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::push::Push;
use super::standing;
use crate::desired::Desired;
use crate::ids::{EntryId, TaskId, UserId, XpmUuid};
use crate::invalid::Invalid;
use crate::lanes::Waiting;
use crate::ports::{Due, Kind, Lane};
use crate::practice::Timesheet;
use crate::records::{Pointer, Record};

/// The longest entry: a day.
pub const LONGEST: u32 = 86_400;

/// A stretch of work recorded in the practice app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEntry {
    /// The practice app's id.
    pub id: EntryId,
    /// What was worked on; none for time outside a task.
    pub task_id: Option<TaskId>,
    /// Who worked.
    pub user_id: UserId,
    /// When.
    pub when: When,
    /// How long.
    pub seconds: u32,
    /// What was done.
    pub note: String,
    /// Whether the practice app would bill it.
    pub billable: Option<bool>,
    /// Whether the timer has not been stopped yet.
    pub running: bool,
}

/// When work was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// On a day of the firm's.
    Day {
        /// The day.
        date: Date,
    },
    /// From an instant on.
    Span {
        /// The beginning.
        started_at: Timestamp,
        /// The end, once there is one.
        ended_at: Option<Timestamp>,
    },
}

/// An entry as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// What the practice app says.
    pub entry: Desired<TimeEntry>,
    /// When we first heard of it.
    pub received_at: Timestamp,
    /// Whether a person released it although it was recorded before its task was linked.
    pub released: bool,
    /// Whether it is to follow its task to another job: what XPM holds stays where it is until its
    /// task is changed, or a person moves it (XB-83).
    #[serde(default)]
    pub moves: bool,
    /// What a person decided XPM is to hold, until the practice app says something else.
    #[serde(default)]
    pub decided: Option<Decided>,
    /// How XPM's entry differs from what we last made it say, as a comparison found (XB-79).
    #[serde(default)]
    pub drift: Option<Drift>,
    /// Entries of XPM that are this one once more: creates that XPM carried out too late (G8).
    #[serde(default)]
    pub extra: Vec<XpmUuid>,
    /// How it stands with XPM.
    pub push: Push,
    /// When it needs looking at.
    pub look_at: Option<Timestamp>,
}

/// What a person decided XPM is to hold for an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// This.
    Keep(Timesheet),
    /// Nothing.
    Remove,
}

/// How XPM's entry differs from what we last made it say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// It says this.
    Changed(Timesheet),
    /// It is gone.
    Gone,
}

impl Record for EntryRecord {
    const KIND: Kind = Kind::Entry;

    fn id(&self) -> String {
        self.entry.value.id.to_string()
    }

    fn due(&self) -> Option<Due> {
        self.look_at.map(|at| Due { lane: Self::LANE, at })
    }

    fn pointers(&self) -> Vec<Pointer> {
        standing::pointers(self)
    }
}

impl Waiting for EntryRecord {
    const LANE: Lane = Lane::Time;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(at);
    }
}

impl EntryRecord {
    /// An entry first heard of now, to be looked at at once.
    pub fn new(entry: Desired<TimeEntry>, now: Timestamp) -> Self {
        Self {
            entry,
            received_at: now,
            released: false,
            moves: false,
            decided: None,
            drift: None,
            extra: Vec::new(),
            push: Push::default(),
            look_at: Some(now),
        }
    }

    /// Whether nothing is known of it but that it was deleted.
    pub fn is_tombstone(&self) -> bool {
        self.entry.deleted && self.entry.value.user_id == UserId::nobody()
    }
}

impl When {
    /// The day it counts for: the day it began on, at the firm (XB-72).
    pub fn day(&self, zone: &TimeZone) -> Date {
        match self {
            Self::Day { date } => *date,
            Self::Span { started_at, .. } => started_at.to_zoned(zone.clone()).date(),
        }
    }

    /// When the timer was started, if that is known.
    pub fn started_at(&self) -> Option<Timestamp> {
        match self {
            Self::Day { .. } => None,
            Self::Span { started_at, .. } => Some(*started_at),
        }
    }
}

impl TimeEntry {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Invalid> {
        let mut wrong = Vec::new();
        if self.seconds > LONGEST {
            wrong.push(Invalid::new("/seconds", "too_long", format!("at most {LONGEST} seconds")));
        }
        if self.note.chars().count() > 10_000 {
            wrong.push(Invalid::new("/note", "too_long", "at most 10000 characters"));
        }
        if let When::Span { started_at, ended_at: Some(ended_at) } = self.when {
            if ended_at < started_at {
                wrong.push(Invalid::new("/ended_at", "before_start", "ends before it starts"));
            } else if ended_at.duration_since(started_at) > SignedDuration::from_hours(24 * 7) {
                wrong.push(Invalid::new("/ended_at", "too_long", "at most a week after the start"));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XB-72: the day is the firm's, also across midnight, and when the clocks change.
    #[test]
    fn xb_72_an_entry_counts_for_the_day_it_began_on_at_the_firm() {
        let sydney = TimeZone::get("Australia/Sydney").unwrap();
        for (started_at, day) in [
            // UTC+11 in summer, UTC+10 in winter; clocks go forward on 4 October 2026 at 2:00.
            ("2026-11-22T12:59:59Z", "2026-11-22"),
            ("2026-11-22T13:00:00Z", "2026-11-23"),
            ("2026-07-01T13:59:59Z", "2026-07-01"),
            ("2026-07-01T14:00:00Z", "2026-07-02"),
            ("2026-10-03T13:59:59Z", "2026-10-03"),
            ("2026-10-03T14:00:00Z", "2026-10-04"),
            ("2026-10-04T12:59:59Z", "2026-10-04"),
            ("2026-10-04T13:00:00Z", "2026-10-05"),
        ] {
            let when = When::Span { started_at: started_at.parse().unwrap(), ended_at: None };
            assert_eq!(when.day(&sydney), day.parse::<Date>().unwrap(), "{started_at}");
        }
    }
}
