//! The five fields that are kept in step, in the form in which two sides' values compare (KB-63), and
//! what of a contact goes to XPM (KB-54).
//!
//! XPM may hand back a phone or an address in another spelling than it was given; what differs only
//! in spelling is not a change, or the two sides would write to each other without end.

use serde::{Deserialize, Serialize};

use super::client::Imported;
use super::contact::{AddressLabel, Contact, ContactKind, Phone, PostalAddress};
use super::matches::XpmKind;
use super::names::{email_key, name_key, tidy};
use crate::firm::{Conflicts, Policy};

/// A field that is kept in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The name, with a person's given and family names.
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

impl Field {
    /// All five.
    pub const ALL: [Self; 5] =
        [Self::Name, Self::Email, Self::Phones, Self::PhysicalAddress, Self::MailingAddress];

    /// Who wins this field by the firm's choice.
    pub fn policy(self, conflicts: &Conflicts) -> Policy {
        match self {
            Self::Name => conflicts.name,
            Self::Email => conflicts.email,
            Self::Phones => conflicts.phones,
            Self::PhysicalAddress => conflicts.physical_address,
            Self::MailingAddress => conflicts.mailing_address,
        }
    }

    /// The field of an XPM record, as compared; empty when it is blank. Several values are sorted
    /// and end with a line break each.
    pub fn in_xpm(self, it: &Imported, kind: ContactKind) -> String {
        match self {
            Self::Name => name(kind, &it.name, it.first_name.as_deref(), it.last_name.as_deref()),
            Self::Email => several(it.emails.iter().map(|it| email_key(it))),
            Self::Phones => several(it.phones.iter().map(|it| phone_key(&it.number))),
            Self::PhysicalAddress => it.physical.as_ref().map(address_key).unwrap_or_default(),
            Self::MailingAddress => it.mailing.as_ref().map(address_key).unwrap_or_default(),
        }
    }

    /// The field of a contact, as compared; empty when it is blank.
    pub fn in_app(self, it: &Contact) -> String {
        match self {
            Self::Name => {
                name(it.kind, &it.name, it.first_name.as_deref(), it.last_name.as_deref())
            }
            Self::Email => several(it.emails.iter().map(|it| email_key(it))),
            Self::Phones => several(it.phones.iter().map(|it| phone_key(&it.number))),
            Self::PhysicalAddress => address(it, AddressLabel::Physical),
            Self::MailingAddress => address(it, AddressLabel::Mailing),
        }
    }

    /// What of the field goes to XPM, as compared; empty when it is blank. Of several e-mail addresses
    /// and phones only the first one goes (KB-54).
    pub fn outgoing(self, it: &Contact, to: XpmKind) -> String {
        match self {
            Self::Email => several(main_email(it).into_iter().map(email_key)),
            Self::Phones => {
                let phones = Phones::of(it, to);
                let both = [phones.phone, phones.mobile].into_iter().flatten();
                several(both.map(|it| phone_key(&it.number)))
            }
            // XPM keeps no address of a client's contact (xpm-api 2.1.3).
            Self::PhysicalAddress | Self::MailingAddress if to == XpmKind::Contact => String::new(),
            Self::Name | Self::PhysicalAddress | Self::MailingAddress => self.in_app(it),
        }
    }

    /// Whether the contact already says what XPM says; it may say more.
    pub fn agrees(self, contact: &Contact, it: &Imported) -> bool {
        let (xpm, app) = (self.in_xpm(it, contact.kind), self.in_app(contact));
        match self {
            Self::Name => name_key(&contact.name) == name_key(&it.name),
            Self::Email | Self::Phones => within(&xpm, &app),
            Self::PhysicalAddress | Self::MailingAddress => xpm == app,
        }
    }

    /// Whether several values may stand side by side in it.
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Email | Self::Phones)
    }
}

/// The phones of a contact that go to XPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phones<'a> {
    /// Into the field for the phone.
    pub(super) phone: Option<&'a Phone>,
    /// Into the field for the mobile phone, which only a client's contact has.
    pub(super) mobile: Option<&'a Phone>,
}

