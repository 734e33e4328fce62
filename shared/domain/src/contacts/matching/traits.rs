//! What is compared of a record on either side, made ready once, so that a comparison costs little.

use super::dialling::Dialling;
use super::words::words;
use super::{Agreement, EmailAgreement, agreement};
use crate::contacts::client::Imported;
use crate::contacts::contact::{AddressLabel, Contact, ContactKind, PostalAddress};
use crate::contacts::fields::{address_key, phone_key};
use crate::contacts::names::{email_key, name_key};

/// What is compared of a record on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Person or organisation.
    pub kind: ContactKind,
    /// The name, as compared.
    pub name: String,
    /// The telling words of the name, sorted, one space apart.
    pub words: String,
    /// The e-mail addresses, as compared.
    pub emails: Vec<String>,
    /// The phone numbers, as compared.
    pub phones: Vec<String>,
    /// The addresses, as compared.
    pub addresses: Vec<String>,
    /// The post codes, as compared; that of where it is comes first.
    pub postcodes: Vec<String>,
    /// The business number, as compared.
    pub business_number: Option<String>,
    /// How numbers are dialled where the firm is.
    pub region: Option<&'static Dialling>,
}

impl Traits {
    /// Of a contact of the practice app.
    pub fn of(it: &Contact) -> Self {
        let mut addresses: Vec<&PostalAddress> = it.addresses.iter().collect();
        addresses.sort_by_key(|it| it.label != AddressLabel::Physical);
        Self {
            emails: it.email_keys(),
            ..Self::new(
                it.kind,
                &it.name,
                it.phones.iter().map(|it| it.number.as_str()),
                &addresses,
                it.business_number.as_deref(),
            )
        }
    }

    /// Of what comes from XPM.
    pub fn of_import(kind: ContactKind, it: &Imported, business_number: Option<&str>) -> Self {
        let addresses: Vec<&PostalAddress> = it.physical.iter().chain(&it.mailing).collect();
        let phones = it.phones.iter().map(|it| it.number.as_str());
        Self {
            emails: it.emails.iter().map(|it| email_key(it)).collect(),
            ..Self::new(kind, &it.name, phones, &addresses, business_number)
        }
    }

    fn new<'a>(
        kind: ContactKind,
        name: &str,
        phones: impl Iterator<Item = &'a str>,
        addresses: &[&PostalAddress],
        business_number: Option<&str>,
    ) -> Self {
        let some = |it: &String| !it.is_empty();
        let codes = addresses.iter().filter_map(|it| it.postcode.as_deref());
        let mut postcodes: Vec<String> = codes.map(phone_key).filter(some).collect();
        postcodes.dedup();
        let number = business_number.map(|it| it.chars().filter(char::is_ascii_digit).collect());
        let name = name_key(name);
        Self {
            kind,
            words: words(&name),
            name,
            emails: Vec::new(),
            phones: phones.map(phone_key).filter(some).collect(),
            addresses: addresses.iter().map(|it| address_key(it)).filter(some).collect(),
            postcodes,
            business_number: number.filter(some),
            region: None,
        }
    }

    /// With its phone numbers read as they are dialled in the firm's region.
    #[must_use]
    pub fn dialled_in(mut self, region: Option<&'static Dialling>) -> Self {
        self.region = region;
        for it in &mut self.phones {
            if let Some(number) = region.and_then(|region| region.e164(it)) {
                *it = number;
            }
        }
        self
    }

    /// How the e-mail addresses compare with another's.
    pub fn email_agreement(&self, other: &Self) -> EmailAgreement {
        if self.emails.is_empty() || other.emails.is_empty() {
            EmailAgreement::Missing
        } else if shared(&self.emails, &other.emails) {
            EmailAgreement::Equal
        } else {
            EmailAgreement::Different
        }
    }

    /// What name and e-mail say of this one and another. A blank name equals nothing.
    pub fn agreement(&self, other: &Self) -> Agreement {
        let same_name = !self.name.is_empty() && self.name == other.name;
        agreement(same_name, self.email_agreement(other))
    }
}

/// Whether something stands in both.
pub(super) fn shared(one: &[String], other: &[String]) -> bool {
    one.iter().any(|it| !it.is_empty() && other.contains(it))
}
