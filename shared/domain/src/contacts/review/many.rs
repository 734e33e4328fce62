//! Many decisions at once, each for itself: what is wrong with one holds up no other (BY-11).

use std::collections::HashSet;

use super::{Decision, Desk, Refused, decide, preview};
use crate::contacts::crowd::{self, Asking};
use crate::contacts::matches::Match;
use crate::ids::{ContactId, XpmUuid};
use crate::ports::{Down, Lanes, Store};
use crate::records::Kept;

/// How many are decided at once.
const AT_ONCE: usize = 8;
/// By how much the likeliest candidate must be likelier than the next to be taken without a look.
const CLEAR: f64 = 0.05;

/// One decision of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The match.
    pub id: XpmUuid,
    /// The version that was looked at.
    pub version: u64,
    /// What is decided.
    pub decision: Decision,
}

/// What became of one decision of many: the match as it stands now, or would.
pub type Told = Result<Kept<Match>, Refused>;

/// Carries out, or previews, decisions that are independent of each other; answers in their order.
///
/// # Errors
/// The store does not answer. What was carried out until then stands.
pub async fn decide_all<S: Store + Lanes>(
    desk: &Desk<'_, S>,
    asks: &[Ask],
    dry: bool,
) -> Result<Vec<Told>, Down> {
    let mut seen: HashSet<&XpmUuid> = HashSet::new();
    let mut given: HashSet<&ContactId> = HashSet::new();
    let questions = asks.iter().map(|ask| -> Asking<'_, _> {
        let again = !seen.insert(&ask.id)
            || matches!(&ask.decision, Decision::Confirm(contact) if !given.insert(contact));
        Box::pin(async move {
            if again {
                return Ok(Err(Refused::Repeated));
            }
            if dry {
                preview(desk, &ask.id, &ask.decision, ask.version).await
            } else {
                decide(desk, &ask.id, &ask.decision, ask.version).await
            }
        })
    });
    crowd::all(questions.collect(), AT_ONCE).await
}

/// The candidate that can be confirmed without choosing: the only one, or likelier than all others.
pub fn likeliest(it: &Match) -> Option<&ContactId> {
    match &it.candidates[..] {
        [] => None,
        [only] => Some(&only.contact_id),
        [first, second, ..] => (first.score >= second.score + CLEAR).then_some(&first.contact_id),
    }
}
