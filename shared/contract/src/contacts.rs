//! Contacts: organisations and people of the practice app.

use domain::contacts::book::ContactRecord;
use domain::contacts::contact::{
    AddressLabel, Contact, ContactKind, Employment, Phone, PostalAddress,
};
use domain::ids::ContactId;
use domain::invalid::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError, Statement};
use crate::check::Check;
use crate::object::objects;

mod push;

pub use push::{ContactPushState, ContactPushView};

/// What the practice app says of a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    /// Organisation or person.
    #[schema(value_type = ContactWord, required)]
    #[serde(default)]
    kind: Option<String>,
    /// The display name; a person's may be left out where the parts are given.
    #[schema(max_length = 500)]
    #[serde(default)]
    name: Option<String>,
    /// Given names, of a person.
    #[schema(max_length = 255)]
    #[serde(default)]
    first_name: Option<String>,
    /// Family name, of a person.
    #[schema(max_length = 255)]
    #[serde(default)]
    last_name: Option<String>,
    /// E-mail addresses, the main one first.
    #[schema(max_items = 20)]
    #[serde(default)]
    emails: Vec<String>,
    /// Phone numbers, the main one first.
    #[schema(max_items = 20)]
    #[serde(default, deserialize_with = "objects")]
    phones: Vec<PhoneBody>,
    /// Addresses.
    #[schema(max_items = 20)]
    #[serde(default, deserialize_with = "objects")]
    addresses: Vec<AddressBody>,
    /// The app's own type.
    #[schema(max_length = 255, example = "Client")]
    #[serde(default)]
    contact_type: Option<String>,
    /// Where a person works.
    #[schema(max_items = 100)]
    #[serde(default, deserialize_with = "objects")]
    organisations: Vec<EmploymentBody>,
    /// ABN, NZBN or the like.
    #[schema(max_length = 255)]
    #[serde(default)]
    business_number: Option<String>,
    /// Put away by the app.
    #[serde(default)]
    archived: Option<bool>,
    /// The app's version of it: a lower one than the stored changes nothing.
    #[schema(value_type = Option<u64>, maximum = 9007199254740991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// A phone number.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Phone)]
pub struct PhoneBody {
    /// Which of the contact's phones, in the app's words.
    #[schema(max_length = 255, example = "Work")]
    #[serde(default)]
    pub label: String,
    /// The number, as typed.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S", example = "02 5550 1234")]
    pub number: String,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Address)]
pub struct AddressBody {
    /// What it is for.
    #[schema(value_type = AddressWord)]
    pub label: String,
    /// Street lines.
    #[schema(max_items = 20)]
    #[serde(default)]
    pub lines: Vec<String>,
    /// City or suburb.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub city: Option<String>,
    /// State or region.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub region: Option<String>,
    /// Post code.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub postcode: Option<String>,
    /// Country, as typed.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub country: Option<String>,
}

/// A person's place at an organisation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Employment)]
pub struct EmploymentBody {
    /// The organisation.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    pub id: String,
    /// Role there.
    #[schema(max_length = 255)]
    #[serde(default)]
    pub position: Option<String>,
}

/// What a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactKind)]
pub enum ContactWord {
    /// A company, trust, partnership or the like.
    Organisation,
    /// A human being.
    Person,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AddressLabel)]
pub enum AddressWord {
    /// Where the contact is.
    Physical,
    /// Where post goes.
    Mailing,
}

/// A contact as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: ContactId,
    /// Organisation or person.
    pub kind: ContactWord,
    /// The display name.
    pub name: String,
    /// Given names, of a person.
    #[schema(required)]
    pub first_name: Option<String>,
    /// Family name, of a person.
    #[schema(required)]
    pub last_name: Option<String>,
    /// E-mail addresses, the main one first.
    pub emails: Vec<String>,
    /// Phone numbers, the main one first.
    pub phones: Vec<PhoneBody>,
    /// Addresses.
    pub addresses: Vec<AddressBody>,
    /// The app's own type.
    #[schema(required)]
    pub contact_type: Option<String>,
    /// Where a person works.
    pub organisations: Vec<EmploymentBody>,
    /// ABN, NZBN or the like.
    #[schema(required)]
    pub business_number: Option<String>,
    /// Put away by the app.
    pub archived: bool,
    /// How it stands with XPM.
    pub push: ContactPushView,
    /// The version stored.
    pub version: u64,
    /// Whether the request was news; only in the answer to a `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applied: Option<bool>,
}

