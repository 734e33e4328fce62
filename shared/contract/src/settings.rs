//! A firm's settings.

mod read;
mod show;

pub use read::read_settings;

use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::object::{object, objects};

/// What a firm has chosen. A `PUT` replaces the whole; what is left out takes its usual value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Settings)]
pub struct SettingsBody {
    /// ISO 3166 code of the country: AU, NZ, ZA, GB, CA or US.
    #[schema(example = "AU")]
    pub region: Option<String>,
    /// IANA name of the zone in which the firm's days begin.
    #[schema(example = "Australia/Sydney")]
    pub time_zone: Option<String>,
    /// The practice app's contact types.
    #[schema(max_items = 100)]
    pub contact_types: Vec<String>,
    /// How contacts are synchronised.
    #[serde(deserialize_with = "object")]
    pub contact_sync: ContactSyncBody,
    /// How tasks are linked.
    #[serde(deserialize_with = "object")]
    pub auto_link: AutoLinkBody,
    /// How time is pushed.
    #[serde(deserialize_with = "object")]
    pub time: TimeBody,
    /// How jobs are created.
    #[serde(deserialize_with = "object")]
    pub jobs: JobsBody,
    /// How many calls may be made to XPM.
    #[serde(deserialize_with = "object")]
    pub budget: LimitsBody,
}

/// How contacts are synchronised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ContactSyncSettings)]
pub struct ContactSyncBody {
    /// Whether the contacts of clients come too.
    #[schema(value_type = ScopeWord)]
    pub scope: String,
    /// The type given to contacts that a sync creates; one of `contact_types`.
    pub assign_contact_type: Option<String>,
    /// The types pushed to XPM; of `contact_types`. None means that nothing is pushed.
    #[schema(max_items = 100)]
    pub push_contact_types: Vec<String>,
    /// The business structures that make a client a person.
    #[schema(max_items = 100)]
    pub person_structures: Vec<String>,
    /// Whether contacts without a counterpart are created or listed for review.
    #[schema(value_type = CreateWord)]
    pub create_in_practice: String,
    /// Who wins when both sides changed a field.
    #[serde(deserialize_with = "object")]
    pub conflict: ConflictsBody,
    /// Whether an emptied field empties the other side's.
    pub blank_overwrites: bool,
    /// How often clients are read.
    #[schema(value_type = u32, minimum = 5, maximum = 44640)]
    pub interval_minutes: Number,
}

/// Who wins when both sides changed a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ConflictSettings)]
pub struct ConflictsBody {
    /// The name.
    #[schema(value_type = PolicyWord)]
    pub name: String,
    /// The e-mail address.
    #[schema(value_type = PolicyWord)]
    pub email: String,
    /// The phone numbers.
    #[schema(value_type = PolicyWord)]
    pub phones: String,
    /// Where the contact is.
    #[schema(value_type = PolicyWord)]
    pub physical_address: String,
    /// Where post goes.
    #[schema(value_type = PolicyWord)]
    pub mailing_address: String,
}

/// How tasks are linked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AutoLinkSettings)]
pub struct AutoLinkBody {
    /// Whether tasks are linked without a person.
    pub enabled: bool,
    /// The month and day on which the firm's year begins.
    #[schema(pattern = "^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$", example = "07-01")]
    pub year_starts: String,
    /// How the names of tasks speak of months and quarters: one convention for all of them.
    #[schema(value_type = NamesWord)]
    pub names: String,
}

/// How time is pushed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TimeSettings)]
pub struct TimeBody {
    /// How seconds become minutes.
    #[serde(deserialize_with = "object")]
    pub rounding: RoundingBody,
    /// What happens to time recorded before its task was linked.
    #[schema(value_type = LateLinkWord)]
    pub late_link: String,
    /// What happens in XPM to an entry deleted in the practice app.
    #[schema(value_type = DeletedWord)]
    pub deleted: String,
    /// Whether notes end in a marker, such as `[ref:ABCDEFGHIJKLMN27]`, by which an entry is known again
    /// in XPM. It reaches the firm's invoices. Entries booked before are not touched by switching it.
    pub note_marker: bool,
    /// Whether someone whose time XPM refuses, because they are not on the job's task, is put on it.
    pub assign_staff: bool,
}

