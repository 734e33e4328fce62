//! What people do about a step that did not end well.

use serde_json::json;

use super::{Hand, Not, Ruling, edit};
use crate::ids::{DocumentSetId, JobNumber, XpmUuid};
use crate::invalid::Invalid;
use crate::issues;
use crate::jobs::kept::Noted;
use crate::jobs::push::{Call, Created, Wire};
use crate::journal::{Event, Sort};
use crate::ports::{Down, Kind, Lanes, Range, Store};
use crate::reason::Reason;

/// So many drafts are tried again at one call.
pub const AT_ONCE: usize = 200;

/// Has what XPM refused tried once more.
pub async fn retry(store: &(impl Store + Lanes), hand: &Hand<'_>, id: &DocumentSetId) -> Ruling {
    edit(store, hand, id, |it| {
        for refused in std::mem::take(&mut it.refused) {
            // A cost that XPM has lost is added anew.
            if let (Call::UpdateCost { line, .. }, Reason::CostMissing) =
                (&refused.call, refused.reason)
            {
                it.made.costs.retain(|it| it.line != *line);
            }
        }
        Ok(None)
    })
    .await
}

/// Has every draft that a cause holds up tried once more; says how many. There are never more than
/// documents went out and met this cause; beyond [`AT_ONCE`] the rest is left for another call.
pub async fn retry_all(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    cause: Reason,
) -> Result<usize, Down> {
    let prefix = issues::prefix(cause, Sort::JobDraft.as_str());
    let page = store.list(&Range::of(hand.firm, Kind::Cause, &prefix, AT_ONCE)).await?;
    let mut taken = 0;
    for item in page.items {
        let Ok(id) = DocumentSetId::parse(&item.key.id[prefix.len()..]) else { continue };
        taken += usize::from(retry(store, hand, &id).await?.is_ok());
    }
    Ok(taken)
}

/// Says which of the candidates is the one that was sent; with `None`, that none of them is.
pub async fn resolve(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    candidate: Option<&str>,
) -> Ruling {
    edit(store, hand, id, |it| {
        let Wire::Ambiguous { call, candidates } = &it.wire else {
            return Err(Not::Now(Reason::NothingToResolve));
        };
        let Some(chosen) = candidate else {
            it.wire = Wire::default();
            return Ok(None);
        };
        let created = match call {
            _ if !candidates.iter().any(|it| it == chosen) => None,
            Call::Add { .. } => JobNumber::parse(chosen).ok().map(Created::Job),
            Call::AddCost { .. }
            | Call::Assign { .. }
            | Call::UpdateCost { .. }
            | Call::SetState { .. }
            | Call::Delete => XpmUuid::parse(chosen).ok().map(Created::Cost),
        };
        let Some(created) = created else {
            let wrong = Invalid::new("/candidate", "not_one_of", "one of the candidates");
            return Err(Not::Wrong(vec![wrong]));
        };
        let after = Some(json!({ "chosen": chosen }));
        let event = if matches!(created, Created::Job(_)) {
            Event::JobCreated
        } else {
            Event::JobDraftUpdated
        };
        it.adopt(created, hand.now);
        Ok(Some(Noted { after, ..Noted::new(event, hand.actor.clone()) }))
    })
    .await
}
