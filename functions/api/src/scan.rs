//! Pages of records, chosen as they are read.

use contract::list::{Page, cursor};
use domain::ids::FirmId;
use domain::ports::{Down, Range, Store};
use domain::records::{self, Kept, Record};

use crate::input::Stretch;

/// How many stretches one page may read before it is handed out short.
const STRETCHES: usize = 20;
const STRETCH: usize = 200;

/// A page of the wanted records, as they are shown.
pub(crate) async fn page<R: Record, T>(
    store: &impl Store,
    firm: &FirmId,
    asked: Stretch,
    wanted: impl Fn(&R) -> bool,
    show: impl Fn(R) -> T,
) -> Result<Page<T>, Down> {
    let mut range = Range { after: asked.after, ..Range::of(firm, R::KIND, "", STRETCH) };
    let mut found: Vec<R> = Vec::new();
    let mut next = None;
    'reading: for _ in 0..STRETCHES {
        let (records, more) = records::page::<R>(store, &range).await?;
        for Kept { record, .. } in records.into_iter().filter(|it| wanted(&it.record)) {
            if found.len() == asked.limit {
                next = found.last().map(Record::id);
                break 'reading;
            }
            found.push(record);
        }
        next.clone_from(&more);
        match more {
            Some(more) => range.after = Some(more),
            None => break,
        }
    }
    Ok(shown(found.into_iter().map(show), next))
}

/// A page of what is shown, and after which id the next one begins.
pub(crate) fn shown<T>(items: impl Iterator<Item = T>, next: Option<String>) -> Page<T> {
    Page { items: items.collect(), next_cursor: next.as_deref().map(cursor) }
}
