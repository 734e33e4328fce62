//! What a firm has chosen, and what holds until it chooses (api.md, Settings).

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::served_region;
use crate::linking::period::Names;
use crate::linking::year::YearStart;

/// What a firm has chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// ISO 3166 code of the country.
    pub region: Option<String>,
    /// IANA name of the zone in which the firm's days begin.
    pub time_zone: Option<String>,
    /// The practice app's contact types.
    pub contact_types: Vec<String>,
    /// How contacts are synchronised.
    pub contact_sync: ContactSync,
    /// How tasks are linked.
    pub auto_link: AutoLink,
    /// How time is pushed.
    pub time: Time,
    /// How jobs are created.
    pub jobs: Jobs,
    /// How many calls may be made.
    pub budget: Limits,
}

/// How contacts are synchronised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContactSync {
    /// Whether the contacts of clients come too.
    pub scope: Scope,
    /// The type given to contacts created by a sync.
    pub assign_contact_type: Option<String>,
    /// The types pushed to XPM; none means that nothing is pushed.
    pub push_contact_types: Vec<String>,
    /// The names of business structures that make a client a person.
    pub person_structures: Vec<String>,
    /// Whether contacts without a counterpart are created or listed for review.
    pub create_in_practice: Create,
    /// Who wins when both sides changed a field.
    pub conflict: Conflicts,
    /// Whether an emptied field empties the other side's.
    pub blank_overwrites: bool,
    /// How often clients are read.
    pub interval_minutes: u32,
}

/// Whether the contacts of clients are synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// No.
    ClientsOnly,
    /// Yes.
    ClientsAndContacts,
}

/// What happens to a client without a counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Create {
    /// A contact is created.
    Auto,
    /// A person decides.
    Ask,
}

/// Who wins when both sides changed a field, by field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conflicts {
    /// The name.
    pub name: Policy,
    /// The e-mail address.
    pub email: Policy,
    /// The phone numbers.
    pub phones: Policy,
    /// Where the contact is.
    pub physical_address: Policy,
    /// Where post goes.
    pub mailing_address: Policy,
}

/// Who wins when both sides changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// XPM.
    Xpm,
    /// The practice app.
    App,
    /// A person decides; both values are kept.
    #[default]
    Ask,
}

/// How tasks are linked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AutoLink {
    /// Whether tasks are linked without a person.
    pub enabled: bool,
    /// The day on which the firm's year begins.
    pub year_starts: YearStart,
    /// How the names of tasks speak of months and quarters.
    pub names: Names,
}

/// How time is pushed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Time {
    /// How seconds become minutes.
    pub rounding: Rounding,
    /// What happens to time recorded before its task was linked.
    pub late_link: LateLink,
    /// What happens in XPM to an entry deleted in the practice app.
    pub deleted: Deleted,
    /// Whether notes carry a marker by which an entry can be found again.
    pub note_marker: bool,
    /// Whether someone whose time XPM refuses, because they are not on the job's task, is put on it.
    pub assign_staff: bool,
}

/// How seconds become minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rounding {
    /// In which direction.
    pub mode: RoundingMode,
    /// To multiples of so many minutes.
    pub unit_minutes: u32,
}

/// The direction of rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// To the nearest; a half goes up.
    Nearest,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// What happens to time recorded before its task was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateLink {
    /// It is held until someone releases it.
    Hold,
    /// It is pushed.
    Release,
    /// It is held, and the firm is asked.
    Ask,
}

/// What happens in XPM to an entry deleted in the practice app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deleted {
    /// It is deleted.
    Delete,
    /// A person decides.
    Ask,
}

/// How jobs are created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// Whether they are.
    pub enabled: bool,
    /// Only templates whose name begins so are offered.
    pub template_prefix: String,
    /// The firm's job states: XPM takes codes and shows names (xpm-api 2.3.3).
    pub states: Vec<JobState>,
}

/// A job state of the firm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobState {
    /// The interface code, for writing.
    pub code: String,
    /// The name, as read.
    pub name: String,
}

/// How many calls may be made to XPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// In any 60 seconds.
    pub per_minute: u32,
    /// In a day.
    pub per_day: u32,
    /// At once.
    pub concurrent: u32,
    /// Of the day's calls, kept for time and for people.
    pub reserved_per_day: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            region: None,
            time_zone: None,
            contact_types: vec!["Client".into(), "Prospect".into()],
            contact_sync: ContactSync::default(),
            auto_link: AutoLink::default(),
            time: Time::default(),
            jobs: Jobs::default(),
            budget: Limits::default(),
        }
    }
}

impl Default for ContactSync {
    fn default() -> Self {
        Self {
            scope: Scope::ClientsAndContacts,
            assign_contact_type: None,
            push_contact_types: Vec::new(),
            person_structures: vec!["Individual".into(), "Sole Trader".into()],
            create_in_practice: Create::Auto,
            conflict: Conflicts::default(),
            blank_overwrites: false,
            interval_minutes: 15,
        }
    }
}

impl Default for Conflicts {
    fn default() -> Self {
        let ask = Policy::Ask;
        Self { name: ask, email: ask, phones: ask, physical_address: ask, mailing_address: ask }
    }
}

impl Default for AutoLink {
    fn default() -> Self {
        Self { enabled: true, year_starts: YearStart::CALENDAR, names: Names::Off }
    }
}

impl Default for Time {
    fn default() -> Self {
        Self {
            rounding: Rounding::default(),
            late_link: LateLink::Hold,
            deleted: Deleted::Delete,
            note_marker: false,
            assign_staff: false,
        }
    }
}

impl Default for Rounding {
    fn default() -> Self {
        Self { mode: RoundingMode::Nearest, unit_minutes: 1 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_minute: 60, per_day: 5000, concurrent: 5, reserved_per_day: 500 }
    }
}

impl Settings {
    /// The region's code as the list has it, if the region is served. `UK` is taken for `GB`.
    pub fn served_region(&self) -> Option<&'static str> {
        served_region(self.region.as_deref()?)
    }

    /// The firm's time zone, if it is set and known.
    pub fn zone(&self) -> Option<TimeZone> {
        TimeZone::get(self.time_zone.as_deref()?).ok()
    }
}
