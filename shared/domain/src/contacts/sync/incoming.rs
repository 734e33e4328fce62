//! A record from XPM, made ready to be judged.

use super::chunks::Entry;
use crate::contacts::client::{Employer, barrier, kind_of, person_barrier};
use crate::contacts::contact::ContactKind;
use crate::contacts::matches::{Match, XpmSide};
use crate::firm::ContactSync;
use crate::ids::XpmUuid;
use crate::reason::Reason;

/// A client or contact as it comes from XPM.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Incoming {
    /// What is kept of it.
    pub(super) xpm: XpmSide,
    /// What it becomes here.
    pub(super) becomes: ContactKind,
    /// Why it is not synchronised, if so.
    pub(super) barrier: Option<Reason>,
}

impl Incoming {
    /// Makes an entry ready. What an earlier run knew of a contact's other clients still counts,
    /// unless this run has read them all. `None` where the entry carries nothing.
    pub(super) fn of(
        entry: &Entry,
        before: Option<&Match>,
        all_read: bool,
        sync: &ContactSync,
    ) -> Option<Self> {
        match entry {
            Entry::Client(client) => {
                let becomes = kind_of(client.business_structure.as_deref(), sync);
                let xpm = XpmSide::of_client(client, becomes);
                Some(Self { xpm, becomes, barrier: barrier(client) })
            }
            Entry::Contact(contact, at) => {
                let known = before.filter(|_| !all_read).map_or(&[][..], |it| &it.xpm.clients);
                let clients = employers(known, at);
                let barrier = person_barrier(&clients, sync.scope);
                let xpm = XpmSide::of_contact(contact, clients);
                Some(Self { xpm, becomes: ContactKind::Person, barrier })
            }
            Entry::TooLarge(..) => None,
        }
    }
}

/// XPM's id and name of what an entry carries.
pub(super) fn name(entry: &Entry) -> (&XpmUuid, &str) {
    match entry {
        Entry::Client(it) => (&it.uuid, &it.name),
        Entry::Contact(it, _) => (&it.uuid, &it.name),
        Entry::TooLarge(uuid, name) => (uuid, name),
    }
}

fn employers(known: &[Employer], read: &[Employer]) -> Vec<Employer> {
    let others = known.iter().filter(|old| read.iter().all(|new| new.client != old.client));
    let mut all: Vec<Employer> = others.chain(read).cloned().collect();
    all.sort_by(|a, b| a.client.cmp(&b.client));
    all
}
