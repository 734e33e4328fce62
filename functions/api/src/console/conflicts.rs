//! Fields that both sides changed: both values, and a choice for each (KB-64).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::conflicts::{in_app, in_xpm};
use contract::matches::match_id;
use domain::contacts::conflicts::{self, Keep, Resolved};
use domain::contacts::fields::Field;
use domain::ports::Ports;

use super::address;
use super::both;
use super::page::{Asked, Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::Pager;
use crate::{Deps, wake};

const PAGE: usize = 25;
/// The fields by the words of their forms.
const FIELDS: [(&str, Field); 5] = [
    ("name", Field::Name),
    ("email", Field::Email),
    ("phones", Field::Phones),
    ("physical_address", Field::PhysicalAddress),
    ("mailing_address", Field::MailingAddress),
];

#[derive(Template)]
#[template(path = "conflicts.html")]
struct List {
    frame: Frame,
    tab: &'static str,
    here: String,
    all: Vec<Conflicted>,
    pager: Pager,
}

/// A match with fields that both sides changed.
struct Conflicted {
    id: String,
    version: u64,
    name: String,
    contact: Option<(String, String)>,
    fields: Vec<Disputed>,
}

/// A field that both sides changed.
struct Disputed {
    word: &'static str,
    label: &'static str,
    xpm: Vec<String>,
    app: Vec<String>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let (store, firm) = (deps.ports.store(), &seat.firm.id);
    let (found, next) = conflicts::list(store, firm, address::after(&asked), PAGE).await?;
    let ids = found.iter().filter_map(|it| it.record.contact.as_ref().map(ToString::to_string));
    let contacts = both::contacts(store, firm, ids.collect()).await?;
    let all = found.into_iter().map(|kept| {
        let it = kept.record;
        let contact = it.contact.as_ref().and_then(|id| contacts.get(id.as_str()));
        let fields = it.conflicts.iter().map(|field| Disputed {
            word: FIELDS.iter().find(|it| it.1 == *field).map_or("", |it| it.0),
            label: both::label(*field),
            xpm: in_xpm(*field, &it.xpm.fields),
            app: contact.map(|it| in_app(*field, it)).unwrap_or_default(),
        });
        Conflicted {
            fields: fields.collect(),
            id: it.xpm.uuid.to_string(),
            version: kept.version,
            name: it.xpm.name.clone(),
            contact: contact.map(|it| (it.id.to_string(), it.name.clone())),
        }
    });
    let all = all.collect();
    let path = "/console/conflicts";
    let pager = address::pager(path, &[], &asked, next);
    let here = address::of(path, &[("cursor", asked.get("cursor"))]);
    shown(&List { frame: seat.frame.at(Section::Contacts), tab: "conflicts", here, all, pager })
}

pub(super) async fn resolve<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let id = match_id(&id).ok_or(Refused::NotFound)?;
    let field = FIELDS.iter().find(|it| it.0 == posted.get("field"));
    let field = field.ok_or(Refused::Unreadable)?.1;
    let keep = match posted.get("keep") {
        "xpm" => Keep::Xpm,
        "app" => Keep::App,
        _ => return Err(Refused::Unreadable),
    };
    let version: u64 = posted.get("version").parse().map_err(|_| Refused::Unreadable)?;
    let (firm, actor) = (&seat.firm.id, seat.actor());
    let back = address::back(&posted, "/console/conflicts");
    let done = conflicts::resolve(&deps.ports, firm, &id, field, keep, version, &actor).await?;
    match done {
        Resolved::Done(it) => {
            wake::contacts(&deps, firm).await;
            let whose = match keep {
                Keep::Xpm => "XPM’s value stays, and has come over",
                Keep::App => "the practice app’s value stays, and goes to XPM",
            };
            let label = both::label(field);
            let text = format!("{} of {}: {whose}.", label, it.record.xpm.name);
            Ok(seat.done(&deps, &back, text).await?)
        }
        Resolved::Stale => {
            let text = "Not decided: the match has changed since you looked at it. Below are both \
                        values as they are now.";
            Ok(seat.undone(&deps, &back, text).await?)
        }
        Resolved::NoConflict => {
            let text =
                "Not decided: both sides agree in this field by now. There is nothing to do.";
            Ok(seat.undone(&deps, &back, text).await?)
        }
        Resolved::Unknown => Err(Refused::NotFound),
    }
}
