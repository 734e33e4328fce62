//! The choice of a firm, for a person who is a member of several.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use domain::firm::{FIRM, Firm};
use domain::ids::FirmId;
use domain::ports::Ports;
use domain::records;
use domain::session;
use runtime::browser::Cookie;

use super::page::{Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Guest};
use crate::Deps;

#[derive(Template)]
#[template(path = "firms.html")]
struct Firms {
    frame: Frame,
    firms: Vec<(FirmId, String)>,
}

pub(super) async fn page<P: Ports>(State(deps): State<Arc<Deps<P>>>, guest: Guest) -> Paged {
    let mut firms = Vec::new();
    for place in &guest.visit.session.places {
        let kept = records::get::<Firm>(deps.ports.store(), &place.firm, FIRM).await?;
        firms.extend(kept.map(|it| (it.record.id, it.record.name)));
    }
    shown(&Firms { frame: guest.frame, firms })
}

pub(super) async fn choose<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    guest: Guest,
    posted: Posted,
) -> Paged {
    let firm = FirmId::parse(posted.get("firm")).map_err(|_| Refused::Forbidden)?;
    let cookie = session::choose(&deps.ports, &guest.visit, &firm).await?;
    let cookie = cookie.ok_or(Refused::Forbidden)?;
    let mut response = Redirect::to("/console").into_response();
    Cookie::session(deps.settings.https()).set(response.headers_mut(), cookie.reveal(), None);
    Ok(response)
}
