//! The cache in memory: what is past its time stays until it is swept, and counts for nothing.

use std::collections::BTreeMap;
use std::sync::Mutex;

use domain::ids::FirmId;
use domain::ports::{Cache, CacheKey, Cached, Committed, Down, Expect, Shelf};
use jiff::Timestamp;

use crate::store::{to_millisecond, value};
use crate::{down, due, lock};

const WHAT: &str = "the cache in memory";

/// Keeps things for a while in memory. Times are kept to the millisecond.
#[derive(Debug, Default)]
pub struct MemoryCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    items: BTreeMap<CacheKey, Cached>,
    fail: u32,
    lose_answers: u32,
}

impl MemoryCache {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next `n` calls fail before anything is written.
    pub fn fail_next(&self, n: u32) {
        lock(&self.0).fail = n;
    }

    /// The next `n` writes that go through answer as if they had failed.
    pub fn lose_answers(&self, n: u32) {
        lock(&self.0).lose_answers = n;
    }

    /// Deletes those items past their time that `choose` names, as DynamoDB does whenever it likes (G17).
    pub fn sweep(&self, now: Timestamp, mut choose: impl FnMut(&CacheKey) -> bool) {
        lock(&self.0).items.retain(|key, item| live(item, now) || !choose(key));
    }

    /// Forgets everything, as a cache may at any time.
    pub fn clear(&self) {
        lock(&self.0).items.clear();
    }

    /// Everything there is, whether past its time or not.
    pub fn items(&self) -> Vec<(CacheKey, Cached)> {
        lock(&self.0).items.iter().map(|(key, item)| (key.clone(), item.clone())).collect()
    }

    fn write(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
        write: impl FnOnce(&mut State),
    ) -> Result<Committed, Down> {
        let mut state = self.begin(key)?;
        let version = state.items.get(key).filter(|it| live(it, now)).map(|it| it.version);
        let expected = match expect {
            Expect::Absent => version.is_none(),
            Expect::Version(seen) => version == Some(seen),
            Expect::Any => true,
        };
        if !expected {
            return Ok(Committed::Conflict);
        }
        write(&mut state);
        if due(&mut state.lose_answers) {
            return Err(down(WHAT, "told to lose the answer"));
        }
        Ok(Committed::Done)
    }

    fn begin(&self, key: &CacheKey) -> Result<std::sync::MutexGuard<'_, State>, Down> {
        let mut state = lock(&self.0);
        if due(&mut state.fail) {
            return Err(down(WHAT, "told to fail"));
        }
        match key.id.len() {
            1..=1024 => Ok(state),
            _ => Err(down(WHAT, "an id of 1 to 1024 bytes is needed")),
        }
    }
}

impl Cache for MemoryCache {
    async fn fetch(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Cached>, Down> {
        Ok(self.begin(key)?.items.get(key).filter(|it| live(it, now)).cloned())
    }

    async fn keep(
        &self,
        key: &CacheKey,
        item: Cached,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        let body = value(item.body, 1).map_err(|why| down(WHAT, why))?;
        self.write(key, expect, now, |state| {
            let version = match expect {
                Expect::Absent => 1,
                Expect::Version(seen) => seen + 1,
                Expect::Any => state.items.get(key).map_or(0, |it| it.version) + 1,
            };
            let kept = Cached { version, body, expires_at: to_millisecond(item.expires_at) };
            state.items.insert(key.clone(), kept);
        })
    }

    async fn forget(
        &self,
        key: &CacheKey,
        expect: Expect,
        now: Timestamp,
    ) -> Result<Committed, Down> {
        self.write(key, expect, now, |state| drop(state.items.remove(key)))
    }

    async fn ids(&self, firm: &FirmId, shelf: Shelf, limit: usize) -> Result<Vec<String>, Down> {
        let state = self.begin(&CacheKey::new(firm, shelf, "any"))?;
        let on_it = state.items.keys().filter(|it| it.firm == *firm && it.shelf == shelf);
        Ok(on_it.take(limit).map(|it| it.id.clone()).collect())
    }
}

fn live(item: &Cached, now: Timestamp) -> bool {
    item.expires_at.as_millisecond() > now.as_millisecond()
}
