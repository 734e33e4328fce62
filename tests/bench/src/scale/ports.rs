//! The twins as a function sees them: each request takes its time, and is counted as AWS would bill it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use domain::ids::FirmId;
use domain::ports::{
    Cache, CacheKey, Cached, Change, Clock, Committed, Courier, Down, Due, Expect, Item, Key, Kind,
    Lane, LaneState, Lanes, Letter, Page, Ports, Range, Receipt, Seal, Sealed, Secret, Shelf,
    Store, Vault, Wake, Wakes,
};
use jiff::Timestamp;
use memory::{MemoryIdentity, MemoryPractice};

use super::cloud::Cloud;
use super::counts::{Counts, read_units, write_units};
use super::model;
use super::time::lock;

/// Attributes of every record beside its body and keys: version, schema, stamp, and their names.
const RECORD: usize = 52;
/// Attributes of every cached item beside its body and keys.
const CACHED: usize = 75;
/// What the index `due` holds of an item beside its keys.
const DUE: usize = 32;
/// The items of one `BatchGetItem`.
const BATCH: usize = 100;
/// A page of a query, in bytes.
const PAGE: usize = 1 << 20;

/// The outside of one invocation.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) cloud: Arc<Cloud>,
    bill: Arc<Mutex<Bill>>,
}

#[derive(Default)]
struct Bill {
    counts: Counts,
    /// Calls to Xero there had been when this invocation was last heard of.
    called: usize,
    /// What the key service was asked of already; the vault keeps that for the sandbox's next invocation,
    /// which is seldom the same firm's.
    opened: BTreeSet<(FirmId, &'static str, u64)>,
}

impl Worker {
    /// An invocation that begins now.
    pub(crate) fn new(cloud: &Arc<Cloud>) -> Self {
        let bill = Bill { called: cloud.called(), ..Bill::default() };
        Self { cloud: Arc::clone(cloud), bill: Arc::new(Mutex::new(bill)) }
    }

    /// Lets the time of its last calls pass; says what it has asked for.
    pub(crate) async fn end(&self) -> Counts {
        self.calls().await;
        lock(&self.bill).counts
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut lock(&self.bill).counts);
    }

    /// No other invocation runs while this one does not wait, so all calls since it last waited are its own.
    async fn calls(&self) {
        let calls = self.cloud.called() - lock(&self.bill).called;
        if calls > 0 {
            self.count(|it| it.calls += calls as f64);
            self.pass(calls as f64 * model::XPM).await;
        }
    }

    async fn pass(&self, seconds: f64) {
        let now = self.cloud.time.now();
        self.cloud.time.sleep(now + model::lasting(seconds)).await;
        lock(&self.bill).called = self.cloud.called();
    }

    /// So many requests to AWS.
    async fn ask(&self, requests: usize) {
        self.calls().await;
        self.pass(requests as f64 * model::AWS).await;
    }

    fn read(&self, partition: &str, units: f64) {
        self.count(|it| {
            it.reads += 1.0;
            it.read_units += units;
        });
        self.cloud.heat(partition, units, 0.0);
    }

    fn write(&self, partition: &str, units: f64) {
        self.count(|it| it.write_units += units);
        self.cloud.heat(partition, 0.0, units);
    }

    /// What a change of `due` writes to the index, at this place of it.
    fn index(&self, firm: &FirmId, before: Option<Due>, after: Option<Due>, lanes: bool) {
        if before == after {
            return;
        }
        for due in [before, after].into_iter().flatten() {
            self.count(|it| it.index_units += 1.0);
            if lanes {
                self.cloud.shard(due.lane);
            } else {
                self.cloud.heat(&format!("{firm}#due items"), 0.0, 1.0);
            }
        }
    }

    async fn kept(&self, key: &Key) -> Option<Item> {
        self.cloud.outside.store.read(key).await.ok().flatten()
    }
}

fn partition(firm: &FirmId, sort: &str) -> String {
    format!("{firm}#{sort}")
}

/// Bytes of a record.
pub(crate) fn bytes(item: &Item) -> usize {
    let keys = key_bytes(&item.key);
    let due = item.due.map_or(0, |_| DUE + item.key.firm.as_str().len());
    keys + RECORD + due + memory::store::size(&item.body)
}

fn key_bytes(key: &Key) -> usize {
    key.firm.as_str().len() + 1 + key.kind.as_str().len() + key.id.len() + 4
}

fn cached_bytes(key: &CacheKey, item: &Cached) -> usize {
    let keys = key.firm.as_str().len() + key.shelf.as_str().len() + key.id.len() + 5;
    keys + CACHED + memory::store::size(&item.body)
}

