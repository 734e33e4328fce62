//! What an XPM client or its contact brings with it: five fields, and nothing else (KB-20).

use serde::{Deserialize, Serialize};

use super::contact::{AddressLabel, ContactKind, Phone, PostalAddress};
use super::fields::phone_key;
use super::names::{PersonName, emails, tidy};
use crate::firm::{ContactSync, Scope};
use crate::ids::XpmUuid;
use crate::practice::{Address, Client, ClientContact};
use crate::reason::Reason;

/// The fields that come from XPM: name, e-mail, phones, physical and mailing address (KB-20).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The display name.
    pub name: String,
    /// Given names, where it is a person.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name, where it is a person.
    #[serde(default)]
    pub last_name: Option<String>,
    /// E-mail addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Phone numbers.
    #[serde(default)]
    pub phones: Vec<Phone>,
    /// Where it is.
    #[serde(default)]
    pub physical: Option<PostalAddress>,
    /// Where post goes.
    #[serde(default)]
    pub mailing: Option<PostalAddress>,
}

/// A client at which a person is a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employer {
    /// The client.
    pub client: XpmUuid,
    /// Role there.
    #[serde(default)]
    pub position: Option<String>,
    /// Why nobody is imported through this client, if so (KB-32, KB-65).
    #[serde(default)]
    pub barrier: Option<Reason>,
}

/// The label of the one phone of a client, and of a contact's land line.
const PHONE: &str = "phone";
/// The label of a contact's mobile phone.
const MOBILE: &str = "mobile";

/// Person or organisation, by the firm's own names of structures: trimmed, whichever the case; blank
/// and unknown ones are organisations (KB-30, KB-31).
pub fn kind_of(structure: Option<&str>, sync: &ContactSync) -> ContactKind {
    let same = |it: &String| it.trim().to_lowercase();
    let structure = structure.map(|it| it.trim().to_lowercase()).filter(|it| !it.is_empty());
    match structure {
        Some(it) if sync.person_structures.iter().map(same).any(|name| name == it) => {
            ContactKind::Person
        }
        Some(_) | None => ContactKind::Organisation,
    }
}

/// Why a client is not synchronised, if so (KB-65).
pub fn barrier(client: &Client) -> Option<Reason> {
    if client.deleted {
        Some(Reason::Deleted)
    } else if client.archived {
        Some(Reason::Archived)
    } else if client.prospect {
        Some(Reason::Prospect)
    } else {
        None
    }
}

/// How a person stands at a client.
pub fn employer(client: &Client, contact: &ClientContact, sync: &ContactSync) -> Employer {
    let individual = kind_of(client.business_structure.as_deref(), sync) == ContactKind::Person;
    let barrier = barrier(client).or(individual.then_some(Reason::ContactOfIndividual));
    let position = contact.position.as_deref().map(clean).filter(|it| !it.is_empty());
    Employer { client: client.uuid.clone(), position, barrier }
}

/// Why a person is not synchronised, if so: imported through any client without a barrier (KB-04, KB-32).
pub fn person_barrier(employers: &[Employer], scope: Scope) -> Option<Reason> {
    match scope {
        Scope::ClientsOnly => Some(Reason::ClientsOnly),
        Scope::ClientsAndContacts => {
            let barriers: Option<Vec<Reason>> = employers.iter().map(|it| it.barrier).collect();
            let barriers = barriers?;
            let individual = barriers.contains(&Reason::ContactOfIndividual);
            let first = barriers.first().copied().filter(|_| !individual);
            Some(first.unwrap_or(Reason::ContactOfIndividual))
        }
    }
}

/// What a client brings.
pub fn of_client(client: &Client, kind: ContactKind) -> Imported {
    let name = clean(&client.name);
    let parts = match kind {
        ContactKind::Person => {
            PersonName::of(&name, client.first_name.as_deref(), client.last_name.as_deref())
        }
        ContactKind::Organisation => PersonName::default(),
    };
    Imported {
        first_name: parts.first,
        last_name: parts.last,
        emails: emails(client.email.as_deref().unwrap_or_default()),
        phones: phones(&[(PHONE, client.phone.as_deref())]),
        physical: address(AddressLabel::Physical, client.physical.as_ref()),
        mailing: address(AddressLabel::Mailing, client.postal.as_ref()),
        name,
    }
}

/// What a client's contact brings. XPM keeps no address of it.
pub fn of_contact(contact: &ClientContact) -> Imported {
    let name = clean(&contact.name);
    let parts = PersonName::of(&name, None, None);
    Imported {
        first_name: parts.first,
        last_name: parts.last,
        emails: emails(contact.email.as_deref().unwrap_or_default()),
        phones: phones(&[(PHONE, contact.phone.as_deref()), (MOBILE, contact.mobile.as_deref())]),
        physical: None,
        mailing: None,
        name,
    }
}

