//! How far a draft has come, for people: its state, each step, and the costs on both sides.

use super::cost::Line;
use super::draft::{JobDraft, Plan, Undo};
use super::plan::{is_refused, tail};
use super::push::{Call, Wire, same_step};
use crate::ids::LineId;
use crate::practice::JobCost;
use crate::reason::Reason;

/// How a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Waits for the documents to go out.
    Draft,
    /// The documents went out; nothing has been sent yet.
    Committed,
    /// Under way.
    Creating,
    /// XPM has all of it.
    Created,
    /// A step needs a person. The job may exist all the same.
    Failed,
    /// Not wanted any more.
    Discarded,
}

/// A step of the creation.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// Which.
    pub name: StepName,
    /// Of a cost: its line.
    pub line: Option<LineId>,
    /// How far it is.
    pub state: StepState,
    /// Why it is not done, where that is known.
    pub reason: Option<Reason>,
    /// What XPM said to it.
    pub words: Option<String>,
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepName {
    /// The job itself.
    Add,
    /// Its staff.
    Assign,
    /// One of its costs.
    Cost,
    /// Its state.
    State,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepState {
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

/// How a draft stands.
pub fn standing(draft: &JobDraft) -> Standing {
    let idle = draft.wire.is_idle();
    let failed = |it: &StepView| matches!(it.state, StepState::Failed | StepState::Ambiguous);
    if draft.discarded {
        Standing::Discarded
    } else if draft.delivered.is_none() {
        Standing::Draft
    } else if matches!(draft.undo, Some(Undo::Asked { .. })) {
        Standing::Creating
    } else if steps(draft).iter().any(failed) {
        Standing::Failed
    } else if draft.made.job.is_none() && idle {
        Standing::Committed
    } else if idle && draft.plan.as_ref().is_some_and(|it| is_whole(draft, it)) {
        Standing::Created
    } else {
        Standing::Creating
    }
}

/// Whether XPM has all that is asked for.
pub(super) fn is_whole(draft: &JobDraft, plan: &Plan) -> bool {
    let state = plan.state_code.is_none() || draft.made.state == plan.state_code;
    draft.made.job.is_some() && state && tail(draft, plan).next().is_none()
}

/// Every step, in the order in which they are done.
pub fn steps(draft: &JobDraft) -> Vec<StepView> {
    let Some(plan) = &draft.plan else { return Vec::new() };
    let exists = draft.made.job.is_some();
    let open: Vec<Call> = if exists { tail(draft, plan).collect() } else { Vec::new() };
    let waits = |done: bool| if done { None } else { waiting(draft) };
    let mut all = vec![match add(draft) {
        Some(step) => step,
        None => bare(StepName::Add, None, exists, waits(exists)),
    }];
    let assign = open.iter().find(|it| matches!(it, Call::Assign { .. }));
    all.push(if plan.staff.is_empty() {
        StepView { state: StepState::Skipped, ..bare(StepName::Assign, None, false, None) }
    } else {
        step(draft, StepName::Assign, None, assign, exists && assign.is_none())
    });
    all.extend(draft.confirmed.iter().map(|line| cost(draft, line, &open, exists)));
    let done = |it: &StepView| matches!(it.state, StepState::Done | StepState::Skipped);
    let before = all.iter().all(done);
    all.push(match &plan.state_code {
        None => StepView { state: StepState::Skipped, ..bare(StepName::State, None, false, None) },
        Some(code) => {
            let call = Call::SetState { code: code.clone() };
            let reached = draft.made.state.as_ref() == Some(code);
            let it = step(draft, StepName::State, None, Some(&call).filter(|_| !reached), reached);
            let waits = it.state == StepState::Pending && !before;
            StepView { reason: it.reason.or(waits.then_some(Reason::EarlierStep)), ..it }
        }
    });
    all
}

/// What keeps a delivered draft from its job until a person does something about it; each once.
pub fn causes(draft: &JobDraft) -> Vec<Reason> {
    use Reason::{EarlierStep, OverLimit, Uncertain, XpmUnreachable};
    if draft.delivered.is_none() || draft.discarded || draft.undo.is_some() {
        return Vec::new();
    }
    let passes = |it: &Reason| matches!(it, EarlierStep | OverLimit | Uncertain | XpmUnreachable);
    let mut causes: Vec<Reason> = steps(draft).into_iter().filter_map(|it| it.reason).collect();
    causes.retain(|it| !passes(it));
    causes.sort_unstable();
    causes.dedup();
    causes
}

/// The grid as it is shown: our lines with XPM's ids, then the costs that only XPM has, such as the
/// template's (CA-11, CA-16).
pub fn costs_of<'a>(draft: &'a JobDraft, in_xpm: &'a [JobCost]) -> (&'a [Line], Vec<&'a JobCost>) {
    let ours = |it: &&JobCost| draft.made.costs.iter().any(|made| made.uuid == it.uuid);
    (draft.lines(), in_xpm.iter().filter(|it| !ours(it)).collect())
}

fn cost(draft: &JobDraft, line: &Line, open: &[Call], exists: bool) -> StepView {
    let call = open.iter().find(|it| match it {
        Call::AddCost { line: of, .. } | Call::UpdateCost { line: of, .. } => *of == line.id,
        Call::Add { .. } | Call::Assign { .. } | Call::SetState { .. } | Call::Delete => false,
    });
    let line = Some(line.id.clone());
    step(draft, StepName::Cost, line, call, exists && call.is_none())
}

/// A step of the created job: under way, refused, done, or to come.
fn step(
    draft: &JobDraft,
    name: StepName,
    line: Option<LineId>,
    call: Option<&Call>,
    done: bool,
) -> StepView {
    let Some(call) = call else { return bare(name, line, done, None) };
    if let Some(under_way) = under_way(draft, call) {
        let (state, reason) = under_way;
        return StepView { name, line, state, reason, words: None };
    }
    match draft.refused.iter().find(|it| it.call == *call) {
        Some(it) if is_refused(draft, call) => {
            let words = Some(it.words.clone());
            StepView { name, line, state: StepState::Failed, reason: Some(it.reason), words }
        }
        Some(_) | None => bare(name, line, false, waiting(draft)),
    }
}

/// The first step while it is under way or refused.
fn add(draft: &JobDraft) -> Option<StepView> {
    let view =
        |state, reason, words| StepView { name: StepName::Add, line: None, state, reason, words };
    let is_add = |it: &Call| matches!(it, Call::Add { .. });
    if let Wire::Sending { call, .. } | Wire::Unknown { call, .. } | Wire::Ambiguous { call, .. } =
        &draft.wire
        && is_add(call)
    {
        return under_way(draft, call).map(|(state, reason)| view(state, reason, None));
    }
    let refused = draft.refused.iter().find(|it| is_add(&it.call))?;
    // Only while it would be asked again just so.
    let Call::Add { order } = &refused.call else { return None };
    let plan = draft.plan.as_ref()?;
    let same = super::plan::order(plan, order.client.clone()) == *order;
    same.then(|| view(StepState::Failed, Some(refused.reason), Some(refused.words.clone())))
}

fn under_way(draft: &JobDraft, call: &Call) -> Option<(StepState, Option<Reason>)> {
    match &draft.wire {
        Wire::Sending { call: it, .. } if same_step(it, call) => Some((StepState::Sending, None)),
        Wire::Unknown { call: it, .. } if same_step(it, call) => {
            Some((StepState::Unknown, Some(Reason::Uncertain)))
        }
        Wire::Ambiguous { call: it, .. } if same_step(it, call) => {
            Some((StepState::Ambiguous, Some(Reason::SeveralJobs)))
        }
        Wire::Sending { .. }
        | Wire::Unknown { .. }
        | Wire::Ambiguous { .. }
        | Wire::Idle { .. } => None,
    }
}

/// What the next request waits for.
fn waiting(draft: &JobDraft) -> Option<Reason> {
    match &draft.wire {
        Wire::Idle { .. } if draft.delivered.is_none() => Some(Reason::NotDelivered),
        Wire::Idle { waiting, .. } => *waiting,
        Wire::Sending { .. } | Wire::Unknown { .. } | Wire::Ambiguous { .. } => None,
    }
}

fn bare(name: StepName, line: Option<LineId>, done: bool, reason: Option<Reason>) -> StepView {
    let state = if done { StepState::Done } else { StepState::Pending };
    StepView { name, line, state, reason, words: None }
}
