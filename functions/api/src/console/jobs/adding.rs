//! The panel that adds a job (CA-05 to CA-10).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::body::{Body, BodyError};
use contract::drafts::read_draft;
use domain::chance::word;
use domain::connection;
use domain::contacts::book::{self, ContactRecord};
use domain::contacts::search::{self, LEAST};
use domain::copies::{self, Asker, Unavailable};
use domain::ids::{ContactId, DocumentSetId};
use domain::invalid::Invalid;
use domain::jobs::desk::{self, Hand, Not};
use domain::jobs::examine;
use domain::ports::{Clock, Down, Lane, Ports};
use domain::practice::{Named, Staff};
use lambda_http::http::StatusCode;
use serde_json::{Map, Value};

use crate::console::page::{Asked, Paged, Posted, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Choice, Faults, Why};
use crate::{Deps, wake};

/// So many clients are offered at a time.
const OFFERED: usize = 10;
/// No longer text is looked for.
const LONGEST: usize = 200;
/// The fields that are sent as they were typed.
const TEXTS: [&str; 8] = [
    "document_set_id",
    "contact_id",
    "template_uuid",
    "name",
    "description",
    "start_date",
    "due_date",
    "state_code",
];

#[derive(Template)]
#[template(path = "job_new.html")]
struct Adding {
    frame: Frame,
    /// Why no draft can be made now, if so.
    obstacle: Option<Why>,
    typed: Posted,
    templates: Vec<Choice>,
    staff: Vec<Choice>,
    states: Vec<Choice>,
    found: Found,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "job_clients.html")]
struct Clients {
    found: Found,
}

/// The clients that are offered.
#[derive(Default)]
struct Found {
    searched: bool,
    clients: Vec<Client>,
    /// Where more of them are.
    more: Option<String>,
}

struct Client {
    id: String,
    name: String,
    number: Option<String>,
    chosen: bool,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let set = asked.get("document_set_id");
    let own = || format!("console-{}", word(deps.ports.clock()).replace('-', "."));
    let set = if set.is_empty() { own() } else { set.to_owned() };
    let mut typed = vec![("document_set_id".to_owned(), set)];
    typed.push(("contact_id".into(), asked.get("contact_id").into()));
    let adding = adding(&deps, &seat, Posted::new(typed), Vec::new(), None).await?;
    shown(&adding)
}

/// The clients whose name begins with what is typed, then those whose name contains it.
pub(in crate::console) async fn clients<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let chosen = asked.get("contact_id");
    let found = found(&deps, &seat, asked.get("client"), asked.get("after"), chosen).await?;
    shown(&Clients { found })
}

pub(in crate::console) async fn send<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    if posted.get("act") != "create" {
        return shown(&adding(&deps, &seat, posted, Vec::new(), None).await?);
    }
    let (set, wanted) = match read_draft(Body::Data(sent(&posted))) {
        Ok(read) => read,
        Err(BodyError::Invalid(wrong)) => return again(&deps, &seat, posted, wrong).await,
        Err(BodyError::Malformed { .. }) => return Err(Refused::Unreadable),
    };
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let connection = connection::read(store, &seat.firm.id).await?;
    let choices = match examine::choices(&deps.ports, &seat.firm, &connection, now).await {
        Ok(Ok(choices)) => choices,
        Ok(Err(reason)) => return barred(&deps, &seat, posted, reason.into()).await,
        Err(unavailable) => {
            return barred(&deps, &seat, posted, unavailable.reason().into()).await;
        }
    };
    let judged = examine::judge(store, &seat.firm, &choices, wanted.wanted.clone()).await?;
    let wrong = wanted.and(judged.1);
    let Some(set) = set.filter(|_| wrong.is_empty()) else {
        return again(&deps, &seat, posted, wrong).await;
    };
    let hand = Hand { firm: &seat.firm.id, actor: seat.actor(), now };
    match desk::open(store, &hand, &set, &judged.0).await? {
        Ok((draft, new)) => {
            if draft.delivered.is_some() {
                wake::jobs(&deps, &seat.firm.id).await;
            }
            let said = if new { "The draft is made." } else { "This draft was there already." };
            let to = format!("/console/jobs/drafts/{set}");
            Ok(seat.done(&deps, &to, said).await?)
        }
        Err(Not::Now(reason)) => barred(&deps, &seat, posted, reason.into()).await,
        Err(Not::Wrong(wrong)) => again(&deps, &seat, posted, wrong).await,
        Err(Not::Missing) => Err(Refused::NotFound),
    }
}

