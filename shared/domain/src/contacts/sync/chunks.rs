//! What a run has read from XPM, in the cache, in pieces small enough for one item each.
//!
//! Clients that XPM has put away come first, so that whoever took the place of one is known for it; then
//! the other clients. A contact shared by several is kept back until all are read, so that it is one
//! entry with all its clients, and counts once.

use std::collections::{BTreeMap, HashSet};

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::run::SyncRun;
use crate::contacts::client::{Employer, barrier, employer};
use crate::firm::ContactSync;
use crate::ids::{FirmId, XpmUuid};
use crate::ports::{Cache, CacheKey, Cached, Cause, ClientSink, Clock, Down, Expect, Ports, Shelf};
use crate::practice::{Client, ClientContact};

/// The most entries in a chunk.
const ENTRIES: usize = 200;
/// The most bytes in a chunk: an item ends at 400 KB.
const BYTES: usize = 300_000;
/// The most bytes of one record: what we keep of it holds its texts several times over.
const RECORD_BYTES: usize = 50_000;
/// How long a chunk is kept; a plan that was made of it can be applied as long.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The most ids in an item.
const IDS: usize = 5_000;

/// One record as read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// A client, without its contacts.
    Client(Box<Client>),
    /// A contact, with those of its clients that were read.
    Contact(ClientContact, Vec<Employer>),
    /// A record that fits into no chunk.
    TooLarge(XpmUuid, String),
}

/// Takes clients as they are read, and writes chunks.
pub(super) struct Writer<'a, P> {
    ports: &'a P,
    firm: &'a FirmId,
    sync: &'a ContactSync,
    series: String,
    seen: HashSet<XpmUuid>,
    people: BTreeMap<XpmUuid, (ClientContact, Vec<Employer>)>,
    away: Pile,
    there: Pile,
    entries: u64,
    all: bool,
    failed: Option<Down>,
}

/// Entries on their way into chunks.
#[derive(Default)]
struct Pile {
    waiting: Vec<Entry>,
    bytes: usize,
    chunks: u32,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// So many chunks.
    pub(super) chunks: u32,
    /// So many of them hold clients that XPM has put away, and come first.
    pub(super) away: u32,
    /// So many entries.
    pub(super) entries: u64,
}

impl<'a, P: Ports> Writer<'a, P> {
    /// Writes for this attempt of a run.
    pub(super) fn new(
        ports: &'a P,
        firm: &'a FirmId,
        sync: &'a ContactSync,
        run: &SyncRun,
    ) -> Self {
        Self {
            ports,
            firm,
            sync,
            series: series(run),
            seen: HashSet::new(),
            people: BTreeMap::new(),
            away: Pile::default(),
            there: Pile::default(),
            entries: 0,
            all: run.plan.since.is_none(),
            failed: None,
        }
    }

    /// What of ours stopped the reading, if anything did.
    pub(super) fn failed(&mut self) -> Option<Down> {
        self.failed.take()
    }

    /// Writes the rest, and says how much it was.
    pub(super) async fn close(mut self) -> Result<Written, Down> {
        // People come in chunks of their own: by then their organisations are matched.
        self.flush(false).await?;
        for (uuid, (contact, at)) in std::mem::take(&mut self.people) {
            if self.seen.insert(uuid) {
                self.add(Entry::Contact(contact, at)).await?;
            }
        }
        self.flush(false).await?;
        self.flush(true).await?;
        if self.all {
            let seen: Vec<&XpmUuid> = self.seen.iter().collect();
            for (n, some) in seen.chunks(IDS).enumerate() {
                self.keep(format!("{}#ids{n}", self.series), json!({ "ids": some })).await?;
            }
            let pieces = seen.len().div_ceil(IDS);
            self.keep(format!("{}#ids", self.series), json!({ "pieces": pieces })).await?;
        }
        let (away, chunks) = (self.away.chunks, self.away.chunks + self.there.chunks);
        Ok(Written { chunks, away, entries: self.entries })
    }

    async fn add_client(&mut self, mut client: Client) -> Result<(), Down> {
        // A list read while it changes may show a client twice.
        if !self.seen.insert(client.uuid.clone()) {
            return Ok(());
        }
        for contact in std::mem::take(&mut client.contacts) {
            let at = employer(&client, &contact, self.sync);
            let (_, all) =
                self.people.entry(contact.uuid.clone()).or_insert_with(|| (contact, Vec::new()));
            if all.iter().all(|it| it.client != at.client) {
                all.push(at);
            }
        }
        self.add(Entry::Client(Box::new(client))).await
    }

