//! The grid of a draft's costs (CA-11 to CA-14).

use std::sync::Arc;

use axum::extract::{Path, State};
use contract::body::{Body, BodyError};
use contract::drafts::{TotalsView, read_costs};
use domain::ids::LineId;
use domain::invalid::Invalid;
use domain::jobs::cost::{self, LINES, Line};
use domain::jobs::desk::{self, Hand, Not};
use domain::jobs::draft::JobDraft;
use domain::ports::{Clock, Ports};
use lambda_http::http::StatusCode;
use serde_json::{Value, json};

use super::adding::set_of;
use super::draft::whole;
use crate::console::page::{Paged, Posted, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::Seat;
use crate::console::shown::Faults;
use crate::{Deps, wake};

/// The grid, as it is kept or as it was typed.
#[derive(Default)]
pub(super) struct Grid {
    pub(super) rows: Vec<Row>,
    /// What the rows come to, if they can be read.
    pub(super) totals: Option<TotalsView>,
    /// Whether it is confirmed as it is kept.
    pub(super) confirmed: bool,
    /// Whether it can be changed.
    pub(super) open: bool,
    /// What is wrong with it as a whole.
    pub(super) wrong: String,
}

/// A row, as it is typed.
#[derive(Clone, Default)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) date: String,
    pub(super) description: String,
    pub(super) billable: bool,
    pub(super) quantity: String,
    pub(super) unit_cost: String,
    pub(super) unit_price: String,
    /// Whether XPM has it: it cannot be removed there.
    pub(super) sent: bool,
    pub(super) faults: Faults,
}

/// Keeps, confirms, or shows again what was typed with a row more or less.
pub(in crate::console) async fn send<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let id = set_of(id)?;
    let (store, firm) = (deps.ports.store(), seat.firm.id.clone());
    let draft = desk::get(store, &firm, &id).await?.ok_or(Refused::NotFound)?;
    let mut rows = typed(&posted, &draft);
    let act = posted.get("act");
    if let Some(n) = act.strip_prefix("remove.") {
        let n: usize = n.parse().map_err(|_| Refused::Unreadable)?;
        if n < rows.len() {
            rows.remove(n);
        }
    }
    let confirms = act == "confirm";
    if act != "save" && !confirms {
        if act == "add" {
            rows.push(Row::blank(&draft));
        }
        let grid = Grid::typed(&draft, rows, Vec::new());
        return shown(&whole(&deps, &seat, draft, grid).await?);
    }
    rows.retain(|it| !it.is_blank());
    let hand = Hand { firm: &firm, actor: seat.actor(), now: deps.ports.clock().now() };
    let ruling = match read(&rows) {
        Ok(lines) => match desk::put_costs(store, &hand, &id, &lines).await? {
            Ok(_) if confirms => desk::confirm(store, &hand, &id).await?,
            other => other,
        },
        Err(wrong) => Err(Not::Wrong(wrong)),
    };
    let to = format!("/console/jobs/drafts/{id}");
    match ruling {
        Ok(draft) => {
            if draft.delivered.is_some() {
                wake::jobs(&deps, &firm).await;
            }
            let said = match confirms {
                true => "The costs are confirmed.",
                false => "The costs are kept. Nothing of them is sent before they are confirmed.",
            };
            Ok(seat.done(&deps, &to, said).await?)
        }
        Err(Not::Missing) => Err(Refused::NotFound),
        Err(Not::Now(reason)) => {
            let text = format!("{} {}", reason.sentence(), reason.next_step());
            Ok(seat.undone(&deps, &to, text).await?)
        }
        Err(Not::Wrong(wrong)) => {
            let grid = Grid::typed(&draft, rows, wrong);
            let page = whole(&deps, &seat, draft, grid).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

impl Grid {
    /// The grid as it is kept, with an empty row to type into.
    pub(super) fn of(draft: &JobDraft) -> Self {
        let mut rows: Vec<Row> = draft.lines().iter().map(|it| Row::of(it, draft)).collect();
        rows.push(Row::blank(draft));
        Self::typed(draft, rows, Vec::new())
    }

    fn typed(draft: &JobDraft, mut rows: Vec<Row>, wrong: Vec<Invalid>) -> Self {
        let filled: Vec<Row> = rows.iter().filter(|it| !it.is_blank()).cloned().collect();
        let lines = read(&filled).ok();
        for (n, row) in rows.iter_mut().enumerate() {
            let own = format!("/costs/{n}/");
            let own = |it: &Invalid| {
                let field = it.pointer.strip_prefix(&own)?;
                Some(Invalid { pointer: field.to_owned(), ..it.clone() })
            };
            row.faults = Faults(wrong.iter().filter_map(own).collect());
        }
        let of_all = wrong.iter().filter(|it| it.pointer == "/costs").map(|it| it.detail.as_str());
        Self {
            totals: lines.map(|it| cost::totals(it.iter().map(|it| &it.sheet)).into()),
            confirmed: draft.grid.is_none(),
            open: !draft.discarded && rows.len() <= LINES + 1,
            wrong: of_all.collect::<Vec<_>>().join("; "),
            rows,
        }
    }
}

impl Row {
    fn of(line: &Line, draft: &JobDraft) -> Self {
        let sheet = &line.sheet;
        Self {
            id: line.id.to_string(),
            date: sheet.date.to_string(),
            description: sheet.description.clone(),
            billable: sheet.billable,
            quantity: sheet.quantity.to_string(),
            unit_cost: sheet.unit_cost.to_string(),
            unit_price: sheet.unit_price.to_string(),
            sent: draft.cost_of(&line.id).is_some(),
            faults: Faults::default(),
        }
    }

    fn blank(draft: &JobDraft) -> Self {
        let date = draft.plan.as_ref().map(|it| it.start_date.to_string()).unwrap_or_default();
        Self { date, billable: true, ..Self::default() }
    }

    fn is_blank(&self) -> bool {
        let typed =
            [&self.id, &self.description, &self.quantity, &self.unit_cost, &self.unit_price];
        typed.iter().all(|it| it.is_empty())
    }

    fn sheet(&self) -> Value {
        let said = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        json!({
            "id": said(&self.id),
            "date": said(&self.date),
            "description": self.description,
            "billable": self.billable,
            "quantity": said(&self.quantity),
            "unit_cost": said(&self.unit_cost),
            "unit_price": said(&self.unit_price),
        })
    }
}

/// The rows of the form.
fn typed(posted: &Posted, draft: &JobDraft) -> Vec<Row> {
    let rows = posted.get("rows").parse().unwrap_or(0_usize).min(LINES + 2);
    let row = |n: usize| {
        let field = |name: &str| posted.get(&format!("{name}.{n}")).to_owned();
        let id = field("id");
        let line = LineId::parse(id.as_str()).ok();
        Row {
            date: field("date"),
            description: field("description"),
            billable: !field("billable").is_empty(),
            quantity: field("quantity"),
            unit_cost: field("unit_cost"),
            unit_price: field("unit_price"),
            sent: line.is_some_and(|it| draft.cost_of(&it).is_some()),
            faults: Faults::default(),
            id,
        }
    };
    (0..rows).map(row).collect()
}

fn read(rows: &[Row]) -> Result<Vec<Line>, Vec<Invalid>> {
    let costs: Vec<Value> = rows.iter().map(Row::sheet).collect();
    read_costs(Body::Data(json!({ "costs": costs }))).map_err(|error| match error {
        BodyError::Invalid(wrong) => wrong,
        BodyError::Malformed { detail, .. } => vec![Invalid::new("/costs", "malformed", detail)],
    })
}
