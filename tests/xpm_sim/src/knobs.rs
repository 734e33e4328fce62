//! Everything about XPM that differs between practices, or that nobody knows
//! for certain, is a knob; the default is the stricter reading.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The switches of `PUT /_sim/knobs`; what a request leaves out stays as is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Names of the practices that the demo user may connect; the first holds
    /// the demo data.
    pub tenants: Vec<String>,
    /// The user's "Connect third-party add-ons"; off, no practice appears.
    pub third_party_addons: bool,
    /// One consent grants every practice instead of the chosen one.
    pub grant_all_tenants: bool,
    /// The consenting user left the practice: every call answers 403.
    pub user_left: bool,
    /// What is wrong with the ID tokens that are issued.
    pub id_token: IdToken,
    /// How long an authorisation code lives.
    pub code_seconds: i64,
    /// How long an access token lives.
    pub access_token_seconds: i64,
    /// How long the refresh token before the current one still works.
    pub refresh_grace_seconds: i64,
    /// How long an unused refresh token lives.
    pub refresh_idle_days: i64,
    /// What staff must be assigned to before time of theirs is accepted.
    pub staff_assignment: Assignment,
    /// Refuse time on a job whose state is not open.
    pub refuse_closed_jobs: bool,
    /// Refuse time on a completed job task.
    pub refuse_completed_tasks: bool,
    /// Refuse time before this date: a locked period.
    pub locked_before: Option<Date>,
    /// Refuse changes of invoiced time.
    pub freeze_invoiced: bool,
    /// Refuse time of no minutes.
    pub refuse_zero_minutes: bool,
    /// What the windows of `time.api` go by: the entry's date, or its creation.
    pub time_window: TimeWindow,
    /// An update leaves absent elements alone; off, it clears them.
    pub patch_updates: bool,
    /// `modifiedsince` includes the second it names.
    pub modifiedsince_inclusive: bool,
    /// A change of a contact counts as a change of its clients.
    pub contacts_touch_clients: bool,
    /// Tax numbers are read masked.
    pub mask_tax_numbers: bool,
    /// `staff.api/list` includes disabled staff.
    pub list_disabled_staff: bool,
    /// Notes have lost their folder.
    pub note_folder_null: bool,
    /// Elements come in reverse order.
    pub unordered_elements: bool,
    /// Answers start with an XML declaration.
    pub xml_declaration: bool,
    /// The envelope carries `api-method`.
    pub api_method: bool,
    /// JSON is available to those who ask for it strictly.
    pub json: bool,
    /// The HTTP status of a business error: 200, or what the withdrawn
    /// specification suggests (400, 404, 409).
    pub business_error_status: u16,
    /// `job.api/costs` is wrapped in `Response`; the documentation's sample is not.
    pub costs_in_envelope: bool,
    /// Milliseconds that every call to XPM takes.
    pub latency_ms: u64,
    /// What job numbers start with.
    pub job_number_prefix: String,
    /// The practice's job states; a new job gets the first.
    pub job_states: Vec<JobState>,
}

/// What is wrong with an ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdToken {
    /// Nothing.
    Right,
    /// It is for another app.
    WrongAudience,
    /// It is another service's.
    WrongIssuer,
    /// It is signed by a key that is not published, under the name of the one that is.
    WrongKey,
    /// It names a key that is not published.
    UnknownKey,
    /// It ended an hour ago.
    Expired,
    /// It begins in an hour.
    Early,
    /// It answers another request.
    WrongNonce,
    /// It is not signed, and says so.
    Unsigned,
}

/// What staff must be assigned to before time of theirs is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// Nothing.
    None,
    /// The job, or the job task.
    Job,
    /// The job task itself.
    Task,
}

/// What the windows of `time.api` go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeWindow {
    /// The entry's own date.
    Date,
    /// The day the entry was made.
    Created,
}

/// A job state as a practice defines it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobState {
    /// The interface code that is written.
    pub code: String,
    /// The name that is read.
    pub name: String,
    /// Whether such jobs are current and take time.
    pub open: bool,
}

impl JobState {
    fn new(code: &str, name: &str, open: bool) -> Self {
        Self { code: code.to_owned(), name: name.to_owned(), open }
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            tenants: vec![
                "Harbour & Vale Accountants".to_owned(),
                "Kurrajong Business Advisory".to_owned(),
            ],
            third_party_addons: true,
            grant_all_tenants: false,
            user_left: false,
            id_token: IdToken::Right,
            code_seconds: 300,
            access_token_seconds: 1800,
            refresh_grace_seconds: 1800,
            refresh_idle_days: 60,
            staff_assignment: Assignment::Task,
            refuse_closed_jobs: true,
            refuse_completed_tasks: true,
            locked_before: None,
            freeze_invoiced: true,
            refuse_zero_minutes: false,
            time_window: TimeWindow::Date,
            patch_updates: true,
            modifiedsince_inclusive: true,
            contacts_touch_clients: true,
            mask_tax_numbers: true,
            list_disabled_staff: true,
            note_folder_null: false,
            unordered_elements: false,
            xml_declaration: false,
            api_method: true,
            json: true,
            business_error_status: 200,
            costs_in_envelope: true,
            latency_ms: 0,
            job_number_prefix: "J".to_owned(),
            job_states: vec![
                JobState::new("PLANNED", "Planned", true),
                JobState::new("INPROGRESS", "In Progress", true),
                JobState::new("COMPLETED", "Completed", false),
                JobState::new("CANCELLED", "Cancelled", false),
            ],
        }
    }
}

impl Knobs {
    /// The state behind a code.
    pub(crate) fn state(&self, code: &str) -> Option<&JobState> {
        self.job_states.iter().find(|it| it.code == code)
    }

    /// The state of a new job.
    pub(crate) fn first_state(&self) -> String {
        self.job_states.first().map_or_else(|| "PLANNED".to_owned(), |it| it.code.clone())
    }

    /// Whether a job in this state is open.
    pub(crate) fn is_open(&self, code: &str) -> bool {
        self.state(code).is_none_or(|it| it.open)
    }
}
