//! Everything we know about a batch of XPM records, read in few strokes: by keys, never by a scan.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::change::{self, SyncChange};
use super::chunks::Entry;
use super::counts::Outcome;
use super::decide::Step;
use super::incoming::{Incoming, name};
use super::process::Task;
use crate::contacts::book::ContactRecord;
use crate::contacts::crowd::{self, Asking};
use crate::contacts::keys::{blocking_keys, exact_keys, found, near_keys};
use crate::contacts::matches::{ContactMatch, Match, MatchState, dead, gone};
use crate::contacts::matching::{Dialling, Traits};
use crate::ids::{ContactId, FirmId, SyncId, XpmUuid};
use crate::ports::{Down, Key, Kind, Store};
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
    /// With what.
    owners: HashMap<String, XpmUuid>,
    /// Who is found under which key.
    found: HashMap<String, Vec<ContactId>>,
    /// What the plan would do, by XPM's id, where a plan is made, verified or applied.
    pub(super) planned: HashMap<String, SyncChange>,
    /// Whether what the plan would do counts as done.
    ahead: bool,
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
    uuids.extend(entries.iter().flat_map(|it| employers(it)).map(String::from));
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
    let pointing = match pointers.is_empty() {
        true => Vec::new(),
        false => store.read_many(&pointers).await?,
    };
    let mut taken: HashSet<String> = HashSet::new();
    let mut owners: HashMap<String, XpmUuid> = HashMap::new();
    for item in pointing {
        if let Ok(it) = serde_json::from_value::<ContactMatch>(item.body) {
            owners.insert(item.key.id.clone(), it.xpm);
        }
        taken.insert(item.key.id);
    }
    // Whose match is dead may be someone else in XPM by now (BY-13).
    let sought: HashSet<&str> = found.values().flatten().map(ContactId::as_str).collect();
    let owning: BTreeSet<String> = owners
        .iter()
        .filter(|(id, _)| sought.contains(id.as_str()))
        .map(|(_, uuid)| uuid.to_string())
        .filter(|it| !matches.found.contains_key(it))
        .collect();
    matches.found.extend(read::<Match>(store, task.firm, owning).await?.found);
    let mut planned = HashMap::new();
    if let Some(plan) = &task.planned {
        let uuids: BTreeSet<XpmUuid> = entries
            .iter()
            .map(|it| name(it).0.clone())
            .chain(matches.found.values().map(|it| it.record.xpm.uuid.clone()))
            .chain(entries.iter().flat_map(|it| employers(it)))
            .collect();
        let changes = change::of_records(store, task.firm, &plan.run, uuids.iter()).await?;
        planned = changes.into_iter().map(|it| (it.uuid.to_string(), it)).collect();
        if let (Some(before), false) = (plan.before, ids.is_empty()) {
            let given = ids
                .iter()
                .map(|id| Key::new(task.firm, Kind::SyncChange, format!("{}@{id}", plan.run)));
            for item in store.read_many(&given.collect::<Vec<_>>()).await? {
                if change::chunk_of(&item).is_some_and(|it| it < before)
                    && let Some((_, id)) = item.key.id.split_once('@')
                {
                    taken.insert(id.to_owned());
                }
            }
        }
    }
    let ahead = task.planned.as_ref().is_some_and(|it| it.before.is_some());
    let contacts = read(store, task.firm, ids).await?;
    Ok(Known { matches, contacts, taken, owners, found, planned, ahead })
}

fn employers(entry: &Entry) -> Vec<XpmUuid> {
    match entry {
        Entry::Contact(_, at) => at.iter().map(|it| it.client.clone()).collect(),
        Entry::Client(_) | Entry::TooLarge(..) => Vec::new(),
    }
}

impl Known {
    /// What is known of records that are only looked at.
    pub(super) fn of(matches: Vec<Kept<Match>>, planned: Vec<SyncChange>) -> Self {
        let found = matches.into_iter().map(|it| (it.record.xpm.uuid.to_string(), it)).collect();
        Self {
            matches: Read { found, unreadable: HashSet::new() },
            contacts: Read { found: HashMap::new(), unreadable: HashSet::new() },
            taken: HashSet::new(),
            owners: HashMap::new(),
            found: HashMap::new(),
            planned: planned.into_iter().map(|it| (it.uuid.to_string(), it)).collect(),
            ahead: false,
        }
    }

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

    /// The contacts found by a record's name or an e-mail address whose XPM record is dead: perhaps
    /// this one has taken its place (KB-65, KB-66).
    pub(super) fn orphans(
        &self,
        incoming: &Incoming,
        traits: &Traits,
    ) -> Vec<&Kept<ContactRecord>> {
        let mut all: BTreeMap<&str, &Kept<ContactRecord>> = BTreeMap::new();
        for id in blocking_keys(traits).iter().filter_map(|key| self.found.get(key)).flatten() {
            let owner = self.owners.get(id.as_str()).filter(|it| **it != incoming.xpm.uuid);
            if owner.is_some_and(|it| self.dead(it))
                && let Some(it) = self.contact(id)
            {
                all.insert(id.as_str(), it);
            }
        }
        all.into_values().collect()
    }

    fn dead(&self, uuid: &XpmUuid) -> bool {
        let planned = self.planned.get(uuid.as_str()).filter(|_| self.ahead);
        match planned.map(|it| it.outcome) {
            Some(Outcome::Skipped(reason)) => gone(reason),
            Some(_) => false,
            None => self.matches.found.get(uuid.as_str()).is_some_and(|it| dead(&it.record)),
        }
    }

    /// Whether a step is what the plan has noted of the record.
    pub(super) fn agrees(&self, uuid: &XpmUuid, step: &Step) -> bool {
        let planned = self.planned.get(uuid.as_str()).map(|it| &it.digest);
        planned == step.told.as_ref().map(|it| &it.digest)
    }

    /// Whether a run has dealt with a record before.
    pub(super) fn done_in(&self, uuid: &XpmUuid, run: &SyncId) -> bool {
        let before = self.matches.found.get(uuid.as_str());
        let changed_in = before.and_then(|it| it.record.changed_in.as_ref());
        changed_in.is_some_and(|(it, _)| it == run)
    }

    /// Whether a contact is matched with something.
    pub(super) fn taken(&self, id: &ContactId) -> bool {
        self.taken.contains(id.as_str())
    }

    /// A contact that is not gone.
    pub(super) fn contact(&self, id: &ContactId) -> Option<&Kept<ContactRecord>> {
        self.contacts.found.get(id.as_str()).filter(|it| !it.record.contact.deleted)
    }

    /// The organisation that an XPM client is matched with.
    pub(super) fn organisation(&self, client: &XpmUuid) -> Option<&ContactId> {
        let planned = self.planned.get(client.as_str()).filter(|_| self.ahead);
        let made = |it: &&SyncChange| matches!(it.outcome, Outcome::Matched | Outcome::Created);
        if let Some(it) = planned.filter(made) {
            return it.contact.as_ref();
        }
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
