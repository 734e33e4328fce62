//! Every setting as a field of a form, with what follows from it in a sentence.

mod list;

use domain::invalid::Invalid;
use serde_json::{Map, Value, json};

use crate::console::page::Posted;
use crate::console::shown::{Choice, Faults};
use list::GROUPS;

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
