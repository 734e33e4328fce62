//! Organisations and people of the practice app.

use serde::{Deserialize, Serialize};

use super::names::{email_key, is_email, name_key, tidy};
use crate::ids::ContactId;
use crate::invalid::Invalid;
use crate::text::check_name;

/// An organisation or person, as the practice app states it (api.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The practice app's id.
    pub id: ContactId,
    /// Organisation or person; fixed once it is matched (KB-33).
    pub kind: ContactKind,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// Given names, of a person.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name, of a person.
    #[serde(default)]
    pub last_name: Option<String>,
    /// E-mail addresses, the main one first.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Phone numbers, the main one first.
    #[serde(default)]
    pub phones: Vec<Phone>,
    /// Addresses.
    #[serde(default)]
    pub addresses: Vec<PostalAddress>,
    /// The app's own type, such as `Client`.
    #[serde(default)]
    pub contact_type: Option<String>,
    /// Where a person works.
    #[serde(default)]
    pub organisations: Vec<Employment>,
    /// ABN, NZBN or the like.
    #[serde(default)]
    pub business_number: Option<String>,
    /// Put away by the app.
    #[serde(default)]
    pub archived: bool,
}

/// What a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// A company, trust, partnership or the like.
    Organisation,
    /// A human being.
    Person,
}

/// A phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// Which of the contact's phones, in the app's words.
    #[serde(default)]
    pub label: String,
    /// The number, as typed.
    pub number: String,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostalAddress {
    /// What it is for.
    pub label: AddressLabel,
    /// Street lines.
    #[serde(default)]
    pub lines: Vec<String>,
    /// City or suburb.
    #[serde(default)]
    pub city: Option<String>,
    /// State or region.
    #[serde(default)]
    pub region: Option<String>,
    /// Post code.
    #[serde(default)]
    pub postcode: Option<String>,
    /// Country, as typed.
    #[serde(default)]
    pub country: Option<String>,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressLabel {
    /// Where the contact is.
    Physical,
    /// Where post goes.
    Mailing,
}

/// A person's place at an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Employment {
    /// The organisation.
    pub id: ContactId,
    /// Role there.
    #[serde(default)]
    pub position: Option<String>,
}

/// The most of anything a contact may list: keeps a change of all its look-up keys in one commit.
const MOST: usize = 20;
/// The most organisations a person may belong to.
const MOST_ORGANISATIONS: usize = 100;
/// The longest text of a single field.
const LONGEST: usize = 255;

impl Contact {
    /// The contact with a person's display name put together from its parts where it was left out.
    pub fn named(mut self) -> Self {
        if self.kind == ContactKind::Person && self.name.trim().is_empty() {
            let parts = [self.first_name.as_deref(), self.last_name.as_deref()];
            self.name = tidy(&parts.map(Option::unwrap_or_default).join(" "));
        }
        self
    }

    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Invalid> {
        let mut wrong = check_name("/name", &self.name);
        let mut text = |pointer: String, text: &str, longest: usize| {
            if text.chars().count() > longest {
                wrong.push(Invalid::new(
                    &pointer,
                    "too_long",
                    format!("at most {longest} characters"),
                ));
            }
            if text.chars().any(char::is_control) {
                wrong.push(Invalid::new(
                    pointer,
                    "control_character",
                    "control characters are not allowed",
                ));
            }
        };
        text("/name".into(), &self.name, usize::MAX);
        for (name, it) in [
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("contact_type", &self.contact_type),
            ("business_number", &self.business_number),
        ] {
            text(format!("/{name}"), it.as_deref().unwrap_or_default(), LONGEST);
        }
        for (n, it) in self.phones.iter().enumerate() {
            text(format!("/phones/{n}/label"), &it.label, LONGEST);
            text(format!("/phones/{n}/number"), &it.number, LONGEST);
        }
        for (n, it) in self.organisations.iter().enumerate() {
            let position = it.position.as_deref().unwrap_or_default();
            text(format!("/organisations/{n}/position"), position, LONGEST);
        }
        for (n, it) in self.addresses.iter().enumerate() {
            for (l, line) in it.lines.iter().enumerate() {
                text(format!("/addresses/{n}/lines/{l}"), line, LONGEST);
            }
            for (name, it) in [
                ("city", &it.city),
                ("region", &it.region),
                ("postcode", &it.postcode),
                ("country", &it.country),
            ] {
                text(format!("/addresses/{n}/{name}"), it.as_deref().unwrap_or_default(), LONGEST);
            }
        }
        wrong.extend(self.check_lists());
        wrong
    }