impl<'a> Phones<'a> {
    /// A client takes the first phone; its contact the first that is no mobile, and the first mobile.
    pub(super) fn of(it: &'a Contact, to: XpmKind) -> Self {
        let mut all = it.phones.iter().filter(|it| !phone_key(&it.number).is_empty());
        match to {
            XpmKind::Client => Self { phone: all.next(), mobile: None },
            XpmKind::Contact => Self {
                phone: all.clone().find(|it| !is_mobile(it)),
                mobile: all.find(|it| is_mobile(it)),
            },
        }
    }
}

fn is_mobile(it: &Phone) -> bool {
    let label = it.label.to_lowercase();
    label.contains("mobile") || label.contains("cell")
}

/// The main e-mail address.
pub(super) fn main_email(it: &Contact) -> Option<&str> {
    it.emails.iter().map(|it| it.trim()).find(|it| !it.is_empty())
}

/// Whether every value of a field that holds several is among another's, as compared.
pub(super) fn within(some: &str, all: &str) -> bool {
    values(some).all(|it| values(all).any(|other| other == it))
}

/// The single values in a field that holds several, as compared.
pub(super) fn values(field: &str) -> impl Iterator<Item = &str> {
    field.lines()
}

/// A phone or business number as it is compared: letters and digits alone, and a leading plus.
pub fn phone_key(number: &str) -> String {
    let number = number.trim();
    let plus = if number.starts_with('+') { "+" } else { "" };
    let rest: String = number.chars().filter(|c| c.is_alphanumeric()).collect();
    if rest.is_empty() { rest } else { format!("{plus}{}", rest.to_lowercase()) }
}

/// An address as it is compared: its words in their order, however they fall into lines and parts.
pub fn address_key(address: &PostalAddress) -> String {
    let parts = [&address.city, &address.region, &address.postcode, &address.country];
    let parts = parts.into_iter().flatten();
    let text: Vec<&str> = address.lines.iter().chain(parts).map(String::as_str).collect();
    let apart = text.join(" ").replace(|c: char| !c.is_alphanumeric(), " ");
    name_key(&apart)
}

/// The first address of a kind is the one kept in step.
pub(super) fn first(contact: &Contact, label: AddressLabel) -> Option<usize> {
    contact.addresses.iter().position(|it| it.label == label)
}

fn address(contact: &Contact, label: AddressLabel) -> String {
    first(contact, label).map(|n| address_key(&contact.addresses[n])).unwrap_or_default()
}

fn name(kind: ContactKind, name: &str, first: Option<&str>, last: Option<&str>) -> String {
    let name = tidy(name);
    match kind {
        ContactKind::Organisation => name,
        ContactKind::Person if name.is_empty() => name,
        ContactKind::Person => {
            let parts = [first, last].map(|it| tidy(it.unwrap_or_default()));
            format!("{name}\n{}\n{}", parts[0], parts[1])
        }
    }
}

fn several(values: impl Iterator<Item = String>) -> String {
    let mut values: Vec<String> = values.filter(|it| !it.is_empty()).collect();
    values.sort();
    values.dedup();
    values.into_iter().map(|it| it + "\n").collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kb_63_another_spelling_of_a_phone_is_no_change() {
        assert_eq!(phone_key("(02) 5550-1234 "), phone_key("02 5550 1234"));
        assert_eq!(phone_key("+61 2 5550 1234"), phone_key("+61255501234"));
        assert_ne!(phone_key("+61 2 5550 1234"), phone_key("61 2 5550 1234"));
        assert_ne!(phone_key("5550 1234 ext 5"), phone_key("5550 1234"));
        assert_eq!(phone_key("+ -"), "");
    }

    #[test]
    fn kb_63_another_layout_of_an_address_is_no_change() {
        let key = |it| address_key(&serde_json::from_value(it).unwrap());
        let one =
            json!({"label": "physical", "lines": ["Level 1", "2 High St."], "city": "SYDNEY"});
        let two = json!({"label": "physical", "lines": ["Level 1, 2 High St"], "city": "Sydney"});
        let other = json!({"label": "physical", "lines": ["Level 1, 3 High St"], "city": "Sydney"});
        assert_eq!(key(one.clone()), key(two));
        assert_ne!(key(one), key(other));
    }
}
