//! Contact syncs.

mod changes;

pub use changes::{ChangeView, DifferenceView, OUTCOMES, OutcomeWord};

use std::collections::BTreeMap;

use domain::contacts::sync::{Counts, Mode, Progress, RunState, SyncRun, Trouble, Waiting};
use domain::ids::SyncId;
use domain::reason::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::problem::ReasonView;

/// Applying a plan looks once whether XPM has moved. Bringing records over costs no call.
const CALLS_OF_A_PLAN: u32 = 1;

/// The sync that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncBody {
    /// `apply` writes. `plan` lists what it would do, to be applied as it is or not at all.
    #[schema(value_type = Option<AskedMode>, default = "apply")]
    #[serde(default)]
    mode: Option<String>,
}

/// A run of the contact sync.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Sync)]
pub struct SyncView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: SyncId,
    /// Whether it writes.
    pub mode: SyncMode,
    /// How far it is.
    pub state: SyncState,
    /// When it began.
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    /// How many records are done, of how many.
    pub progress: ProgressView,
    /// What became of them.
    pub counts: CountsView,
    /// Why some were skipped.
    pub skipped: Vec<SkippedView>,
    /// Records that could not be dealt with, the first ones by name.
    pub failures: Vec<FailureView>,
    /// Why it does not go on at the moment, or why it failed.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// XPM's own words, where it refused.
    #[schema(required)]
    pub detail: Option<String>,
    /// The plan that it applies, or the run that it undoes.
    #[schema(required, value_type = Option<String>)]
    pub of: Option<SyncId>,
    /// The run that applies this plan, or undoes this run.
    #[schema(required, value_type = Option<String>)]
    pub followed_by: Option<SyncId>,
    /// Until when a plan can be applied.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// How many calls to XPM applying a plan costs.
    #[schema(required)]
    pub xpm_calls: Option<u32>,
}

fn trouble(it: Trouble) -> ReasonView {
    ReasonView { code: it.code(), sentence: it.sentence(), next_step: it.next_step() }
}

/// Which syncs can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedMode {
    /// One that writes.
    Apply,
    /// One that only lists what it would do.
    Plan,
}

/// Whether a sync writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// It does.
    Apply,
    /// It only lists what it would do.
    Plan,
    /// It puts back what another run changed.
    Undo,
}

/// How far a sync is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Asked for.
    Queued,
    /// Under way.
    Running,
    /// Ended.
    Done,
    /// Given up.
    Failed,
}

/// How many records are done, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Progress)]
pub struct ProgressView {
    /// Done.
    pub done: u64,
    /// Of so many; known once XPM has been read.
    pub total: u64,
}

/// What became of the records read: `read` is the sum of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncCounts)]
pub struct CountsView {
    /// Clients and contacts read, each once.
    pub read: u64,
    /// Newly matched.
    pub matched: u64,
    /// Made into contacts.
    pub created: u64,
    /// Waiting for a person to choose.
    pub partial: u64,
    /// Matched before, and changed.
    pub updated: u64,
    /// Matched before, and as they were.
    pub unchanged: u64,
    /// Left alone for a reason.
    pub skipped: u64,
    /// Impossible to deal with.
    pub failed: u64,
}

/// How many records were skipped for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Skipped)]
pub struct SkippedView {
    /// Why.
    pub reason: ReasonView,
    /// How many.
    pub count: u64,
}

/// A record that could not be dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncFailure)]
pub struct FailureView {
    /// XPM's id of it.
    pub uuid: String,
    /// Its name there.
    pub name: String,
    /// What is wrong.
    pub reason: ReasonView,
}

/// Reads which sync is asked for.
pub fn read_sync(body: Body<'_>) -> Result<Mode, BodyError> {
    let body: SyncBody = body.read()?;
    let mut check = Check::default();
    let words = [("apply", Mode::Apply), ("plan", Mode::Plan)];
    let mode = body.mode.and_then(|it| check.choice("/mode", &it, &words));
    check.finish(Some(mode.unwrap_or(Mode::Apply)))
}

impl From<SyncRun> for SyncView {
    fn from(it: SyncRun) -> Self {
        let expires_at = it.expires_at();
        let failures = it.failures.into_iter().map(|it| FailureView {
            uuid: it.uuid.into(),
            name: it.name,
            reason: trouble(it.trouble),
        });
        let (reason, detail) =
            it.waiting.map_or((None, None), |Waiting { reason, words, .. }| (Some(reason), words));
        Self {
            of: it.of,
            followed_by: it.followed_by,
            expires_at,
            xpm_calls: expires_at.map(|_| CALLS_OF_A_PLAN),
            id: it.id,
            mode: match it.mode {
                Mode::Apply => SyncMode::Apply,
                Mode::Plan => SyncMode::Plan,
                Mode::Undo => SyncMode::Undo,
            },
            state: match it.state {
                RunState::Queued => SyncState::Queued,
                RunState::Running => SyncState::Running,
                RunState::Done => SyncState::Done,
                RunState::Failed => SyncState::Failed,
            },
            started_at: it.started_at,
            finished_at: it.finished_at,
            progress: it.progress.into(),
            counts: it.counts.into(),
            skipped: skipped(it.skipped),
            failures: failures.collect(),
            reason: reason.map(Into::into),
            detail,
        }
    }
}

fn skipped(counted: BTreeMap<Reason, u64>) -> Vec<SkippedView> {
    let view = |(reason, count): (Reason, u64)| SkippedView { reason: reason.into(), count };
    counted.into_iter().map(view).collect()
}

impl From<Progress> for ProgressView {
    fn from(it: Progress) -> Self {
        Self { done: it.done, total: it.total }
    }
}

impl From<Counts> for CountsView {
    fn from(it: Counts) -> Self {
        let Counts { read, matched, created, partial, updated, unchanged, skipped, failed } = it;
        Self { read, matched, created, partial, updated, unchanged, skipped, failed }
    }
}
