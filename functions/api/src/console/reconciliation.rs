//! Both sides' time per staff member, day and job, and a line put right (BY-05).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::reconciliation::{
    LineVerdict, ReconciledLine, ReconciliationView, RepairLineView, StepWord,
};
use domain::connection;
use domain::copies::Unavailable;
use domain::gate::Shut;
use domain::ids::{JobNumber, XpmUuid};
use domain::ports::Ports;
use domain::reconcile::Place;
use domain::reconcile::repair::{Ended, Wanted, repair as put_right};

use super::address;
use super::page::{Asked, Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Tone, Why};
use super::summary::days;
use super::time::own;
use crate::access::Caller;
use crate::refusal::Refusal;
use crate::routes::entries::DaysQuery;
use crate::routes::reconciliation::{both, download_reconciliation};
use crate::{Deps, input, wake};

const PATH: &str = "/console/time/reconciliation";
const LINE: &str = "/console/time/reconciliation-line";
/// What the table is called as a file.
const FILE: &str = "time-reconciliation.csv";

#[derive(Template)]
#[template(path = "reconciliation.html")]
struct Reconciliation {
    frame: Frame,
    from: String,
    to: String,
    /// Why XPM cannot be asked.
    silent: Option<Why>,
    view: Option<ReconciliationView>,
    rows: Vec<Row>,
    csv: String,
}

struct Row {
    staff: String,
    day: String,
    job: Option<String>,
    app: i64,
    xpm: i64,
    badge: Badge,
    repair: Option<String>,
}

#[derive(Template)]
#[template(path = "line.html")]
struct LinePage {
    frame: Frame,
    staff: String,
    day: String,
    job: String,
    back: String,
    view: RepairLineView,
    steps: Vec<(String, &'static str, Option<Why>)>,
    extra: Vec<Extra>,
}

/// Time that only XPM has.
struct Extra {
    uuid: String,
    minutes: i64,
    note: String,
    why: Option<Why>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let [from, to] = days(&seat, &asked, deps.ports.clock());
    let query = DaysQuery { date_from: Some(from.clone()), date_to: Some(to.clone()) };
    let (view, silent) = match both(&deps, &Caller(seat.firm.id.clone()), query).await {
        Ok(view) => (Some(view), None),
        Err(Refusal::Unavailable { cause, .. }) => (None, Some(cause.reason().into())),
        Err(refusal) => return Err(refusal.into()),
    };
    let days = [("from", &*from), ("to", &*to)];
    let back = address::of(PATH, &days);
    let lines = view.iter().flat_map(|it| &it.lines);
    shown(&Reconciliation {
        frame: seat.frame.at(Section::Time),
        silent,
        rows: lines.map(|it| Row::of(it, &back)).collect(),
        csv: address::of(&format!("{PATH}/{FILE}"), &days),
        view,
        from,
        to,
    })
}

/// The same as a table.
pub(super) async fn csv<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(name): Path<String>,
    asked: Asked,
) -> Paged {
    if name != FILE {
        return Err(Refused::NotFound);
    }
    let [from, to] = days(&seat, &asked, deps.ports.clock());
    let query = DaysQuery { date_from: Some(from), date_to: Some(to) };
    let caller = Caller(seat.firm.id.clone());
    Ok(download_reconciliation(State(deps), caller, input::Asked(query)).await?)
}

/// What putting a line right would do.
pub(super) async fn line<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let place = place(|name| asked.get(name)).ok_or(Refused::NotFound)?;
    let wanted = Wanted { place, shown: None, remove: Vec::new() };
    let Ended::Yes(repair) = ended(&deps, &seat, &wanted).await? else {
        return Err(Refused::NotFound);
    };
    let view = RepairLineView::of(&wanted, repair);
    let steps = view
        .entries
        .iter()
        .map(|it| (it.id.to_string(), step(it.step), it.reason.as_ref().map(Why::from)));
    let extra = view.extra.iter().map(|it| Extra {
        uuid: it.xpm_uuid.to_string(),
        minutes: it.xpm.minutes,
        note: it.xpm.note.clone(),
        why: it.reason.as_ref().map(Why::from),
    });
    shown(&LinePage {
        frame: seat.frame.at(Section::Time),
        staff: asked.get("staff").into(),
        day: asked.get("day").into(),
        job: asked.get("job").into(),
        back: asked.get("back").into(),
        steps: steps.collect(),
        extra: extra.collect(),
        view,
    })
}

