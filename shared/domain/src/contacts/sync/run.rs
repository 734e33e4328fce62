//! A run of the contact sync.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chunks::KEPT;
use super::counts::{Counts, Failure, Outcome, Progress};
use super::track::SyncState;
use crate::ids::{SyncId, TenantId, XpmUuid};
use crate::ports::{Down, Kind};
use crate::reason::Reason;
use crate::records::Record;

/// What every id of a run begins with.
pub(super) const RUNS: &str = "r";

/// A run of the contact sync. Ids sort newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyncRun {
    /// Its id.
    pub id: SyncId,
    /// Whether it writes.
    pub mode: Mode,
    /// How far it is.
    pub state: RunState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How many records are done, of how many.
    pub progress: Progress,
    /// What became of them.
    pub counts: Counts,
    /// Why some were skipped.
    pub skipped: BTreeMap<Reason, u64>,
    /// The first of those that failed.
    pub failures: Vec<Failure>,
    /// Why it does not go on at the moment, or why it failed.
    pub waiting: Option<Waiting>,
    /// The plan that it applies, or the run that it undoes.
    #[serde(default)]
    pub of: Option<SyncId>,
    /// The run that applies this plan, or undoes this run.
    #[serde(default)]
    pub followed_by: Option<SyncId>,
    /// How it goes about it.
    pub(super) plan: Plan,
}

/// How a run goes about it: what it asks of XPM, and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Only clients changed since then; all of them where there is none.
    pub(super) since: Option<Timestamp>,
    /// The settings that decide what becomes of a record, in short.
    pub(super) rules: String,
    /// The organisation that was connected at the start.
    pub(super) tenant: Option<TenantId>,
    /// When XPM was first asked.
    pub(super) asked_at: Option<Timestamp>,
    /// How often XPM was asked.
    pub(super) attempts: u32,
    /// How many chunks were read; none before all are.
    pub(super) chunks: Option<u32>,
    /// The next chunk to work off.
    pub(super) next: u32,
    /// So many of the chunks hold clients that XPM has put away, and come first.
    #[serde(default)]
    pub(super) away: u32,
    /// Under which name the chunks are kept, where they are another run's.
    #[serde(default)]
    pub(super) series: Option<String>,
    /// How many chunks of a plan were found to be as the plan has them.
    #[serde(default)]
    pub(super) verified: u32,
    /// Whether the run is the first to meet this organisation after another.
    #[serde(default)]
    pub(super) retires: bool,
    /// The stages that have ended.
    #[serde(default)]
    pub(super) ended: BTreeSet<Stage>,
    /// Where the present stage stands: the id after which it goes on.
    #[serde(default)]
    pub(super) after: Option<String>,
}

/// What a run does before it works its chunks off, record by record of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Putting away the matches of the organisation that was connected before.
    Retire,
    /// Finding the records that XPM no longer lists.
    Sweep,
}

/// Whether a run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It does.
    Apply,
    /// It only notes what it would do.
    Plan,
    /// It puts back what another run changed.
    Undo,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Asked for.
    Queued,
    /// Under way.
    Running,
    /// Ended.
    Done,
    /// Given up: XPM refused to be read.
    Failed,
}

/// Why a run does not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The reason.
    pub reason: Reason,
    /// When it is tried again by itself, if it is.
    pub until: Option<Timestamp>,
    /// XPM's own words, where it refused.
    #[serde(default)]
    pub words: Option<String>,
}

/// A run in the shape of the contract (api.md).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown<'a> {
    /// Its id.
    pub id: &'a SyncId,
    /// Whether it writes.
    pub mode: Mode,
    /// How far it is.
    pub state: RunState,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How many records are done, of how many.
    pub progress: Progress,
    /// What became of them.
    pub counts: Counts,
    /// Why some were skipped.
    pub skipped: Vec<Skipped>,
}

/// How many records were skipped for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub count: u64,
}

impl Record for SyncRun {
    const KIND: Kind = Kind::Sync;

    fn id(&self) -> String {
        self.id.to_string()
    }
}

/// How many failures a run lists by name.
const LISTED: usize = 50;

impl SyncRun {
    /// A run that is asked for now, and goes by what earlier ones left.
    pub(super) fn new(
        id: SyncId,
        mode: Mode,
        now: Timestamp,
        state: &SyncState,
        rules: &str,
        tenant: Option<TenantId>,
    ) -> Self {
        Self {
            id,
            mode,
            state: RunState::Queued,
            requested_at: now,
            started_at: None,
            finished_at: None,
            progress: Progress::default(),
            counts: Counts::default(),
            skipped: BTreeMap::new(),
            failures: Vec::new(),
            waiting: None,
            plan: Plan {
                since: state.since_for(rules, tenant.as_ref(), now),
                rules: rules.into(),
                retires: state.tenant.is_some() && state.tenant != tenant,
                tenant,
                asked_at: None,
                attempts: 0,
                chunks: None,
                next: 0,
                away: 0,
                series: None,
                verified: 0,
                ended: BTreeSet::new(),
                after: None,
            },
            of: None,
            followed_by: None,
        }
    }

    /// In the shape of the contract.
    pub fn shown(&self) -> Shown<'_> {
        let skipped = self.skipped.iter();
        Shown {
            id: &self.id,
            mode: self.mode,
            state: self.state,
            started_at: self.started_at,
            finished_at: self.finished_at,
            progress: self.progress,
            counts: self.counts,
            skipped: skipped
                .map(|(reason, count)| Skipped { reason: *reason, count: *count })
                .collect(),
        }
    }

    /// Forgets what was read and counted, to read again: chunks may vanish.
    pub(super) fn begin_again(&mut self) {
        self.progress = Progress::default();
        self.counts = Counts::default();
        self.skipped.clear();
        self.failures.clear();
        self.plan.chunks = None;
        self.plan.next = 0;
        self.plan.ended.remove(&Stage::Sweep);
        self.plan.after = None;
    }

    /// Until when a plan can be applied, once it is made.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let made = self.mode == Mode::Plan && self.state == RunState::Done;
        self.plan.asked_at.filter(|_| made).map(|it| it + KEPT)
    }

    /// Counts what became of one record.
    pub(super) fn count(&mut self, uuid: &XpmUuid, name: &str, outcome: Outcome) {
        self.progress.done += 1;
        self.counts.count(outcome);
        match outcome {
            Outcome::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
            Outcome::Failed(trouble) if self.failures.len() < LISTED => {
                let (uuid, name) = (uuid.clone(), name.chars().take(200).collect());
                self.failures.push(Failure { uuid, name, trouble });
            }
            Outcome::Failed(_)
            | Outcome::Matched
            | Outcome::Created
            | Outcome::Partial
            | Outcome::Updated
            | Outcome::Unchanged => {}
        }
    }
}

/// What the ids of runs asked for until then come after.
pub(super) fn below(then: Timestamp) -> String {
    let left = 9_999_999_999_999 - then.as_millisecond().clamp(0, 9_999_999_999_999);
    format!("{RUNS}{left:013}")
}

/// An id that sorts before all older ones.
pub(super) fn new_id(now: Timestamp, chance: &[u8; 32]) -> Result<SyncId, Down> {
    let chance: String = chance[..4].iter().map(|it| format!("{it:02x}")).collect();
    SyncId::parse(format!("{}-{chance}", below(now)))
        .map_err(|it| Down { what: "the id of a run", cause: it.into() })
}