    fn check_lists(&self) -> Vec<Invalid> {
        let mut wrong = Vec::new();
        for (n, it) in self.emails.iter().enumerate().filter(|(_, it)| !is_email(it.trim())) {
            let detail = format!("{it:?} is no e-mail address");
            wrong.push(Invalid::new(format!("/emails/{n}"), "not_an_email", detail));
        }
        for (n, _) in self.phones.iter().enumerate().filter(|(_, it)| it.number.trim().is_empty()) {
            let pointer = format!("/phones/{n}/number");
            wrong.push(Invalid::new(pointer, "required", "a phone needs a number"));
        }
        for (n, _) in self.organisations.iter().enumerate().filter(|(_, it)| it.id == self.id) {
            let pointer = format!("/organisations/{n}/id");
            wrong.push(Invalid::new(pointer, "own_id", "nothing belongs to itself"));
        }
        let longest_address = self.addresses.iter().map(|it| it.lines.len()).max();
        for (pointer, count, most) in [
            ("/emails", self.emails.len(), MOST),
            ("/phones", self.phones.len(), MOST),
            ("/addresses", self.addresses.len(), MOST),
            ("/addresses", longest_address.unwrap_or(0), MOST),
            ("/organisations", self.organisations.len(), MOST_ORGANISATIONS),
        ] {
            if count > most {
                wrong.push(Invalid::new(pointer, "too_many", format!("at most {most}")));
            }
        }
        wrong
    }

    /// The name as it is compared.
    pub fn name_key(&self) -> String {
        name_key(&self.name)
    }

    /// The e-mail addresses as they are compared, each once.
    pub fn email_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.emails.iter().map(|it| email_key(it)).collect();
        keys.retain(|it| !it.is_empty());
        keys.sort();
        keys.dedup();
        keys
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_contact_is_read_and_shown_in_the_shape_of_the_contract() {
        let shape = json!({
            "id": "c-1", "kind": "person", "name": "Ann Lee", "first_name": "Ann",
            "last_name": "Lee", "emails": ["ann@lee.example"],
            "phones": [{"label": "Work", "number": "02 5550 1234"}],
            "addresses": [{"label": "physical", "lines": ["1 High St"], "city": "Sydney",
                "region": "NSW", "postcode": "2000", "country": "Australia"}],
            "contact_type": "Client", "organisations": [{"id": "o-1", "position": "Director"}],
            "business_number": null, "archived": false
        });
        let contact: Contact = serde_json::from_value(shape.clone()).unwrap();
        assert_eq!(contact.check(), []);
        assert_eq!(serde_json::to_value(contact).unwrap(), shape);
    }

    #[test]
    fn everything_wrong_with_a_contact_is_told_at_once_and_in_its_place() {
        let contact: Contact = serde_json::from_value(json!({
            "id": "c-1", "kind": "organisation", "name": " ",
            "emails": ["good@x.example", "bad"], "phones": [{"number": ""}],
            "addresses": [{"label": "mailing", "city": "x".repeat(256)}],
            "organisations": [{"id": "c-1"}], "business_number": "1\u{0}2"
        }))
        .unwrap();
        let mut places: Vec<_> =
            contact.check().into_iter().map(|it| (it.pointer, it.code)).collect();
        places.sort();
        assert_eq!(
            places,
            [
                ("/addresses/0/city".into(), "too_long"),
                ("/business_number".into(), "control_character"),
                ("/emails/1".into(), "not_an_email"),
                ("/name".into(), "required"),
                ("/organisations/0/id".into(), "own_id"),
                ("/phones/0/number".into(), "required"),
            ]
            .map(|(pointer, code): (String, _)| (pointer, code))
        );
    }

    #[test]
    fn kb_28_a_person_may_be_named_by_the_parts_alone() {
        let contact: Contact = serde_json::from_value(json!({
            "id": "c-1", "kind": "person", "first_name": "Ann", "last_name": "Lee"
        }))
        .unwrap();
        let contact = contact.named();
        assert_eq!((contact.name.as_str(), contact.check()), ("Ann Lee", vec![]));
    }
}
