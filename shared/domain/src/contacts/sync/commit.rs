//! Writing many records in few commits. Each record's changes stay together; where a commit conflicts,
//! its records are handed back to be tried one by one.

use super::decide::Step;
use super::process::AT_ONCE;
use crate::contacts::crowd::{self, Asking};
use crate::ports::{Change, Committed, Down, Store};

/// The most changes in one commit.
const CHANGES: usize = 100;

/// Writes the steps; answers which of them were not written.
pub(super) async fn commit(store: &impl Store, steps: &[Step]) -> Result<Vec<usize>, Down> {
    let groups = groups(steps);
    let questions = groups.into_iter().map(|group| -> Asking<'_, _> {
        Box::pin(async move {
            let changes: Vec<Change> =
                group.iter().flat_map(|n| steps[*n].changes.iter().cloned()).collect();
            Ok(match store.commit(changes).await? {
                Committed::Done => Vec::new(),
                Committed::Conflict => group,
            })
        })
    });
    let unwritten = crowd::all(questions.collect(), AT_ONCE).await?;
    Ok(unwritten.into_iter().flatten().collect())
}

/// Steps with changes, in groups that fit into one commit each.
fn groups(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut full = CHANGES;
    for (n, step) in steps.iter().enumerate().filter(|(_, it)| !it.changes.is_empty()) {
        let size = step.changes.len();
        match groups.last_mut() {
            Some(group) if full + size <= CHANGES => {
                group.push(n);
                full += size;
            }
            Some(_) | None => {
                groups.push(vec![n]);
                full = size;
            }
        }
    }
    groups
}
