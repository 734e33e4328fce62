//! One decision about many matches: shown first, then carried out as it was shown (BY-11).

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use contract::matches::{Decided, DecisionWord, Line, match_id};
use domain::contacts::matches::MatchState;
use domain::contacts::review::{self, Ask, Desk, Filter};
use domain::ids::ContactId;
use domain::ports::{Clock, Lane, Ports};

use super::address;
use super::page::{Asked, Paged, Posted, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Pager, Why};
use crate::routes::matches::{alike, each};
use crate::{Deps, wake};

/// How many matches one page shows and decides about.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "bulk.html")]
struct Preview {
    frame: Frame,
    tab: &'static str,
    decision: DecisionWord,
    query: String,
    score: String,
    wrong: &'static str,
    here: String,
    picks: Vec<Pick>,
    pager: Pager,
}

/// What would become of one match.
struct Pick {
    id: String,
    name: String,
    contact: Option<(String, String)>,
    score: Option<String>,
    /// What its box says; nothing where it cannot be decided so.
    value: Option<String>,
    why: Option<Why>,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let decision = DecisionWord::named(asked.get("decision")).unwrap_or(DecisionWord::Confirm);
    let query: String = asked.get("query").chars().take(255).collect();
    let percent = asked.get("score");
    let score: Option<f64> = percent.parse().ok().filter(|it| (0.0..=100.0).contains(it));
    let wrong = match score {
        None if !percent.is_empty() => "Write a number from 0 to 100.",
        _ => "",
    };
    let filter = Filter {
        state: Some(match decision {
            DecisionWord::Confirm | DecisionWord::Create => MatchState::Partial,
            DecisionWord::Remove => MatchState::Matched,
            DecisionWord::Allow => MatchState::Removed,
        }),
        query: Some(query.clone()).filter(|it| !it.is_empty()),
        min_score: score.map(|it| it / 100.0),
        ..Filter::default()
    };
    let (store, firm) = (deps.ports.store(), &seat.firm);
    let (found, next) = review::list(store, firm, &filter, address::after(&asked), PAGE).await?;
    let (actor, now) = (seat.actor(), deps.ports.clock().now());
    let desk = Desk { store, firm, actor: &actor, now };
    let would = each(&desk, alike(&found, decision), true).await?;
    let offers = found.iter().flat_map(|it| &it.record.candidates);
    let names: HashMap<String, String> =
        offers.map(|it| (it.contact_id.to_string(), it.name.clone())).collect();
    let picks = found.iter().zip(would).map(|(kept, it)| Pick {
        name: kept.record.xpm.name.clone(),
        value: it.problem.is_none().then(|| value(&it, kept.version)),
        why: it.problem.map(|it| Why { sentence: it.sentence, next: it.next_step }),
        contact: it.contact_id.map(|id| (id.clone(), names.get(&id).cloned().unwrap_or(id))),
        score: kept.record.candidates.first().map(|it| format!("{:.0}", it.score * 100.0)),
        id: it.id,
    });
    let picks = picks.collect();
    let path = "/console/matches/bulk";
    let said = [("decision", decision.as_str()), ("query", &*query), ("score", percent)];
    let pager = address::pager(path, &said, &asked, next);
    let [decided, sought, scored] = said;
    let here = address::of(path, &[decided, sought, scored, ("cursor", asked.get("cursor"))]);
    let (score, frame) = (percent.to_owned(), seat.frame.at(Section::Contacts));
    shown(&Preview { frame, tab: "bulk", decision, query, score, wrong, here, picks, pager })
}

/// Decides about those that are ticked, on the versions that were shown.
pub(super) async fn decide<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    posted: Posted,
) -> Paged {
    let word = DecisionWord::named(posted.get("decision")).ok_or(Refused::Unreadable)?;
    let lines: Option<Vec<Line>> =
        posted.all("pick").take(PAGE + 1).map(|it| picked(it, word)).collect();
    let lines = lines.filter(|it| it.len() <= PAGE).ok_or(Refused::Unreadable)?;
    let back = address::back(&posted, "/console/matches/bulk");
    if lines.is_empty() {
        let text = "Nothing was decided: tick those that you want to decide about.";
        return Ok(seat.undone(&deps, &back, text).await?);
    }
    let (actor, now) = (seat.actor(), deps.ports.clock().now());
    let desk = Desk { store: deps.ports.store(), firm: &seat.firm, actor: &actor, now };
    let told = each(&desk, lines, false).await?;
    wake::contacts(&deps, &seat.firm.id).await;
    wake::lane(&deps, &seat.firm.id, Lane::Events).await;
    let (done, text) = outcome(&told);
    Ok(if done {
        seat.done(&deps, &back, text).await?
    } else {
        seat.undone(&deps, &back, text).await?
    })
}

/// Whether all were carried out, and how many were; with the first reason why one was not.
pub(super) fn outcome(told: &[Decided]) -> (bool, String) {
    let problems: Vec<_> = told.iter().filter_map(|it| it.problem.as_ref()).collect();
    let done = told.len() - problems.len();
    match problems.first() {
        None => (true, format!("{done} decided.")),
        Some(it) => {
            let (sentence, next) = (it.sentence, it.next_step);
            (false, format!("{done} decided, {} not: {sentence} {next}", problems.len()))
        }
    }
}

fn value(it: &Decided, version: u64) -> String {
    format!("{}:{version}:{}", it.id, it.contact_id.as_deref().unwrap_or_default())
}

fn picked(value: &str, word: DecisionWord) -> Option<Line> {
    let mut parts = value.splitn(3, ':');
    let (id, version, contact) = (parts.next()?, parts.next()?, parts.next()?);
    let contact = ContactId::parse(contact).ok();
    let (id, version) = (match_id(id)?, version.parse().ok()?);
    Some(Line {
        line: 0,
        id: id.to_string(),
        decision: word.as_str().into(),
        contact_id: contact.as_ref().map(ToString::to_string),
        ask: Ok(Ask { id, version, decision: word.with(contact)? }),
    })
}