/// The form with all that was typed, and all that is wrong with it.
async fn again<P: Ports>(
    deps: &Deps<P>,
    seat: &Seat,
    posted: Posted,
    wrong: Vec<Invalid>,
) -> Paged {
    let adding = adding(deps, seat, posted, wrong, None).await?;
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &adding)
}

/// The form with all that was typed, and what stands in its way.
async fn barred<P: Ports>(deps: &Deps<P>, seat: &Seat, posted: Posted, why: Why) -> Paged {
    let adding = adding(deps, seat, posted, Vec::new(), Some(why)).await?;
    page_with(StatusCode::CONFLICT, &adding)
}

async fn adding<P: Ports>(
    deps: &Deps<P>,
    seat: &Seat,
    typed: Posted,
    wrong: Vec<Invalid>,
    obstacle: Option<Why>,
) -> Result<Adding, Down> {
    let firm = &seat.firm;
    let connection = connection::read(deps.ports.store(), &firm.id).await?;
    let mut obstacle = obstacle.or_else(|| examine::obstacle(firm, &connection).map(Why::from));
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    let (mut templates, mut staff): (Vec<Named>, Vec<Staff>) = (Vec::new(), Vec::new());
    if connection.obstacle(firm).is_none() {
        let mut take = |unavailable: Unavailable| {
            obstacle.get_or_insert(unavailable.reason().into());
        };
        match copies::templates(&deps.ports, asker).await {
            Ok(copy) => templates = copy.items,
            Err(unavailable) => take(unavailable),
        }
        match copies::staff(&deps.ports, asker).await {
            Ok(copy) => staff = copy.items,
            Err(unavailable) => take(unavailable),
        }
    }
    let prefix = &firm.settings.jobs.template_prefix;
    let offered = templates.into_iter().filter(|it| it.name.starts_with(prefix));
    let now = typed.get("template_uuid");
    let mut choices = vec![Choice::of("", "Choose a template", now)];
    choices.extend(offered.map(|it| Choice::of(it.uuid.to_string(), it.name, now)));
    let ticked: Vec<&str> = typed.all("staff_uuids").collect();
    let staff = staff.into_iter().map(|it| {
        let value = it.uuid.to_string();
        let chosen = ticked.contains(&value.as_str());
        Choice { value, text: it.name, chosen }
    });
    let code = typed.get("state_code");
    let mut states = vec![Choice::of("", "As XPM begins", code)];
    let own = &firm.settings.jobs.states;
    states.extend(own.iter().map(|it| Choice::of(&it.code, &it.name, code)));
    let (text, chosen) = (typed.get("client"), typed.get("contact_id"));
    Ok(Adding {
        frame: seat.frame.clone().at(Section::Jobs),
        obstacle,
        staff: staff.collect(),
        found: found(deps, seat, text, typed.get("after"), chosen).await?,
        templates: choices,
        states,
        faults: Faults(wrong),
        typed,
    })
}

/// The clients with this text in their name, and the one that is chosen already.
async fn found<P: Ports>(
    deps: &Deps<P>,
    seat: &Seat,
    text: &str,
    after: &str,
    chosen: &str,
) -> Result<Found, Down> {
    let store = deps.ports.store();
    let mut found = Found::default();
    if let Ok(id) = ContactId::parse(chosen)
        && let Some(it) = book::get(store, &seat.firm.id, &id).await?
    {
        found.clients.push(Client::of(it, true));
    }
    let length = text.chars().count();
    if (LEAST..=LONGEST).contains(&length) {
        let after = Some(after.to_owned()).filter(|it| !it.is_empty());
        let (others, more) = search::search(store, &seat.firm.id, text, after, OFFERED).await?;
        let others = others.into_iter().map(|it| Client::of(it, false));
        found.clients.extend(others.filter(|it| it.id != chosen));
        (found.searched, found.more) = (true, more);
    }
    Ok(found)
}

impl Client {
    fn of(it: ContactRecord, chosen: bool) -> Self {
        let it = it.contact.value;
        Self { id: it.id.to_string(), name: it.name, number: it.business_number, chosen }
    }
}

/// What the form says, as the API takes it: an empty field is one that was left out.
fn sent(posted: &Posted) -> Value {
    let said = |it: &&str| !posted.get(it).is_empty();
    let texts = TEXTS.into_iter().filter(said);
    let mut body: Map<String, Value> =
        texts.map(|it| (it.to_owned(), posted.get(it).into())).collect();
    let staff: Vec<Value> = posted.all("staff_uuids").map(Value::from).collect();
    body.insert("staff_uuids".into(), staff.into());
    Value::Object(body)
}

/// The id that a path names, if it can be one.
pub(super) fn set_of(id: String) -> Result<DocumentSetId, Refused> {
    DocumentSetId::parse(id).map_err(|_| Refused::NotFound)
}
