//! Who may sign in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use domain::ids::Email;
use domain::invalid::Invalid;
use domain::members::{self, Member, Removal};
use domain::ports::{Clock, Down, Lane, Ports};
use lambda_http::http::StatusCode;

use crate::console::page::{Asked, Paged, Posted, page as shown, page_with};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Faults, Moment, Pager};
use crate::{Deps, wake};

const PATH: &str = "/console/settings/members";
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "settings_members.html")]
struct MembersPage {
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
    email: String,
    faults: Faults,
}

struct Row {
    id: String,
    called: String,
    email: String,
    added: Moment,
    signed_in: Option<Moment>,
    yourself: bool,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    shown(&MembersPage::of(&deps, &seat, asked.get("after")).await?)
}

pub(in crate::console) async fn add<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let typed = posted.get("email");
    let email = match Email::parse(typed) {
        Ok(email) => email,
        Err(bad) => {
            let wrong = vec![Invalid::new("/email", "bad_email", bad.to_string())];
            let page = MembersPage::of(&deps, &seat, "").await?;
            let page = MembersPage { email: typed.into(), faults: Faults(wrong), ..page };
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let new = members::add(store, &seat.firm.id, &email, &seat.actor(), now).await?;
    wake::lane(&deps, &seat.firm.id, Lane::Events).await;
    let said = match new {
        true => format!("Whoever signs in to Xero as {email} may work here now."),
        false => format!("{email} is a member already."),
    };
    Ok(seat.done(&deps, PATH, said).await?)
}

pub(in crate::console) async fn remove<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let removal =
        members::remove(store, &seat.firm.id, posted.get("id"), &seat.member, now).await?;
    wake::lane(&deps, &seat.firm.id, Lane::Events).await;
    match removal {
        Removal::Removed => {
            Ok(seat.done(&deps, PATH, "They are out, and so are their sessions.").await?)
        }
        Removal::Yourself => {
            let text = "Nobody removes themselves: ask a colleague, so that one is left.";
            Ok(seat.undone(&deps, PATH, text).await?)
        }
        Removal::Unknown => Err(Refused::NotFound),
    }
}

impl MembersPage {
    async fn of<P: Ports>(deps: &Deps<P>, seat: &Seat, after: &str) -> Result<Self, Down> {
        let start = Some(after.to_owned()).filter(|it| !it.is_empty());
        let (found, next) =
            members::list(deps.ports.store(), &seat.firm.id, start.clone(), PAGE).await?;
        let zone = seat.zone();
        let row = |it: Member| Row {
            called: it.called().to_owned(),
            email: it.email.to_string(),
            added: Moment::of(it.added_at, &zone),
            signed_in: it.signed_in_at.map(|it| Moment::of(it, &zone)),
            yourself: it.id == seat.member.id,
            id: it.id,
        };
        let there = found.into_iter().map(|it| it.record).filter(|it| it.removed_at.is_none());
        Ok(Self {
            frame: seat.frame.clone().at(Section::Settings),
            rows: there.map(row).collect(),
            pager: Pager {
                first: start.map(|_| PATH.into()),
                next: next.map(|it| format!("{PATH}?after={it}")),
            },
            email: String::new(),
            faults: Faults::default(),
        })
    }
}
