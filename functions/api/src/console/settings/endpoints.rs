//! Webhook endpoints: where events go, what became of each, and their secrets.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::body::{Body, BodyError};
use contract::webhooks::{EndpointView, read_endpoint};
use courier::Address;
use domain::events::delivery::{self, Delivery, State as Stands};
use domain::events::endpoint::{self, Endpoint, MOST, NotPut};
use domain::ids::EndpointId;
use domain::invalid::Invalid;
use domain::ports::{Down, Lane, Ports, Secret};
use jiff::tz::TimeZone;
use lambda_http::http::StatusCode;
use serde_json::json;

use crate::console::page::{Asked, Paged, Posted, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Badge, Faults, Moment, Pager, Tone, Why};
use crate::input::Stretch;
use crate::{Deps, scan, wake};

const PATH: &str = "/console/settings/endpoints";
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "settings_endpoints.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<EndpointView>,
    form: Form,
}

#[derive(Template)]
#[template(path = "settings_endpoint.html")]
struct OnePage {
    frame: Frame,
    id: String,
    badge: Badge,
    why: Option<Why>,
    failing: Option<Moment>,
    /// The secret that was just made.
    secret: Option<Secret>,
    deliveries: Vec<Row>,
    pager: Pager,
    form: Form,
}

/// What is wanted of an endpoint, as it is typed.
#[derive(Default)]
struct Form {
    id: String,
    url: String,
    types: String,
    active: bool,
    faults: Faults,
}

struct Row {
    number: u64,
    event: &'static str,
    badge: Badge,
    attempts: u32,
    at: Option<Moment>,
    answer: String,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
) -> Paged {
    let form = Form { active: true, ..Form::default() };
    shown(&list(&deps, &seat, form).await?)
}

pub(in crate::console) async fn one<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    asked: Asked,
) -> Paged {
    let there = known(&deps, &seat, &id).await?;
    shown(&OnePage::of(&deps, &seat, there, None, asked.get("after")).await?)
}

/// Makes an endpoint, or changes it. The page that follows a new one is the only one with its secret.
pub(in crate::console) async fn put<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let form = Form {
        id: posted.get("id").into(),
        url: posted.get("url").into(),
        types: posted.get("types").into(),
        active: !posted.get("active").is_empty(),
        faults: Faults::default(),
    };
    let types: Vec<&str> = form.types.split_whitespace().collect();
    let url = Some(&form.url).filter(|it| !it.is_empty());
    let body = json!({"url": url, "types": types, "active": form.active});
    let mut wrong = Vec::new();
    let id = EndpointId::parse(form.id.as_str());
    let id = id.map_err(|bad| wrong.push(Invalid::new("/id", "bad_id", bad.to_string()))).ok();
    let wanted = match read_endpoint(Body::Data(body)) {
        Ok(wanted) => Some(wanted),
        Err(BodyError::Invalid(more)) => {
            wrong.extend(more);
            None
        }
        Err(BodyError::Malformed { .. }) => return Err(Refused::Unreadable),
    };
    if url.is_some()
        && let Err(bad) = Address::parse(&form.url, deps.settings.reach)
    {
        wrong.push(Invalid::new("/url", "bad_address", bad.to_string()));
    }
    let (Some(id), Some(wanted), true) = (id, wanted, wrong.is_empty()) else {
        return again(&deps, &seat, form, wrong).await;
    };
    match endpoint::put(&deps.ports, &seat.firm.id, &id, &wanted, &seat.actor()).await {
        Ok((_, None)) => {
            wake::lane(&deps, &seat.firm.id, Lane::Events).await;
            Ok(seat.done(&deps, &format!("{PATH}/{id}"), "The endpoint is changed.").await?)
        }
        Ok((there, secret)) => {
            wake::lane(&deps, &seat.firm.id, Lane::Events).await;
            shown(&OnePage::of(&deps, &seat, there, secret, "").await?)
        }
        Err(NotPut::TooMany) => {
            let detail = format!("a firm has at most {MOST}");
            again(&deps, &seat, form, vec![Invalid::new("/id", "too_many", detail)]).await
        }
        Err(NotPut::Down(down)) => Err(down.into()),
    }
}

