//! Both sides of a match, field by field, with what differs marked.

use std::collections::HashMap;

use contract::conflicts::{in_app, in_xpm};
use contract::matches::{MatchOrigin, MatchWord};
use domain::contacts::book::ContactRecord;
use domain::contacts::client::kind_of;
use domain::contacts::contact::{Contact, ContactKind};
use domain::contacts::fields::Field;
use domain::contacts::matches::{Match, MatchState, XpmKind};
use domain::firm::Firm;
use domain::ids::FirmId;
use domain::ports::{Down, Store};
use domain::records;

use super::shown::{Badge, Tone};

/// One field of an XPM record, and of the contacts beside it.
pub(super) struct Row {
    /// Its name for people.
    pub(super) name: &'static str,
    /// What XPM says.
    pub(super) xpm: Vec<String>,
    /// What each contact says.
    pub(super) others: Vec<Cell>,
}

/// What one contact says of a field.
pub(super) struct Cell {
    /// Whose it is.
    pub(super) whose: String,
    /// Its values.
    pub(super) lines: Vec<String>,
    /// How it stands to XPM's; nothing where that is of no weight.
    pub(super) mark: Option<Badge>,
}

/// The contacts of these ids, as far as there are any that are not gone.
pub(super) async fn contacts(
    store: &impl Store,
    firm: &FirmId,
    mut ids: Vec<String>,
) -> Result<HashMap<String, Contact>, Down> {
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = records::get_many::<ContactRecord>(store, firm, &ids).await?;
    let there = found.into_iter().map(|it| it.record.contact).filter(|it| !it.deleted);
    Ok(there.map(|it| (it.value.id.to_string(), it.value)).collect())
}

/// The fields in which either side says something.
pub(super) fn rows(it: &Match, contacts: &[&Contact], firm: &Firm) -> Vec<Row> {
    let mut rows = vec![kinds(it, contacts, firm)];
    for field in Field::ALL {
        let row = Row {
            name: label(field),
            xpm: in_xpm(field, &it.xpm.fields),
            others: contacts.iter().map(|contact| cell(field, it, contact)).collect(),
        };
        rows.push(row);
    }
    rows.push(numbers(it, contacts));
    rows.retain(|it| !it.xpm.is_empty() || it.others.iter().any(|it| !it.lines.is_empty()));
    rows
}

/// A field's name for people.
pub(super) fn label(field: Field) -> &'static str {
    match field {
        Field::Name => "Name",
        Field::Email => "E-mail",
        Field::Phones => "Phone",
        Field::PhysicalAddress => "Physical address",
        Field::MailingAddress => "Mailing address",
    }
}

fn cell(field: Field, it: &Match, contact: &Contact) -> Cell {
    let (xpm, app) = (field.in_xpm(&it.xpm.fields, contact.kind), field.in_app(contact));
    let same = xpm == app || field == Field::Name && field.agrees(contact, &it.xpm.fields);
    let mark = mark(xpm.is_empty(), app.is_empty(), same);
    Cell { whose: contact.name.clone(), lines: in_app(field, contact), mark }
}

fn kinds(it: &Match, contacts: &[&Contact], firm: &Firm) -> Row {
    let structure = it.xpm.business_structure.as_deref();
    let expected = match it.xpm.kind {
        XpmKind::Client => kind_of(structure, &firm.settings.contact_sync),
        XpmKind::Contact => ContactKind::Person,
    };
    let cell = |it: &&Contact| Cell {
        whose: it.name.clone(),
        lines: vec![kind(it.kind).into()],
        mark: mark(false, false, it.kind == expected),
    };
    Row { name: "Kind", xpm: vec![what(it)], others: contacts.iter().map(cell).collect() }
}

fn numbers(it: &Match, contacts: &[&Contact]) -> Row {
    let bare = |it: &str| -> String {
        it.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    let xpm: Vec<String> = it.xpm.business_number.clone().into_iter().collect();
    let theirs = bare(&xpm.concat());
    let cell = |it: &&Contact| {
        let lines: Vec<String> = it.business_number.clone().into_iter().collect();
        let ours = bare(&lines.concat());
        let mark = mark(theirs.is_empty(), ours.is_empty(), theirs == ours);
        Cell { whose: it.name.clone(), lines, mark }
    };
    let others = contacts.iter().map(cell).collect();
    Row { name: "Business number", xpm, others }
}

fn mark(no_xpm: bool, no_app: bool, same: bool) -> Option<Badge> {
    match (no_xpm, no_app) {
        (true, true) => None,
        (true, false) => Some(Badge { tone: Tone::Wait, text: "not in XPM" }),
        (false, true) => Some(Badge { tone: Tone::Wait, text: "only in XPM" }),
        (false, false) if same => Some(Badge { tone: Tone::Good, text: "same" }),
        (false, false) => Some(Badge { tone: Tone::Bad, text: "differs" }),
    }
}

/// What an XPM record is, for people.
pub(super) fn what(it: &Match) -> String {
    let structure = it.xpm.business_structure.as_deref().map(str::trim).filter(|it| !it.is_empty());
    match (it.xpm.kind, structure) {
        (XpmKind::Client, Some(structure)) => format!("Client, {structure}"),
        (XpmKind::Client, None) => "Client".into(),
        (XpmKind::Contact, _) => "Contact of a client".into(),
    }
}

/// What a contact is, for people.
pub(super) fn kind(it: ContactKind) -> &'static str {
    match it {
        ContactKind::Organisation => "Organisation",
        ContactKind::Person => "Person",
    }
}

/// How a match stands, for people.
pub(super) fn badge(it: MatchState) -> Badge {
    let (tone, text) = match MatchWord::from(it) {
        MatchWord::Matched => (Tone::Good, "Matched"),
        MatchWord::Partial => (Tone::Bad, "Partial match"),
        MatchWord::Unmatched => (Tone::Wait, "Unmatched"),
        MatchWord::Removed => (Tone::Plain, "Match removed"),
    };
    Badge { tone, text }
}

/// How a match came about, for people.
pub(super) fn origin(it: MatchOrigin) -> &'static str {
    match it {
        MatchOrigin::Auto => "by rule",
        MatchOrigin::Manual => "by a person",
        MatchOrigin::Created => "contact made from XPM",
    }
}
