//! Time entries by state and reason, and what can be done about several of them at once (BY-06).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::entries::TimeEntryView;
use contract::pushes::PushState;
use domain::connection::authorise::is_console_path;
use domain::ids::{EntryId, FirmId};
use domain::linking::task::TaskRecord;
use domain::ports::{Clock, Down, Ports, Store};
use domain::reason::Reason;
use domain::records;
use domain::time::decide::{self, Taken};
use domain::time::user::UserRecord;
use jiff::tz::TimeZone;

use super::address;
use super::page::{Asked, Paged, Posted, page as shown};
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Pager, Tone, Why};
use crate::access::Caller;
use crate::routes::entries::{EntryQuery, list_time_entries};
use crate::{Deps, input, wake};

/// Where the entries are listed.
pub(super) const PATH: &str = "/console/time";

#[derive(Template)]
#[template(path = "time.html")]
struct Time {
    frame: Frame,
    /// Which of the section’s pages this is.
    tab: &'static str,
    states: Vec<(&'static str, &'static str, bool)>,
    reason: String,
    /// What the list is narrowed to, in words.
    cause: Option<Why>,
    from: String,
    to: String,
    /// This very page, to come back to.
    here: String,
    held: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    day: String,
    person: String,
    task: Option<(String, String)>,
    minutes: i64,
    note: String,
    badge: Badge,
    whys: Vec<Why>,
    /// Whether it can be tried again or released from here.
    open: bool,
}

/// What people and tasks are called.
#[derive(Default)]
pub(super) struct Names {
    people: BTreeMap<String, String>,
    tasks: BTreeMap<String, String>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let said = |name: &str| Some(asked.get(name).to_owned()).filter(|it| !it.is_empty());
    let query = EntryQuery {
        state: said("state"),
        reason: said("reason"),
        date_from: said("from"),
        date_to: said("to"),
        limit: None,
        cursor: said("cursor"),
    };
    let caller = Caller(seat.firm.id.clone());
    let found = list_time_entries(State(Arc::clone(&deps)), caller, input::Asked(query)).await?.0;
    let names = Names::of(deps.ports.store(), &seat.firm.id, &found.items).await?;
    let zone = seat.zone();
    let [state, reason, from, to] = ["state", "reason", "from", "to"].map(|it| asked.get(it));
    let filter = [("state", state), ("reason", reason), ("from", from), ("to", to)];
    let on = |cursor: &str| address::of(PATH, &[&filter[..], &[("cursor", cursor)]].concat());
    let first = (!asked.get("cursor").is_empty()).then(|| on(""));
    let rows: Vec<Row> = found.items.iter().map(|it| Row::of(it, &names, &zone)).collect();
    shown(&Time {
        frame: seat.frame.at(Section::Time),
        tab: if state == "held" { "held" } else { "entries" },
        states: PushState::WORDS.map(|(word, it)| (word, badge(it).text, word == state)).to_vec(),
        reason: reason.into(),
        cause: Reason::named(reason).map(Why::from),
        from: from.into(),
        to: to.into(),
        here: on(asked.get("cursor")),
        held: rows.iter().any(|it| it.open),
        rows,
        pager: Pager { first, next: found.next_cursor.as_deref().map(on) },
    })
}

/// Releases the ticked entries, or has them tried again.
pub(super) async fn many<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let release = posted.get("do") == "release";
    let (mut done, mut left) = (0, 0);
    for id in posted.all("id").filter_map(|it| EntryId::parse(it).ok()) {
        let taken = match release {
            true => decide::release(store, &seat.firm.id, &id, now).await?,
            false => decide::retry(store, &seat.firm.id, &id, now).await?,
        };
        let yes = matches!(taken, Taken::Yes(_));
        done += i32::from(yes);
        left += i32::from(!yes);
    }
    wake::time(&deps, &seat.firm.id).await;
    let to = own(&posted, PATH).to_owned();
    if done + left == 0 {
        return Ok(seat.undone(&deps, &to, "Nothing was ticked: tick entries first.").await?);
    }
    let verb = if release { "released" } else { "to be tried again" };
    let rest = if left > 0 { format!(" {left} had changed meanwhile.") } else { String::new() };
    Ok(seat.done(&deps, &to, format!("{done} {verb}.{rest}")).await?)
}

