//! Jobs: the drafts, by how they stand.

pub(super) mod adding;
pub(super) mod draft;
pub(super) mod grid;
pub(super) mod table;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::list::Page;
use domain::connection;
use domain::contacts::book::ContactRecord;
use domain::firm::Firm;
use domain::ids::{ContactId, FirmId};
use domain::jobs::draft::{JobDraft, Undo};
use domain::jobs::estimate::{calls_left, estimate, waiting};
use domain::jobs::{Standing, causes, cost, examine, standing};
use domain::ports::{Clock, Down, Ports};
use domain::{budget, records};
use jiff::tz::TimeZone;

use super::page::{Asked, Paged, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Choice, Moment, Pager, Tone, Why};
use crate::refusal::Refusal;
use crate::{Deps, input, scan};

const PATH: &str = "/console/jobs";
const STANDINGS: [Standing; 6] = [
    Standing::Draft,
    Standing::Committed,
    Standing::Creating,
    Standing::Failed,
    Standing::Created,
    Standing::Discarded,
];

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage {
    frame: Frame,
    /// Why no job can be created now, if so.
    obstacle: Option<Why>,
    /// What the drafts that are on their way will take.
    ahead: Option<Ahead>,
    states: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Ahead {
    drafts: usize,
    calls: usize,
    minutes: i64,
    left: u32,
    fits: bool,
}

struct Row {
    id: String,
    name: String,
    client: String,
    template: String,
    badge: Badge,
    why: Option<&'static str>,
    number: Option<String>,
    price: String,
    delivered: Option<Moment>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let (store, firm) = (deps.ports.store(), &seat.firm);
    let connection = connection::read(store, &firm.id).await?;
    let obstacle = examine::obstacle(firm, &connection).map(Why::from);
    let word = asked.get("state");
    let only = STANDINGS.iter().copied().find(|it| key(*it) == word);
    let cursor = Some(asked.get("cursor").to_owned()).filter(|it| !it.is_empty());
    let stretch = input::stretch(None, cursor.clone()).map_err(|_| Refused::Unreadable)?;
    let wanted = |it: &JobDraft| {
        it.plan.is_some() && only.map_or(!it.discarded, |only| standing(it) == only)
    };
    let found: Page<JobDraft> = scan::page(store, &firm.id, stretch, wanted, |it| it).await?;
    let contacts = found.items.iter().filter_map(|it| it.plan.as_ref()).map(|it| &it.contact);
    let names = names(&deps, &firm.id, contacts).await?;
    let zone = seat.zone();
    let rows = found.items.iter().filter_map(|it| Row::of(it, &names, &zone)).collect();
    let next = found.next_cursor.map(|it| format!("{PATH}?state={word}&cursor={it}"));
    let mut states = vec![Choice::of("", "All but discarded", word)];
    states.extend(STANDINGS.map(|it| Choice::of(key(it), badge(it).text, word)));
    shown(&JobsPage {
        frame: seat.frame.clone().at(Section::Jobs),
        obstacle,
        ahead: ahead(&deps, firm).await?,
        states,
        rows,
        pager: Pager { first: cursor.map(|_| format!("{PATH}?state={word}")), next },
    })
}

impl Row {
    fn of(it: &JobDraft, names: &[(ContactId, String)], zone: &TimeZone) -> Option<Self> {
        let plan = it.plan.as_ref()?;
        Some(Self {
            id: it.id.to_string(),
            name: plan.name.clone(),
            client: named(names, &plan.contact),
            template: plan.template.name.clone(),
            badge: badge(standing(it)),
            why: causes(it).first().map(|it| it.sentence()),
            number: job(it).map(|it| it.number.to_string()),
            price: cost::totals(it.lines().iter().map(|it| &it.sheet)).price.to_string(),
            delivered: it.delivered.map(|it| Moment::of(it.at, zone)),
        })
    }
}

async fn ahead<P: Ports>(deps: &Deps<P>, firm: &Firm) -> Result<Option<Ahead>, Down> {
    let drafts = waiting(deps.ports.store(), &firm.id).await?;
    if drafts.is_empty() {
        return Ok(None);
    }
    let (limits, now) = (firm.settings.budget, deps.ports.clock().now());
    let meter = budget::read(deps.ports.cache(), &firm.id, now).await?.meter(limits, now);
    let it = estimate(drafts.iter().map(calls_left).sum(), limits, meter);
    Ok(Some(Ahead {
        drafts: drafts.len(),
        calls: it.calls,
        minutes: (it.lasting.as_secs() + 59) / 60,
        left: it.left_today,
        fits: it.fits_today,
    }))
}

/// The names of contacts.
async fn names<'a, P: Ports>(
    deps: &Deps<P>,
    firm: &FirmId,
    contacts: impl Iterator<Item = &'a ContactId>,
) -> Result<Vec<(ContactId, String)>, Down> {
    let mut ids: Vec<String> = contacts.map(ToString::to_string).collect();
    ids.sort_unstable();
    ids.dedup();
    let kept = records::get_many::<ContactRecord>(deps.ports.store(), firm, &ids).await?;
    let contacts = kept.into_iter().map(|it| it.record.contact.value);
    Ok(contacts.map(|it| (it.id, it.name)).collect())
}

fn named(names: &[(ContactId, String)], id: &ContactId) -> String {
    let found = names.iter().find(|(it, _)| it == id).map(|(_, name)| name.clone());
    found.filter(|it| !it.is_empty()).unwrap_or_else(|| id.to_string())
}

/// The job that stands in XPM for a draft.
fn job(draft: &JobDraft) -> Option<&domain::jobs::draft::MadeJob> {
    draft.made.job.as_ref().filter(|_| draft.undo != Some(Undo::Done))
}

fn key(it: Standing) -> &'static str {
    contract::drafts::DraftState::from(it).as_str()
}

fn badge(it: Standing) -> Badge {
    let (tone, text) = match it {
        Standing::Draft => (Tone::Plain, "Waits for delivery"),
        Standing::Committed => (Tone::Wait, "Delivered"),
        Standing::Creating => (Tone::Wait, "Being created"),
        Standing::Created => (Tone::Good, "Created"),
        Standing::Failed => (Tone::Bad, "Needs a person"),
        Standing::Discarded => (Tone::Plain, "Discarded"),
    };
    Badge { tone, text }
}

/// What a page makes of the refusal of a request.
pub(super) fn page_refusal(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::Down(down) => Refused::Down(down),
        Refusal::NotFound | Refusal::Key => Refused::NotFound,
        Refusal::Unreadable(_)
        | Refusal::Body
        | Refusal::Contract(_)
        | Refusal::Query(_)
        | Refusal::Expired
        | Refusal::Conflict(..)
        | Refusal::TooSoon(_)
        | Refusal::Unavailable { .. } => Refused::Unreadable,
    }
}
