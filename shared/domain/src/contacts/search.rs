//! Finding contacts by part of their name (CA-05).
//!
//! Each contact has a pointer of a hundred bytes with its whole name: those that begin with the text are
//! one range of them, and only when these are through, those that merely contain it are looked for, in
//! stretches of a thousand.

use super::book::ContactRecord;
use super::keys::named;
use super::names::name_key;
use crate::ids::FirmId;
use crate::ports::{Down, Kind, Range, Store};
use crate::records;

/// The least text that is searched for, in characters.
pub const LEAST: usize = 2;
const STRETCH: usize = 1000;
/// How many stretches one page may read before it is handed out short.
const STRETCHES: usize = 20;
/// What the place of a page begins with: names that begin so, or names that contain it.
const BEGINS: &str = "b";
const CONTAINS: &str = "c";

/// A page of the contacts whose name begins with the text, then of those whose name contains it, each in
/// the order of names; none that is archived or gone. `after` is the place that the page before gave.
pub async fn search(
    store: &impl Store,
    firm: &FirmId,
    text: &str,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<ContactRecord>, Option<String>), Down> {
    let key = name_key(text);
    let beginning = named(&key);
    let (mut phase, mut last) = match after {
        Some(it) => match it.strip_prefix(CONTAINS) {
            Some(last) => (CONTAINS, Some(last.to_owned()).filter(|it| !it.is_empty())),
            None => (BEGINS, it.strip_prefix(BEGINS).map(str::to_owned)),
        },
        None => (BEGINS, None),
    };
    let mut found = Vec::new();
    for _ in 0..STRETCHES {
        let prefix = if phase == BEGINS { beginning.clone() } else { named("") };
        let range =
            Range { after: last.take(), ..Range::of(firm, Kind::ContactKey, prefix, STRETCH) };
        let page = store.list(&range).await?;
        let fits = |it: &&String| {
            let name = it.rsplit_once('#').map_or("", |(name, _)| &name[2..]);
            phase == BEGINS || (!it.starts_with(&beginning) && name.contains(&beginning[2..]))
        };
        let hits: Vec<String> =
            page.items.into_iter().map(|it| it.key.id).filter(|it| fits(&it)).collect();
        let ids: Vec<String> = hits.iter().filter_map(|it| id_in(it)).map(str::to_owned).collect();
        let kept = records::get_many::<ContactRecord>(store, firm, &ids).await?;
        for (hit, id) in hits.iter().zip(&ids) {
            let Some(it) = kept.iter().find(|it| it.record.contact.value.id.as_str() == id) else {
                continue;
            };
            if it.record.contact.deleted || it.record.contact.value.archived {
                continue;
            }
            if found.len() == limit {
                return Ok((found, Some(format!("{phase}{}", last.unwrap_or_default()))));
            }
            found.push(it.record.clone());
            last = Some(hit.clone());
        }
        match (page.next, phase) {
            (Some(next), _) => last = Some(next),
            (None, BEGINS) => (phase, last) = (CONTAINS, None),
            (None, _) => return Ok((found, None)),
        }
    }
    Ok((found, Some(format!("{phase}{}", last.unwrap_or_default()))))
}

/// The contact that a name's pointer belongs to: `#` ends the name, and is not part of either.
fn id_in(pointer: &str) -> Option<&str> {
    pointer.rsplit_once('#').map(|(_, id)| id)
}
