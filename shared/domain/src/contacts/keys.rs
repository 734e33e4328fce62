//! What a contact can be found by, each under a key of its own: the telling words of its name, its e-mail
//! addresses, and what finds those that are the same though they share neither.
//!
//! A key's item is written in the same commit as the contact, so a look-up never needs to scan the firm.

use std::borrow::Cow;

use super::contact::Contact;
use super::matching::{Traits, sound};
use crate::chance::digest;
use crate::ids::{ContactId, FirmId};
use crate::ports::{Change, Down, Expect, Key, Kind, Range, Store};
use crate::records;

/// The most contacts looked at under one key: a shared mailbox may stand on hundreds of cards.
pub const MOST: usize = 50;
/// The longest text kept in a key as it is, in bytes; a store's ids end at 1024.
const LONGEST: usize = 600;

/// The most phone numbers a contact can be found by, and the last digits that make the key: they are
/// the same with and without area and country codes.
const PHONES: usize = 3;
const LAST_DIGITS: usize = 7;
/// The most words of a name, longest first, under which it can be found at its post code.
const WORDS: usize = 2;

/// The sort of the keys that people search by: the whole name.
const SEARCH: &str = "s";

/// The prefixes of the keys a contact can be found by.
pub(super) fn contact_keys(contact: &Contact) -> Vec<String> {
    let mut keys = blocking_keys(&Traits::of(contact));
    let name = contact.name_key();
    keys.extend((!name.is_empty()).then(|| prefix(SEARCH, &name)));
    keys
}

/// Everything under which a record can be found: who shares a key with it is worth a comparison.
pub fn blocking_keys(traits: &Traits) -> Vec<String> {
    let mut keys = exact_keys(traits);
    keys.extend(near_keys(traits));
    keys
}

/// The keys that find everyone of the same name or e-mail address, which is what decides (KB-24).
/// Equal names have equal telling words, so one key serves the exact name and its variants.
pub(super) fn exact_keys(traits: &Traits) -> Vec<String> {
    let name = if traits.words.is_empty() { &traits.name } else { &traits.words };
    let name = (!name.is_empty()).then(|| prefix("n", name));
    name.into_iter().chain(traits.emails.iter().map(|it| prefix("e", it))).collect()
}

/// The keys that find those who may be the same all the same: by business number, phone, or a word
/// of the name that sounds alike at the same post code.
pub(super) fn near_keys(traits: &Traits) -> Vec<String> {
    let number = traits.business_number.as_ref().map(|it| prefix("b", it));
    let mut keys: Vec<String> = number.into_iter().collect();
    for phone in traits.phones.iter().take(PHONES) {
        let start = phone.len().checked_sub(LAST_DIGITS).and_then(|start| phone.get(start..));
        keys.extend(start.map(|it| prefix("p", it)));
    }
    if let Some(postcode) = traits.postcodes.first() {
        for word in longest(&traits.words).into_iter().flatten() {
            keys.push(prefix("z", &[postcode, " ", sound(word).as_str()].concat()));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The longest words, of equally long ones the first.
fn longest(words: &str) -> [Option<&str>; WORDS] {
    let mut longest = [None; WORDS];
    for mut word in words.split(' ').filter(|it| !it.is_empty()).map(Some) {
        for place in &mut longest {
            if word.map(str::len) > place.map(str::len) {
                std::mem::swap(place, &mut word);
            }
        }
    }
    longest
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

/// What the pointers of all names begin with that begin so. Longer names than a key holds are found by
/// their first part only.
pub(super) fn named(beginning: &str) -> String {
    format!("{SEARCH}:{}", escape(beginning))
}

/// `#` ends a key's text, so it cannot be part of it.
fn prefix(sort: &str, text: &str) -> String {
    let text = escape(text);
    let text = text.as_ref();
    if text.len() <= LONGEST {
        return [sort, ":", text, "#"].concat();
    }
    let start: String = text.chars().take(LONGEST / 8).collect();
    format!("{sort}:{start}%{}#", digest(text))
}

fn escape(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|it| matches!(it, b'%' | b'#')) {
        Cow::Owned(text.replace('%', "%25").replace('#', "%23"))
    } else {
        Cow::Borrowed(text)
    }
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
