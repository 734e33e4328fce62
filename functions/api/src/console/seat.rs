//! Who asks for a page, and what every page shows of them.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::firm::Firm;
use domain::journal::Actor;
use domain::members::Member;
use domain::ports::{Down, Ports};
use domain::session::{Flash, Visit};
use jiff::tz::TimeZone;

use super::ROUTES;
use super::refusal::Refused;
use crate::Deps;

/// A person who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// Their session.
    pub(crate) visit: Visit,
    /// What every page shows of them.
    pub(crate) frame: Frame,
}

/// A member at their firm.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// The firm itself.
    pub(crate) firm: Firm,
    /// Who they are there.
    pub(crate) member: Member,
    /// What every page shows of them; see [`Frame::at`].
    pub(crate) frame: Frame,
    visit: Visit,
}

impl Seat {
    pub(super) fn new(visit: Visit, firm: Firm, member: Member, frame: Frame) -> Self {
        Self { firm, member, frame, visit }
    }

    /// Who they are in the journal.
    pub(crate) fn actor(&self) -> Actor {
        self.member.actor()
    }

    /// The zone in which the firm reads the clock; UTC until it has set one.
    pub(crate) fn zone(&self) -> TimeZone {
        self.firm.settings.zone().unwrap_or(TimeZone::UTC)
    }

    /// Goes to a page of ours, which says that it was done.
    pub(crate) async fn done<P: Ports>(
        mut self,
        deps: &Arc<Deps<P>>,
        to: &str,
        text: impl Into<String>,
    ) -> Result<Response, Down> {
        self.visit.say(&deps.ports, Flash { done: true, text: text.into() }).await?;
        Ok(Redirect::to(to).into_response())
    }

    /// Goes to a page of ours, which says why it was not done, and what to do.
    pub(crate) async fn undone<P: Ports>(
        mut self,
        deps: &Arc<Deps<P>>,
        to: &str,
        text: impl Into<String>,
    ) -> Result<Response, Down> {
        self.visit.say(&deps.ports, Flash { done: false, text: text.into() }).await?;
        Ok(Redirect::to(to).into_response())
    }
}

impl<S: Sync> FromRequestParts<S> for Seat {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        parts.extensions.remove::<Self>().ok_or(Refused::Forbidden)
    }
}

impl<S: Sync> FromRequestParts<S> for Guest {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        parts.extensions.remove::<Self>().ok_or(Refused::Forbidden)
    }
}

/// What stands around every page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    /// Who is signed in.
    pub(crate) who: Option<Who>,
    /// What is said once about what was just done.
    pub(crate) flash: Option<Flash>,
    section: Option<Section>,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// What to call them.
    pub(crate) name: String,
    /// Their firm, once it is chosen.
    pub(crate) firm: Option<String>,
    /// Whether they are members of several firms.
    pub(crate) several: bool,
    /// What every form brings back; see the macro `csrf`.
    pub(crate) csrf: String,
}

impl Frame {
    /// Around what this person sees.
    pub(super) fn of(who: Who) -> Self {
        Self { who: Some(who), ..Self::default() }
    }

    /// Around a page of this part of the console.
    pub(crate) fn at(self, section: Section) -> Self {
        Self { section: Some(section), ..self }
    }

    /// What every form brings back.
    pub(crate) fn csrf(&self) -> &str {
        self.who.as_ref().map_or("", |it| &it.csrf)
    }

    /// The parts of the console that there are: name, address, and whether this page is one of it.
    pub(crate) fn sections(&self) -> Vec<(&'static str, &'static str, bool)> {
        let built = Section::ALL.iter().map(|it| (it, it.named()));
        let built = built.filter(|(_, (_, path))| ROUTES.iter().any(|it| it.path == *path));
        built.map(|(it, (name, path))| (name, path, self.section == Some(*it))).collect()
    }
}

/// A part of the console. It is in the navigation as soon as its page is in the list of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// How the firm stands.
    Overview,
    /// Contacts and matches.
    Contacts,
    /// Processes and tasks.
    Linking,
    /// Time entries.
    Time,
    /// Jobs and costs.
    Jobs,
    /// What the firm has chosen.
    Settings,
}

impl Section {
    const ALL: [Self; 6] =
        [Self::Overview, Self::Contacts, Self::Linking, Self::Time, Self::Jobs, Self::Settings];

    fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Overview => ("Overview", "/console"),
            Self::Contacts => ("Contacts", "/console/contacts"),
            Self::Linking => ("Linking", "/console/linking"),
            Self::Time => ("Time", "/console/time"),
            Self::Jobs => ("Jobs", "/console/jobs"),
            Self::Settings => ("Settings", "/console/settings"),
        }
    }
}
