//! Putting and confirming the grid of costs.

use serde_json::json;

use super::{Hand, Not, Ruling, change, edit};
use crate::ids::DocumentSetId;
use crate::invalid::Invalid;
use crate::jobs::cost::{self, LINES, Line};
use crate::jobs::draft::JobDraft;
use crate::jobs::kept::Noted;
use crate::journal::Event;
use crate::ports::{Lanes, Store};
use crate::reason::Reason;

/// Puts the working grid. Nothing of it is sent before it is confirmed. A line without an id is a new
/// one; a line that XPM holds cannot be left out.
pub async fn put_costs(
    store: &(impl Store + Lanes),
    hand: &Hand<'_>,
    id: &DocumentSetId,
    lines: &[Line],
) -> Ruling {
    change(store, hand, id, |it| {
        if it.discarded {
            return Err(Not::Now(Reason::Discarded));
        }
        let wrong = check(it, lines);
        if !wrong.is_empty() {
            return Err(Not::Wrong(wrong));
        }
        it.grid = (lines != it.confirmed).then(|| lines.to_vec());
        Ok(None)
    })
    .await
}

/// Confirms the grid: all of it or nothing. Confirming it again changes nothing (CA-14).
pub async fn confirm(store: &(impl Store + Lanes), hand: &Hand<'_>, id: &DocumentSetId) -> Ruling {
    edit(store, hand, id, |it| {
        let Some(grid) = it.grid.take() else { return Ok(None) };
        let wrong = check(it, &grid);
        if !wrong.is_empty() {
            return Err(Not::Wrong(wrong));
        }
        let sum = |lines: &[Line]| {
            let totals = cost::totals(lines.iter().map(|it| &it.sheet));
            Some(json!({"lines": lines.len(), "cost": totals.cost, "price": totals.price}))
        };
        let before = sum(&it.confirmed);
        it.confirmed = grid;
        let after = sum(&it.confirmed);
        let noted = Noted::new(Event::JobDraftCostsConfirmed, hand.actor.clone());
        Ok(Some(Noted { before, after, ..noted }))
    })
    .await
}

/// What is wrong with a grid for this draft.
fn check(draft: &JobDraft, lines: &[Line]) -> Vec<Invalid> {
    let mut wrong = Vec::new();
    if lines.len() > LINES {
        wrong.push(Invalid::new("/costs", "too_many", format!("at most {LINES} lines")));
    }
    for (n, line) in lines.iter().enumerate() {
        let place = format!("/costs/{n}");
        if lines[..n].iter().any(|it| it.id == line.id) {
            wrong.push(Invalid::new(
                format!("{place}/id"),
                "duplicate",
                "another line has this id",
            ));
        }
        wrong.extend(cost::check(&place, &line.sheet, draft.is_sent(&line.id)));
    }
    for gone in draft.lines_sent().filter(|it| !lines.iter().any(|line| line.id == **it)) {
        let detail =
            format!("XPM cannot remove a cost: line {gone} stays; set its quantity to zero");
        wrong.push(Invalid::new("/costs", "cost_stays", detail));
    }
    wrong
}
