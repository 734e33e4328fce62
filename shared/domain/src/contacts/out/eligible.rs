//! Whether a contact goes to XPM, and as what (KB-06, KB-50 to KB-52): one pure rule.

use crate::contacts::book::ContactRecord;
use crate::contacts::contact::ContactKind;
use crate::contacts::matches::XpmKind;
use crate::firm::{ContactSync, Scope};
use crate::ids::XpmUuid;
use crate::reason::Reason;

/// As what a contact goes to XPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// As a client.
    Client,
    /// As a contact of these clients, with its position at each.
    ContactOf(Vec<(XpmUuid, Option<String>)>),
}

/// An organisation to which a person belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Workplace {
    /// The person's position there.
    pub position: Option<String>,
    /// The organisation, where we have it.
    pub organisation: Option<ContactRecord>,
    /// The XPM client that it is matched with.
    pub client: Option<XpmUuid>,
}

/// As what the contact goes to XPM, given what it is matched with and where it works; or why it does not.
///
/// # Errors
/// The reason for which nothing is sent.
pub fn target(
    contact: &ContactRecord,
    matched: Option<XpmKind>,
    workplaces: &[Workplace],
    sync: &ContactSync,
) -> Result<Target, Reason> {
    own_obstacle(contact, sync)?;
    let chosen = typed(contact, sync);
    match (contact.contact.value.kind, matched) {
        // Of one kind here and another there: a person looks first (KB-27, KB-33).
        (ContactKind::Organisation, Some(XpmKind::Contact)) => Err(Reason::KindMismatch),
        // An individual or sole trader is a person here and a client there (KB-30).
        (ContactKind::Organisation, _) | (ContactKind::Person, Some(XpmKind::Client)) => {
            if chosen {
                Ok(Target::Client)
            } else {
                Err(Reason::TypeNotPushed)
            }
        }
        (ContactKind::Person, Some(XpmKind::Contact) | None) => through(workplaces, sync),
    }
}

/// Why nothing is sent whatever the contact is, if so.
fn own_obstacle(contact: &ContactRecord, sync: &ContactSync) -> Result<(), Reason> {
    if sync.push_contact_types.is_empty() {
        Err(Reason::PushOff)
    } else if contact.contact.deleted {
        Err(Reason::GoneInPractice)
    } else if contact.contact.value.archived {
        Err(Reason::ContactArchived)
    } else {
        Ok(())
    }
}

fn typed(contact: &ContactRecord, sync: &ContactSync) -> bool {
    let own = contact.contact.value.contact_type.as_ref();
    own.is_some_and(|it| sync.push_contact_types.contains(it))
}

/// A person goes through organisations that go themselves (KB-51, KB-52).
fn through(workplaces: &[Workplace], sync: &ContactSync) -> Result<Target, Reason> {
    if sync.scope == Scope::ClientsOnly {
        return Err(Reason::ClientsOnly);
    }
    if workplaces.is_empty() {
        return Err(Reason::NoOrganisation);
    }
    let goes = |it: &&Workplace| {
        let organisation = it.organisation.as_ref();
        organisation.is_some_and(|it| {
            it.contact.value.kind == ContactKind::Organisation
                && own_obstacle(it, sync).is_ok()
                && typed(it, sync)
        })
    };
    let going: Vec<&Workplace> = workplaces.iter().filter(goes).collect();
    if going.is_empty() {
        return Err(Reason::OrganisationNotPushed);
    }
    let mut at: Vec<(XpmUuid, Option<String>)> = Vec::new();
    for it in going {
        if let Some(client) = &it.client
            && !at.iter().any(|(known, _)| known == client)
        {
            at.push((client.clone(), it.position.clone()));
        }
    }
    if at.is_empty() { Err(Reason::OrganisationNotInXpm) } else { Ok(Target::ContactOf(at)) }
}

#[cfg(test)]
mod tests;
