//! Tasks by state and reason of their links (XB-54).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::links::LinkWord;
use contract::tasks::TaskView;
use domain::ids::TaskId;
use domain::linking::bulk;
use domain::linking::task::TaskRecord;
use domain::ports::{Clock, Ports};
use domain::reason::Reason;

use super::address;
use super::page::{Asked, Paged, Posted, page as shown};
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Pager, Tone, Why};
use super::time::own;
use crate::access::Caller;
use crate::{Deps, input, scan, wake};

/// Where the tasks are listed.
pub(super) const PATH: &str = "/console/linking/tasks";

/// Every state of a link with its word.
const STATES: [(&str, LinkWord); 5] = [
    ("never", LinkWord::Never),
    ("auto", LinkWord::Auto),
    ("manual", LinkWord::Manual),
    ("unmapped_by_user", LinkWord::UnmappedByUser),
    ("broken", LinkWord::Broken),
];

#[derive(Template)]
#[template(path = "tasks.html")]
struct Tasks {
    frame: Frame,
    q: String,
    process: String,
    reason: String,
    states: Vec<(&'static str, &'static str, bool)>,
    cause: Option<Why>,
    here: String,
    rows: Vec<Row>,
    allowable: bool,
    pager: Pager,
}

struct Row {
    id: String,
    name: String,
    process: Option<String>,
    contact: Option<String>,
    badge: Badge,
    job: Option<String>,
    why: Option<Why>,
    allowable: bool,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let [state, reason, q, process] = ["state", "reason", "q", "process"].map(|it| asked.get(it));
    let filter = [("state", state), ("reason", reason), ("q", q), ("process", process)];
    let on = |cursor: &str| address::of(PATH, &[&filter[..], &[("cursor", cursor)]].concat());
    let cursor = Some(asked.get("cursor").to_owned()).filter(|it| !it.is_empty());
    let first = cursor.as_ref().map(|_| on(""));
    let word = STATES.iter().find(|it| it.0 == state).map(|it| it.1);
    let cause = Reason::named(reason);
    let searched = q.to_lowercase();
    let wanted = |it: &TaskRecord| {
        let task = &it.task.value;
        !it.task.deleted
            && word.is_none_or(|word| LinkWord::from(it.link.state) == word)
            && cause.is_none_or(|cause| it.link.reason == Some(cause))
            && (process.is_empty()
                || task.process_id.as_ref().is_some_and(|it| it.as_str() == process))
            && (q.is_empty() || task.name.to_lowercase().contains(&searched))
    };
    let (_, obstacle) = Caller(seat.firm.id.clone()).readiness(&deps.ports).await?;
    let show = |it| Row::of(TaskView::of(it, obstacle, None));
    let stretch = input::stretch(None, cursor)?;
    let found = scan::page(deps.ports.store(), &seat.firm.id, stretch, wanted, show).await?;
    shown(&Tasks {
        frame: seat.frame.at(Section::Linking),
        q: q.into(),
        process: process.into(),
        reason: reason.into(),
        states: STATES.map(|(word, it)| (word, badge(it).text, word == state)).to_vec(),
        cause: cause.map(Why::from),
        here: on(asked.get("cursor")),
        allowable: found.items.iter().any(|it| it.allowable),
        rows: found.items,
        pager: Pager { first, next: found.next_cursor.as_deref().map(on) },
    })
}

/// Lets auto-link try the ticked tasks again.
pub(super) async fn allow<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let ids: Vec<TaskId> = posted.all("id").filter_map(|it| TaskId::parse(it).ok()).collect();
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let by = seat.actor();
    let all = bulk::allow(store, &seat.firm.id, &ids, false, &by, now).await?;
    wake::time(&deps, &seat.firm.id).await;
    let to = own(&posted, PATH).to_owned();
    let done = all.iter().filter(|it| it.allowed).count();
    Ok(match done {
        0 => seat.undone(&deps, &to, "Nothing was ticked that can be allowed again.").await?,
        _ => {
            let text = format!("Auto-link tries again: {done} of {} ticked tasks.", ids.len());
            seat.done(&deps, &to, text).await?
        }
    })
}

/// The state of a link, for people.
pub(super) fn badge(state: LinkWord) -> Badge {
    let (tone, text) = match state {
        LinkWord::Never => (Tone::Wait, "Not linked"),
        LinkWord::Auto => (Tone::Good, "Linked by rule"),
        LinkWord::Manual => (Tone::Good, "Linked by hand"),
        LinkWord::UnmappedByUser => (Tone::Plain, "Unlinked by hand"),
        LinkWord::Broken => (Tone::Bad, "Broken"),
    };
    Badge { tone, text }
}

impl Row {
    fn of(it: TaskView) -> Self {
        Self {
            id: it.id.to_string(),
            name: it.name,
            process: it.process_id.map(|it| it.to_string()),
            contact: it.contact_id.map(|it| it.to_string()),
            badge: badge(it.link.state),
            job: it.link.job_number.map(|it| it.to_string()),
            why: it.link.reason.as_ref().map(Why::from),
            allowable: matches!(it.link.state, LinkWord::UnmappedByUser | LinkWord::Broken),
        }
    }
}
