//! Links of many tasks at once, a page at a time, each with a preview (XB-41, XB-54).

use jiff::Timestamp;

use super::auto::{self, ask};
use super::by_hand;
use super::process::ProcessRecord;
use super::rule::Answer;
use super::task::{LinkState, Place, TaskRecord};
use crate::connection::Ready;
use crate::copies::Unavailable;
use crate::gate::Shut;
use crate::ids::{ContactId, FirmId, ProcessId, TaskId};
use crate::journal::{self, Actor};
use crate::ports::{Clock, Down, Kind, Lane, Lanes, Ports, Range, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How many tasks are looked at in one go.
pub const AT_ONCE: usize = 50;
/// How many tasks are looked through to count the links of an old mapping.
const COUNTED: usize = 500;

/// The tasks of a contact or a process.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// Of this process.
    Process(&'a ProcessId),
    /// Of this contact.
    Contact(&'a ContactId),
}

/// How many links were made by a mapping that the process no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldLinks {
    /// So many of those that were looked through.
    pub count: usize,
    /// Whether there are tasks that were not.
    pub more: bool,
}

/// A link of an old mapping, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Relinked {
    /// The task.
    pub task: TaskId,
    /// Where its time goes, or went.
    pub from: Place,
    /// Where it is to go, or now goes; or why the link is left as it is.
    pub to: Result<Place, Reason>,
}

/// A task that auto-link may or may not try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The task.
    pub task: TaskId,
    /// How its link stood.
    pub state: LinkState,
    /// Whether there was anything to allow.
    pub allowed: bool,
}

/// Why links are not made anew.
#[derive(Debug, thiserror::Error)]
pub enum Halted {
    /// The firm has no such process.
    #[error("there is no such process")]
    Unknown,
    /// The process was mapped anew meanwhile: what was decided so far stands, the rest must be asked
    /// for again (XB-42).
    #[error("the process was mapped anew meanwhile")]
    Changed,
    /// Our own memory failed us.
    #[error(transparent)]
    Down(#[from] Down),
}

/// Counts the links that the rule made by a mapping that the process no longer has.
pub async fn old_links(
    store: &impl Store,
    firm: &FirmId,
    process: &ProcessRecord,
) -> Result<OldLinks, Down> {
    let of = Of::Process(&process.process.value.id);
    let (tasks, next) = tasks(store, firm, of, None, COUNTED).await?;
    let count = tasks.iter().filter(|it| is_old(it, process)).count();
    Ok(OldLinks { count, more: next.is_some() })
}

/// Makes the links of an old mapping anew, or tells what would become of them. Time that XPM has got
/// follows its task's link as it does after any change of it.
pub async fn relink<P: Ports>(
    ports: &P,
    ready: &Ready<'_>,
    id: &ProcessId,
    after: Option<String>,
    preview: bool,
    by: &Actor,
) -> Result<(Vec<Relinked>, Option<String>), Halted> {
    let (store, firm) = (ports.store(), &ready.firm.id);
    let process = records::get::<ProcessRecord>(store, firm, id.as_str()).await?;
    let process = process.map(|it| it.record).filter(|it| !it.process.deleted);
    let process = process.ok_or(Halted::Unknown)?;
    if !preview {
        store.mark(firm, Lane::Time, ports.clock().now()).await?;
        journal::open(store, firm, ports.clock().now()).await?;
    }
    let (tasks, next) = tasks(store, firm, Of::Process(id), after, AT_ONCE).await?;
    let mut relinked = Vec::new();
    for record in tasks.into_iter().filter(|it| is_old(it, &process)) {
        let Some(from) = record.link.place.clone() else { continue };
        let task = record.task.value.id.clone();
        let to = match ask(ports, ready, &record, Lane::Refresh).await {
            Ok((_, basis)) if basis.mapping != Some(process.process.version) => {
                return Err(Halted::Changed);
            }
            Ok((Answer::Link(place), basis)) => {
                let now = ports.clock().now();
                let link = record.link.to(LinkState::Auto, place.clone(), basis, now);
                let next = TaskRecord { link, look_at: Some(now), ..record.clone() };
                // Whoever changed the task meanwhile has decided for themselves.
                if !preview && !auto::replace(ports, firm, &record, &next, by).await? {
                    continue;
                }
                Ok(place)
            }
            Ok((Answer::None(reason, _), _)) => Err(reason),
            Ok((Answer::Keep, _)) => continue,
            Err(Unavailable::Shut(Shut::Down(down))) => return Err(down.into()),
            Err(unavailable) => Err(unavailable.reason()),
        };
        relinked.push(Relinked { task, from, to });
    }
    Ok((relinked, next))
}

/// Lets auto-link try tasks again, or tells for which of them there is anything to allow.
pub async fn allow(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    ids: &[TaskId],
    preview: bool,
    by: &Actor,
    now: Timestamp,
) -> Result<Vec<Allowed>, Down> {
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut found = records::get_many::<TaskRecord>(store, firm, &names).await?;
    found.retain(|it| !it.record.task.deleted);
    found.sort_by(|a, b| a.record.task.value.id.as_str().cmp(b.record.task.value.id.as_str()));
    let mut all = Vec::new();
    for Kept { record, .. } in found {
        let allowed = by_hand::allowable(&record.link);
        let (task, state) = (record.task.value.id, record.link.state);
        if allowed && !preview {
            by_hand::allow(store, firm, &task, by, now).await?;
        }
        all.push(Allowed { task, state, allowed });
    }
    Ok(all)
}

/// The ids of a page of the tasks of a contact or a process, and where the next page begins.
pub async fn ids_of(
    store: &impl Store,
    firm: &FirmId,
    of: Of<'_>,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<TaskId>, Option<String>), Down> {
    let prefix = match of {
        Of::Process(id) => format!("process:{id}#"),
        Of::Contact(id) => format!("contact:{id}#"),
    };
    let after = after.map(|it| format!("{prefix}{it}"));
    let range = Range { after, ..Range::of(firm, Kind::TaskOf, prefix.as_str(), limit) };
    let page = store.list(&range).await?;
    let id = |id: &str| id.strip_prefix(prefix.as_str()).and_then(|it| TaskId::parse(it).ok());
    let ids: Vec<TaskId> = page.items.iter().filter_map(|it| id(&it.key.id)).collect();
    let next = page.next.as_deref().and_then(id).map(|it| it.to_string());
    Ok((ids, next))
}

async fn tasks(
    store: &impl Store,
    firm: &FirmId,
    of: Of<'_>,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<TaskRecord>, Option<String>), Down> {
    let (ids, next) = ids_of(store, firm, of, after, limit).await?;
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut found = records::get_many::<TaskRecord>(store, firm, &names).await?;
    found.sort_by(|a, b| a.record.task.value.id.as_str().cmp(b.record.task.value.id.as_str()));
    Ok((found.into_iter().map(|it| it.record).collect(), next))
}

/// Whether the rule made the link by a task type that the process is not mapped to any more.
fn is_old(task: &TaskRecord, process: &ProcessRecord) -> bool {
    let basis = &task.link.basis;
    task.link.state == LinkState::Auto
        && !task.task.deleted
        && basis.mapped.is_some()
        && basis.mapping.is_some_and(|it| it != process.process.version)
        && basis.mapped != process.process.value.xpm_task_uuid
}
