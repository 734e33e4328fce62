//! Drafts as they stand.

use domain::ids::{ContactId, DocumentSetId, JobNumber, LineId, XpmUuid};
use domain::jobs::cost::{self, Totals};
use domain::jobs::draft::{JobDraft, Plan, Undo};
use domain::jobs::push::Wire;
use domain::jobs::steps::{StepName, StepState};
use domain::jobs::{Standing, StepView, costs_of, standing, steps};
use domain::practice::{CostSheet, JobCost};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ReasonView;

/// A draft, and what has become of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobDraft)]
pub struct JobDraftView {
    /// The draft's id: its document set's.
    #[schema(value_type = String)]
    pub id: DocumentSetId,
    /// The document set.
    #[schema(value_type = String)]
    pub document_set_id: DocumentSetId,
    /// For whom.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// The template.
    #[schema(value_type = String)]
    pub template_uuid: XpmUuid,
    /// Its name when it was chosen.
    pub template_name: String,
    /// The job's name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// First day.
    pub start_date: Date,
    /// Last day.
    pub due_date: Date,
    /// Who is put on the job.
    #[schema(value_type = Vec<String>)]
    pub staff_uuids: Vec<XpmUuid>,
    /// The state it ends in.
    #[schema(required)]
    pub state_code: Option<String>,
    /// How it stands.
    pub state: DraftState,
    /// When the documents first went out.
    #[schema(required)]
    pub delivered_at: Option<Timestamp>,
    /// The job's number, as soon as XPM has it.
    #[schema(value_type = Option<String>, required)]
    pub job_number: Option<JobNumber>,
    /// Where people see the job.
    #[schema(required)]
    pub job_url: Option<String>,
    /// The grid as it was last put.
    pub costs: Vec<CostView>,
    /// Whether the grid is confirmed as it is.
    pub costs_confirmed: bool,
    /// What the grid comes to.
    pub totals: TotalsView,
    /// What should be known of the costs.
    #[schema(required)]
    pub notice: Option<String>,
    /// Every step of the creation, in order.
    pub steps: Vec<StepShown>,
    /// What could be the thing that was sent, where XPM holds several; see `resolve`.
    pub candidates: Vec<String>,
    /// Whether the job is to be taken back, and what became of that.
    #[schema(required)]
    pub undo: Option<UndoView>,
}

/// How a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobDraftState)]
pub enum DraftState {
    /// Waits for the documents to go out.
    Draft,
    /// They went out; the job will be created.
    Committed,
    /// The job is being created, or is being completed.
    Creating,
    /// XPM has all of it.
    Created,
    /// A step needs a person. The job may exist all the same.
    Failed,
    /// Not wanted any more.
    Discarded,
}

/// How documents go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryAction)]
pub enum ActionWord {
    /// A person downloaded them.
    Download,
    /// They were sent.
    Send,
}

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

/// A step of the creation.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobStep)]
pub struct StepShown {
    /// Which.
    pub name: StepWord,
    /// Of a cost: its line.
    #[schema(value_type = Option<String>, required)]
    pub line: Option<LineId>,
    /// How far it is.
    pub state: StepStateWord,
    /// Why it is not done.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// XPM's own words for a refusal.
    #[schema(required)]
    pub detail: Option<String>,
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobStepName)]
#[expect(missing_docs, reason = "each is its word")]
pub enum StepWord {
    Add,
    Assign,
    Cost,
    State,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobStepState)]
pub enum StepStateWord {
    /// Nothing is asked for.
    Skipped,
    /// To come.
    Pending,
    /// Being asked.
    Sending,
    /// XPM did not say; it is being looked for.
    Unknown,
    /// A person must say which of several it is.
    Ambiguous,
    /// XPM refused.
    Failed,
    /// XPM has it.
    Done,
}

/// Taking a job back.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = JobUndo)]
pub struct UndoView {
    /// How far it is.
    pub state: UndoState,
    /// Why the job stays.
    #[schema(required)]
    pub reason: Option<ReasonView>,
}

/// How far taking a job back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobUndoState)]
pub enum UndoState {
    /// Asked for.
    Pending,
    /// The job stays.
    Refused,
    /// The job is gone.
    Done,
}

const BEFORE: &str = "XPM shows the costs of the template only once the job exists.";

impl JobDraftView {
    /// A draft with its plan.
    pub fn of(draft: &JobDraft, plan: Plan) -> Self {
        let job = draft.made.job.clone().filter(|_| draft.undo != Some(Undo::Done));
        let sum = cost::totals(draft.lines().iter().map(|it| &it.sheet));
        Self {
            id: draft.id.clone(),
            document_set_id: draft.id.clone(),
            contact_id: plan.contact,
            template_uuid: plan.template.uuid,
            template_name: plan.template.name,
            name: plan.name,
            description: plan.description,
            start_date: plan.start_date,
            due_date: plan.due_date,
            staff_uuids: plan.staff,
            state_code: plan.state_code,
            state: standing(draft).into(),
            delivered_at: draft.delivered.map(|it| it.at),
            notice: job.is_none().then(|| BEFORE.into()),
            job_url: job.as_ref().and_then(|it| it.url.clone()),
            job_number: job.map(|it| it.number),
            costs: lines(draft),
            costs_confirmed: draft.grid.is_none(),
            totals: sum.into(),
            steps: steps(draft).into_iter().map(Into::into).collect(),
            candidates: match &draft.wire {
                Wire::Ambiguous { candidates, .. } => candidates.clone(),
                Wire::Idle { .. } | Wire::Sending { .. } | Wire::Unknown { .. } => Vec::new(),
            },
            undo: draft.undo.map(Into::into),
        }
    }
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

fn lines(draft: &JobDraft) -> Vec<CostView> {
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

impl From<Standing> for DraftState {
    fn from(it: Standing) -> Self {
        match it {
            Standing::Draft => Self::Draft,
            Standing::Committed => Self::Committed,
            Standing::Creating => Self::Creating,
            Standing::Created => Self::Created,
            Standing::Failed => Self::Failed,
            Standing::Discarded => Self::Discarded,
        }
    }
}

impl From<StepView> for StepShown {
    fn from(it: StepView) -> Self {
        let name = match it.name {
            StepName::Add => StepWord::Add,
            StepName::Assign => StepWord::Assign,
            StepName::Cost => StepWord::Cost,
            StepName::State => StepWord::State,
        };
        let state = match it.state {
            StepState::Skipped => StepStateWord::Skipped,
            StepState::Pending => StepStateWord::Pending,
            StepState::Sending => StepStateWord::Sending,
            StepState::Unknown => StepStateWord::Unknown,
            StepState::Ambiguous => StepStateWord::Ambiguous,
            StepState::Failed => StepStateWord::Failed,
            StepState::Done => StepStateWord::Done,
        };
        let reason = it.reason.map(Into::into);
        Self { name, line: it.line, state, reason, detail: it.words }
    }
}

impl From<Undo> for UndoView {
    fn from(it: Undo) -> Self {
        let (state, reason) = match it {
            Undo::Asked { .. } => (UndoState::Pending, None),
            Undo::Kept(reason) => (UndoState::Refused, Some(reason.into())),
            Undo::Done => (UndoState::Done, None),
        };
        Self { state, reason }
    }
}
