//! What a person decides about a match (KB-40 to KB-45): confirm, create, remove, allow again.
//!
//! A decision names the version that the person saw. It is carried out at once and whole, or refused
//! with a reason; a run that is under way finds it done, because its own writes are conditional too.

mod apart;
mod fresh;
mod many;
mod prepare;
mod refused;

pub use fresh::{Filter, get, list, list_all};
pub use many::{Ask, Told, decide_all, likeliest};
pub use refused::Refused;

use jiff::{SignedDuration, Timestamp};

use super::matches::Match;
use super::out;
use crate::firm::Firm;
use crate::ids::{ContactId, XpmUuid};
use crate::journal::{self, Actor};
use crate::linking::revisit_contact;
use crate::ports::{Committed, Down, Lane, Lanes, Store};
use crate::records::Kept;
use prepare::{Finding, Ready, prepare};

/// How often a decision is prepared again because someone else was faster.
const RACES: usize = 20;
/// Should we die between deciding and telling the tasks, they look for themselves after so long.
const LATER: SignedDuration = SignedDuration::from_secs(60);

/// What a person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is this contact.
    Confirm(ContactId),
    /// It is none of those offered: make a contact of it.
    Create,
    /// It is not the contact that it is matched with; no more sync.
    Remove,
    /// It may be matched again, though not with what was removed.
    Allow,
}

/// For whom, by whom and when something is decided.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a, S> {
    /// Where the records are.
    pub store: &'a S,
    /// The firm.
    pub firm: &'a Firm,
    /// Who decides.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

impl<S> Desk<'_, S> {
    fn settings(&self) -> &crate::firm::ContactSync {
        &self.firm.settings.contact_sync
    }
}

/// Carries a decision out on the version of the match that the person saw; answers the match as it
/// then stands.
///
/// # Errors
/// The store does not answer, or others keep changing the same records.
pub async fn decide<S: Store + Lanes>(
    desk: &Desk<'_, S>,
    id: &XpmUuid,
    decision: &Decision,
    version: u64,
) -> Result<Result<Kept<Match>, Refused>, Down> {
    for _ in 0..RACES {
        let ready = match prepare(desk, id, decision, version).await? {
            Ok(ready) => ready,
            Err(Finding { refused, refreshed }) => {
                // The person is to see what it is about when looking again; if someone else was
                // faster, that is what they will see.
                if let Some(change) = refreshed {
                    let _ = desk.store.commit(vec![change]).await?;
                }
                return Ok(Err(refused));
            }
        };
        if carry_out(desk, &ready).await? {
            return Ok(Ok(ready.after));
        }
    }
    Err(Down { what: "the records", cause: "too many writers at one match".into() })
}

/// What a decision would lead to; nothing is written.
///
/// # Errors
/// The store does not answer.
pub async fn preview<S: Store + Lanes>(
    desk: &Desk<'_, S>,
    id: &XpmUuid,
    decision: &Decision,
    version: u64,
) -> Result<Result<Kept<Match>, Refused>, Down> {
    let ready = prepare(desk, id, decision, version).await?;
    Ok(ready.map(|it| it.after).map_err(|it| it.refused))
}

/// Writes it; `false` when someone was faster. The tasks of each contact are looked at again: a link
/// that stands stays where it is (XB-24), one that was missing may be found.
async fn carry_out<S: Store + Lanes>(desk: &Desk<'_, S>, ready: &Ready) -> Result<bool, Down> {
    let (store, firm) = (desk.store, &desk.firm.id);
    journal::open(store, firm, desk.now).await?;
    for contact in &ready.revisit {
        revisit_contact(store, firm, contact, desk.now + LATER).await?;
    }
    if !desk.settings().push_contact_types.is_empty() {
        store.mark(firm, Lane::ContactsOut, desk.now).await?;
    }
    match store.commit(ready.changes.clone()).await? {
        Committed::Conflict => return Ok(false),
        Committed::Done => {}
    }
    for contact in &ready.revisit {
        revisit_contact(store, firm, contact, desk.now).await?;
    }
    for contact in ready.revisit.iter().chain(&ready.after.record.rejected) {
        out::resume(store, firm, contact, desk.now).await?;
    }
    Ok(true)
}
