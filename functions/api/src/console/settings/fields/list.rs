//! The settings themselves.

use super::{Field, Kind};

const REGIONS: &[(&str, &str)] = &[
    ("", "Choose a country"),
    ("AU", "Australia"),
    ("NZ", "New Zealand"),
    ("ZA", "South Africa"),
    ("GB", "United Kingdom"),
    ("CA", "Canada"),
    ("US", "United States"),
];
const POLICIES: &[(&str, &str)] =
    &[("ask", "A person decides"), ("xpm", "XPM wins"), ("app", "The practice app wins")];

const fn field(place: &'static str, label: &'static str, kind: Kind, hint: &'static str) -> Field {
    Field { place, label, kind, hint }
}

/// All settings, as they belong together.
pub(super) const GROUPS: &[(&str, &[Field])] = &[
    (
        "The firm",
        &[
            field(
                "/region",
                "Country",
                Kind::One(REGIONS),
                "XPM can be connected from these countries only.",
            ),
            field(
                "/time_zone",
                "Time zone",
                Kind::Text,
                "Where the firm’s days begin, such as Australia/Sydney. Time is booked on these days.",
            ),
        ],
    ),
    (
        "Contacts",
        &[
            field(
                "/contact_types",
                "Contact types",
                Kind::Lines,
                "The practice app’s own types, one on each line.",
            ),
            field(
                "/contact_sync/scope",
                "What is synchronised",
                Kind::One(&[
                    ("clients_and_contacts", "Clients and their contacts"),
                    ("clients_only", "Clients only"),
                ]),
                "Without their contacts, only the clients themselves come over.",
            ),
            field(
                "/contact_sync/create_in_practice",
                "Clients without a counterpart",
                Kind::One(&[("auto", "Are created as contacts"), ("ask", "Wait for a person")]),
                "Those that wait are listed for review.",
            ),
            field(
                "/contact_sync/assign_contact_type",
                "Type of what a sync creates",
                Kind::Text,
                "One of the contact types; left empty, none is given.",
            ),
            field(
                "/contact_sync/push_contact_types",
                "Types that go to XPM",
                Kind::Lines,
                "Contacts of these types are created and kept up to date in XPM; of none, nothing goes there.",
            ),
            field(
                "/contact_sync/person_structures",
                "Structures that are people",
                Kind::Lines,
                "A client of one of these business structures is a person, all others are organisations.",
            ),
            field(
                "/contact_sync/interval_minutes",
                "Minutes between syncs",
                Kind::Number,
                "5 to 44640. Each sync takes calls from the day’s budget.",
            ),
            field(
                "/contact_sync/blank_overwrites",
                "An emptied field empties the other side",
                Kind::Switch,
                "When off, a value is never lost because one side was emptied.",
            ),
        ],
    ),
    (
        "When both sides changed",
        &[
            field(
                "/contact_sync/conflict/name",
                "Name",
                Kind::One(POLICIES),
                "Where a person decides, the contact waits with both values shown.",
            ),
            field(
                "/contact_sync/conflict/email",
                "E-mail",
                Kind::One(POLICIES),
                "The same for its e-mail address.",
            ),
            field(
                "/contact_sync/conflict/phones",
                "Phone numbers",
                Kind::One(POLICIES),
                "The same for all its numbers.",
            ),
            field(
                "/contact_sync/conflict/physical_address",
                "Address",
                Kind::One(POLICIES),
                "The same for where it is.",
            ),
            field(
                "/contact_sync/conflict/mailing_address",
                "Postal address",
                Kind::One(POLICIES),
                "The same for where post goes.",
            ),
        ],
    ),
    (
        "Linking",
        &[
            field(
                "/auto_link/enabled",
                "Link tasks without a person",
                Kind::Switch,
                "When off, every task waits until somebody links it.",
            ),
            field(
                "/auto_link/year_starts",
                "The firm’s year begins",
                Kind::Text,
                "Month and day, such as 07-01. Tells to which year a task belongs.",
            ),
            field(
                "/auto_link/names",
                "Periods in the names of tasks",
                Kind::One(&[
                    ("off", "Are not read"),
                    ("months", "Are months"),
                    ("quarter_start", "Are quarters by their first month"),
                    ("quarter_end", "Are quarters by their last month"),
                ]),
                "By them a task finds the job of its own period.",
            ),
        ],
    ),
    (
        "Time",
        &[
            field(
                "/time/rounding/mode",
                "Rounding",
                Kind::One(&[("nearest", "To the nearest"), ("up", "Up"), ("down", "Down")]),
                "Holds for what is pushed from now on.",
            ),
            field(
                "/time/rounding/unit_minutes",
                "To multiples of minutes",
                Kind::Number,
                "1 to 60.",
            ),
            field(
                "/time/late_link",
                "Time from before its task was linked",
                Kind::One(&[
                    ("hold", "Is held until somebody releases it"),
                    ("release", "Is pushed"),
                    ("ask", "Is held, and the firm is asked"),
                ]),
                "Such time may be in XPM already, typed by hand.",
            ),
            field(
                "/time/deleted",
                "An entry deleted in the practice app",
                Kind::One(&[("delete", "Is deleted in XPM"), ("ask", "Waits for a person")]),
                "Time that was invoiced is never deleted.",
            ),
            field(
                "/time/note_marker",
                "A mark at the end of notes",
                Kind::Switch,
                "An entry is known again by it in XPM; it reaches the firm’s invoices.",
            ),
            field(
                "/time/assign_staff",
                "Put people on the tasks they work on",
                Kind::Switch,
                "When off, time that XPM refuses because its person is not on the job waits.",
            ),
        ],
    ),
    (
        "Jobs",
        &[
            field(
                "/jobs/enabled",
                "Create jobs when documents go out",
                Kind::Switch,
                "When off, nothing is created and no draft can be made.",
            ),
            field(
                "/jobs/template_prefix",
                "Templates that begin with",
                Kind::Prefix,
                "Only these are offered; left empty, all of them.",
            ),
            field(
                "/jobs/states",
                "Job states",
                Kind::States,
                "One on each line: the code, =, and the name as XPM shows it. XPM does not list them itself.",
            ),
        ],
    ),
    (
        "Calls to XPM",
        &[
            field(
                "/budget/per_minute",
                "In a minute",
                Kind::Number,
                "1 to 60. Lower, if other apps use the same organisation.",
            ),
            field("/budget/per_day", "In a day", Kind::Number, "1 to 5000."),
            field("/budget/concurrent", "At once", Kind::Number, "1 to 5."),
            field(
                "/budget/reserved_per_day",
                "Of a day’s, kept for time and people",
                Kind::Number,
                "Syncs and jobs leave these alone; no more than a day has.",
            ),
        ],
    ),
];
