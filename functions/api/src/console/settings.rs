//! Settings: what the firm has chosen, each with what follows from it.

pub(super) mod audit;
pub(super) mod endpoints;
mod fields;
pub(super) mod keys;
pub(super) mod members;
pub(super) mod staff;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::body::{Body, BodyError};
use contract::events::ActorView;
use contract::settings::{SettingsBody, read_settings};
use domain::chance::digest;
use domain::firm::{FIRM, Firm, change, switch};
use domain::invalid::Invalid;
use domain::ports::{Clock, Down, Lane, Ports};
use domain::records;
use lambda_http::http::StatusCode;
use serde_json::Value;

use super::page::{Paged, Posted, page as shown, page_with};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::Moment;
use crate::{Deps, wake};
use fields::Group;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    groups: Vec<Group>,
    /// Who switched the creation of jobs, and when.
    switched: Option<Switched>,
    /// By which a change in between is noticed.
    base: String,
    /// What is wrong with the form as a whole.
    wrong: &'static str,
}

struct Switched {
    on: bool,
    by: String,
    at: Moment,
}

pub(super) async fn page<P: Ports>(State(deps): State<Arc<Deps<P>>>, seat: Seat) -> Paged {
    let now = value(&seat.firm)?;
    let groups = fields::groups(|it| fields::shown(&now, it), &[]);
    shown(&of(&deps, &seat, &now, groups, "").await?)
}

pub(super) async fn save<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let kept = records::get::<Firm>(deps.ports.store(), &seat.firm.id, FIRM).await?;
    let now = value(&kept.ok_or(Refused::NotFound)?.record)?;
    let typed = |it: &fields::Field| posted.get(it.place).to_owned();
    if posted.get("base") != base(&now) {
        let wrong = "Somebody changed the settings meanwhile. What you typed is shown; saving it \
                     now puts it in place of theirs.";
        let page = of(&deps, &seat, &now, fields::groups(typed, &[]), wrong).await?;
        return page_with(StatusCode::CONFLICT, &page);
    }
    let (sent, mut wrong) = fields::sent(&posted);
    let settings = match read_settings(Body::Data(sent)) {
        Ok(settings) => Some(settings).filter(|_| wrong.is_empty()),
        Err(BodyError::Invalid(more)) => {
            wrong.extend(more);
            None
        }
        Err(BodyError::Malformed { pointer, detail }) => {
            wrong.push(Invalid::new(pointer, "malformed", detail));
            None
        }
    };
    let Some(settings) = settings else {
        let note = "Nothing was saved yet: look at the fields that are marked.";
        let page = of(&deps, &seat, &now, fields::groups(typed, &wrong), note).await?;
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let (firm, by) = (seat.firm.id.clone(), seat.actor());
    let at = deps.ports.clock().now();
    if !change::change(deps.ports.store(), &firm, &settings, &by, at).await? {
        return Err(Refused::NotFound);
    }
    for lane in [Lane::Time, Lane::ContactsOut, Lane::Events] {
        wake::lane(&deps, &firm, lane).await;
    }
    Ok(seat.done(&deps, "/console/settings", "The settings are saved.").await?)
}

async fn of<P: Ports>(
    deps: &Deps<P>,
    seat: &Seat,
    now: &Value,
    groups: Vec<Group>,
    wrong: &'static str,
) -> Result<SettingsPage, Down> {
    let switch = switch::jobs(deps.ports.store(), &seat.firm.id).await?;
    let zone = seat.zone();
    let switched = switch.map(|it| Switched {
        on: it.on,
        by: ActorView::from(it.by).text(),
        at: Moment::of(it.at, &zone),
    });
    let frame = seat.frame.clone().at(Section::Settings);
    Ok(SettingsPage { frame, groups, switched, base: base(now), wrong })
}

fn value(firm: &Firm) -> Result<Value, Down> {
    let body = SettingsBody::from(firm.settings.clone());
    serde_json::to_value(body).map_err(|it| Down { what: "the settings", cause: it.into() })
}

fn base(now: &Value) -> String {
    digest(&now.to_string())
}
