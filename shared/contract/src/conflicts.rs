//! Conflicts: fields that both sides changed, each with both values, for a person to decide.

use domain::contacts::book::ContactRecord;
use domain::contacts::client::Imported;
use domain::contacts::conflicts::Keep;
use domain::contacts::contact::{AddressLabel, Contact, PostalAddress};
use domain::contacts::fields::Field;
use domain::contacts::matches::Match;
use domain::ids::ContactId;
use domain::records::Kept;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;

/// A person's decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// Which field.
    #[schema(value_type = FieldWord, required)]
    #[serde(default)]
    field: Option<String>,
    /// Whose value stays.
    #[schema(value_type = KeepWord, required)]
    #[serde(default)]
    keep: Option<String>,
    /// The version of the match that was decided on.
    #[schema(value_type = u64, required, maximum = 9007199254740991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// A decision, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// Which field.
    pub field: Field,
    /// Whose value stays.
    pub keep: Keep,
    /// The version of the match that was decided on.
    pub version: u64,
}

/// A match with fields that both sides changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Conflicted)]
pub struct ConflictedView {
    /// The match's id, which is XPM's id of the record.
    pub id: String,
    /// The contact of the practice app.
    #[schema(value_type = Option<String>, required)]
    pub contact_id: Option<ContactId>,
    /// Its name in XPM.
    pub name: String,
    /// The fields.
    pub conflicts: Vec<ConflictView>,
    /// The version of the match; a decision on an older one is refused.
    pub version: u64,
}

/// A field that both sides changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Conflict)]
pub struct ConflictView {
    /// Which.
    pub field: FieldWord,
    /// What XPM says; several values of a list, one line each of an address.
    pub xpm: Vec<String>,
    /// What the practice app says.
    pub app: Vec<String>,
}

/// A field that is kept in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Field)]
pub enum FieldWord {
    /// The name.
    Name,
    /// The e-mail addresses.
    Email,
    /// The phone numbers.
    Phones,
    /// Where it is.
    PhysicalAddress,
    /// Where post goes.
    MailingAddress,
}

/// Whose value stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Keep)]
pub enum KeepWord {
    /// XPM's: it comes over.
    Xpm,
    /// The practice app's: it goes to XPM.
    App,
}

/// Reads a decision.
///
/// # Errors
/// It is not one.
pub fn read_resolve(body: Body<'_>) -> Result<Resolve, BodyError> {
    let body: ResolveBody = body.read()?;
    let mut check = Check::default();
    let fields = [
        ("name", Field::Name),
        ("email", Field::Email),
        ("phones", Field::Phones),
        ("physical_address", Field::PhysicalAddress),
        ("mailing_address", Field::MailingAddress),
    ];
    let field = check.required("/field", body.field);
    let field = field.and_then(|it| check.choice("/field", &it, &fields));
    let keep = check.required("/keep", body.keep);
    let words = [("xpm", Keep::Xpm), ("app", Keep::App)];
    let keep = keep.and_then(|it| check.choice("/keep", &it, &words));
    let version = check.required("/version", body.version);
    let version = check.version(version);
    let all = field.zip(keep).zip(version);
    check.finish(all.map(|((field, keep), version)| Resolve { field, keep, version }))
}

impl ConflictedView {
    /// A match, with its contact where we have it.
    pub fn of(kept: Kept<Match>, contact: Option<&ContactRecord>) -> Self {
        let Kept { record: it, version } = kept;
        let of = |field: &Field| ConflictView {
            field: (*field).into(),
            xpm: in_xpm(*field, &it.xpm.fields),
            app: contact.map(|it| in_app(*field, &it.contact.value)).unwrap_or_default(),
        };
        Self {
            id: it.xpm.uuid.to_string(),
            contact_id: it.contact.clone(),
            name: it.xpm.name.clone(),
            conflicts: it.conflicts.iter().map(of).collect(),
            version,
        }
    }
}

impl From<Field> for FieldWord {
    fn from(it: Field) -> Self {
        match it {
            Field::Name => Self::Name,
            Field::Email => Self::Email,
            Field::Phones => Self::Phones,
            Field::PhysicalAddress => Self::PhysicalAddress,
            Field::MailingAddress => Self::MailingAddress,
        }
    }
}

/// What XPM says of a field: several values of a list, one line each of an address.
pub fn in_xpm(field: Field, it: &Imported) -> Vec<String> {
    match field {
        Field::Name => vec![it.name.clone()],
        Field::Email => it.emails.clone(),
        Field::Phones => it.phones.iter().map(|it| it.number.clone()).collect(),
        Field::PhysicalAddress => it.physical.iter().flat_map(lines).collect(),
        Field::MailingAddress => it.mailing.iter().flat_map(lines).collect(),
    }
}

/// What a contact says of a field, in the same way.
pub fn in_app(field: Field, it: &Contact) -> Vec<String> {
    let address = |label| {
        let first = it.addresses.iter().find(|it| it.label == label);
        first.map(lines).unwrap_or_default()
    };
    match field {
        Field::Name => vec![it.name.clone()],
        Field::Email => it.emails.clone(),
        Field::Phones => it.phones.iter().map(|it| it.number.clone()).collect(),
        Field::PhysicalAddress => address(AddressLabel::Physical),
        Field::MailingAddress => address(AddressLabel::Mailing),
    }
}

fn lines(it: &PostalAddress) -> Vec<String> {
    let parts = [&it.city, &it.region, &it.postcode, &it.country];
    it.lines.iter().chain(parts.into_iter().flatten()).cloned().collect()
}
