//! Every setting as a field of a form, with what follows from it in a sentence.

use domain::invalid::Invalid;
use serde_json::{Map, Value, json};

use crate::console::page::Posted;
use crate::console::shown::{Choice, Faults};

/// A setting.
pub(super) struct Field {
    /// Where it stands in the settings, as a JSON pointer; the name of its field.
    pub(super) place: &'static str,
    label: &'static str,
    kind: Kind,
    hint: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    /// A text that may be left out.
    Text,
    /// A text that is there, even if empty.
    Prefix,
    /// A whole number.
    Number,
    /// On or off.
    Switch,
    /// A text on each line.
    Lines,
    /// On each line a code, `=` and a name.
    States,
    /// One of these.
    One(&'static [(&'static str, &'static str)]),
}

/// Fields that belong together, ready to be shown.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) fields: Vec<Shown>,
}

/// A field, ready to be shown.
pub(super) struct Shown {
    pub(super) place: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// What the control is: `text`, `number`, `switch`, `lines` or `one`.
    pub(super) control: &'static str,
    pub(super) value: String,
    pub(super) choices: Vec<Choice>,
    pub(super) error: String,
}

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

const GROUPS: &[(&str, &[Field])] = &[
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

/// Every field, with what each holds and what is wrong with it.
pub(super) fn groups(value: impl Fn(&Field) -> String, wrong: &[Invalid]) -> Vec<Group> {
    let faults = Faults(wrong.to_vec());
    let ready = |it: &Field| {
        let value = value(it);
        let (control, choices) = match it.kind {
            Kind::Text | Kind::Prefix => ("text", Vec::new()),
            Kind::Number => ("number", Vec::new()),
            Kind::Switch => ("switch", Vec::new()),
            Kind::Lines | Kind::States => ("lines", Vec::new()),
            Kind::One(all) => {
                ("one", all.iter().map(|(key, text)| Choice::of(*key, *text, &value)).collect())
            }
        };
        let Field { place, label, hint, .. } = *it;
        Shown { place, label, hint, control, value, choices, error: faults.at(place) }
    };
    let group = |(title, fields): &(&'static str, &'static [Field])| Group {
        title,
        fields: fields.iter().map(ready).collect(),
    };
    GROUPS.iter().map(group).collect()
}

/// What a field holds of the settings as they are.
pub(super) fn shown(settings: &Value, field: &Field) -> String {
    let value = settings.pointer(field.place).unwrap_or(&Value::Null);
    let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let lines = |line: &dyn Fn(&Value) -> String| {
        let all = value.as_array().into_iter().flatten();
        all.map(line).collect::<Vec<_>>().join("\n")
    };
    match field.kind {
        Kind::Lines => lines(&text),
        Kind::States => lines(&|it| format!("{} = {}", text(&it["code"]), text(&it["name"]))),
        Kind::Switch => if value == true { "on" } else { "" }.to_owned(),
        _ if value.is_null() => String::new(),
        Kind::Text | Kind::Prefix | Kind::Number | Kind::One(_) => text(value),
    }
}

/// The settings that the form says, and what of it cannot be read.
pub(super) fn sent(posted: &Posted) -> (Value, Vec<Invalid>) {
    let mut wrong = Vec::new();
    let mut settings = Value::Object(Map::new());
    for it in GROUPS.iter().flat_map(|(_, fields)| fields.iter()) {
        let typed = posted.get(it.place);
        let lines = || typed.lines().map(str::trim).filter(|it| !it.is_empty());
        let value = match it.kind {
            Kind::Text | Kind::One(_) if typed.is_empty() => continue,
            Kind::Text | Kind::Prefix | Kind::One(_) => json!(typed),
            Kind::Switch => json!(!typed.is_empty()),
            Kind::Lines => json!(lines().collect::<Vec<_>>()),
            Kind::States => lines().map(state).collect(),
            Kind::Number => match typed.parse::<u32>() {
                Ok(number) => json!(number),
                Err(_) => {
                    wrong.push(Invalid::new(it.place, "no_number", "a whole number is expected"));
                    continue;
                }
            },
        };
        put(&mut settings, it.place, value);
    }
    (settings, wrong)
}

fn state(line: &str) -> Value {
    let (code, name) = line.split_once('=').unwrap_or((line, line));
    json!({"code": code.trim(), "name": name.trim()})
}

/// Puts a value in its place, with the objects that lead there.
fn put(settings: &mut Value, place: &str, value: Value) {
    let mut at = settings;
    for part in place.split('/').skip(1) {
        let Value::Object(fields) = at else { return };
        at = fields.entry(part).or_insert_with(|| Value::Object(Map::new()));
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use contract::settings::SettingsBody;
    use domain::firm::{JobState, Settings};

    use super::*;

    /// KB-03: no setting is missing in the console, and the form as it is shown says the same again.
    #[test]
    fn kb_03_the_form_as_it_is_shown_says_every_setting_again() {
        let mut settings = Settings { region: Some("NZ".into()), ..Settings::default() };
        settings.time_zone = Some("Pacific/Auckland".into());
        settings.contact_sync.assign_contact_type = Some("Client".into());
        settings.time.note_marker = true;
        settings.jobs.states = vec![JobState { code: "DONE".into(), name: "All done".into() }];
        let now = serde_json::to_value(SettingsBody::from(settings)).unwrap();
        let fields = GROUPS.iter().flat_map(|(_, fields)| fields.iter());
        let typed = fields.map(|it| (it.place.to_owned(), shown(&now, it))).collect();
        assert_eq!(sent(&Posted::new(typed)), (now, vec![]));
    }
}
