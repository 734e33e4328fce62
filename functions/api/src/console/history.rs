//! What became of a record, as the journal tells it.

use contract::events::AuditView;
use domain::firm::Firm;
use domain::journal::{self, Subject};
use domain::ports::{Down, Store};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::shown::{Moment, Why};

/// How far back a page looks.
const LOOK: u64 = 50;
/// The most characters of a value that are shown.
const SHOWN: usize = 300;
/// What only we are concerned with.
const OURS: [&str; 8] =
    ["id", "base", "candidates", "xpm", "changed_in", "pushed_at", "tenant", "rejected"];

/// A change of a record.
pub(super) struct Told {
    pub(super) at: Moment,
    /// What happened.
    pub(super) what: String,
    /// Who or what did it.
    pub(super) by: String,
    pub(super) why: Option<Why>,
    pub(super) changes: Vec<Changed>,
}

/// A field that was changed.
pub(super) struct Changed {
    pub(super) field: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// What became of a record lately, the newest first.
pub(super) async fn of(
    store: &impl Store,
    firm: &Firm,
    subject: &Subject,
    version: u64,
    zone: &TimeZone,
) -> Result<Vec<Told>, Down> {
    let mut told = since(store, firm, subject, version.saturating_sub(LOOK), zone).await?;
    told.reverse();
    Ok(told)
}

/// What became of a record after this version, in its order.
pub(super) async fn since(
    store: &impl Store,
    firm: &Firm,
    subject: &Subject,
    version: u64,
    zone: &TimeZone,
) -> Result<Vec<Told>, Down> {
    let most = usize::try_from(LOOK).unwrap_or(usize::MAX);
    let entries = journal::since(store, &firm.id, subject, version, most).await?;
    let tell = |it| {
        let it = AuditView::of(&firm.id, it);
        Told {
            at: Moment::of(it.at, zone),
            what: words(it.kind),
            by: match (it.actor.by, &it.actor.id) {
                ("rule", _) => "Tandem, by its rules".into(),
                ("app", _) => "the practice app".into(),
                ("key", Some(id)) => format!("API key {id}"),
                (_, Some(id)) => id.clone(),
                (by, None) => by.into(),
            },
            why: it.reason.map(|it| Why { sentence: it.sentence, next: it.next_step }),
            changes: changes(it.before.as_ref(), it.after.as_ref()),
        }
    };
    Ok(entries.into_iter().map(tell).collect())
}

/// A word for programs as people read it.
pub(super) fn words(word: &str) -> String {
    let spaced = word.replace(['.', '_'], " ");
    let mut letters = spaced.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// A value as people read it.
pub(super) fn plain(it: &Value) -> String {
    let several = |all: Vec<String>, between: &str| {
        let all: Vec<String> = all.into_iter().filter(|it| !it.is_empty()).collect();
        all.join(between)
    };
    let text = match it {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(it) => it.to_string(),
        Value::String(it) => it.clone(),
        Value::Array(all) => several(all.iter().map(plain).collect(), ", "),
        Value::Object(all) => several(all.values().map(plain).collect(), " "),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Changed> {
    let none = Map::new();
    let fields = |it: Option<&Value>| it.and_then(Value::as_object).cloned();
    let (before, after) = (fields(before), fields(after));
    let (before, after) = (before.as_ref().unwrap_or(&none), after.as_ref().unwrap_or(&none));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|it| !OURS.contains(&it.as_str()));
    let text = |it: &Map<String, Value>, name: &str| it.get(name).map(plain).unwrap_or_default();
    let all = names.into_iter().map(|name| Changed {
        field: words(name),
        before: text(before, name),
        after: text(after, name),
    });
    all.filter(|it| it.before != it.after).collect()
}
