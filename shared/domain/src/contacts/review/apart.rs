//! Taking a match away, and letting it be made again (KB-42).

use super::fresh::{Seen, traits_of};
use super::prepare::{Found, Ready, finish, matched, open, unpoint};
use super::{Desk, Refused};
use crate::contacts::contact::Contact;
use crate::contacts::keys::{blocking_keys, found};
use crate::contacts::matches::{Match, MatchState, Origin};
use crate::contacts::matching::{Verdict, judge, suggestions};
use crate::contacts::pull::Base;
use crate::firm::Create;
use crate::journal::Event;
use crate::ports::Store;
use crate::reason::Reason;
use crate::records::Kept;

/// It is not this contact: nothing is deleted on either side, and the pair is remembered (KB-42).
pub(super) fn remove<S: Store>(desk: &Desk<'_, S>, before: &Kept<Match>) -> Found<Ready> {
    let contact = before.record.contact.clone();
    let contact = contact.filter(|_| before.record.state == MatchState::Matched);
    let Some(contact) = contact else { return Ok(Err(Refused::NotMatched.into())) };
    let mut it = Match {
        state: MatchState::Removed,
        reason: Some(Reason::MatchRemoved),
        base: Base::new(),
        conflicts: Vec::new(),
        ..before.record.clone()
    };
    it.rejected.retain(|it| *it != contact);
    it.rejected.push(contact.clone());
    let changes = vec![unpoint(desk, &contact)];
    finish(desk, before, it, Event::MatchRemoved, changes, vec![contact]).map(Ok)
}

/// It is judged again at once. What speaks for nobody waits; it is not made into a contact here.
pub(super) async fn allow<S: Store>(desk: &Desk<'_, S>, before: &Kept<Match>) -> Found<Ready> {
    if before.record.state != MatchState::Removed {
        return Ok(Err(Refused::NotRemoved.into()));
    }
    let mut it = Match {
        state: MatchState::Unmatched,
        origin: None,
        contact: None,
        candidates: Vec::new(),
        ..before.record.clone()
    };
    if open(&it).is_ok() {
        let subject = traits_of(&it, desk.firm);
        let mut ids = Vec::new();
        for key in blocking_keys(&subject) {
            ids.extend(found(desk.store, &desk.firm.id, &key).await?);
        }
        let seen = Seen::read(desk.store, &desk.firm.id, &ids).await?;
        let known = seen.free(&it.xpm.uuid);
        let contacts: Vec<&Contact> = known
            .iter()
            .map(|it| &it.record.contact.value)
            .filter(|contact| !it.rejected.contains(&contact.id))
            .collect();
        match judge(&subject, &contacts) {
            // Allowed again by a person, who has seen it.
            Verdict::Match(id) => {
                let book = known.iter().find(|it| it.record.contact.value.id == id);
                if let Some(book) = book {
                    return matched(desk, before, Origin::Auto, book).map(Ok);
                }
            }
            Verdict::Partial { reason, candidates } => {
                it.state = MatchState::Partial;
                (it.reason, it.candidates) = (Some(reason), candidates);
            }
            Verdict::Create => {
                let ask = desk.settings().create_in_practice == Create::Ask;
                it.reason = ask.then_some(Reason::AskFirst);
                it.candidates = suggestions(&subject, &contacts);
            }
        }
    }
    finish(desk, before, it, Event::MatchAllowed, Vec::new(), Vec::new()).map(Ok)
}
