//! What the overview says in figures: calls left, how old the copies are, what waits for a person.

use contract::connection::Freshness;
use domain::issues::{self, Issue};
use domain::ports::{Down, Ports};

use super::seat::Seat;
use super::shown::{Moment, Why};
use crate::routes::connection::supplies;

/// What a firm has, and what waits for its people.
pub(super) struct Figures {
    /// Calls to XPM made today.
    pub(super) used: u32,
    /// Calls left today, those kept for time entries among them.
    pub(super) left: u32,
    /// Calls allowed in a day.
    pub(super) allowed: u32,
    /// Of the day's calls, kept for time entries.
    pub(super) reserved: u32,
    /// Until when no call is made, if so.
    pub(super) blocked_until: Option<Moment>,
    /// XPM's lists, each with the time of its copy.
    pub(super) copies: Vec<(String, Option<Moment>)>,
    /// What waits, by cause.
    pub(super) issues: Vec<Waiting>,
}

/// What waits for a person because of one cause.
pub(super) struct Waiting {
    /// The cause.
    pub(super) why: Why,
    /// What sort of thing it holds up.
    pub(super) subject: String,
    /// How many of them.
    pub(super) count: usize,
}

impl Figures {
    /// As things stand now.
    ///
    /// # Errors
    /// The records or the cache do not answer.
    pub(super) async fn of<P: Ports>(ports: &P, seat: &Seat) -> Result<Self, Down> {
        let (meter, freshness) = supplies(ports, &seat.firm).await?;
        let open = issues::list(ports.store(), &seat.firm.id).await?;
        let (limits, zone) = (&seat.firm.settings.budget, seat.zone());
        let moment = |it| Moment::of(it, &zone);
        let copy = |it: Freshness| {
            (it.resource.replace('_', " "), it.as_of.map(|it| Moment::of(it, &zone)))
        };
        let waiting = |it: Issue| Waiting {
            why: it.cause.into(),
            subject: it.subject.as_str().replace('_', " "),
            count: it.count,
        };
        Ok(Self {
            used: meter.used_today,
            left: meter.left_today,
            allowed: limits.per_day,
            reserved: limits.reserved_per_day,
            blocked_until: meter.blocked_until.or(meter.silent_until).map(moment),
            copies: freshness.into_iter().map(copy).collect(),
            issues: open.into_iter().map(waiting).collect(),
        })
    }
}
