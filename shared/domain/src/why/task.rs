//! Why a task is not linked.

use super::{Check, ordered};
use crate::linking::task::TaskRecord;
use crate::reason::Reason;

/// What is known of a task.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Why the firm cannot work with XPM at all.
    pub obstacle: Option<Reason>,
    /// The task.
    pub task: &'a TaskRecord,
    /// Whether its contact is matched with a client.
    pub client: bool,
    /// Whether its process is mapped.
    pub mapped: bool,
    /// Whether auto-link is switched on.
    pub auto_link: bool,
}

/// The checks of a task.
pub fn checks(facts: &Facts<'_>) -> Vec<Check> {
    let found = [("connection", facts.obstacle)].into_iter().chain(link(facts));
    // Time goes on to a job whose client is another by now; of the task, a person should know it.
    let link = &facts.task.link;
    let flag = link.linked().and(link.reason);
    ordered(found.chain([("linked_client", flag)]))
}

/// The checks of a link. One that stands has passed them all, however it came about.
pub(super) fn link(facts: &Facts<'_>) -> [(&'static str, Option<Reason>); 4] {
    let link = &facts.task.link;
    let open = link.linked().is_none();
    let missing = |there: bool, reason| (open && !there).then_some(reason);
    [
        ("client_link", missing(facts.client, Reason::ClientUnlinked)),
        ("process_mapping", missing(facts.mapped, Reason::ProcessUnmapped)),
        ("auto_link", missing(facts.auto_link, Reason::AutoLinkOff)),
        ("task_link", missing(false, link.reason.unwrap_or(Reason::TaskUnlinked))),
    ]
}
