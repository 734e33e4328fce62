//! API keys: shown once when issued, listed, revoked (G47).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::body::{Body, BodyError};
use contract::keys::read_key;
use domain::keys::{self, ApiKey};
use domain::ports::{Clock, Down, Lane, Ports, Secret};
use lambda_http::http::StatusCode;
use serde_json::json;

use crate::console::page::{Asked, Paged, Posted, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Faults, Moment, Pager};
use crate::{Deps, wake};

const PATH: &str = "/console/settings/keys";
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "settings_keys.html")]
struct KeysPage {
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
    /// The key that was just issued.
    issued: Option<Secret>,
    typed: String,
    faults: Faults,
}

struct Row {
    id: String,
    name: String,
    prefix: String,
    created: Moment,
    revoked: Option<Moment>,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    shown(&KeysPage::of(&deps, &seat, asked.get("after")).await?)
}

/// Issues a key. The page that follows is the only one that shows it.
pub(in crate::console) async fn issue<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let name = posted.get("name").to_owned();
    let wrong = match read_key(Body::Data(json!({ "name": name }))) {
        Ok(name) => {
            let (store, clock) = (deps.ports.store(), deps.ports.clock());
            let (key, _) = keys::issue(store, clock, &seat.firm.id, &name, &seat.actor()).await?;
            wake::lane(&deps, &seat.firm.id, Lane::Events).await;
            let page = KeysPage::of(&deps, &seat, "").await?;
            return shown(&KeysPage { issued: Some(key), ..page });
        }
        Err(BodyError::Invalid(wrong)) => wrong,
        Err(BodyError::Malformed { .. }) => return Err(Refused::Unreadable),
    };
    let page = KeysPage::of(&deps, &seat, "").await?;
    let page = KeysPage { typed: name, faults: Faults(wrong), ..page };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

pub(in crate::console) async fn revoke<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let id = posted.get("id");
    if id.len() != 64 || !id.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(Refused::NotFound);
    }
    let revoked = keys::revoke(store, &seat.firm.id, id, &seat.actor(), now).await?;
    let key = revoked.ok_or(Refused::NotFound)?;
    wake::lane(&deps, &seat.firm.id, Lane::Events).await;
    Ok(seat.done(&deps, PATH, format!("“{}” lets nobody in any more.", key.name)).await?)
}

impl KeysPage {
    async fn of<P: Ports>(deps: &Deps<P>, seat: &Seat, after: &str) -> Result<Self, Down> {
        let start = Some(after.to_owned()).filter(|it| !it.is_empty());
        let (found, next) =
            keys::list(deps.ports.store(), &seat.firm.id, start.clone(), PAGE).await?;
        let zone = seat.zone();
        let row = |it: ApiKey| Row {
            created: Moment::of(it.created_at, &zone),
            revoked: it.revoked_at.map(|it| Moment::of(it, &zone)),
            id: it.id,
            name: it.name,
            prefix: it.prefix,
        };
        Ok(Self {
            frame: seat.frame.clone().at(Section::Settings),
            rows: found.into_iter().map(|it| row(it.record)).collect(),
            pager: Pager {
                first: start.map(|_| PATH.into()),
                next: next.map(|it| format!("{PATH}?after={it}")),
            },
            issued: None,
            typed: String::new(),
            faults: Faults::default(),
        })
    }
}
