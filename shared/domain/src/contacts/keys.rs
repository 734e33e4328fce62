//! What a contact can be found by: its name and its e-mail addresses, each under a key of its own.
//!
//! A key's item is written in the same commit as the contact, so a look-up never needs to scan the firm.

use super::contact::Contact;
use crate::chance::digest;
use crate::ids::{ContactId, FirmId};
use crate::ports::{Change, Down, Expect, Key, Kind, Range, Store};
use crate::records;

/// The most contacts looked at under one key: a shared mailbox may stand on hundreds of cards.
const MOST: usize = 50;
/// The longest text kept in a key as it is, in bytes; a store's ids end at 1024.
const LONGEST: usize = 600;

/// The prefixes of the keys a contact can be found by.
pub(super) fn contact_keys(contact: &Contact) -> Vec<String> {
    prefixes(&contact.name_key(), &contact.email_keys())
}

/// The prefixes under which a name and e-mail addresses, as compared, can be found.
pub(super) fn prefixes(name: &str, emails: &[String]) -> Vec<String> {
    let name = (!name.is_empty()).then(|| prefix("n", name));
    name.into_iter().chain(emails.iter().map(|it| prefix("e", it))).collect()
}

/// The changes that move a contact from its old keys to its new ones.
pub(super) fn rekey(firm: &FirmId, id: &ContactId, old: &[String], new: &[String]) -> Vec<Change> {
    let at = |prefix: &String| format!("{prefix}{id}");
    let gone = old
        .iter()
        .filter(|it| !new.contains(it))
        .map(|it| Change::Delete(Key::new(firm, Kind::ContactKey, at(it)), Expect::Any));
    let come = new
        .iter()
        .filter(|it| !old.contains(it))
        .map(|it| records::pointer(firm, Kind::ContactKey, at(it)));
    gone.chain(come).collect()
}

/// The contacts under a key.
pub(super) async fn found(
    store: &impl Store,
    firm: &FirmId,
    prefix: &str,
) -> Result<Vec<ContactId>, Down> {
    let page = store.list(&Range::of(firm, Kind::ContactKey, prefix, MOST)).await?;
    let ids = page
        .items
        .into_iter()
        .filter_map(|it| it.key.id.strip_prefix(prefix).and_then(|id| ContactId::parse(id).ok()));
    Ok(ids.collect())
}

/// `#` ends a key's text, so it cannot be part of it.
fn prefix(sort: &str, text: &str) -> String {
    let text = text.replace('%', "%25").replace('#', "%23");
    if text.len() <= LONGEST {
        return format!("{sort}:{text}#");
    }
    let start: String = text.chars().take(LONGEST / 8).collect();
    format!("{sort}:{start}%{}#", digest(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_never_found_under_anothers_key() {
        let names =
            ["acme", "acme#1", "acme%231", "acme%", "acme%25", &"a".repeat(900), &"a".repeat(901)];
        let mut keys = names.map(|it| prefix("n", it)).to_vec();
        for (n, one) in keys.iter().enumerate() {
            assert!(one.len() < 1024 - 128);
            assert!(keys.iter().enumerate().all(|(m, other)| n == m || !other.starts_with(one)));
        }
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), names.len());
    }
}