/// The page to come back to, if it is one of ours.
pub(super) fn own<'a>(posted: &'a Posted, usual: &'a str) -> &'a str {
    let back = posted.get("back");
    if is_console_path(back) { back } else { usual }
}

/// The state of a push, for people.
pub(super) fn badge(state: PushState) -> Badge {
    let (tone, text) = match state {
        PushState::Pending => (Tone::Wait, "Pending"),
        PushState::Pushed => (Tone::Good, "In XPM"),
        PushState::Held => (Tone::Bad, "Held"),
        PushState::Rejected => (Tone::Bad, "Rejected"),
        PushState::Unknown => (Tone::Wait, "Being looked up"),
        PushState::Ambiguous => (Tone::Bad, "Ambiguous"),
        PushState::Deleted => (Tone::Plain, "Deleted"),
    };
    Badge { tone, text }
}

/// Everything that a person should know of an entry's push.
pub(super) fn whys(it: &TimeEntryView) -> Vec<Why> {
    let push = &it.push;
    let mut whys: Vec<Why> = push.reason.iter().map(Why::from).collect();
    whys.extend(push.drift.as_ref().map(|_| Why::from(Reason::ChangedInXpm)));
    whys.extend((!push.surplus.is_empty()).then(|| Why::from(Reason::DuplicateInXpm)));
    whys.extend(push.billable_mismatch.then(|| Why::from(Reason::BillableMismatch)));
    whys
}

/// The day of an entry at the firm, as people write it.
pub(super) fn day(it: &TimeEntryView, zone: &TimeZone) -> String {
    let day = it.date.or(it.started_at.map(|at| at.to_zoned(zone.clone()).date()));
    day.map(|it| it.strftime("%-d %b %Y").to_string()).unwrap_or_default()
}

impl Row {
    fn of(it: &TimeEntryView, names: &Names, zone: &TimeZone) -> Self {
        Self {
            id: it.id.to_string(),
            day: day(it, zone),
            person: names.person(it),
            task: names.task(it),
            minutes: it.push.minutes,
            note: it.note.clone(),
            badge: badge(it.push.state),
            whys: whys(it),
            open: matches!(it.push.state, PushState::Held | PushState::Rejected),
        }
    }
}

impl Names {
    /// Of everyone and everything that these entries name.
    pub(super) async fn of(
        store: &impl Store,
        firm: &FirmId,
        entries: &[TimeEntryView],
    ) -> Result<Self, Down> {
        let people: BTreeSet<String> = entries.iter().map(|it| it.user_id.to_string()).collect();
        let tasks: BTreeSet<String> =
            entries.iter().filter_map(|it| it.task_id.as_ref()).map(ToString::to_string).collect();
        let people: Vec<String> = people.into_iter().collect();
        let tasks: Vec<String> = tasks.into_iter().collect();
        let people = records::get_many::<UserRecord>(store, firm, &people).await?;
        let tasks = records::get_many::<TaskRecord>(store, firm, &tasks).await?;
        let person = |it: UserRecord| (it.user.value.id.to_string(), it.user.value.name);
        let task = |it: TaskRecord| (it.task.value.id.to_string(), it.task.value.name);
        Ok(Self {
            people: people.into_iter().map(|it| person(it.record)).collect(),
            tasks: tasks.into_iter().map(|it| task(it.record)).collect(),
        })
    }

    /// Who worked: their name, or at least their id.
    pub(super) fn person(&self, it: &TimeEntryView) -> String {
        let id = it.user_id.to_string();
        self.people.get(&id).filter(|it| !it.is_empty()).cloned().unwrap_or(id)
    }

    /// What was worked on: its id and its name.
    pub(super) fn task(&self, it: &TimeEntryView) -> Option<(String, String)> {
        let id = it.task_id.as_ref()?.to_string();
        let name = self.tasks.get(&id).filter(|it| !it.is_empty()).cloned();
        Some((id.clone(), name.unwrap_or(id)))
    }
}
