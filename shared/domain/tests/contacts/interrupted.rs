//! A worker that dies between any two of its questions to the outside, and the one that goes on.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use domain::contacts::sync::{self, Followed, Mode, RunState, SyncRun, work};
use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::ports::{
    Cache, CacheKey, Cached, Change, Committed, Down, Expect, Item, Key, Lane, LaneState, Lanes,
    Page, Ports, Range, Shelf, Store, Wake, Wakes,
};
use jiff::{SignedDuration, Timestamp};
use memory::{
    MemoryCache, MemoryClock, MemoryIdentity, MemoryPorts, MemoryPractice, MemoryStore,
    MemoryVault, MemoryWakes,
};
use serde_json::json;

use crate::desk::{Desk, company, organisation, uuid, with};

/// Whatever is asked for, and wherever the first worker is dropped: the second ends it, every record
/// counts once, and both sides stand as if nothing had happened.
#[tokio::test]
async fn g18_a_sync_that_dies_at_any_await_ends_alike() {
    for sort in [Sort::First, Sort::Full, Sort::Plan, Sort::Applied, Sort::Undone] {
        let whole = sort.begin().await;
        whole.0.work().await;
        let expected = whole.0.run(&whole.1).await;
        assert_eq!(expected.state, RunState::Done, "{sort:?}");
        let told = whole.0.told();
        let mut polls = 0;
        loop {
            let (desk, run) = sort.begin().await;
            let died = desk.die_after(polls).await;
            desk.pass(2);
            desk.work().await;
            let run = desk.run(&run).await;
            assert_eq!(run.state, RunState::Done, "{sort:?} after {polls}");
            assert_eq!((run.counts, &run.skipped), (expected.counts, &expected.skipped));
            assert_eq!(desk.told(), told, "{sort:?} after {polls}");
            if !died {
                break;
            }
            polls += 1;
        }
        assert!(polls > 10, "{sort:?} never died");
    }
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    First,
    Full,
    Plan,
    Applied,
    Undone,
}

impl Sort {
    /// A firm for which such a run is asked for.
    async fn begin(self) -> (Desk, SyncRun) {
        let desk = Desk::new().await;
        desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
        desk.contact(organisation("o-2", "Beta", "other@beta.example")).await;
        let people = json!({"phone": "02 5550 1", "contacts": [{"uuid": "ca", "name": "Ann Lee"}]});
        desk.client(with(company("a1", "Acme", "a@acme.example"), people));
        desk.client(company("b1", "Beta", "b@beta.example"));
        desk.client(company("c0", "Gamma", "c@gamma.example"));
        desk.pass(6);
        if matches!(self, Self::First) {
            let run = desk.request().await;
            return (desk, run);
        }
        desk.sync().await;
        desk.client(company("c0", "Gamma Ltd", "c@gamma.example"));
        desk.client(company("d1", "Delta", "d@delta.example"));
        desk.ports.practice.drop_client(&crate::desk::tenant(), &uuid("a1"));
        desk.client(company("a2", "Acme", "a@acme.example"));
        desk.pass(8 * 24 * 60);
        let run = match self {
            Self::First | Self::Full => desk.request().await,
            Self::Plan => {
                sync::request(&desk.ports, &desk.firm, Mode::Plan, desk.now()).await.unwrap()
            }
            Self::Applied => {
                let plan = desk.plan().await;
                let followed = sync::apply(&desk.ports, &desk.firm, &plan.id, desk.now()).await;
                let Followed::By(run) = followed.unwrap() else { panic!("refused") };
                *run
            }
            Self::Undone => {
                let done = desk.sync().await;
                let Followed::By(run) = desk.try_undo(&done).await else { panic!("refused") };
                *run
            }
        };
        (desk, run)
    }
}

impl Desk {
    /// Everything that the sync keeps, without what tells one run or moment from another.
    fn told(&self) -> Vec<String> {
        let strip = |(id, _, mut body): (String, u64, serde_json::Value)| {
            if let Some(it) = body.as_object_mut() {
                it.remove("changed_in");
            }
            if let Some(it) = body.get_mut("contact").and_then(|it| it.as_object_mut()) {
                it.remove("as_of");
            }
            format!("{id} {body}")
        };
        let mut all: Vec<String> = self.kept().into_iter().map(strip).collect();
        // One entry of the journal and one change for each, however often it was tried.
        for kind in [domain::ports::Kind::Journal, domain::ports::Kind::SyncChange] {
            all.push(format!("{kind:?} {}", self.count(kind)));
        }
        all
    }

