//! The records in memory, as strict as DynamoDB.

mod lanes;
mod limits;

pub use limits::size;
pub(crate) use limits::{to_millisecond, value};

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use domain::ids::FirmId;
use domain::ports::{
    Change, Clock, Committed, Down, Due, Expect, Item, Key, Kind, Lane, Page, Range, Store,
};
use jiff::{SignedDuration, Timestamp};

use crate::{MemoryClock, down, due, lock};

const WHAT: &str = "the records in memory";
/// How far the index `due` may lag.
const LAG: SignedDuration = SignedDuration::from_secs(1);

/// Keeps records in memory.
///
/// Refuses what DynamoDB refuses, by [`Down`]: more than 100 changes in a commit, one key twice,
/// an empty or over-long id, a body that is no object, an item of more than 400 KB, a commit of
/// more than 4 MB, nesting beyond 32, empty names, numbers beyond 38 digits' reach. Versions are
/// counted here, times kept to the millisecond, and `1.0` comes back as `1`.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Arc<MemoryClock>,
    state: Mutex<State>,
}

/// All records at one instant (G22).
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    items: BTreeMap<Key, Kept<Item>>,
    lanes: BTreeMap<Key, Kept<lanes::Marked>>,
}

#[derive(Debug, Default)]
struct State {
    all: Snapshot,
    commits: u64,
    reads: u64,
    knobs: Knobs,
}

#[derive(Debug, Default)]
struct Knobs {
    fail_commits: u32,
    commits_left: Option<u32>,
    lose_answers: u32,
    conflict: u32,
    fail_reads: u32,
    fail_lanes: u32,
    lag: bool,
    sleep: Option<SignedDuration>,
}

/// A thing with what the index showed before its last change.
#[derive(Clone, Debug)]
struct Kept<T> {
    thing: T,
    changed: Timestamp,
    before: Option<Due>,
}

impl<T> Kept<T> {
    /// When it is due, as the index tells at `now`.
    fn shown(&self, due: Option<Due>, lag: bool, now: Timestamp) -> Option<Due> {
        if lag && now.duration_since(self.changed) < LAG { self.before } else { due }
    }
}

impl MemoryStore {
    /// Empty; `clock` tells how old a change is, for [`MemoryStore::lag_due`].
    pub fn new(clock: &Arc<MemoryClock>) -> Self {
        Self { clock: Arc::clone(clock), state: Mutex::default() }
    }

    /// The next `n` commits fail before anything is written.
    pub fn fail_commits(&self, n: u32) {
        let mut state = lock(&self.state);
        state.knobs.fail_commits = n;
        state.knobs.commits_left = None;
    }

    /// After `n` more commits every commit fails, as if the worker had died, until
    /// [`MemoryStore::fail_commits`] says otherwise.
    pub fn fail_commits_after(&self, n: u32) {
        lock(&self.state).knobs.commits_left = Some(n);
    }

    /// Whoever makes the next commit is asleep for so long before they hear that it went through.
    pub fn sleep_after_commit(&self, time: SignedDuration) {
        lock(&self.state).knobs.sleep = Some(time);
    }

    /// The next `n` commits that go through answer as if they had failed (500 after commit).
    pub fn lose_answers(&self, n: u32) {
        lock(&self.state).knobs.lose_answers = n;
    }

    /// The next `n` commits meet another's transaction.
    pub fn conflict_next(&self, n: u32) {
        lock(&self.state).knobs.conflict = n;
    }

    /// The next `n` reads fail: of items, lists, what is due, lanes and who waits.
    pub fn fail_reads(&self, n: u32) {
        lock(&self.state).knobs.fail_reads = n;
    }

    /// The next `n` marks and settlements of lanes fail before anything is written.
    pub fn fail_lanes(&self, n: u32) {
        lock(&self.state).knobs.fail_lanes = n;
    }

    /// Whether the index shows changes only when they are a second old, as DynamoDB's may.
    pub fn lag_due(&self, lag: bool) {
        lock(&self.state).knobs.lag = lag;
    }

    /// Deletes what may be gone by now, which DynamoDB does at its leisure; says how many.
    pub fn expire(&self) -> usize {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let before = state.all.items.len();
        state.all.items.retain(|_, kept| kept.thing.expires.is_none_or(|it| it > now));
        before - state.all.items.len()
    }

    /// Every item, in the order of their keys; not the lanes.
    pub fn items(&self) -> Vec<Item> {
        lock(&self.state).all.items.values().map(|kept| kept.thing.clone()).collect()
    }

    /// How many commits wrote something.
    pub fn commits(&self) -> u64 {
        lock(&self.state).commits
    }

    /// All records as they are.
    pub fn snapshot(&self) -> Snapshot {
        lock(&self.state).all.clone()
    }

    /// All records as they were.
    pub fn restore(&self, snapshot: &Snapshot) {
        lock(&self.state).all = snapshot.clone();
    }

    /// How often it was read: items, lists, what is due, lanes and who waits.
    pub fn reads(&self) -> u64 {
        lock(&self.state).reads
    }

