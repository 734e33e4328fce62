//! Writing many records in few commits. Each record's changes stay together; where a commit conflicts,
//! its records are handed back to be tried one by one.

use serde_json::Value;

use super::decide::Step;
use super::process::AT_ONCE;
use crate::contacts::crowd::{self, Asking};
use crate::ports::{Change, Committed, Down, Store};

/// The most changes in one commit.
const CHANGES: usize = 100;
/// The most bytes in one commit: a store takes 4 MB.
const BYTES: usize = 3_000_000;

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
    let (mut full, mut heavy) = (CHANGES, BYTES);
    for (n, step) in steps.iter().enumerate().filter(|(_, it)| !it.changes.is_empty()) {
        let (size, weight) = (step.changes.len(), step.changes.iter().map(weight).sum::<usize>());
        match groups.last_mut() {
            Some(group) if full + size <= CHANGES && heavy + weight <= BYTES => {
                group.push(n);
                full += size;
                heavy += weight;
            }
            Some(_) | None => {
                groups.push(vec![n]);
                (full, heavy) = (size, weight);
            }
        }
    }
    groups
}

/// About how many bytes a change takes.
fn weight(change: &Change) -> usize {
    fn of(it: &Value) -> usize {
        match it {
            Value::Null | Value::Bool(_) | Value::Number(_) => 8,
            Value::String(it) => it.len() + 8,
            Value::Array(all) => all.iter().map(of).sum::<usize>() + 8,
            Value::Object(all) => all.iter().map(|(name, it)| name.len() + of(it) + 8).sum(),
        }
    }
    match change {
        Change::Put(item, _) => of(&item.body) + item.key.id.len(),
        Change::Delete(key, _) => key.id.len(),
    }
}