    async fn add(&mut self, mut entry: Entry) -> Result<(), Down> {
        let mut size = size(&entry)?;
        if size > RECORD_BYTES {
            let (uuid, name) = match entry {
                Entry::Client(it) => (it.uuid, it.name),
                Entry::Contact(it, _) => (it.uuid, it.name),
                Entry::TooLarge(uuid, name) => (uuid, name),
            };
            entry = Entry::TooLarge(uuid, name.chars().take(200).collect());
            size = self::size(&entry)?;
        }
        let away = matches!(&entry, Entry::Client(it) if barrier(it).is_some());
        let pile = self.pile(away);
        if pile.waiting.len() == ENTRIES || pile.bytes + size > BYTES {
            self.flush(away).await?;
        }
        let pile = self.pile(away);
        pile.bytes += size;
        pile.waiting.push(entry);
        self.entries += 1;
        Ok(())
    }

    fn pile(&mut self, away: bool) -> &mut Pile {
        if away { &mut self.away } else { &mut self.there }
    }

    async fn flush(&mut self, away: bool) -> Result<(), Down> {
        let pile = self.pile(away);
        if pile.waiting.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut pile.waiting);
        let n = pile.chunks;
        pile.bytes = 0;
        pile.chunks += 1;
        self.keep(id(&self.series, away, n), json!({ "entries": entries })).await
    }

    async fn keep(&self, id: String, body: serde_json::Value) -> Result<(), Down> {
        let now = self.ports.clock().now();
        let key = CacheKey::new(self.firm, Shelf::SyncChunk, id);
        let item = Cached { version: 0, body, expires_at: now + KEPT };
        let _ = self.ports.cache().keep(&key, item, Expect::Any, now).await?;
        Ok(())
    }
}

impl<P: Ports> ClientSink for Writer<'_, P> {
    async fn take(&mut self, clients: Vec<Client>) -> Result<(), Cause> {
        for client in clients {
            if let Err(down) = self.add_client(client).await {
                let told = down.to_string();
                self.failed = Some(down);
                return Err(told.into());
            }
        }
        Ok(())
    }
}

/// A chunk of a run, unless it has vanished.
pub(super) async fn read<P: Ports>(
    ports: &P,
    firm: &FirmId,
    run: &SyncRun,
    n: u32,
) -> Result<Option<Vec<Entry>>, Down> {
    let id = match n.checked_sub(run.plan.away) {
        None => id(&series(run), true, n),
        Some(n) => id(&series(run), false, n),
    };
    Ok(kept::<P, Chunk>(ports, firm, id).await?.map(|it| it.entries))
}

/// The ids of everything that a run which reads all has read, unless some have vanished.
pub(super) async fn seen<P: Ports>(
    ports: &P,
    firm: &FirmId,
    run: &SyncRun,
) -> Result<Option<HashSet<XpmUuid>>, Down> {
    let series = series(run);
    let Some(Pieces { pieces }) = kept(ports, firm, format!("{series}#ids")).await? else {
        return Ok(None);
    };
    let mut all = HashSet::new();
    for n in 0..pieces {
        let Some(Ids { ids }) = kept(ports, firm, format!("{series}#ids{n}")).await? else {
            return Ok(None);
        };
        all.extend(ids);
    }
    Ok(Some(all))
}

async fn kept<P: Ports, T: DeserializeOwned>(
    ports: &P,
    firm: &FirmId,
    id: String,
) -> Result<Option<T>, Down> {
    let key = CacheKey::new(firm, Shelf::SyncChunk, id);
    let item = ports.cache().fetch(&key, ports.clock().now()).await?;
    // What cannot be read was written by another version of us: it is read from XPM again.
    Ok(item.and_then(|it| serde_json::from_value(it.body).ok()))
}

#[derive(Deserialize)]
struct Chunk {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Pieces {
    pieces: usize,
}

#[derive(Deserialize)]
struct Ids {
    ids: Vec<XpmUuid>,
}

/// Each attempt writes a series of its own, so that pieces of an earlier one are not mixed in. Whoever
/// applies a plan uses the plan's.
pub(super) fn series(run: &SyncRun) -> String {
    run.plan.series.clone().unwrap_or_else(|| format!("{}.{}", run.id, run.plan.attempts))
}

fn id(series: &str, away: bool, n: u32) -> String {
    let pile = if away { "away" } else { "" };
    format!("{series}#{pile}{n}")
}

fn size(entry: &Entry) -> Result<usize, Down> {
    let text = serde_json::to_string(entry)
        .map_err(|it| Down { what: "the chunks of a sync", cause: it.into() })?;
    Ok(text.len())
}