impl Store for Worker {
    async fn read(&self, key: &Key) -> Result<Option<Item>, Down> {
        self.ask(1).await;
        let found = self.cloud.outside.store.read(key).await?;
        let units = read_units(found.as_ref().map_or(0, bytes));
        self.read(&partition(&key.firm, key.kind.as_str()), units);
        Ok(found)
    }

    async fn read_many(&self, keys: &[Key]) -> Result<Vec<Item>, Down> {
        self.ask(keys.len().div_ceil(BATCH)).await;
        let found = self.cloud.outside.store.read_many(keys).await?;
        let distinct = keys.iter().collect::<BTreeSet<_>>();
        for key in distinct {
            let item = found.iter().find(|it| it.key == *key);
            let units = read_units(item.map_or(0, bytes));
            self.count(|it| it.read_units += units);
            self.cloud.heat(&partition(&key.firm, key.kind.as_str()), units, 0.0);
        }
        self.count(|it| it.reads += keys.len().div_ceil(BATCH) as f64);
        Ok(found)
    }

    async fn list(&self, range: &Range) -> Result<Page, Down> {
        self.ask(1).await;
        let page = self.cloud.outside.store.list(range).await?;
        let bytes: usize = page.items.iter().map(bytes).sum();
        self.read(&partition(&range.firm, range.kind.as_str()), read_units(bytes));
        if bytes > PAGE {
            self.ask(bytes / PAGE).await;
        }
        Ok(page)
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<Committed, Down> {
        if changes.is_empty() {
            return Ok(Committed::Done);
        }
        self.ask(1).await;
        let twice = if changes.len() > 1 { 2.0 } else { 1.0 };
        let mut before = Vec::with_capacity(changes.len());
        for change in &changes {
            before.push(self.kept(change.key()).await);
        }
        let after: Vec<Option<Item>> = changes
            .iter()
            .map(|it| match it {
                Change::Put(item, _) => Some(item.clone()),
                Change::Delete(..) => None,
            })
            .collect();
        let keys: Vec<Key> = changes.iter().map(|it| it.key().clone()).collect();
        let committed = self.cloud.outside.store.commit(changes).await?;
        self.count(|it| it.writes += 1.0);
        // What is refused costs as much, but for the index.
        for ((key, before), after) in keys.iter().zip(&before).zip(&after) {
            let larger = before.as_ref().map_or(0, bytes).max(after.as_ref().map_or(0, bytes));
            self.write(&partition(&key.firm, key.kind.as_str()), twice * write_units(larger));
            if committed == Committed::Done {
                let due = |it: &Option<Item>| it.as_ref().and_then(|it| it.due);
                self.index(&key.firm, due(before), due(after), false);
            }
        }
        Ok(committed)
    }

    async fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Key)>, Down> {
        self.ask(1).await;
        let found = self.cloud.outside.store.due(firm, lane, until, limit).await?;
        let bytes = found.iter().map(|(_, key)| key_bytes(key) + DUE).sum();
        self.read(&partition(firm, "due items"), read_units(bytes) / 2.0);
        Ok(found)
    }
}

impl Worker {
    /// A conditional write to a lane's item; `tries` of which all but the last are refused.
    fn lane(&self, firm: &FirmId, lane: Lane, tries: f64, before: LaneState, after: LaneState) {
        self.count(|it| it.writes += tries);
        self.write(&partition(firm, Kind::Lane.as_str()), tries);
        let due = |it: LaneState| it.due_at.map(|at| Due { lane, at });
        self.index(firm, due(before), due(after), true);
    }

    async fn look_within(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        self.cloud.outside.store.look(firm, lane).await
    }
}

impl Lanes for Worker {
    async fn mark(&self, firm: &FirmId, lane: Lane, at: Timestamp) -> Result<(), Down> {
        let before = self.look_within(firm, lane).await?;
        // A lane that is due earlier takes a second write.
        let tries = if before.due_at.is_some_and(|it| it < at) { 2 } else { 1 };
        self.ask(tries).await;
        let before = self.look_within(firm, lane).await?;
        self.cloud.outside.store.mark(firm, lane, at).await?;
        let after = self.look_within(firm, lane).await?;
        self.lane(firm, lane, tries as f64, before, after);
        Ok(())
    }

    async fn look(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        self.ask(1).await;
        self.read(&partition(firm, Kind::Lane.as_str()), 1.0);
        self.look_within(firm, lane).await
    }

