//! Everything we know about a batch of XPM records, read in few strokes: by keys, never by a scan.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::chunks::Entry;
use super::incoming::{Incoming, name};
use super::process::Task;
use crate::contacts::book::ContactRecord;
use crate::contacts::crowd::{self, Asking};
use crate::contacts::keys::{blocking_keys, exact_keys, found, near_keys};
use crate::contacts::matches::{ContactMatch, Match, MatchState};
use crate::contacts::matching::{Dialling, Traits};
use crate::ids::{ContactId, FirmId, XpmUuid};
use crate::ports::{Down, Key, Store};
use crate::reason::Reason;
use crate::records::{Kept, Record};

/// How many look-ups are under way at once.
const AT_ONCE: usize = 16;

/// What is known about a batch.
pub(super) struct Known {
    /// What became of the records before, by XPM's id.
    pub(super) matches: Read<Match>,
    /// The contacts that may play a part, by their ids.
    pub(super) contacts: Read<ContactRecord>,
    /// Those of them that are matched with something.
    taken: HashSet<String>,
    /// Who is found under which key.
    found: HashMap<String, Vec<ContactId>>,
}

/// Records that were read, and the ids of those that were there and could not be.
pub(super) struct Read<R> {
    pub(super) found: HashMap<String, Kept<R>>,
    pub(super) unreadable: HashSet<String>,
}

/// Reads what is known about a batch.
pub(super) async fn look(
    store: &impl Store,
    task: &Task<'_>,
    entries: &[&Entry],
) -> Result<Known, Down> {
    let mut uuids: BTreeSet<String> = entries.iter().map(|it| name(it).0.to_string()).collect();
    uuids.extend(entries.iter().flat_map(|it| match it {
        Entry::Contact(_, at) => at.iter().map(|it| it.client.to_string()).collect(),
        Entry::Client(_) | Entry::TooLarge(..) => Vec::new(),
    }));
    let mut matches = read::<Match>(store, task.firm, uuids).await?;
    let known_employers: BTreeSet<String> = matches
        .found
        .values()
        .flat_map(|it| it.record.xpm.clients.iter().map(|it| it.client.to_string()))
        .filter(|it| !matches.found.contains_key(it))
        .collect();
    let more = read::<Match>(store, task.firm, known_employers).await?;
    matches.found.extend(more.found);

    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut seekers: Vec<Traits> = Vec::new();
    for entry in entries {
        let before = matches.found.get(name(entry).0.as_str()).map(|it| &it.record);
        match (before, task.incoming(entry, before)) {
            (Some(Match { state: MatchState::Matched, contact, .. }), _) => {
                ids.extend(contact.iter().map(ContactId::to_string));
            }
            (_, Some(incoming)) if incoming.barrier.is_none() => {
                seekers.push(incoming.traits(task));
                let rejected = before.map_or(&[][..], |it| &it.rejected);
                ids.insert(own_id(&incoming.xpm.uuid, rejected));
            }
            (_, _) => {}
        }
    }
    let keys = seekers.iter().flat_map(exact_keys).collect();
    let mut found = find(store, task, keys).await?;
    // Who is alike matters only to a person: where one decides anyway.
    let asked = |it: &&Traits| {
        task.obstacle_to_create() == Some(Reason::AskFirst)
            || exact_keys(it).iter().any(|key| found.get(key).is_some_and(|it| !it.is_empty()))
    };
    let keys = seekers.iter().filter(asked).flat_map(near_keys).collect();
    found.extend(find(store, task, keys).await?);
    ids.extend(found.values().flatten().map(ContactId::to_string));
    let pointers: Vec<Key> =
        ids.iter().map(|id| Key::new(task.firm, ContactMatch::KIND, id.as_str())).collect();
    let taken = match pointers.is_empty() {
        true => Vec::new(),
        false => store.read_many(&pointers).await?,
    };
    Ok(Known {
        matches,
        contacts: read(store, task.firm, ids).await?,
        taken: taken.into_iter().map(|it| it.key.id).collect(),
        found,
    })
}

impl Known {
    /// The contacts that a record may be: found by its name, an e-mail address, or what else was asked
    /// for, there, and not matched with anything yet (KB-26). `None` when one of them cannot be read.
    pub(super) fn candidates(&self, traits: &Traits) -> Option<Vec<&Kept<ContactRecord>>> {
        let mut all: BTreeMap<&str, &Kept<ContactRecord>> = BTreeMap::new();
        for id in blocking_keys(traits).iter().filter_map(|key| self.found.get(key)).flatten() {
            if self.taken.contains(id.as_str()) {
                continue;
            }
            if self.contacts.unreadable.contains(id.as_str()) {
                return None;
            }
            // A key may be read just before its contact goes.
            if let Some(it) = self.contact(id) {
                all.insert(id.as_str(), it);
            }
        }
        Some(all.into_values().collect())
    }

    /// A contact that is not gone.
    pub(super) fn contact(&self, id: &ContactId) -> Option<&Kept<ContactRecord>> {
        self.contacts.found.get(id.as_str()).filter(|it| !it.record.contact.deleted)
    }

    /// The organisation that an XPM client is matched with.
    pub(super) fn organisation(&self, client: &XpmUuid) -> Option<&ContactId> {
        let it = &self.matches.found.get(client.as_str())?.record;
        it.contact.as_ref().filter(|_| it.state == MatchState::Matched)
    }

    /// Notes that a contact has been given away within this batch.
    pub(super) fn take(&mut self, id: &ContactId) {
        self.taken.insert(id.to_string());
    }
}

impl Incoming {
    /// What is compared of it.
    pub(super) fn traits(&self, task: &Task<'_>) -> Traits {
        let number = self.xpm.business_number.as_deref();
        let region = task.settings.served_region().and_then(Dialling::of);
        Traits::of_import(self.becomes, &self.xpm.fields, number).dialled_in(region)
    }
}

/// Who is found under each of these keys.
async fn find(
    store: &impl Store,
    task: &Task<'_>,
    keys: BTreeSet<String>,
) -> Result<HashMap<String, Vec<ContactId>>, Down> {
    let questions = keys.into_iter().map(|key| -> Asking<'_, _> {
        Box::pin(async move {
            let ids = found(store, task.firm, &key).await?;
            Ok((key, ids))
        })
    });
    Ok(crowd::all(questions.collect(), AT_ONCE).await?.into_iter().collect())
}

/// The id of the contact that is made from an XPM record: the same however often it is tried, but none
/// that a person said it is not.
pub(in crate::contacts) fn own_id(uuid: &XpmUuid, rejected: &[ContactId]) -> String {
    let mut id = format!("xpm-{uuid}");
    let mut n = 1;
    while rejected.iter().any(|it| it.as_str() == id) {
        n += 1;
        id = format!("xpm-{uuid}-{n}");
    }
    id
}

async fn read<R: Record>(
    store: &impl Store,
    firm: &FirmId,
    ids: BTreeSet<String>,
) -> Result<Read<R>, Down> {
    let mut read = Read { found: HashMap::new(), unreadable: HashSet::new() };
    if ids.is_empty() {
        return Ok(read);
    }
    let keys: Vec<Key> = ids.into_iter().map(|id| Key::new(firm, R::KIND, id)).collect();
    for item in store.read_many(&keys).await? {
        match serde_json::from_value(item.body) {
            Ok(record) => {
                read.found.insert(item.key.id, Kept { record, version: item.version });
            }
            Err(error) => {
                let id = item.key.id;
                tracing::error!(firm.id = %firm, record.id = %id, %error, "record {id} is unreadable");
                read.unreadable.insert(id);
            }
        }
    }
    Ok(read)
}