/// How seconds become minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = RoundingSettings)]
pub struct RoundingBody {
    /// In which direction.
    #[schema(value_type = RoundingWord)]
    pub mode: String,
    /// To multiples of so many minutes.
    #[schema(value_type = u32, minimum = 1, maximum = 60)]
    pub unit_minutes: Number,
}

/// How jobs are created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = JobSettings)]
pub struct JobsBody {
    /// Whether they are.
    pub enabled: bool,
    /// Who switched it on, as the audit trail names actors; what is sent here is ignored.
    #[schema(read_only, example = "key:3f2a")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_by: Option<String>,
    /// When it was switched on; what is sent here is ignored.
    #[schema(read_only, value_type = Option<String>, format = "date-time")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<String>,
    /// Only templates whose name begins so are offered.
    #[schema(max_length = 255)]
    pub template_prefix: String,
    /// The firm's job states: XPM takes codes and shows names.
    #[schema(max_items = 100)]
    #[serde(deserialize_with = "objects")]
    pub states: Vec<JobStateBody>,
}

/// A job state of the firm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobStateSetting)]
pub struct JobStateBody {
    /// The code, for writing.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S", example = "INPROGRESS")]
    pub code: String,
    /// The name, as read.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S", example = "In Progress")]
    pub name: String,
}

/// How many calls may be made to XPM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = BudgetSettings)]
pub struct LimitsBody {
    /// In any minute.
    #[schema(value_type = u32, minimum = 1, maximum = 60)]
    pub per_minute: Number,
    /// In a day.
    #[schema(value_type = u32, minimum = 1, maximum = 5000)]
    pub per_day: Number,
    /// At once.
    #[schema(value_type = u32, minimum = 1, maximum = 5)]
    pub concurrent: Number,
    /// Of the day's calls, kept for time and for people; at most `per_day`.
    #[schema(value_type = u32, minimum = 0, maximum = 5000)]
    pub reserved_per_day: Number,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $domain:ident { $($(#[$word_doc:meta])* $word:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = $domain)]
        pub enum $name { $($(#[$word_doc])* $word),+ }
    )+};
}

words! {
    /// Whether the contacts of clients are synchronised.
    ScopeWord: Scope {
        /// No.
        ClientsOnly,
        /// Yes.
        ClientsAndContacts,
    }
    /// What happens to a client without a counterpart.
    CreateWord: CreateInPractice {
        /// A contact is created.
        Auto,
        /// A person decides.
        Ask,
    }
    /// Who wins when both sides changed.
    PolicyWord: ConflictPolicy {
        /// XPM.
        Xpm,
        /// The practice app.
        App,
        /// A person decides.
        Ask,
    }
    /// How the names of tasks speak of months and quarters.
    NamesWord: TaskNames {
        /// They do not.
        Off,
        /// Of months: "BAS - Feb" belongs to a job that starts in February.
        Months,
        /// Of months, and of quarters by the month in which they start: "BAS - Quarter Apr".
        QuarterStart,
        /// Of months, and of quarters by the month in which they end: "BAS - Quarter Jun".
        QuarterEnd,
    }
    /// What happens to time recorded before its task was linked.
    LateLinkWord: LateLink {
        /// It is held until someone releases it.
        Hold,
        /// It is pushed.
        Release,
        /// It is held, and the firm is asked.
        Ask,
    }
    /// What happens in XPM to an entry deleted in the practice app.
    DeletedWord: DeletedEntries {
        /// It is deleted.
        Delete,
        /// A person decides.
        Ask,
    }
    /// The direction of rounding.
    RoundingWord: RoundingMode {
        /// To the nearest; a half goes up.
        Nearest,
        /// Up.
        Up,
        /// Down.
        Down,
    }
}

#[cfg(test)]
mod tests;
