//! What a run has read from XPM, in the cache, in pieces small enough for one item each.
//!
//! Clients come first. A contact shared by several clients is kept back until all are read, so that
//! it is one entry with all its clients, and counts once.

use std::collections::{BTreeMap, HashSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::run::SyncRun;
use crate::contacts::client::{Employer, employer};
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
/// How long a chunk is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

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
    waiting: Vec<Entry>,
    bytes: usize,
    chunks: u32,
    entries: u64,
    failed: Option<Down>,
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
            waiting: Vec::new(),
            bytes: 0,
            chunks: 0,
            entries: 0,
            failed: None,
        }
    }

    /// What of ours stopped the reading, if anything did.
    pub(super) fn failed(&mut self) -> Option<Down> {
        self.failed.take()
    }

    /// Writes the rest, and says how many chunks and entries there are.
    pub(super) async fn close(mut self) -> Result<(u32, u64), Down> {
        // People come in chunks of their own: by then their organisations are matched.
        self.flush().await?;
        for (uuid, (contact, at)) in std::mem::take(&mut self.people) {
            if self.seen.insert(uuid) {
                self.add(Entry::Contact(contact, at)).await?;
            }
        }
        self.flush().await?;
        Ok((self.chunks, self.entries))
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
        if self.waiting.len() == ENTRIES || self.bytes + size > BYTES {
            self.flush().await?;
        }
        self.bytes += size;
        self.entries += 1;
        self.waiting.push(entry);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Down> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let now = self.ports.clock().now();
        let key = key(self.firm, &self.series, self.chunks);
        let body = json!({ "entries": self.waiting });
        let item = Cached { version: 0, body, expires_at: now + KEPT };
        let _ = self.ports.cache().keep(&key, item, Expect::Any, now).await?;
        self.waiting.clear();
        self.bytes = 0;
        self.chunks += 1;
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
    let key = key(firm, &series(run), n);
    let Some(item) = ports.cache().fetch(&key, ports.clock().now()).await? else {
        return Ok(None);
    };
    // What cannot be read was written by another version of us: it is read from XPM again.
    Ok(serde_json::from_value::<Chunk>(item.body).ok().map(|it| it.entries))
}

#[derive(Deserialize)]
struct Chunk {
    entries: Vec<Entry>,
}

/// Each attempt writes a series of its own, so that pieces of an earlier one are not mixed in.
fn series(run: &SyncRun) -> String {
    format!("{}.{}", run.id, run.plan.attempts)
}

fn key(firm: &FirmId, series: &str, n: u32) -> CacheKey {
    CacheKey::new(firm, Shelf::SyncChunk, format!("{series}#{n}"))
}

fn size(entry: &Entry) -> Result<usize, Down> {
    let text = serde_json::to_string(entry)
        .map_err(|it| Down { what: "the chunks of a sync", cause: it.into() })?;
    Ok(text.len())
}