fn phones(given: &[(&str, Option<&str>)]) -> Vec<Phone> {
    let phone = |(label, number): &(&str, Option<&str>)| {
        let number = clean(number.unwrap_or_default());
        (!phone_key(&number).is_empty()).then(|| Phone { label: (*label).into(), number })
    };
    given.iter().filter_map(phone).collect()
}

fn address(label: AddressLabel, address: Option<&Address>) -> Option<PostalAddress> {
    let address = address?;
    let part = |it: &Option<String>| it.as_deref().map(clean).filter(|it| !it.is_empty());
    let lines: Vec<String> =
        address.lines.iter().map(|it| clean(it)).filter(|it| !it.is_empty()).collect();
    let city = part(&address.city);
    let region = part(&address.region);
    let postcode = part(&address.postcode);
    let country = part(&address.country);
    let blank =
        lines.is_empty() && [&city, &region, &postcode, &country].iter().all(|it| it.is_none());
    (!blank).then_some(PostalAddress { label, lines, city, region, postcode, country })
}

/// Text without control characters or needless white space: XPM takes anything that people type.
fn clean(text: &str) -> String {
    tidy(&text.replace(|c: char| c.is_control(), " "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kb_20_five_fields_come_from_a_client_and_nothing_else() {
        let client: Client = serde_json::from_value(json!({
            "uuid": "aa-01", "name": " Acme  Pty Ltd", "email": "a@acme.example; b@acme.example",
            "phone": "(02) 5550 1234", "business_structure": "Company", "business_number": "51 824",
            "physical": {"lines": ["  Level 1 ", "2 High St", ""], "city": "Sydney", "region": "NSW",
                "postcode": "2000", "country": "Australia"},
            "postal": {"lines": [" "], "city": ""}
        }))
        .unwrap();
        assert_eq!(
            serde_json::to_value(of_client(&client, ContactKind::Organisation)).unwrap(),
            json!({
                "name": "Acme Pty Ltd", "first_name": null, "last_name": null,
                "emails": ["a@acme.example", "b@acme.example"],
                "phones": [{"label": "phone", "number": "(02) 5550 1234"}],
                "physical": {"label": "physical", "lines": ["Level 1", "2 High St"], "city": "Sydney",
                    "region": "NSW", "postcode": "2000", "country": "Australia"},
                "mailing": null
            })
        );
    }

    #[test]
    fn kb_28_an_individual_brings_the_names_that_xpm_has_for_it() {
        let client: Client = serde_json::from_value(json!({
            "uuid": "aa-01", "name": "Smith, John", "first_name": "John", "last_name": "Smith"
        }))
        .unwrap();
        let it = of_client(&client, ContactKind::Person);
        assert_eq!(it.name, "Smith, John");
        assert_eq!(
            (it.first_name.as_deref(), it.last_name.as_deref()),
            (Some("John"), Some("Smith"))
        );
    }

    #[test]
    fn kb_30_kb_31_the_structure_decides_between_person_and_organisation() {
        let sync = ContactSync::default();
        for (structure, kind) in [
            (Some("Individual"), ContactKind::Person),
            (Some("Sole Trader"), ContactKind::Person),
            (Some("  sole TRADER "), ContactKind::Person),
            (Some("Company"), ContactKind::Organisation),
            (Some("Trust"), ContactKind::Organisation),
            (Some("Individuals"), ContactKind::Organisation),
            (Some(" "), ContactKind::Organisation),
            (None, ContactKind::Organisation),
        ] {
            assert_eq!(kind_of(structure, &sync), kind, "{structure:?}");
        }
        let own = ContactSync { person_structures: vec![" Einzelperson".into()], ..sync };
        assert_eq!(kind_of(Some("einzelperson"), &own), ContactKind::Person);
        assert_eq!(kind_of(Some("Individual"), &own), ContactKind::Organisation);
        let none = ContactSync { person_structures: vec![" ".into()], ..own };
        assert_eq!(kind_of(Some(""), &none), ContactKind::Organisation);
    }

    #[test]
    fn kb_32_a_person_comes_through_any_client_that_lets_them() {
        let at =
            |barrier| Employer { client: XpmUuid::parse("aa").unwrap(), position: None, barrier };
        let both = Scope::ClientsAndContacts;
        let individual = Some(Reason::ContactOfIndividual);
        for (employers, expected) in [
            (vec![at(None)], None),
            (vec![at(individual), at(None)], None),
            (vec![at(individual)], individual),
            (vec![at(Some(Reason::Archived)), at(individual)], individual),
            (vec![at(Some(Reason::Archived))], Some(Reason::Archived)),
        ] {
            assert_eq!(person_barrier(&employers, both), expected, "{employers:?}");
        }
        let only = Scope::ClientsOnly;
        assert_eq!(person_barrier(&[at(None)], only), Some(Reason::ClientsOnly));
    }
}