/// Puts a line right as it was shown; what only XPM has goes where it is ticked.
pub(super) async fn repair<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let place = place(|name| posted.get(name)).ok_or(Refused::Unreadable)?;
    let minutes = |name: &str| posted.get(name).parse::<i64>().ok();
    let shown = minutes("app").zip(minutes("xpm")).ok_or(Refused::Unreadable)?;
    let remove = posted.all("remove").filter_map(|it| XpmUuid::parse(it).ok()).collect();
    let wanted = Wanted { place, shown: Some(shown), remove };
    let fields = ["staff", "day", "job", "back"].map(|name| (name, posted.get(name)));
    let again = address::of(LINE, &fields);
    Ok(match ended(&deps, &seat, &wanted).await? {
        Ended::Yes(_) => {
            wake::time(&deps, &seat.firm.id).await;
            let to = own(&posted, PATH).to_owned();
            seat.done(&deps, &to, "The line is put right soon.").await?
        }
        Ended::Moved(line) => {
            let text = format!(
                "Nothing was done: the line has changed. The practice app has {} minutes now and \
                 XPM {}. Look again, then decide.",
                line.app, line.xpm
            );
            seat.undone(&deps, &again, text).await?
        }
        Ended::NotRemovable(_) => {
            let text = "Nothing was done: some of the ticked time cannot be removed. Look again, \
                        then decide.";
            seat.undone(&deps, &again, text).await?
        }
    })
}

async fn ended<P: Ports>(
    deps: &Arc<Deps<P>>,
    seat: &Seat,
    wanted: &Wanted,
) -> Result<Ended, Refused> {
    let connection = connection::read(deps.ports.store(), &seat.firm.id).await?;
    let ready = connection.ready(&seat.firm)?;
    put_right(&deps.ports, &ready, wanted).await.map_err(|it| match it {
        Unavailable::Shut(Shut::Down(down)) => down.into(),
        other @ (Unavailable::Shut(_) | Unavailable::Fault(_)) => other.reason().into(),
    })
}

fn place<'a>(get: impl Fn(&'static str) -> &'a str) -> Option<Place> {
    let job = match get("job") {
        "" => None,
        job => Some(JobNumber::parse(job).ok()?),
    };
    let staff = XpmUuid::parse(get("staff")).ok()?;
    Some(Place { staff, day: contract::list::day(get("day"))?, job })
}

fn step(step: StepWord) -> &'static str {
    match step {
        StepWord::None => "Nothing: XPM holds it as it should",
        StepWord::Wait => "Nothing now: it waits",
        StepWord::Push => "It is booked",
        StepWord::Correct => "XPM’s entry is corrected",
        StepWord::Single => "What is there twice goes, but for one",
    }
}

impl Row {
    fn of(it: &ReconciledLine, back: &str) -> Self {
        let (tone, text) = match it.verdict {
            LineVerdict::Equal => (Tone::Good, "Equal"),
            LineVerdict::Missing => (Tone::Bad, "Missing in XPM"),
            LineVerdict::Extra => (Tone::Wait, "Only in XPM"),
            LineVerdict::Different => (Tone::Bad, "Different"),
        };
        let staff = it.staff_uuid.to_string();
        let job = it.job_number.as_ref().map(ToString::to_string);
        let day = it.date.to_string();
        let query = [
            ("staff", &*staff),
            ("day", &*day),
            ("job", job.as_deref().unwrap_or_default()),
            ("back", back),
        ];
        let repair = (it.verdict != LineVerdict::Equal).then(|| address::of(LINE, &query));
        Self {
            staff: it.staff_name.clone().unwrap_or(staff),
            day: it.date.strftime("%-d %b %Y").to_string(),
            job,
            app: it.app_minutes,
            xpm: it.xpm_minutes,
            badge: Badge { tone, text },
            repair,
        }
    }
}
