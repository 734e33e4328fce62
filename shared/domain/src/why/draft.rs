//! Why a draft has not become a job, or not the whole of it.

use super::{Check, ordered};
use crate::ids::{TenantId, XpmUuid};
use crate::jobs::draft::JobDraft;
use crate::jobs::steps::StepName;
use crate::jobs::{Standing, standing, steps};
use crate::reason::Reason;

/// What is known of a draft.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The draft.
    pub draft: &'a JobDraft,
    /// Why the firm cannot work with XPM at all.
    pub obstacle: Option<Reason>,
    /// Whether the call budget is spent for now.
    pub spent: bool,
    /// Whether creating jobs is switched on.
    pub enabled: bool,
    /// The organisation that is connected.
    pub tenant: Option<&'a TenantId>,
    /// The client that the contact is matched with, or why there is none.
    pub client: Result<XpmUuid, Reason>,
}

/// The checks of a draft. A job that stands whole has passed them all.
pub fn checks(facts: &Facts<'_>) -> Vec<Check> {
    let Facts { draft, .. } = facts;
    let whole = standing(draft) == Standing::Created;
    let former = draft.plan.as_ref().is_some_and(|it| Some(&it.tenant) != facts.tenant);
    let waits = draft.made.job.is_none();
    let client = facts.client.as_ref().err().copied().filter(|_| waits);
    let steps = steps(draft);
    let step = |name: StepName| {
        let reasons = steps.iter().filter(|it| it.name == name).filter_map(|it| it.reason);
        reasons.into_iter().find(|it| !was_checked(*it))
    };
    let found = [
        ("wanted", draft.discarded.then_some(Reason::Discarded)),
        ("connection", facts.obstacle),
        ("jobs_switch", (!facts.enabled).then_some(Reason::JobsOff)),
        ("organisation", former.then_some(Reason::DraftOfFormerOrganisation)),
        ("client", client),
        ("delivery", draft.delivered.is_none().then_some(Reason::NotDelivered)),
        ("rate_budget", facts.spent.then_some(Reason::OverLimit)),
        ("job", step(StepName::Add)),
        ("staff", step(StepName::Assign)),
        ("costs", step(StepName::Cost)),
        ("state", step(StepName::State)),
    ];
    ordered(found.map(|(name, it)| (name, it.filter(|_| !whole))))
}

/// Whether a check before the steps has just settled it: what a step remembers of it may be out of date.
fn was_checked(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::JobsOff
            | Reason::DraftOfFormerOrganisation
            | Reason::ContactMissing
            | Reason::ContactArchived
            | Reason::ClientUnlinked
            | Reason::NotDelivered
            | Reason::OverLimit
            | Reason::ReconnectRequired
    )
}
