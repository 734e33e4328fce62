//! The lanes in memory.

use domain::ids::FirmId;
use domain::ports::{Clock, Down, Due, Item, Key, Kind, LANE_SHARDS, Lane, LaneState, Lanes};
use jiff::Timestamp;
use serde_json::json;

use super::limits::to_millisecond;
use super::{Kept, MemoryStore, State, WHAT};
use crate::{down, due, lock};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marked {
    marks: u64,
    settled: u64,
    version: u64,
    due: Option<Due>,
}

impl Marked {
    /// How a lane looks to the store.
    pub(super) fn item(self, key: &Key) -> Item {
        Item { key: key.clone(), version: self.version, body: json!({}), due: None, expires: None }
    }
}

impl MemoryStore {
    fn change(
        &self,
        firm: &FirmId,
        lane: Lane,
        change: impl FnOnce(&mut Marked) -> bool,
    ) -> Result<bool, Down> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        if due(&mut state.knobs.fail_lanes) {
            return Err(down(WHAT, "told to fail"));
        }
        let key = lane_key(firm, lane);
        let mut marked = marked(&state, &key);
        let before = marked.due;
        let changed = change(&mut marked);
        if changed {
            marked.version += 1;
            state.all.lanes.insert(key, Kept { thing: marked, changed: now, before });
        }
        Ok(changed)
    }
}

impl Lanes for MemoryStore {
    async fn mark(&self, firm: &FirmId, lane: Lane, at: Timestamp) -> Result<(), Down> {
        let at = to_millisecond(at);
        self.change(firm, lane, |marked| {
            let sooner = marked.due.filter(|due| due.at < at);
            marked.due = Some(sooner.unwrap_or(Due { lane, at }));
            marked.marks += 1;
            true
        })?;
        Ok(())
    }

    async fn look(&self, firm: &FirmId, lane: Lane) -> Result<LaneState, Down> {
        self.reading(|state| {
            let marked = marked(state, &lane_key(firm, lane));
            let due_at = marked.due.map(|due| due.at);
            Ok(LaneState { marks: marked.marks, settled: marked.settled, due_at })
        })
    }

    async fn settle(
        &self,
        firm: &FirmId,
        lane: Lane,
        seen: u64,
        next: Option<Timestamp>,
    ) -> Result<bool, Down> {
        if (seen, next) == (0, None) && self.look(firm, lane).await? == LaneState::default() {
            return Ok(true);
        }
        self.change(firm, lane, |marked| {
            if marked.marks != seen {
                return false;
            }
            marked.settled = seen;
            marked.due = next.map(|at| Due { lane, at: to_millisecond(at) });
            true
        })
    }

    async fn waiting(
        &self,
        lane: Lane,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<FirmId>, Down> {
        let now = self.clock.now();
        self.reading(|state| {
            let shown = |(key, kept): (&Key, &Kept<Marked>)| {
                let due = kept.shown(kept.thing.due, state.knobs.lag, now)?;
                let ours = due.lane == lane && shard_of(&key.firm) == shard;
                (ours && due.at.as_millisecond() <= until.as_millisecond())
                    .then(|| (due.at, key.firm.clone()))
            };
            let mut found = state.all.lanes.iter().filter_map(shown).collect::<Vec<_>>();
            found.sort();
            Ok(found.into_iter().map(|(_, firm)| firm).take(limit).collect())
        })
    }
}

fn marked(state: &State, key: &Key) -> Marked {
    state.all.lanes.get(key).map(|kept| kept.thing).unwrap_or_default()
}

fn lane_key(firm: &FirmId, lane: Lane) -> Key {
    Key::new(firm, Kind::Lane, lane.as_str())
}

fn shard_of(firm: &FirmId) -> u8 {
    firm.as_str().bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte))
        % LANE_SHARDS
}