    fn reading<T>(&self, read: impl FnOnce(&State) -> Result<T, Down>) -> Result<T, Down> {
        let mut state = lock(&self.state);
        state.reads += 1;
        if due(&mut state.knobs.fail_reads) {
            return Err(down(WHAT, "told to fail"));
        }
        read(&state)
    }
}

impl Store for MemoryStore {
    async fn read(&self, key: &Key) -> Result<Option<Item>, Down> {
        limits::key(key).map_err(|why| down(WHAT, why))?;
        self.reading(|state| Ok(state.all.item(key)))
    }

    async fn read_many(&self, keys: &[Key]) -> Result<Vec<Item>, Down> {
        keys.iter().try_for_each(limits::key).map_err(|why| down(WHAT, why))?;
        let distinct = keys.iter().collect::<HashSet<_>>();
        self.reading(|state| Ok(distinct.into_iter().filter_map(|it| state.all.item(it)).collect()))
    }

    async fn list(&self, range: &Range) -> Result<Page, Down> {
        self.reading(|state| Ok(state.all.list(range)))
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<Committed, Down> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let dead = state.knobs.commits_left.as_mut().is_some_and(|left| !due(left));
        if dead || due(&mut state.knobs.fail_commits) {
            return Err(down(WHAT, "told to fail"));
        }
        let changes = limits::fit(changes).map_err(|why| down(WHAT, why))?;
        if changes.is_empty() {
            return Ok(Committed::Done);
        }
        let met = due(&mut state.knobs.conflict);
        if met || !changes.iter().all(|it| state.all.expected(it)) {
            return Ok(Committed::Conflict);
        }
        for change in changes {
            state.all.apply(change, now);
        }
        state.commits += 1;
        if let Some(time) = state.knobs.sleep.take() {
            self.clock.advance(time);
        }
        if due(&mut state.knobs.lose_answers) {
            return Err(down(WHAT, "told to lose the answer"));
        }
        Ok(Committed::Done)
    }

    async fn due(
        &self,
        firm: &FirmId,
        lane: Lane,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Key)>, Down> {
        let now = self.clock.now();
        self.reading(|state| {
            let shown = |(key, kept): (&Key, &Kept<Item>)| {
                let due = kept.shown(kept.thing.due, state.knobs.lag, now)?;
                (due.lane == lane && due.at.as_millisecond() <= until.as_millisecond())
                    .then(|| (due.at, key.clone()))
            };
            let first = Key::new(firm, Kind::ALL[0], "");
            let ours = state.all.items.range(first..).take_while(|(key, _)| key.firm == *firm);
            let mut found = ours.filter_map(shown).collect::<Vec<_>>();
            found.sort();
            found.truncate(limit);
            Ok(found)
        })
    }
}

impl Snapshot {
    fn item(&self, key: &Key) -> Option<Item> {
        match key.kind == Kind::Lane {
            true => self.lanes.get(key).map(|kept| kept.thing.item(key)),
            false => self.items.get(key).map(|kept| kept.thing.clone()),
        }
    }

    fn list(&self, range: &Range) -> Page {
        let key = |id: &String| Key::new(&range.firm, range.kind, id.clone());
        let from = match &range.after {
            Some(after) if *after >= range.prefix => Bound::Excluded(key(after)),
            Some(_) | None => Bound::Included(key(&range.prefix)),
        };
        let bounds = (from, Bound::Unbounded);
        // One of the two has none of this kind.
        let lanes = self.lanes.range(bounds.clone()).map(|(key, _)| key);
        let items = self.items.range(bounds).map(|(key, _)| key);
        let mut found = lanes
            .take_while(|key| within(key, range))
            .chain(items.take_while(|key| within(key, range)));
        let items: Vec<Item> =
            found.by_ref().take(range.limit).filter_map(|it| self.item(it)).collect();
        let more = found.next().is_some();
        let next = items.last().filter(|_| more).map(|item| item.key.id.clone());
        Page { items, next }
    }

    fn version(&self, key: &Key) -> Option<u64> {
        self.item(key).map(|item| item.version)
    }

    fn expected(&self, change: &Change) -> bool {
        let (Change::Put(_, expect) | Change::Delete(_, expect)) = change;
        match expect {
            Expect::Absent => self.version(change.key()).is_none(),
            Expect::Version(seen) => self.version(change.key()) == Some(*seen),
            Expect::Any => true,
        }
    }

    fn apply(&mut self, change: Change, now: Timestamp) {
        match change {
            Change::Put(mut item, _) => {
                item.version = self.version(&item.key).unwrap_or(0) + 1;
                let before = self.items.get(&item.key).and_then(|kept| kept.thing.due);
                self.items.insert(item.key.clone(), Kept { thing: item, changed: now, before });
            }
            Change::Delete(key, _) => {
                self.items.remove(&key);
                self.lanes.remove(&key);
            }
        }
    }
}

fn within(key: &Key, range: &Range) -> bool {
    key.firm == range.firm && key.kind == range.kind && key.id.starts_with(&range.prefix)
}
