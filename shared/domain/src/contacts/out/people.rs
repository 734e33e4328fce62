//! Telling those who depend on a contact's client: the people of the organisation, and the tasks.

use jiff::Timestamp;

use super::state::State;
use crate::contacts::book::{ContactRecord, people_of};
use crate::ids::{ContactId, FirmId};
use crate::lanes::{look_again, revisit};
use crate::linking::revisit_contact;
use crate::ports::{Down, Kind, Lane, Lanes, Ports, Store, Wake, Wakes};
use crate::reason::Reason;
use crate::records;

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
