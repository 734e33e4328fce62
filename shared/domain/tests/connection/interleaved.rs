//! Several workers at once on one thread: each port call is cut before and after, and a seed says
//! who goes on. A worker can be stopped at any cut, for a while or for good.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use domain::ids::FirmId;
use domain::ports::{
    Authorisation, Cache, CacheKey, Cached, Change, Committed, Connected, Denied, Down, Expect,
    Grant, Identity, Item, Key, Lane, LaneState, Lanes, Page, Person, Ports, Range, Secret, Shelf,
    Store, Unproven,
};
use jiff::Timestamp;
use memory::{
    MemoryCache, MemoryClock, MemoryIdentity, MemoryPorts, MemoryPractice, MemoryStore,
    MemoryVault, MemoryWakes,
};

/// A worker under way.
pub(crate) type Worker<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs all workers to their ends, in an order that follows from the seed.
pub(crate) fn all<T>(seed: u64, workers: Vec<Worker<'_, T>>) -> Vec<T> {
    let mut running: Vec<_> = workers.into_iter().map(Some).collect();
    let mut ended: Vec<Option<T>> = running.iter().map(|_| None).collect();
    let mut dice = Dice(seed);
    while let Some(n) = dice.pick(&running) {
        if let Some(answer) = running[n].as_mut().and_then(step) {
            (ended[n], running[n]) = (Some(answer), None);
        }
    }
    ended.into_iter().flatten().collect()
}

/// Goes on to the next cut; the answer, if that was the end.
pub(crate) fn step<T>(worker: &mut Worker<'_, T>) -> Option<T> {
    match worker.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

/// Goes on to the end.
pub(crate) fn finish<T>(mut worker: Worker<'_, T>) -> T {
    loop {
        if let Some(answer) = step(&mut worker) {
            return answer;
        }
    }
}

/// Lets another go first.
pub(crate) async fn cut() {
    let mut waited = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

struct Dice(u64);

impl Dice {
    /// One that still runs.
    fn pick<T>(&mut self, running: &[Option<T>]) -> Option<usize> {
        let left: Vec<usize> = (0..running.len()).filter(|n| running[*n].is_some()).collect();
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let it = usize::try_from((it ^ (it >> 31)) >> 32).unwrap();
        left.get(it.checked_rem(left.len())?).copied()
    }
}

/// Twins whose calls are cut before and after.
pub(crate) struct CutPorts<'a> {
    ports: &'a MemoryPorts,
    store: Cut<'a, MemoryStore>,
    cache: Cut<'a, MemoryCache>,
    identity: Cut<'a, MemoryIdentity>,
}

pub(crate) struct Cut<'a, T>(&'a T);

impl<'a> CutPorts<'a> {
    pub(crate) fn new(ports: &'a MemoryPorts) -> Self {
        let (store, cache, identity) = (&ports.store, &ports.cache, &*ports.identity);
        Self { ports, store: Cut(store), cache: Cut(cache), identity: Cut(identity) }
    }
}

impl<T> Cut<'_, T> {
    async fn around<R>(&self, call: impl Future<Output = R>) -> R {
        cut().await;
        let answer = call.await;
        cut().await;
        answer
    }
}

impl<'a> Ports for CutPorts<'a> {
    type Store = Cut<'a, MemoryStore>;
    type Cache = Cut<'a, MemoryCache>;
    type Wakes = MemoryWakes;
    type Vault = MemoryVault;
    type Identity = Cut<'a, MemoryIdentity>;
    type Practice = MemoryPractice;
    type Clock = MemoryClock;

    fn store(&self) -> &Self::Store {
        &self.store
    }

    fn cache(&self) -> &Self::Cache {
        &self.cache
    }

    fn wakes(&self) -> &MemoryWakes {
        &self.ports.wakes
    }

    fn vault(&self) -> &MemoryVault {
        &self.ports.vault
    }

    fn identity(&self) -> &Self::Identity {
        &self.identity
    }

    fn practice(&self) -> &MemoryPractice {
        &self.ports.practice
    }

    fn clock(&self) -> &MemoryClock {
        &self.ports.clock
    }
}

impl Store for Cut<'_, MemoryStore> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, Down> {
        self.around(self.0.read(key)).await
    }

    async fn read_many(&self, keys: &[Key]) -> Result<Vec<Item>, Down> {
        self.around(self.0.read_many(keys)).await
    }

    async fn list(&self, range: &Range) -> Result<Page, Down> {
        self.around(self.0.list(range)).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<Committed, Down> {
        self.around(self.0.commit(changes)).await
    }

    async fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Key)>, Down> {
        self.around(self.0.due(firm, lane, until, limit)).await
    }
}

impl Lanes for Cut<'_, MemoryStore> {
    async fn mark(&self, firm: &FirmId, lane: Lane, at: Timestamp) -> Result<(), Down> {
        self.around(self.0.mark(firm, lane, at)).await
    }

    async fn look(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        self.around(self.0.look(firm, lane)).await
    }

    async fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> Result<bool, Down> {
        self.around(self.0.settle(firm, lane, seen, next)).await
    }

    async fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<FirmId>, Down> {
        self.around(self.0.waiting(lane, shard, until, limit)).await
    }
}

impl Cache for Cut<'_, MemoryCache> {
    async fn fetch(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Cached>, Down> {
        self.around(self.0.fetch(key, now)).await
    }

    async fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        self.around(self.0.keep(key, item, expect, now)).await
    }

    async fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        self.around(self.0.forget(key, expect, now)).await
    }

    async fn ids(&self, firm: &FirmId, shelf: Shelf, limit: usize) -> Result<Vec<String>, Down> {
        self.around(self.0.ids(firm, shelf, limit)).await
    }
}

impl Identity for Cut<'_, MemoryIdentity> {
    fn authorise_url(&self, ask: &Authorisation<'_>) -> String {
        self.0.authorise_url(ask)
    }

    async fn exchange(&self, code: &Secret, verifier: &Secret) -> Result<Grant, Denied> {
        self.around(self.0.exchange(code, verifier)).await
    }

    async fn redeem(&self, code: &Secret, verifier: &Secret) -> Result<Secret, Denied> {
        self.around(self.0.redeem(code, verifier)).await
    }

    async fn verify(
        &self,
        id_token: &Secret,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Person, Unproven> {
        self.around(self.0.verify(id_token, nonce, now)).await
    }

    async fn refresh(&self, token: &Secret) -> Result<Grant, Denied> {
        self.around(self.0.refresh(token)).await
    }

    async fn revoke(&self, token: &Secret) -> Result<(), Denied> {
        self.around(self.0.revoke(token)).await
    }

    async fn connections(&self, access: &Secret) -> Result<Vec<Connected>, Denied> {
        self.around(self.0.connections(access)).await
    }
}
