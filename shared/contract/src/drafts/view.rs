//! Drafts as they stand.

use domain::ids::{ContactId, DocumentSetId, JobNumber, LineId, XpmUuid};
use domain::jobs::cost;
use domain::jobs::draft::{Action, JobDraft, Plan, Undo};
use domain::jobs::estimate::calls_left;
use domain::jobs::push::Wire;
use domain::jobs::steps::{StepName, StepState};
use domain::jobs::{Standing, StepView, standing, steps};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::costs::{BEFORE, CostView, TotalsView, lines};
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
    /// Calls to XPM that it still takes, if all goes well.
    pub calls_left: usize,
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
            calls_left: calls_left(draft),
            candidates: match &draft.wire {
                Wire::Ambiguous { candidates, .. } => candidates.clone(),
                Wire::Idle { .. } | Wire::Sending { .. } | Wire::Unknown { .. } => Vec::new(),
            },
            undo: draft.undo.map(Into::into),
        }
    }
}

impl ActionWord {
    /// The word itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Send => "send",
        }
    }
}

impl From<Action> for ActionWord {
    fn from(it: Action) -> Self {
        match it {
            Action::Download => Self::Download,
            Action::Send => Self::Send,
        }
    }
}

impl DraftState {
    /// The word itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Committed => "committed",
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
        }
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
