//! Pages of those records that a reader wants, chosen as they are read.

use crate::ids::FirmId;
use crate::ports::{Down, Range, Store};
use crate::records::{self, Kept, Record};

/// How many stretches one page may read before it is handed out short.
const STRETCHES: usize = 20;
const STRETCH: usize = 200;

/// A page of the wanted records below a prefix, in the order of their ids, and where the next begins.
/// It may be short, even empty, while more follows: many unwanted ones cost one reader no more than
/// so many reads.
pub(super) async fn page<R: Record>(
    store: &impl Store,
    firm: &FirmId,
    prefix: &str,
    after: Option<String>,
    limit: usize,
    wanted: impl Fn(&R) -> bool,
) -> Result<(Vec<Kept<R>>, Option<String>), Down> {
    let mut range = Range { after, ..Range::of(firm, R::KIND, prefix, STRETCH) };
    let mut found: Vec<Kept<R>> = Vec::new();
    for _ in 0..STRETCHES {
        let (records, next) = records::page::<R>(store, &range).await?;
        for kept in records {
            if !wanted(&kept.record) {
                continue;
            }
            if found.len() == limit {
                let last = found.last().map(|it| it.record.id());
                return Ok((found, last));
            }
            found.push(kept);
        }
        match next {
            Some(next) => range.after = Some(next),
            None => return Ok((found, None)),
        }
    }
    Ok((found, range.after))
}
