//! Who of the XPM staff each person is, and whether everyone can be booked for (BY-14, SH-02).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::body::Body;
use contract::users::{StaffOrigin, UserView, read_staff};
use domain::copies::{self, Asker};
use domain::ids::UserId;
use domain::ports::{Clock, Lane, Ports};
use domain::practice::Staff;
use domain::time::health;
use domain::time::user::{self, UserRecord};
use serde_json::json;

use crate::console::page::{Paged, Posted, page as shown};
use crate::console::refusal::Refused;
use crate::console::seat::{Frame, Seat, Section};
use crate::console::shown::{Badge, Choice, Moment, Tone, Why};
use crate::{Deps, wake};

const PATH: &str = "/console/settings/staff";

#[derive(Template)]
#[template(path = "settings_staff.html")]
struct StaffPage {
    frame: Frame,
    /// Why XPM's list is not at hand, if so.
    obstacle: Option<Why>,
    as_of: Option<Moment>,
    ailing: usize,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    email: String,
    badge: Badge,
    whys: Vec<Why>,
    staff: Vec<Choice>,
}

pub(in crate::console) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
) -> Paged {
    let (store, firm) = (deps.ports.store(), &seat.firm);
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    let (list, obstacle) = match copies::staff(&deps.ports, asker).await {
        Ok(copy) => (Some(copy), None),
        Err(unavailable) => (None, Some(unavailable.reason().into())),
    };
    let mut everyone = health::everyone(store, &firm.id).await?;
    everyone.retain(|it| !it.user.deleted);
    let refused = health::not_on_job(store, &firm.id).await?;
    let known = list.as_ref().map(|it| it.items.as_slice());
    let ailing = match known {
        Some(staff) => health::ailing(everyone.clone(), staff, &refused),
        None => Vec::new(),
    };
    let whys = |it: &UserRecord| {
        let found = ailing.iter().find(|of| of.user.user.value.id == it.user.value.id);
        let reasons = found.into_iter().flat_map(|it| it.reasons.iter());
        reasons.map(|it| Why::from(*it)).collect::<Vec<_>>()
    };
    let rows = everyone.iter().map(|it| Row::of(it, known, whys(it))).collect();
    let zone = seat.zone();
    shown(&StaffPage {
        frame: seat.frame.clone().at(Section::Settings),
        obstacle,
        ailing: ailing.len(),
        rows,
        as_of: list.map(|it| Moment::of(it.as_of, &zone)),
    })
}

/// Says who of the staff a person is; nobody leaves it to the e-mail address.
pub(in crate::console) async fn choose<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let id = UserId::parse(posted.get("user")).map_err(|_| Refused::NotFound)?;
    let chosen = Some(posted.get("staff_uuid")).filter(|it| !it.is_empty());
    let chosen = read_staff(Body::Data(json!({ "staff_uuid": chosen })));
    let chosen = chosen.map_err(|_| Refused::Unreadable)?;
    let (store, now) = (deps.ports.store(), deps.ports.clock().now());
    let record = user::choose(store, &seat.firm.id, &id, chosen, now).await?;
    let name = record.ok_or(Refused::NotFound)?.user.value.name;
    wake::time(&deps, &seat.firm.id).await;
    Ok(seat.done(&deps, PATH, format!("Kept for {name}: their time is looked at again.")).await?)
}

impl Row {
    fn of(it: &UserRecord, staff: Option<&[Staff]>, whys: Vec<Why>) -> Self {
        let view = UserView::of(it.clone(), staff, None);
        let (tone, text) = match &view.xpm_staff {
            _ if !whys.is_empty() => (Tone::Bad, "Look at this"),
            Some(it) if it.origin == StaffOrigin::Manual => (Tone::Good, "Chosen"),
            Some(_) => (Tone::Good, "By e-mail"),
            None => (Tone::Wait, "Not known yet"),
        };
        let now = it.chosen.as_ref().map(ToString::to_string).unwrap_or_default();
        let by_email = view.xpm_staff.as_ref().and_then(|it| it.name.as_ref());
        let usual = match by_email.filter(|_| now.is_empty()) {
            Some(name) => format!("By e-mail: {name}"),
            None => "By e-mail".into(),
        };
        let mut choices = vec![Choice::of("", usual, &now)];
        let all = staff.unwrap_or_default();
        choices.extend(all.iter().map(|it| Choice::of(it.uuid.to_string(), &it.name, &now)));
        if !now.is_empty() && !choices.iter().any(|it| it.chosen) {
            choices.push(Choice::of(&now, &now, &now));
        }
        Self {
            id: view.id.to_string(),
            name: view.name,
            email: view.email.unwrap_or_default(),
            badge: Badge { tone, text },
            whys,
            staff: choices,
        }
    }
}
