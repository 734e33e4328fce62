//! Costs as they stand, on both sides.

use domain::ids::{LineId, XpmUuid};
use domain::jobs::cost::{self, Totals};
use domain::jobs::costs_of;
use domain::jobs::draft::JobDraft;
use domain::practice::{CostSheet, JobCost};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// What is to be known of the costs before the job exists (CA-16).
pub(super) const BEFORE: &str = "XPM shows the costs of the template only once the job exists.";

/// A line of the grid, or a cost that only XPM has.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobCost)]
pub struct CostView {
    /// Which line; none for a cost that did not come from here.
    #[schema(value_type = Option<String>, required)]
    pub id: Option<LineId>,
    /// The day.
    pub date: Date,
    /// What it is for.
    pub description: String,
    /// Whether it is billed.
    pub billable: bool,
    /// How many.
    pub quantity: String,
    /// What one costs the firm.
    pub unit_cost: String,
    /// What one is billed at.
    pub unit_price: String,
    /// XPM's id of it, once it has one.
    #[schema(value_type = Option<String>, required)]
    pub xpm_uuid: Option<XpmUuid>,
}

/// What costs come to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = CostTotals)]
pub struct TotalsView {
    /// What they cost the firm.
    pub cost: String,
    /// What they are priced at, billable or not.
    pub price: String,
    /// The price of the billable ones.
    pub billable: String,
}

/// The costs of a draft and of its job.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobCosts)]
pub struct CostsView {
    /// Our lines, then the costs that only XPM has, such as the template's.
    pub items: Vec<CostView>,
    /// What all of them come to.
    pub totals: TotalsView,
    /// What should be known of them.
    #[schema(required)]
    pub notice: Option<String>,
}

impl CostsView {
    /// The costs on both sides; of XPM's, those that are not ours follow our lines.
    pub fn of(draft: &JobDraft, in_xpm: &[JobCost]) -> Self {
        let (ours, theirs) = costs_of(draft, in_xpm);
        let sheets = ours.iter().map(|it| &it.sheet).chain(theirs.iter().map(|it| &it.sheet));
        let totals = cost::totals(sheets).into();
        let mut items = lines(draft);
        items.extend(
            theirs.into_iter().map(|it| CostView::of(None, &it.sheet, Some(it.uuid.clone()))),
        );
        let notice = draft.made.job.is_none().then(|| BEFORE.into());
        Self { items, totals, notice }
    }
}

pub(super) fn lines(draft: &JobDraft) -> Vec<CostView> {
    let view = |it: &cost::Line| {
        let uuid = draft.cost_of(&it.id).map(|it| it.uuid.clone());
        CostView::of(Some(it.id.clone()), &it.sheet, uuid)
    };
    draft.lines().iter().map(view).collect()
}

impl CostView {
    fn of(id: Option<LineId>, sheet: &CostSheet, xpm_uuid: Option<XpmUuid>) -> Self {
        Self {
            id,
            date: sheet.date,
            description: sheet.description.clone(),
            billable: sheet.billable,
            quantity: sheet.quantity.to_string(),
            unit_cost: sheet.unit_cost.to_string(),
            unit_price: sheet.unit_price.to_string(),
            xpm_uuid,
        }
    }
}

impl From<Totals> for TotalsView {
    fn from(it: Totals) -> Self {
        let [cost, price, billable] = [it.cost, it.price, it.billable].map(|it| it.to_string());
        Self { cost, price, billable }
    }
}
