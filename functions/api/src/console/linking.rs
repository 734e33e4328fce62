//! Processes, each mapped to a task type of XPM, and the links that an earlier mapping made (XB-41).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::processes::{OldLinksView, ProcessView, RelinkedView};
use domain::connection;
use domain::copies::{self, Copy};
use domain::desired::Stamp;
use domain::ids::{ProcessId, XpmUuid};
use domain::linking::bulk::{self, Halted};
use domain::linking::process::{self, Process};
use domain::ports::{Clock, Ports};
use domain::practice::Named;
use domain::reason::Reason;
use lambda_http::http::StatusCode;

use super::address;
use super::page::{Asked, Paged, Posted, page as shown, page_with};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Moment, Pager, Why};
use crate::access::Caller;
use crate::input::{self, PageQuery, Segment};
use crate::routes::processes::{find, get_process, list_processes, types};
use crate::{Deps, wake};

/// Where the processes are listed.
const PATH: &str = "/console/linking";

#[derive(Template)]
#[template(path = "linking.html")]
struct Linking {
    frame: Frame,
    rows: Vec<ProcessRow>,
    list: Option<Listed>,
    pager: Pager,
}

struct ProcessRow {
    id: String,
    name: String,
    mapped: Option<String>,
    why: Option<Why>,
}

/// How fresh XPM's list of task types is.
struct Listed {
    at: Moment,
    stale: bool,
    names: Vec<String>,
}

#[derive(Template)]
#[template(path = "process.html")]
struct ProcessPage {
    frame: Frame,
    id: String,
    name: String,
    typed: String,
    error: &'static str,
    why: Option<Why>,
    list: Option<Listed>,
    old: OldLinksView,
    /// What would become of the links of an earlier mapping.
    relinked: Option<Vec<Relinked>>,
    /// Where the shown ones begin, and the next ones.
    cursor: String,
    more: Option<String>,
    halted: Option<Why>,
}

struct Relinked {
    task: String,
    from: String,
    to: Option<String>,
    why: Option<Why>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let caller = Caller(seat.firm.id.clone());
    let cursor = Some(asked.get("cursor").to_owned()).filter(|it| !it.is_empty());
    let first = cursor.as_ref().map(|_| PATH.to_owned());
    let query = input::Asked(PageQuery { limit: None, cursor });
    let found = list_processes(State(Arc::clone(&deps)), caller.clone(), query).await?.0;
    let list = types(&deps, &caller).await?;
    shown(&Linking {
        list: list.as_ref().map(|it| Listed::of(it, &seat)),
        frame: seat.frame.at(Section::Linking),
        rows: found.items.into_iter().map(ProcessRow::of).collect(),
        pager: Pager {
            first,
            next: found.next_cursor.map(|it| address::of(PATH, &[("cursor", &it)])),
        },
    })
}

/// Has XPM asked for its task types again.
pub(super) async fn refresh<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let to = super::time::own(&posted, PATH).to_owned();
    let done = copies::refresh(&deps.ports, &seat.firm.id, copies::TASKS).await?;
    Ok(match done {
        Ok(()) => seat.done(&deps, &to, "XPM was asked again.").await?,
        Err(_) => {
            let text = "XPM was asked just now. Wait half a minute, then refresh again.";
            seat.undone(&deps, &to, text).await?
        }
    })
}

/// A process, with what would become of old links where that is asked.
pub(super) async fn process<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    asked: Asked,
) -> Paged {
    let mut page = ProcessPage::of(&deps, &seat, id).await?;
    if !asked.get("preview").is_empty() {
        let id = ProcessId::parse(page.id.as_str()).map_err(|_| Refused::NotFound)?;
        match links(&deps, &seat, &id, asked.get("cursor"), true).await? {
            Ok((relinked, more)) => {
                page.relinked = Some(relinked);
                page.cursor = asked.get("cursor").into();
                page.more = more;
            }
            Err(reason) => page.halted = Some(reason.into()),
        }
    }
    page.frame = seat.frame.at(Section::Linking);
    shown(&page)
}

/// Maps a process to the task type of this name, or to none.
pub(super) async fn map<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let caller = Caller(seat.firm.id.clone());
    let typed = posted.get("xpm_task");
    let list = types(&deps, &caller).await?;
    let chosen = match typed {
        "" => None,
        typed => {
            let named = list.as_ref().and_then(|it| named(&it.items, typed));
            let Some(uuid) = named else {
                let mut page = ProcessPage::of(&deps, &seat, id).await?;
                page.typed = typed.into();
                page.error = match list {
                    Some(_) => "XPM has no task of this name. Choose one from the list.",
                    None => "XPM cannot be asked for its tasks just now. Try again later.",
                };
                page.frame = seat.frame.at(Section::Linking);
                return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
            };
            Some(uuid)
        }
    };
    let found = find(&deps, &caller, id).await?.process.value;
    let now = deps.ports.clock().now();
    let to = format!("{PATH}/processes/{}", found.id);
    let mapped = Process { xpm_task_uuid: chosen, ..found };
    let said = match mapped.xpm_task_uuid {
        Some(_) => "Mapped. Tasks of this process are linked soon.",
        None => "No longer mapped. Links that exist stay.",
    };
    let stamp = Stamp { version: None, as_of: now };
    let (store, firm) = (deps.ports.store(), &seat.firm.id);
    process::put(store, firm, mapped, stamp, &seat.actor(), now).await?;
    wake::time(&deps, firm).await;
    Ok(seat.done(&deps, &to, said).await?)
}

