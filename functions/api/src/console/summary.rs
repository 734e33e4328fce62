//! Where every minute of some days is (BY-04).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::summaries::{StateSum, SumView};
use domain::ports::{Clock, Ports};
use jiff::ToSpan;

use super::address;
use super::page::{Asked, Paged, page as shown};
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Why};
use super::time::{PATH, badge};
use crate::access::Caller;
use crate::routes::entries::{DaysQuery, summarise_time};
use crate::{Deps, input};

/// So many days are looked at, where nothing else is asked.
const USUAL: i64 = 30;

#[derive(Template)]
#[template(path = "summary.html")]
struct Summary {
    frame: Frame,
    from: String,
    to: String,
    rows: Vec<Row>,
    all: SumView,
}

struct Row {
    badge: Badge,
    why: Option<Why>,
    list: String,
    sum: SumView,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let [from, to] = days(&seat, &asked, deps.ports.clock());
    let query = DaysQuery { date_from: Some(from.clone()), date_to: Some(to.clone()) };
    let caller = Caller(seat.firm.id.clone());
    let sums = summarise_time(State(Arc::clone(&deps)), caller, input::Asked(query)).await?.0;
    let row = |it: StateSum| {
        let state = contract::pushes::PushState::WORDS.iter().find(|word| word.1 == it.state);
        let reason = it.reason.as_ref().map_or("", |it| it.code);
        let filter = [
            ("state", state.map_or("", |it| it.0)),
            ("reason", reason),
            ("from", &*from),
            ("to", &*to),
        ];
        Row {
            badge: badge(it.state),
            why: it.reason.as_ref().map(Why::from),
            list: address::of(PATH, &filter),
            sum: it.sum,
        }
    };
    let rows = sums.states.into_iter().map(row).collect();
    shown(&Summary { frame: seat.frame.at(Section::Time), rows, all: sums.received, from, to })
}

/// The days that are asked about; the last thirty where none are.
pub(super) fn days(seat: &Seat, asked: &Asked, clock: &impl Clock) -> [String; 2] {
    let today = clock.now().to_zoned(seat.zone()).date();
    let usual = [today.saturating_sub(USUAL.days()), today];
    let said = ["from", "to"].map(|it| asked.get(it).to_owned());
    let [from, to] = said;
    let [first, last] = usual.map(|it| it.to_string());
    [if from.is_empty() { first } else { from }, if to.is_empty() { last } else { to }]
}
