//! Bringing one entry a step further: at most one request to XPM.

use jiff::{SignedDuration, Timestamp};

use super::entry::EntryRecord;
use super::look_back::look_back;
use super::plan::{self, Next};
use super::push::State;
use super::send::send;
use super::user::{UserRecord, staff_of};
use crate::connection::Ready;
use crate::copies::{self, Asker, BELIEVED, Unavailable};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::Shut;
use crate::linking::task::TaskRecord;
use crate::ports::{Clock, Down, Lane, Ports, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// What a request needs of the invocation beside its own time.
pub(super) const ROOM: SignedDuration = SignedDuration::from_secs(5);

/// Why an entry could not be brought further now.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// XPM cannot be asked.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The invocation ends too soon to begin a request.
    #[error("the invocation ends too soon")]
    NoTime,
}

impl From<Down> for Stop {
    fn from(down: Down) -> Self {
        Self::Unavailable(down.into())
    }
}

impl From<Shut> for Stop {
    fn from(shut: Shut) -> Self {
        Self::Unavailable(shut.into())
    }
}

/// Brings an entry one step further; says whether it was due at all.
pub async fn advance<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    deadline: Deadline,
    id: &str,
) -> Result<bool, Stop> {
    let firm = ready.firm;
    let now = ports.clock().now();
    let Some(kept) = records::get::<EntryRecord>(ports.store(), &firm.id, id).await? else {
        return Ok(false);
    };
    if kept.record.look_at.is_none_or(|it| it > now) {
        return Ok(false);
    }
    match &kept.record.push.state {
        State::Sending { .. } => {
            replace(ports, firm, &kept, |it| it.look_at = it.push.expire(now)).await?;
        }
        State::Unknown { look_at, .. } if *look_at > now => {
            let look_at = Some(*look_at);
            replace(ports, firm, &kept, |it| it.look_at = look_at).await?;
        }
        State::Unknown { sheet, .. } => look_back(ports, firm, deadline, &kept, sheet).await?,
        State::Ambiguous { .. } => {
            replace(ports, firm, &kept, |it| it.look_at = None).await?;
        }
        State::Planned { not_before: Some(then), .. } if *then > now => {
            let look_at = Some(*then);
            replace(ports, firm, &kept, |it| it.look_at = look_at).await?;
        }
        State::Planned { .. }
        | State::Held { .. }
        | State::Confirmed
        | State::Rejected { .. }
        | State::Deleted => step(ports, ready, deadline, kept).await?,
    }
    Ok(true)
}

async fn step<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    deadline: Deadline,
    kept: Kept<EntryRecord>,
) -> Result<(), Stop> {
    let firm = ready.firm;
    let target = target(ports, ready, &kept.record).await?;
    let now = ports.clock().now();
    match plan::next(&kept.record.push, target, kept.record.drift.is_some()) {
        Next::Rest(state) => {
            let state = later(state, now);
            replace(ports, firm, &kept, |it| {
                it.push.state = state.clone();
                it.moves &= state != State::Confirmed;
                it.look_at = match &state {
                    State::Held { again, .. } => *again,
                    State::Planned { .. }
                    | State::Sending { .. }
                    | State::Unknown { .. }
                    | State::Ambiguous { .. }
                    | State::Confirmed
                    | State::Rejected { .. }
                    | State::Deleted => None,
                };
            })
            .await?;
            Ok(())
        }
        Next::Send(call) => send(ports, firm, deadline, kept, call).await,
    }
}

/// The staff list may yet name the person: it is looked at again when its copy is not believed any more.
fn later(state: State, now: Timestamp) -> State {
    match state {
        State::Held {
            reason: reason @ (Reason::StaffUnmapped | Reason::StaffAmbiguous), ..
        } => State::Held { reason, again: Some(now + BELIEVED + SignedDuration::from_secs(1)) },
        State::Held { .. }
        | State::Planned { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Ambiguous { .. }
        | State::Confirmed
        | State::Rejected { .. }
        | State::Deleted => state,
    }
}

async fn target<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    record: &EntryRecord,
) -> Result<plan::Target, Unavailable> {
    let firm = ready.firm;
    let entry = &record.entry.value;
    let task = match &entry.task_id {
        Some(id) => records::get::<TaskRecord>(ports.store(), &firm.id, id.as_str()).await?,
        None => None,
    };
    let task = task.map(|it| it.record);
    let user = records::get::<UserRecord>(ports.store(), &firm.id, entry.user_id.as_str()).await?;
    let user = user.map(|it| it.record);
    let needs_list = !record.entry.deleted
        && task.as_ref().is_some_and(|it| it.link.linked().is_some())
        && user.as_ref().is_some_and(|it| it.chosen.is_none());
    let staff = if needs_list {
        let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Time };
        copies::staff(ports, asker).await?.items
    } else {
        Vec::new()
    };
    let staff = staff_of(user.as_ref(), &staff);
    Ok(plan::target(record, task.as_ref(), staff, ready.changed_at, &firm.settings, &ready.zone))
}

/// Changes the entry as it was read; whoever changed it meanwhile has set it due again.
pub(super) async fn replace<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<EntryRecord>,
    change: impl Fn(&mut EntryRecord),
) -> Result<(), Down> {
    let mut next = kept.record.clone();
    change(&mut next);
    if next != kept.record {
        let changes = records::replace(&firm.id, Some(kept), &next)?;
        let _ = ports.store().commit(changes).await?;
    }
    Ok(())
}