/// Does what one of the buttons of an endpoint says.
pub(in crate::console) async fn act<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let there = known(&deps, &seat, &id).await?;
    let (firm, by) = (seat.firm.id.clone(), seat.actor());
    let to = format!("{PATH}/{}", there.id);
    match posted.get("act") {
        "rotate" => {
            let rotated = endpoint::rotate(&deps.ports, &firm, &there.id, &by).await?;
            let (there, secret) = rotated.ok_or(Refused::NotFound)?;
            wake::lane(&deps, &firm, Lane::Events).await;
            shown(&OnePage::of(&deps, &seat, there, Some(secret), "").await?)
        }
        "remove" => {
            if !endpoint::remove(&deps.ports, &firm, &there.id, &by).await? {
                return Err(Refused::NotFound);
            }
            wake::lane(&deps, &firm, Lane::Events).await;
            Ok(seat.done(&deps, PATH, "The endpoint is removed.").await?)
        }
        "resend" if !there.wanted.active => {
            let text = "The endpoint is switched off. Switch it on, then send the event again.";
            Ok(seat.undone(&deps, &to, text).await?)
        }
        "resend" => {
            let number = posted.get("number").parse().map_err(|_| Refused::Unreadable)?;
            let again = delivery::resend(&deps.ports, &firm, &there.id, number).await?;
            again.ok_or(Refused::NotFound)?;
            wake::lane(&deps, &firm, Lane::Deliveries).await;
            Ok(seat.done(&deps, &to, "The event is sent once more.").await?)
        }
        _ => Err(Refused::Unreadable),
    }
}

async fn again<P: Ports>(deps: &Deps<P>, seat: &Seat, form: Form, wrong: Vec<Invalid>) -> Paged {
    let form = Form { faults: Faults(wrong), ..form };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &list(deps, seat, form).await?)
}

async fn list<P: Ports>(deps: &Deps<P>, seat: &Seat, form: Form) -> Result<ListPage, Down> {
    let there = |it: &Endpoint| !it.removed;
    let all = Stretch { after: None, limit: PAGE };
    let store = deps.ports.store();
    let page = scan::page(store, &seat.firm.id, all, there, EndpointView::from).await?;
    let frame = seat.frame.clone().at(Section::Settings);
    Ok(ListPage { frame, rows: page.items, form })
}

async fn known<P: Ports>(deps: &Deps<P>, seat: &Seat, id: &str) -> Result<Endpoint, Refused> {
    let id = EndpointId::parse(id).map_err(|_| Refused::NotFound)?;
    endpoint::get(deps.ports.store(), &seat.firm.id, &id).await?.ok_or(Refused::NotFound)
}

impl OnePage {
    async fn of<P: Ports>(
        deps: &Deps<P>,
        seat: &Seat,
        it: Endpoint,
        secret: Option<Secret>,
        after: &str,
    ) -> Result<Self, Down> {
        let start = Some(after.to_owned()).filter(|it| !it.is_empty());
        let store = deps.ports.store();
        let (found, next) =
            delivery::list(store, &seat.firm.id, &it.id, start.clone(), PAGE).await?;
        let zone = seat.zone();
        let (tone, text) = match (it.wanted.active, it.health.failing_since) {
            (false, _) => (Tone::Plain, "Switched off"),
            (true, Some(_)) => (Tone::Bad, "Takes nothing"),
            (true, None) => (Tone::Good, "On"),
        };
        let path = format!("{PATH}/{}", it.id);
        let types: Vec<&str> = it.wanted.types.iter().map(|it| it.as_str()).collect();
        Ok(Self {
            frame: seat.frame.clone().at(Section::Settings),
            badge: Badge { tone, text },
            why: it.disabled.map(Why::from),
            failing: it.health.failing_since.map(|it| Moment::of(it, &zone)),
            secret,
            deliveries: found.into_iter().map(|it| Row::of(it.record, &zone)).collect(),
            pager: Pager {
                first: start.map(|_| path.clone()),
                next: next.map(|it| format!("{path}?after={}", it.replace('#', "%23"))),
            },
            form: Form {
                id: it.id.to_string(),
                url: it.wanted.url.clone(),
                types: types.join("\n"),
                active: it.wanted.active,
                faults: Faults::default(),
            },
            id: it.id.to_string(),
        })
    }
}

impl Row {
    fn of(it: Delivery, zone: &TimeZone) -> Self {
        let (tone, text) = match it.state {
            Stands::Waiting => (Tone::Wait, "On its way"),
            Stands::Delivered => (Tone::Good, "Taken"),
            Stands::Failed => (Tone::Bad, "Not taken"),
            Stands::Abandoned => (Tone::Plain, "Given up"),
        };
        let answer = match &it.last {
            Some(last) => match (last.status, &last.error) {
                (Some(status), _) => status.to_string(),
                (None, Some(error)) => error.clone(),
                (None, None) => String::new(),
            },
            None => String::new(),
        };
        Self {
            number: it.number,
            event: it.event.as_str(),
            badge: Badge { tone, text },
            attempts: it.attempts,
            at: it.last.as_ref().map(|it| Moment::of(it.at, zone)),
            answer,
        }
    }
}
