//! Telling those who depend on a contact's client: the people of the organisation, and the tasks.

use jiff::Timestamp;

use super::state::State;
use crate::contacts::book::{ContactRecord, people_of};
use crate::contacts::fields::Field;
use crate::firm::ContactSync;
use crate::ids::{ContactId, FirmId};
use crate::lanes::{look_again, revisit};
use crate::linking::revisit_contact;
use crate::ports::{Down, Kind, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::reason::Reason;
use crate::records;

/// Has a contact looked at that was just matched, where any go to XPM: what it says and XPM does not goes
/// there (KB-50, KB-60), and its people and tasks are told of its client. Mark the lane before committing.
pub(in crate::contacts) fn announce(
    contact: &mut ContactRecord,
    sync: &ContactSync,
    now: Timestamp,
) {
    if !sync.push_contact_types.is_empty() {
        contact.look_at = Some(now);
    }
}

/// Has a matched contact looked at whose values wait to be sent, unless it is on its way, or there was a
/// reason not to send them: what ends that reason sets it due.
pub(in crate::contacts) fn remind(
    contact: &mut ContactRecord,
    waiting: &[Field],
    sync: &ContactSync,
    now: Timestamp,
) {
    let rests = matches!(contact.push.state, State::Idle | State::Settled { .. });
    if rests && contact.look_at.is_none() && !waiting.is_empty() {
        announce(contact, sync, now);
    }
}

/// Has a contact looked at that waits for a person's decision on a match, because one was made.
///
/// # Errors
/// The store does not answer.
pub async fn resume(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    contact: &ContactId,
    now: Timestamp,
) -> Result<(), Down> {
    use Reason::{AmbiguousExact, KindMismatch, MatchRemoved, Partial};
    let waits = |it: &State| match it {
        State::Held { reason } => {
            [AmbiguousExact, KindMismatch, MatchRemoved, Partial].contains(reason)
        }
        State::Ambiguous { .. } => true,
        State::Idle
        | State::Planned { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Settled { .. }
        | State::Rejected { .. } => false,
    };
    let kept = records::get::<ContactRecord>(store, firm, contact.as_str()).await?;
    if kept.is_some_and(|it| waits(&it.record.push.state)) {
        store.mark(firm, Lane::ContactsOut, now).await?;
        look_again::<ContactRecord>(store, firm, contact.as_str(), now).await?;
    }
    Ok(())
}

/// Has the contact's people and tasks looked at again, because what it is in XPM has changed.
pub(super) async fn tell<P: Ports>(
    ports: &P,
    firm: &FirmId,
    contact: &ContactId,
    now: Timestamp,
) -> Result<(), Down> {
    let prefix = people_of(contact);
    revisit::<ContactRecord>(ports.store(), firm, Kind::ContactKey, &prefix, now).await?;
    revisit_contact(ports.store(), firm, contact, now).await?;
    // The lane is marked where there is a task, so the sweep finds it should this message be lost.
    let wake = Wake { firm: firm.clone(), lane: Lane::Time };
    if let Err(error) = ports.wakes().wake(&wake).await {
        tracing::warn!(firm.id = %firm, %error, "the time lane was not woken");
    }
    Ok(())
}
