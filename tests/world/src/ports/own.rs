//! What is ours: tables, queues and the clock.

use domain::ids::FirmId;
use domain::ports::{
    Cache, CacheKey, Cached, Change, Clock, Committed, Down, Expect, Item, Key, Kind, Lane,
    LaneState, Lanes, Page, Range, Shelf, Store, Wake, Wakes,
};
use jiff::{SignedDuration, Timestamp};

use super::Worker;
use crate::plant::Plant;

impl Store for Worker {
    async fn read(&self, key: &Key) -> Result<Option<Item>, Down> {
        self.own(async |it| it.store.read(key).await).await
    }

    async fn read_many(&self, keys: &[Key]) -> Result<Vec<Item>, Down> {
        self.own(async |it| it.store.read_many(keys).await).await
    }

    async fn list(&self, range: &Range) -> Result<Page, Down> {
        self.own(async |it| it.store.list(range).await).await
    }

    async fn commit(&self, mut changes: Vec<Change>) -> Result<Committed, Down> {
        if self.world.chance(|it| it.conflict) {
            self.me.pause().await;
            return Ok(Committed::Conflict);
        }
        if self.world.has(Plant::UnconditionalWrites) {
            for change in &mut changes {
                let (Change::Put(_, expect) | Change::Delete(_, expect)) = change;
                *expect = Expect::Any;
            }
        }
        if self.world.has(Plant::IntentNotDurable) && changes.iter().any(is_intent) {
            self.me.pause().await;
            return Ok(Committed::Done);
        }
        if self.world.has(Plant::TokensNotKept) && changes.iter().any(is_rotation) {
            self.me.pause().await;
            return Ok(Committed::Done);
        }
        self.own(async |it| it.store.commit(changes).await).await
    }

    async fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Key)>, Down> {
        self.own(async |it| it.store.due(firm, lane, until, limit).await).await
    }
}

fn is_intent(change: &Change) -> bool {
    matches!(change, Change::Put(item, _)
        if item.key.kind == Kind::Entry && item.body["push"]["state"]["at"] == "sending")
}

fn is_rotation(change: &Change) -> bool {
    matches!(change, Change::Put(item, _)
        if item.key.kind == Kind::Token && item.body["previous"].is_array())
}

impl Lanes for Worker {
    async fn mark(&self, firm: &FirmId, lane: Lane, at: Timestamp) -> Result<(), Down> {
        if self.world.has(Plant::MarksLost) {
            return Ok(());
        }
        self.own(async |it| it.store.mark(firm, lane, at).await).await
    }

    async fn look(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        self.own(async |it| it.store.look(firm, lane).await).await
    }

    async fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> Result<bool, Down> {
        self.own(async |it| it.store.settle(firm, lane, seen, next).await).await
    }

    async fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<FirmId>, Down> {
        self.own(async |it| it.store.waiting(lane, shard, until, limit).await).await
    }
}

impl Cache for Worker {
    async fn fetch(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Cached>, Down> {
        let now = self.believes(now);
        self.own(async |it| it.cache.fetch(key, now).await).await
    }

    async fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        if key.shelf == Shelf::Budget && self.world.has(Plant::BudgetForgotten) {
            return Ok(Committed::Done);
        }
        let now = self.believes(now);
        self.own(async |it| it.cache.keep(key, item, expect, now).await).await
    }

    async fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        let now = self.believes(now);
        self.own(async |it| it.cache.forget(key, expect, now).await).await
    }

    async fn ids(&self, firm: &FirmId, shelf: Shelf, limit: usize) -> Result<Vec<String>, Down> {
        self.own(async |it| it.cache.ids(firm, shelf, limit).await).await
    }
}

impl Worker {
    fn believes(&self, now: Timestamp) -> Timestamp {
        if self.world.has(Plant::TtlTrusted) { Timestamp::UNIX_EPOCH } else { now }
    }
}

impl Wakes for Worker {
    async fn wake(&self, wake: &Wake) -> Result<(), Down> {
        if self.world.has(Plant::MarksLost) {
            return Ok(());
        }
        let soon = || SignedDuration::from_millis(i64::from(self.world.draw(1_500)));
        self.own(async |_| {
            self.world.send(wake, 0, soon());
            if self.world.chance(|it| it.repeat) {
                self.world.send(wake, 0, soon() * 40);
            }
            Ok(())
        })
        .await
    }
}

impl Clock for Worker {
    fn now(&self) -> Timestamp {
        self.world.now() + self.me.skew
    }

    fn random(&self) -> [u8; 32] {
        self.world.outside.clock.random()
    }

    async fn wait(&self, until: Timestamp) {
        while self.now() < until {
            self.me.sleep(until - self.me.skew).await;
        }
    }
}
