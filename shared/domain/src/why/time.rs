//! Why an entry is not in XPM, or not as it should be (XB-85).

use super::{Check, ordered, task};
use crate::ids::XpmUuid;
use crate::reason::Reason;
use crate::time::entry::EntryRecord;
use crate::time::standing::{Stage, Standing};
use jiff::Timestamp;

/// What is known of an entry.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The entry.
    pub entry: &'a EntryRecord,
    /// Why the firm cannot work with XPM at all.
    pub obstacle: Option<Reason>,
    /// Whether the call budget is spent for now.
    pub spent: bool,
    /// Its task, where it has one that was received.
    pub task: Option<task::Facts<'a>>,
    /// Since when the firm has been connected to another organisation than before.
    pub changed_at: Option<Timestamp>,
    /// Which member of staff its person is, where XPM's list is at hand.
    pub staff: Option<Result<XpmUuid, Reason>>,
}

/// The checks of an entry.
pub fn checks(facts: &Facts<'_>) -> Vec<Check> {
    let Facts { entry, .. } = facts;
    let standing = Standing::of(entry);
    let pushed = standing.stage == Stage::Pushed;
    let said = standing.reason.filter(|_| !pushed);
    let one_of = |reasons: &[Reason]| said.filter(|it| reasons.contains(it));
    let context = [
        Reason::NoTask,
        Reason::Running,
        Reason::LateLink,
        Reason::NoMinutes,
        Reason::DeletionAsks,
    ];
    let job = [Reason::JobMissing, Reason::JobClosed, Reason::StaffNotOnJob];
    let lock = [Reason::PeriodLocked, Reason::Invoiced];
    let staff = [Reason::StaffUnmapped, Reason::StaffAmbiguous];
    let [client, process, auto_link, linked] = links(facts).map(|(name, it)| {
        // What XPM holds is not asked after its task's link any more.
        (name, it.filter(|_| entry.push.known.is_none()))
    });
    let value = &entry.entry.value;
    let timer = if value.running {
        Some(Reason::Running)
    } else if value.task_id.is_none() {
        Some(Reason::NoTask)
    } else {
        one_of(&context)
    };
    let unmapped = facts.staff.as_ref().and_then(|it| it.as_ref().err().copied());
    let spent = facts.spent && standing.stage == Stage::Pending;
    let told = [&context[..], &job, &lock, &staff].concat();
    let other = said.filter(|it| !told.contains(it));
    ordered(
        [
            ("connection", facts.obstacle),
            client,
            process,
            auto_link,
            linked,
            ("timer_context", timer),
            ("staff_map", unmapped.or(one_of(&staff))),
            ("job_state", one_of(&job)),
            ("lock", one_of(&lock)),
            ("rate_budget", spent.then_some(Reason::OverLimit)),
            ("answer", other),
        ]
        .map(|(name, it)| (name, it.filter(|_| !pushed))),
    )
}

/// The checks of the task's link; time outside a task has none to fail.
fn links(facts: &Facts<'_>) -> [(&'static str, Option<Reason>); 4] {
    let Some(about) = &facts.task else {
        let unknown = facts.entry.entry.value.task_id.as_ref().map(|_| Reason::TaskUnknown);
        return [
            ("client_link", None),
            ("process_mapping", None),
            ("auto_link", None),
            ("task_link", unknown),
        ];
    };
    let mut found = task::link(about);
    let linked_at = about.task.link.linked().map(|it| it.1);
    if linked_at.zip(facts.changed_at).is_some_and(|(linked, changed)| linked < changed) {
        found[3].1 = Some(Reason::FormerOrganisation);
    }
    found
}