    async fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> Result<bool, Down> {
        self.ask(1).await;
        let before = self.look_within(firm, lane).await?;
        let settled = self.cloud.outside.store.settle(firm, lane, seen, next).await?;
        let after = self.look_within(firm, lane).await?;
        self.lane(firm, lane, 1.0, before, after);
        Ok(settled)
    }

    async fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<FirmId>, Down> {
        self.ask(1).await;
        let found = self.cloud.outside.store.waiting(lane, shard, until, limit).await?;
        let bytes = found.iter().map(|it| it.as_str().len() + lane.as_str().len() + 50).sum();
        self.read(&format!("-#due {}", lane.as_str()), read_units(bytes) / 2.0);
        Ok(found)
    }
}

impl Cache for Worker {
    async fn fetch(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Cached>, Down> {
        self.ask(1).await;
        let found = self.cloud.outside.cache.fetch(key, now).await?;
        let bytes = found.as_ref().map_or(0, |it| cached_bytes(key, it));
        self.read(&partition(&key.firm, key.shelf.as_str()), read_units(bytes));
        Ok(found)
    }

    async fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        self.ask(1).await;
        let before = self.cloud.outside.cache.fetch(key, Timestamp::UNIX_EPOCH).await?;
        let before = before.map_or(0, |it| cached_bytes(key, &it));
        let larger = before.max(cached_bytes(key, &item));
        self.count(|it| it.writes += 1.0);
        self.write(&partition(&key.firm, key.shelf.as_str()), write_units(larger));
        self.cloud.outside.cache.keep(key, item, expect, now).await
    }

    async fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        self.ask(1).await;
        self.count(|it| it.writes += 1.0);
        self.write(&partition(&key.firm, key.shelf.as_str()), 1.0);
        self.cloud.outside.cache.forget(key, expect, now).await
    }

    async fn ids(&self, firm: &FirmId, shelf: Shelf, limit: usize) -> Result<Vec<String>, Down> {
        self.ask(1).await;
        let found = self.cloud.outside.cache.ids(firm, shelf, limit).await?;
        let bytes = found.iter().map(|it| it.len() + 50).sum();
        self.read(&partition(firm, shelf.as_str()), read_units(bytes));
        Ok(found)
    }
}

impl Wakes for Worker {
    async fn wake(&self, wake: &Wake) -> Result<(), Down> {
        self.ask(1).await;
        self.count(|it| it.messages += 1.0);
        self.cloud.send(wake.clone());
        Ok(())
    }
}

impl Worker {
    fn is_new(&self, seal: &Seal<'_>) -> bool {
        lock(&self.bill).opened.insert((seal.firm.clone(), seal.kind, seal.version))
    }
}

impl Vault for Worker {
    async fn seal(&self, seal: &Seal<'_>, secret: &Secret) -> Result<Sealed, Down> {
        self.ask(1).await;
        self.is_new(seal);
        self.count(|it| it.keys += 1.0);
        self.cloud.outside.vault.seal(seal, secret).await
    }

    async fn open(&self, seal: &Seal<'_>, sealed: &Sealed) -> Result<Option<Secret>, Down> {
        if self.is_new(seal) {
            self.ask(1).await;
            self.count(|it| it.keys += 1.0);
        }
        self.cloud.outside.vault.open(seal, sealed).await
    }
}

impl Clock for Worker {
    fn now(&self) -> Timestamp {
        self.cloud.time.now()
    }

    fn random(&self) -> [u8; 32] {
        self.cloud.outside.clock.random()
    }

    async fn wait(&self, until: Timestamp) {
        self.calls().await;
        self.cloud.time.sleep(until).await;
        lock(&self.bill).called = self.cloud.called();
    }
}

impl Courier for Worker {
    async fn deliver(&self, letter: &Letter<'_>) -> Receipt {
        self.calls().await;
        self.pass(model::ENDPOINT).await;
        self.cloud.courier.deliver(letter).await
    }
}

impl Ports for Worker {
    type Store = Self;
    type Cache = Self;
    type Wakes = Self;
    type Vault = Self;
    type Identity = MemoryIdentity;
    type Practice = MemoryPractice;
    type Clock = Self;

    fn store(&self) -> &Self {
        self
    }

    fn cache(&self) -> &Self {
        self
    }

    fn wakes(&self) -> &Self {
        self
    }

    fn vault(&self) -> &Self {
        self
    }

    fn identity(&self) -> &MemoryIdentity {
        &self.cloud.outside.identity
    }

    fn practice(&self) -> &MemoryPractice {
        &self.cloud.outside.practice
    }

    fn clock(&self) -> &Self {
        self
    }
}