/// What is wrong with a statement that makes a matched contact one of another kind (KB-33).
pub fn kind_fixed() -> BodyError {
    let detail = "a contact that is matched with XPM keeps its kind";
    BodyError::Invalid(vec![Invalid::new("/kind", "kind_fixed", detail)])
}

/// Reads a contact.
pub fn read_contact(id: &str, body: Body<'_>) -> Result<Statement<Contact>, BodyError> {
    let body: ContactBody = body.read()?;
    let mut check = Check::default();
    let id = check.id("/id", id, ContactId::parse);
    let words = [("organisation", ContactKind::Organisation), ("person", ContactKind::Person)];
    let kind = check.required("/kind", body.kind);
    let kind = kind.and_then(|it| check.choice("/kind", &it, &words));
    let version = check.version(body.version);
    let mut addresses = Vec::new();
    for (n, it) in body.addresses.into_iter().enumerate() {
        addresses.push(address(&mut check, n, it));
    }
    let mut organisations = Vec::new();
    for (n, it) in body.organisations.into_iter().enumerate() {
        let place = format!("/organisations/{n}/id");
        let id = check.id(&place, it.id, ContactId::parse);
        organisations.extend(id.map(|id| Employment { id, position: it.position }));
    }
    let phones = body.phones.into_iter().map(|it| Phone { label: it.label, number: it.number });
    let value = id.zip(kind.or(Some(ContactKind::Organisation))).map(|(id, kind)| {
        let contact = Contact {
            id,
            kind,
            name: body.name.unwrap_or_default(),
            first_name: body.first_name,
            last_name: body.last_name,
            emails: body.emails,
            phones: phones.collect(),
            addresses,
            contact_type: body.contact_type,
            organisations,
            business_number: body.business_number,
            archived: body.archived.unwrap_or_default(),
        };
        contact.named()
    });
    check.also(value.iter().flat_map(Contact::check).collect());
    check.finish(value.map(|value| Statement { value, version }))
}

fn address(check: &mut Check, n: usize, it: AddressBody) -> PostalAddress {
    let words = [("physical", AddressLabel::Physical), ("mailing", AddressLabel::Mailing)];
    let label = check.choice(&format!("/addresses/{n}/label"), &it.label, &words);
    let AddressBody { lines, city, region, postcode, country, .. } = it;
    // A wrong label is noted; the rest is checked all the same.
    let label = label.unwrap_or(AddressLabel::Physical);
    PostalAddress { label, lines, city, region, postcode, country }
}

impl ContactView {
    /// A contact as it stands; `applied` in the answer to a `PUT`.
    pub fn of(record: ContactRecord, applied: Option<bool>) -> Self {
        let version = record.contact.version;
        let push = ContactPushView::of(&record);
        let it = record.contact.value;
        Self {
            id: it.id,
            kind: it.kind.into(),
            name: it.name,
            first_name: it.first_name,
            last_name: it.last_name,
            emails: it.emails,
            phones: it.phones.into_iter().map(Into::into).collect(),
            addresses: it.addresses.into_iter().map(Into::into).collect(),
            contact_type: it.contact_type,
            organisations: it.organisations.into_iter().map(Into::into).collect(),
            business_number: it.business_number,
            archived: it.archived,
            push,
            version,
            applied,
        }
    }
}

impl From<ContactKind> for ContactWord {
    fn from(it: ContactKind) -> Self {
        match it {
            ContactKind::Organisation => Self::Organisation,
            ContactKind::Person => Self::Person,
        }
    }
}

impl From<Phone> for PhoneBody {
    fn from(it: Phone) -> Self {
        Self { label: it.label, number: it.number }
    }
}

impl From<PostalAddress> for AddressBody {
    fn from(it: PostalAddress) -> Self {
        let label = match it.label {
            AddressLabel::Physical => "physical",
            AddressLabel::Mailing => "mailing",
        };
        let PostalAddress { lines, city, region, postcode, country, .. } = it;
        Self { label: label.into(), lines, city, region, postcode, country }
    }
}

impl From<Employment> for EmploymentBody {
    fn from(it: Employment) -> Self {
        Self { id: it.id.into(), position: it.position }
    }
}
