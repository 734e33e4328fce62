//! Where each entry stands: in exactly one place, whatever happens to it (BY-04), kept beside the
//! entry by day and by cause, so that sums and lists need not read the entries.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::entry::{EntryRecord, When};
use super::push::State;
use crate::ids::EntryId;
use crate::issues;
use crate::ports::Kind;
use crate::reason::Reason;
use crate::records::Pointer;

macro_rules! stages {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// Where an entry stands with XPM.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Stage { $($(#[$doc])* $name,)+ }

        impl Stage {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable word for it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

stages! {
    /// To be looked at, or under way.
    Pending = "pending",
    /// XPM holds it as it should be.
    Pushed = "pushed",
    /// It cannot be sent as it is.
    Held = "held",
    /// XPM refused it for good.
    Rejected = "rejected",
    /// XPM did not say whether it took it.
    Unknown = "unknown",
    /// XPM holds several that could be it.
    Ambiguous = "ambiguous",
    /// It is gone on both sides.
    Deleted = "deleted",
}

/// Where an entry stands, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    /// Where.
    pub stage: Stage,
    /// Why it is not in XPM, or not as it should be.
    pub reason: Option<Reason>,
}

/// What is known of an entry without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which entry.
    pub id: EntryId,
    /// When the work was done.
    pub when: When,
    /// Where it stands.
    pub standing: Standing,
    /// How long the work took.
    pub seconds: u32,
    /// The minutes that XPM holds for it, as far as it told us.
    pub booked: Option<i64>,
}

impl Standing {
    /// Where an entry stands. What has come to rest and was changed since is pending again.
    pub fn of(record: &EntryRecord) -> Self {
        let again = match &record.push.state {
            State::Held { again, .. } => *again,
            State::Planned { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Ambiguous { .. }
            | State::Confirmed
            | State::Rejected { .. }
            | State::Deleted => None,
        };
        let waits = record.look_at.is_some() && record.look_at != again;
        let stale = record.push.pushed_version != Some(record.entry.version);
        let (stage, reason) = match &record.push.state {
            State::Planned { .. } | State::Sending { .. } => (Stage::Pending, None),
            State::Held { .. } | State::Rejected { .. } if waits => (Stage::Pending, None),
            State::Confirmed if waits && (stale || record.entry.deleted) => (Stage::Pending, None),
            State::Deleted if waits && !record.entry.deleted => (Stage::Pending, None),
            State::Held { reason, .. } => (Stage::Held, Some(*reason)),
            State::Rejected { reason, .. } => (Stage::Rejected, Some(*reason)),
            State::Unknown { .. } => (Stage::Unknown, Some(Reason::Uncertain)),
            State::Ambiguous { .. } => (Stage::Ambiguous, Some(Reason::SeveralInXpm)),
            State::Confirmed => (Stage::Pushed, None),
            State::Deleted => (Stage::Deleted, None),
        };
        Self { stage, reason }
    }
}

impl Line {
    /// What is known of an entry.
    pub fn of(record: &EntryRecord) -> Self {
        let entry = &record.entry.value;
        Self {
            id: entry.id.clone(),
            when: entry.when.clone(),
            standing: Standing::of(record),
            seconds: entry.seconds,
            booked: record.push.known.as_ref().map(|it| it.sheet.minutes),
        }
    }
}

/// Everything that a person might be told of an entry: why it is where it is, and what a comparison
/// with XPM found.
pub fn causes(record: &EntryRecord) -> Vec<Reason> {
    let standing = Standing::of(record);
    let mut causes: Vec<Reason> = standing.reason.into_iter().collect();
    causes.extend(record.drift.as_ref().map(|_| Reason::ChangedInXpm));
    causes.extend((!record.extra.is_empty()).then_some(Reason::DuplicateInXpm));
    causes.extend(billable_mismatch(record).then_some(Reason::BillableMismatch));
    causes.sort_unstable();
    causes.dedup();
    causes
}

/// Whether XPM bills what the practice app would not, or the other way round (XB-84).
pub fn billable_mismatch(record: &EntryRecord) -> bool {
    let ours = record.entry.value.billable.filter(|_| !record.entry.deleted);
    let theirs = record.push.known.as_ref().and_then(|it| it.billable);
    ours.zip(theirs).is_some_and(|(ours, theirs)| ours != theirs)
}

/// What an entry is found by: task, person, day and causes.
pub(super) fn pointers(record: &EntryRecord) -> Vec<Pointer> {
    let entry = &record.entry.value;
    let by = |prefix: String| Pointer::bare(Kind::EntryOf, format!("{prefix}#{}", entry.id));
    let mut pointers: Vec<Pointer> =
        entry.task_id.iter().map(|it| by(format!("task:{it}"))).collect();
    if record.is_tombstone() {
        return pointers;
    }
    pointers.push(by(format!("user:{}", entry.user_id)));
    let day = filed_day(&entry.when);
    pointers
        .push(Pointer::bare(Kind::EntryOn, format!("user:{}#{day}#{}", entry.user_id, entry.id)));
    pointers.push(Pointer {
        kind: Kind::EntryOn,
        id: format!("day#{day}#{}", entry.id),
        body: serde_json::to_value(Line::of(record)).unwrap_or_default(),
    });
    pointers.extend(
        causes(record)
            .into_iter()
            .map(|it| issues::pointer(it, "time_entry", entry.id.as_str(), record.received_at)),
    );
    pointers
}

/// The day under which an entry is filed: its own, or that of its beginning in UTC. The firm's day is
/// at most one away, whatever its zone, and does not move the entry when the zone is changed.
fn filed_day(when: &When) -> Date {
    match when {
        When::Day { date } => *date,
        When::Span { started_at, .. } => utc(*started_at),
    }
}

fn utc(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