/// Makes the links of an earlier mapping anew: those that the preview showed.
pub(super) async fn relink<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let id = ProcessId::parse(id).map_err(|_| Refused::NotFound)?;
    let to = format!("{PATH}/processes/{id}");
    let done = links(&deps, &seat, &id, posted.get("cursor"), false).await?;
    wake::time(&deps, &seat.firm.id).await;
    Ok(match done {
        Ok((relinked, more)) => {
            let new = relinked.iter().filter(|it| it.to.is_some()).count();
            let rest = if more.is_some() { " There are more: preview the next ones." } else { "" };
            let to = match &more {
                Some(cursor) => address::of(&to, &[("preview", "1"), ("cursor", cursor)]),
                None => to,
            };
            seat.done(&deps, &to, format!("{new} links were made anew.{rest}")).await?
        }
        Err(reason) => {
            let text = format!("{} {}", reason.sentence(), reason.next_step());
            seat.undone(&deps, &to, text).await?
        }
    })
}

/// What becomes of a page of old links, or would; or why nothing can be linked at all.
async fn links<P: Ports>(
    deps: &Arc<Deps<P>>,
    seat: &Seat,
    id: &ProcessId,
    cursor: &str,
    preview: bool,
) -> Result<Result<(Vec<Relinked>, Option<String>), Reason>, Refused> {
    let connection = connection::read(deps.ports.store(), &seat.firm.id).await?;
    let ready = match connection.ready(&seat.firm) {
        Ok(ready) => ready,
        Err(reason) => return Ok(Err(reason)),
    };
    let after = contract::list::uncursor(cursor);
    let by = seat.actor();
    match bulk::relink(&deps.ports, &ready, id, after, preview, &by).await {
        Ok((relinked, next)) => {
            let rows = relinked.into_iter().map(|it| Relinked::of(it.into())).collect();
            Ok(Ok((rows, next.as_deref().map(contract::list::cursor))))
        }
        Err(Halted::Unknown) => Err(Refused::NotFound),
        Err(Halted::Down(down)) => Err(down.into()),
        Err(Halted::Changed) => {
            let next = "Look at the mapping, then ask for the preview again.";
            Err(Refused::Conflict(Halted::Changed.to_string(), next))
        }
    }
}

/// The names of XPM's task types; where several have one, each with its id.
fn names(all: &[Named]) -> Vec<String> {
    let twice = |it: &Named| all.iter().filter(|other| other.name == it.name).count() > 1;
    let name = |it: &Named| match twice(it) {
        true => format!("{} ({})", it.name, it.uuid),
        false => it.name.clone(),
    };
    all.iter().map(name).collect()
}

/// The one that is called so; upper and lower case are the same where that leaves no doubt.
fn named(all: &[Named], typed: &str) -> Option<XpmUuid> {
    let names = names(all);
    let by = |same: &dyn Fn(&str) -> bool| {
        let mut found = names.iter().zip(all).filter(|it| same(it.0));
        let first = found.next();
        first.filter(|_| found.next().is_none()).map(|it| it.1.uuid.clone())
    };
    by(&|it| it.trim() == typed).or_else(|| by(&|it| it.to_lowercase() == typed.to_lowercase()))
}

impl ProcessRow {
    fn of(it: ProcessView) -> Self {
        Self {
            id: it.id.to_string(),
            mapped: it.xpm_task_name.or(it.xpm_task_uuid.map(|it| it.to_string())),
            name: it.name,
            why: it.reason.as_ref().map(Why::from),
        }
    }
}

impl Listed {
    fn of(it: &Copy<Named>, seat: &Seat) -> Self {
        let at = Moment::of(it.as_of, &seat.zone());
        Self { at, stale: it.stale, names: names(&it.items) }
    }
}

impl Relinked {
    fn of(it: RelinkedView) -> Self {
        let place = |it: contract::links::PlaceView| format!("{} {}", it.job_number, it.name);
        Self {
            task: it.task_id.to_string(),
            from: place(it.from),
            to: it.to.map(place),
            why: it.reason.as_ref().map(Why::from),
        }
    }
}

impl ProcessPage {
    async fn of<P: Ports>(deps: &Arc<Deps<P>>, seat: &Seat, id: String) -> Result<Self, Refused> {
        let caller = Caller(seat.firm.id.clone());
        let it = get_process(State(Arc::clone(deps)), caller.clone(), Segment(id)).await?.0;
        let list = types(deps, &caller).await?;
        let old = it.old_links.unwrap_or(OldLinksView { count: 0, more: false });
        let row = ProcessRow::of(it);
        Ok(Self {
            frame: seat.frame.clone(),
            id: row.id,
            name: row.name,
            typed: row.mapped.unwrap_or_default(),
            error: "",
            why: row.why,
            list: list.as_ref().map(|it| Listed::of(it, seat)),
            old,
            relinked: None,
            cursor: String::new(),
            more: None,
            halted: None,
        })
    }
}
