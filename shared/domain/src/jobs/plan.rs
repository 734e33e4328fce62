//! What XPM should hold for a draft, and the next request towards it.

use super::draft::{JobDraft, Plan};
use super::push::{Call, Wire, same_step};
use crate::contacts::book;
use crate::contacts::matches::{self, client_of};
use crate::ids::{FirmId, XpmUuid};
use crate::ports::{Down, Store};
use crate::practice::JobOrder;
use crate::reason::Reason;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// This request.
    Send(Call),
    /// Nothing, until this reason ends.
    Wait(Reason),
    /// Nothing.
    Rest,
}

/// The next request of a delivered draft. `client` is whom the job is for, or why that is not known.
/// What XPM refused is not asked again as it was; the other steps go on, except that nobody puts a job
/// in a state before it is as it should be.
pub(super) fn next(draft: &JobDraft, client: Result<XpmUuid, Reason>) -> Next {
    let Some(plan) = &draft.plan else { return Next::Rest };
    if draft.made.job.is_none() {
        let order = match client {
            Ok(client) => order(plan, client),
            Err(reason) => return Next::Wait(reason),
        };
        let call = Call::Add { order };
        return if is_refused(draft, &call) { Next::Rest } else { Next::Send(call) };
    }
    let (refused, open): (Vec<Call>, Vec<Call>) =
        tail(draft, plan).partition(|it| is_refused(draft, it));
    match open.into_iter().next() {
        Some(call) => Next::Send(call),
        None if !refused.is_empty() => Next::Rest,
        None => match &plan.state_code {
            Some(code) if draft.made.state.as_ref() != Some(code) => {
                let call = Call::SetState { code: code.clone() };
                if is_refused(draft, &call) { Next::Rest } else { Next::Send(call) }
            }
            Some(_) | None => Next::Rest,
        },
    }
}

/// The job that a plan asks for.
pub(super) fn order(plan: &Plan, client: XpmUuid) -> JobOrder {
    JobOrder {
        client,
        name: plan.name.clone(),
        description: plan.description.clone(),
        start_date: plan.start_date,
        due_date: plan.due_date,
        template: plan.template.uuid.clone(),
    }
}

/// What the created job lacks, but for its state.
pub(super) fn tail(draft: &JobDraft, plan: &Plan) -> impl Iterator<Item = Call> {
    let missing = |it: &&XpmUuid| !draft.made.staff.contains(it);
    let staff: Vec<XpmUuid> = plan.staff.iter().filter(missing).cloned().collect();
    let assign = (!staff.is_empty()).then_some(Call::Assign { staff });
    let costs = draft.confirmed.iter().filter_map(|it| {
        let (line, sheet) = (it.id.clone(), it.sheet.clone());
        match draft.cost_of(&it.id) {
            None => Some(Call::AddCost { line, sheet }),
            Some(made) if made.sheet.as_ref() == Some(&sheet) => None,
            Some(made) => Some(Call::UpdateCost { line, uuid: made.uuid.clone(), sheet }),
        }
    });
    assign.into_iter().chain(costs)
}

/// Whether XPM has refused this very request.
pub(super) fn is_refused(draft: &JobDraft, call: &Call) -> bool {
    draft.refused.iter().any(|it| same_step(&it.call, call) && it.call == *call)
}

/// The XPM client that a contact's job is for, or why there is none.
///
/// # Errors
/// The store does not answer.
pub async fn client(
    store: &impl Store,
    firm: &FirmId,
    plan: &Plan,
) -> Result<Result<XpmUuid, Reason>, Down> {
    let Some(contact) = book::get(store, firm, &plan.contact).await? else {
        return Ok(Err(Reason::ContactMissing));
    };
    if contact.contact.value.archived {
        return Ok(Err(Reason::ContactArchived));
    }
    let Some(client) = client_of(store, firm, &plan.contact).await? else {
        return Ok(Err(Reason::ClientUnlinked));
    };
    let reason = matches::get(store, firm, &client).await?.and_then(|it| it.record.reason);
    Ok(match reason {
        Some(Reason::Archived | Reason::Deleted) => Err(Reason::ContactArchived),
        Some(_) | None => Ok(client),
    })
}

impl JobDraft {
    /// What is to happen to a draft at rest that waits: nothing but to be looked at again.
    pub(super) fn wait(&mut self, reason: Reason, until: jiff::Timestamp) {
        self.wire = Wire::waiting(reason);
        self.look_at = Some(until);
    }
}