    /// One invocation that is gone after so many polls; whether it was.
    async fn die_after(&self, polls: usize) -> bool {
        let slow = Slow {
            ports: &self.ports,
            store: SlowStore(&self.ports.store),
            cache: SlowCache(&self.ports.cache),
            wakes: SlowWakes(&self.ports.wakes),
        };
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
        let mut working = pin!(work(&slow, &self.firm, deadline));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            if let Poll::Ready(ended) = working.as_mut().poll(&mut context) {
                ended.unwrap();
                return false;
            }
        }
        true
    }
}

/// The twins, each question of which takes a moment before and after it is answered.
struct Slow<'a> {
    ports: &'a MemoryPorts,
    store: SlowStore<'a>,
    cache: SlowCache<'a>,
    wakes: SlowWakes<'a>,
}

struct SlowStore<'a>(&'a MemoryStore);
struct SlowCache<'a>(&'a MemoryCache);
struct SlowWakes<'a>(&'a MemoryWakes);

async fn slow<T>(asking: impl Future<Output = T>) -> T {
    moment().await;
    let answer = asking.await;
    moment().await;
    answer
}

async fn moment() {
    let mut passed = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        match std::mem::replace(&mut passed, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

impl Store for SlowStore<'_> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, Down> {
        slow(self.0.read(key)).await
    }

    async fn read_many(&self, keys: &[Key]) -> Result<Vec<Item>, Down> {
        slow(self.0.read_many(keys)).await
    }

    async fn list(&self, range: &Range) -> Result<Page, Down> {
        slow(self.0.list(range)).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<Committed, Down> {
        slow(self.0.commit(changes)).await
    }

    async fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Key)>, Down> {
        slow(self.0.due(firm, lane, until, limit)).await
    }
}

impl Lanes for SlowStore<'_> {
    async fn mark(&self, firm: &FirmId, lane: Lane, at: Timestamp) -> Result<(), Down> {
        slow(self.0.mark(firm, lane, at)).await
    }

    async fn look(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        slow(self.0.look(firm, lane)).await
    }

    async fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> Result<bool, Down> {
        slow(self.0.settle(firm, lane, seen, next)).await
    }

    async fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<FirmId>, Down> {
        slow(self.0.waiting(lane, shard, until, limit)).await
    }
}

impl Cache for SlowCache<'_> {
    async fn fetch(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Cached>, Down> {
        slow(self.0.fetch(key, now)).await
    }

    async fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        slow(self.0.keep(key, item, expect, now)).await
    }

    async fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        slow(self.0.forget(key, expect, now)).await
    }

    async fn ids(&self, firm: &FirmId, shelf: Shelf, limit: usize) -> Result<Vec<String>, Down> {
        slow(self.0.ids(firm, shelf, limit)).await
    }
}

impl Wakes for SlowWakes<'_> {
    async fn wake(&self, wake: &Wake) -> Result<(), Down> {
        slow(self.0.wake(wake)).await
    }
}

impl<'a> Ports for Slow<'a> {
    type Store = SlowStore<'a>;
    type Cache = SlowCache<'a>;
    type Wakes = SlowWakes<'a>;
    type Vault = MemoryVault;
    type Identity = MemoryIdentity;
    type Practice = MemoryPractice;
    type Clock = MemoryClock;

    fn store(&self) -> &SlowStore<'a> {
        &self.store
    }

    fn cache(&self) -> &SlowCache<'a> {
        &self.cache
    }

    fn wakes(&self) -> &SlowWakes<'a> {
        &self.wakes
    }

    fn vault(&self) -> &MemoryVault {
        &self.ports.vault
    }

    fn identity(&self) -> &MemoryIdentity {
        &self.ports.identity
    }

    fn practice(&self) -> &MemoryPractice {
        &self.ports.practice
    }

    fn clock(&self) -> &MemoryClock {
        &self.ports.clock
    }
}
