//! The XPM side of a match, as it is kept of what XPM sends.

use super::client::{Employer, of_client, of_contact};
use super::contact::ContactKind;
use super::matches::{XpmKind, XpmSide};
use crate::practice::{Client, ClientContact};

impl XpmSide {
    /// Of a client that is one of this kind here.
    pub(super) fn of_client(client: &Client, becomes: ContactKind) -> Self {
        let fields = of_client(client, becomes);
        Self {
            kind: XpmKind::Client,
            uuid: client.uuid.clone(),
            name: fields.name.clone(),
            email: client.email.clone(),
            business_structure: client.business_structure.clone(),
            business_number: client.business_number.clone(),
            clients: Vec::new(),
            fields,
        }
    }

    /// Of a contact at these clients.
    pub(super) fn of_contact(contact: &ClientContact, clients: Vec<Employer>) -> Self {
        let fields = of_contact(contact);
        Self {
            kind: XpmKind::Contact,
            uuid: contact.uuid.clone(),
            name: fields.name.clone(),
            email: contact.email.clone(),
            business_structure: None,
            business_number: None,
            clients,
            fields,
        }
    }
}
