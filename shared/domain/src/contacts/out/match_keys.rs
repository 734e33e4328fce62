//! What an XPM record that is not matched can be found by: its name, its e-mail addresses, and the
//! contacts that it is offered or was taken from. So a contact finds them without a scan (KB-55).

use crate::contacts::contact::{Contact, ContactKind};
use crate::contacts::keys::exact_keys;
use crate::contacts::matches::{Match, MatchState};
use crate::contacts::matching::Traits;
use crate::ids::{ContactId, FirmId, XpmUuid};
use crate::ports::{Change, Down, Expect, Key, Kind, Range, Store};
use crate::records;

/// The most records looked at under one key.
const MOST: usize = 50;
/// The most contacts by which one record can be found: keeps a change of all its keys in one commit.
const CONTACTS: usize = 5;

/// The changes that move a match from its old keys to its new ones. They belong into every commit that
/// writes or deletes a match.
pub fn rekey(firm: &FirmId, before: Option<&Match>, after: Option<&Match>) -> Vec<Change> {
    let (old, new) = (keys(before), keys(after));
    let gone = old
        .iter()
        .filter(|it| !new.contains(it))
        .map(|it| Change::Delete(Key::new(firm, Kind::MatchKey, it.as_str()), Expect::Any));
    let come = new
        .iter()
        .filter(|it| !old.contains(it))
        .map(|it| records::pointer(firm, Kind::MatchKey, it.as_str()));
    gone.chain(come).collect()
}

/// The records that may be the contact: offered to a person with it, taken from it, or, unless it is gone,
/// of its name or one of its addresses.
pub(super) async fn found(
    store: &impl Store,
    firm: &FirmId,
    contact: &Contact,
    gone: bool,
) -> Result<Vec<XpmUuid>, Down> {
    let mut found = Vec::new();
    let own = if gone { Vec::new() } else { exact_keys(&Traits::of(contact)) };
    for prefix in std::iter::once(of_contact(&contact.id)).chain(own) {
        let page = store.list(&Range::of(firm, Kind::MatchKey, &prefix, MOST)).await?;
        let ids = page.items.into_iter().filter_map(|it| {
            it.key.id.strip_prefix(prefix.as_str()).and_then(|id| XpmUuid::parse(id).ok())
        });
        found.extend(ids);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn keys(it: Option<&Match>) -> Vec<String> {
    let Some(it) = it else { return Vec::new() };
    let uuid = &it.xpm.uuid;
    let offered = it.candidates.iter().map(|it| &it.contact_id).take(CONTACTS);
    let contacts: Vec<&ContactId> = match it.state {
        // The contact itself points to it.
        MatchState::Matched => return Vec::new(),
        MatchState::Partial | MatchState::Unmatched => offered.collect(),
        MatchState::Removed => it.contact.iter().chain(&it.rejected).take(CONTACTS).collect(),
    };
    // Names and addresses are compared alike, whatever it becomes here.
    let own = exact_keys(&Traits::of_import(ContactKind::Organisation, &it.xpm.fields, None));
    let all = own.into_iter().chain(contacts.into_iter().map(of_contact));
    let mut keys: Vec<String> = all.map(|it| format!("{it}{uuid}")).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn of_contact(contact: &ContactId) -> String {
    format!("c:{contact}#")
}
