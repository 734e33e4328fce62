//! What the next run goes by.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::run::{Mode, RunState, SyncRun};
use crate::chance::digest;
use crate::firm::Settings;
use crate::ids::{FirmId, SyncId, TenantId};
use crate::ports::{Down, Kind, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Record};

/// How far before the last reading the next one begins: changes may become visible late, and XPM
/// does not say whether its bound is inclusive (xpm-api 6, 5).
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// How often everything is compared, whatever XPM says has changed.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The id under which a firm's sync state is kept.
const TRACK: &str = "track";

/// What the next run goes by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SyncState {
    /// The run in progress.
    pub(super) current: Option<SyncId>,
    /// From when the next run asks XPM for changes. Moves only forward, and only by a finished run.
    pub(super) since: Option<Timestamp>,
    /// When everything was last compared.
    pub(super) full_at: Option<Timestamp>,
    /// When the last run ended.
    pub(super) finished_at: Option<Timestamp>,
    /// The rules by which everything was last judged.
    pub(super) rules: String,
    /// The organisation that was last read.
    pub(super) tenant: Option<TenantId>,
}

impl Record for SyncState {
    const KIND: Kind = Kind::Sync;

    fn id(&self) -> String {
        TRACK.into()
    }
}

impl SyncState {
    /// From when a run asks for changes; `None` when it compares everything: the first time, once a
    /// week, with another organisation, and when other rules apply.
    pub(super) fn since_for(
        &self,
        rules: &str,
        tenant: Option<&TenantId>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let fresh = self.full_at.is_some_and(|it| now < it + FULL_EVERY);
        self.since.filter(|_| fresh && self.rules == rules && self.tenant.as_ref() == tenant)
    }

    /// Whether the last run that ended as it should began longer ago than three intervals.
    pub(super) fn is_overdue(&self, interval_minutes: u32, now: Timestamp) -> bool {
        let three = SignedDuration::from_mins(3 * i64::from(interval_minutes));
        self.since.is_some_and(|it| now > it + OVERLAP + three)
    }

    /// The state once a run has ended at `now`.
    pub(super) fn after(&self, run: &SyncRun, now: Timestamp) -> Self {
        let mut it = Self { current: None, finished_at: Some(now), ..self.clone() };
        // Another organisation is connected, which has yet to be read.
        if run.waiting.as_ref().is_some_and(|it| it.reason == Reason::FormerMatch) {
            it.finished_at = None;
        }
        let Some(asked_at) = run.plan.asked_at.filter(|_| run.state == RunState::Done) else {
            return it;
        };
        if run.mode != Mode::Apply {
            return it;
        }
        it.since = it.since.max(Some(asked_at - OVERLAP));
        if run.plan.since.is_none() {
            it.full_at = Some(asked_at);
            it.rules.clone_from(&run.plan.rules);
            it.tenant.clone_from(&run.plan.tenant);
        }
        it
    }
}

/// Turns to another organisation: everything is compared, whatever becomes of the run that does so.
pub(super) async fn turn_to(
    store: &impl Store,
    firm: &FirmId,
    tenant: Option<&TenantId>,
) -> Result<(), Down> {
    records::amend(store, firm, TRACK, |it: Option<SyncState>| match it {
        Some(it) if it.tenant.as_ref() != tenant => {
            let tenant = tenant.cloned();
            Edit::Write(SyncState { tenant, full_at: None, ..it }, vec![], ())
        }
        Some(_) | None => Edit::Leave(()),
    })
    .await
}

/// The settings that decide what becomes of a record, in short: when they change, everything is
/// compared again, so that a wider scope or another list of structures takes effect at once (KB-04).
pub(super) fn rules(settings: &Settings) -> String {
    let sync = &settings.contact_sync;
    digest(&format!(
        "{:?}{:?}{:?}{:?}{:?}",
        sync.scope,
        sync.assign_contact_type,
        settings.contact_types,
        sync.person_structures,
        sync.create_in_practice
    ))
}

/// The firm's sync state with its version, if it has one.
pub(super) async fn track(
    store: &impl Store,
    firm: &FirmId,
) -> Result<(SyncState, Option<u64>), Down> {
    let kept = records::get::<SyncState>(store, firm, TRACK).await?;
    Ok(kept.map_or_else(Default::default, |it| (it.record, Some(it.version))))
}
