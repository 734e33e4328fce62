//! Making a contact of an XPM client or contact that has no counterpart (KB-22).

use std::collections::BTreeSet;

use super::counts::{Outcome, Trouble};
use super::decide::{Step, matched, over, point, write};
use super::incoming::Incoming;
use super::look::{Known, own_id};
use super::process::Task;
use crate::contacts::book::{ContactRecord, keys_of};
use crate::contacts::client::Imported;
use crate::contacts::contact::{Contact, ContactKind, Employment};
use crate::contacts::keys::rekey;
use crate::contacts::matches::{Match, Origin};
use crate::contacts::out;
use crate::contacts::pull::{self, Base};
use crate::desired::Stamp;
use crate::ids::ContactId;
use crate::ports::Down;
use crate::records::{self, Kept};

/// Makes a contact of an XPM record.
pub(super) fn create(
    task: &Task<'_>,
    it: &Incoming,
    mut new: Match,
    before: Option<&Kept<Match>>,
    known: &Known,
) -> Result<Step, Down> {
    let id = ContactId::parse(own_id(&it.xpm.uuid, &new.rejected))
        .map_err(|it| Down { what: "the id of a contact", cause: it.into() })?;
    if known.contacts.unreadable.contains(id.as_str()) {
        return Ok(Step::only(Outcome::Failed(Trouble::Unreadable)));
    }
    let contact = Contact {
        contact_type: task.sync().assign_contact_type.clone(),
        organisations: employments(it, known),
        ..imported(id.clone(), it.becomes, &it.xpm.fields)
    };
    let stamp = Stamp { version: None, as_of: task.now };
    let mut changes = match known.contacts.found.get(id.as_str()) {
        None => {
            new.base = pull::created(&contact, &it.xpm);
            let record = ContactRecord::first(contact, stamp);
            let mut changes = rekey(task.firm, &id, &[], &keys_of(&record));
            changes.push(records::put(task.firm, &record, None)?);
            changes
        }
        // It was made before and lost its match; one that is gone comes back.
        Some(old) => {
            let mut record = old.record.clone();
            if record.contact.deleted {
                record.contact.update(contact, stamp);
                record.stated = None;
            }
            let value = &record.contact.value;
            let pulled = pull::pull(value, &it.xpm, &Base::new(), task.sync());
            new.base = pulled.base;
            new.conflicts = pulled.conflicts;
            record.change(pulled.contact);
            out::announce(&mut record, task.sync(), task.now);
            over(task.firm, old, &record)?
        }
    };
    changes.push(point(task.firm, it, &id)?);
    write(task, matched(new, Origin::Created, &id), before, Outcome::Created, changes)
}

/// The contact that these fields make.
pub(in crate::contacts) fn imported(
    id: ContactId,
    kind: ContactKind,
    fields: &Imported,
) -> Contact {
    let fields = fields.clone();
    Contact {
        id,
        kind,
        name: fields.name,
        first_name: fields.first_name,
        last_name: fields.last_name,
        emails: fields.emails,
        phones: fields.phones,
        addresses: fields.physical.into_iter().chain(fields.mailing).collect(),
        contact_type: None,
        organisations: Vec::new(),
        business_number: None,
        archived: false,
    }
}

/// The organisations at which XPM has a person, as far as they are matched.
pub(super) fn employments(it: &Incoming, known: &Known) -> Vec<Employment> {
    let mut seen = BTreeSet::new();
    let through = it.xpm.clients.iter().filter(|it| it.barrier.is_none());
    let at = through.filter_map(|at| {
        let id = known.organisation(&at.client)?.clone();
        Some(Employment { id, position: at.position.clone() })
    });
    at.filter(|it| seen.insert(it.id.clone())).collect()
}
