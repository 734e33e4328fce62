//! How the firm stands with XPM, and what is missing (XB-03, XB-04).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use domain::connection::authorise::NotBegun;
use domain::connection::{self, Connection, Organisation, Step};
use domain::ids::TenantId;
use domain::ports::Ports;

use super::figures::Figures;
use super::page::{Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Moment, Tone, Why};
use crate::{Deps, connecting};

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    badge: Badge,
    /// Why nothing is pushed now, if so.
    why: Option<Why>,
    organisation: Option<String>,
    connected_at: Option<Moment>,
    first_sync_at: Option<Moment>,
    /// What the button says that leads to Xero, where there is a reason to press it.
    connect: Option<&'static str>,
    choices: Vec<Organisation>,
    steps: Vec<StepView>,
    figures: Figures,
}

/// A step of setting up.
struct StepView {
    done: bool,
    title: &'static str,
    next: &'static str,
}

pub(super) async fn page<P: Ports>(State(deps): State<Arc<Deps<P>>>, seat: Seat) -> Paged {
    let connection = connection::read(deps.ports.store(), &seat.firm.id).await?;
    let figures = Figures::of(&deps.ports, &seat).await?;
    shown(&Overview::of(seat, connection, figures))
}

/// Sends the person to Xero to let their firm's XPM be used.
pub(super) async fn connect<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    _: Posted,
) -> Paged {
    match connecting::authorize(&deps, &seat.firm, "/console").await {
        Ok(to) => Ok(Redirect::to(&to).into_response()),
        Err(NotBegun::Region) => {
            let next = "Set the region in the settings, then connect.";
            Err(Refused::Conflict(connecting::served(), next))
        }
        Err(NotBegun::ReturnTo) => Err(Refused::Unreadable),
        Err(NotBegun::Down(down)) => Err(down.into()),
    }
}

pub(super) async fn choose_organisation<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let chosen = match TenantId::parse(posted.get("tenant")) {
        Ok(tenant) => connecting::choose(&deps, &seat.firm.id, &tenant, &seat.actor()).await?,
        Err(_) => None,
    };
    Ok(match chosen.and_then(|it| it.organisation) {
        Some(it) => {
            let text = format!("Connected to {}. The first sync has been asked for.", it.name);
            seat.done(&deps, "/console", text).await?
        }
        None => {
            let text = "Not connected: choose one of the organisations that are offered.";
            seat.undone(&deps, "/console", text).await?
        }
    })
}

impl Overview {
    fn of(seat: Seat, it: Connection, figures: Figures) -> Self {
        use connection::State;
        let (tone, text, connect) = match it.state {
            State::Disconnected => (Tone::Plain, "Not connected", Some("Connect to Xero")),
            State::ChooseOrganisation => {
                (Tone::Wait, "Choose an organisation", Some("Ask Xero again"))
            }
            State::Connected => (Tone::Good, "Connected", None),
            State::ReconnectRequired => {
                (Tone::Bad, "Reconnect required", Some("Reconnect to Xero"))
            }
        };
        let (firm, zone) = (&seat.firm, &seat.zone());
        let missing = it.missing_steps(firm);
        let choosing = it.state == State::ChooseOrganisation;
        Self {
            figures,
            badge: Badge { tone, text },
            why: it.obstacle(firm).map(Why::from),
            organisation: it.organisation.filter(|_| !choosing).map(|it| it.name),
            connected_at: it.connected_at.map(|it| Moment::of(it, zone)),
            first_sync_at: it.first_sync_at.map(|it| Moment::of(it, zone)),
            connect,
            choices: if choosing { it.choices } else { Vec::new() },
            steps: if missing.is_empty() { Vec::new() } else { steps(&missing) },
            frame: seat.frame.at(Section::Overview),
        }
    }
}

fn steps(missing: &[Step]) -> Vec<StepView> {
    let step = |steps: &[Step], title, next| StepView {
        done: !steps.iter().any(|it| missing.contains(it)),
        title,
        next,
    };
    vec![
        step(
            &[Step::Connect, Step::ChooseOrganisation],
            "Connect Xero Practice Manager",
            "Use the button above. Your Xero login needs “Connect third-party add-ons” in XPM.",
        ),
        step(&[Step::SetRegion], "Set the region", "Choose the firm’s country in the settings."),
        step(
            &[Step::SetTimeZone],
            "Set the time zone",
            "Choose in the settings where the firm’s days begin.",
        ),
        step(
            &[Step::FirstSync],
            "First sync",
            "It starts by itself once you are connected, and takes a few minutes.",
        ),
    ]
}
