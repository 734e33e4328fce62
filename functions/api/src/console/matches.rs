//! Matches that wait for a person, side by side, and what is decided about them (KB-40 to KB-45).

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::matches::{DecisionWord, match_id};
use domain::contacts::contact::Contact;
use domain::contacts::matches::{Match, MatchState};
use domain::contacts::review::{self, Desk, Filter, Refused as Undecided};
use domain::firm::Firm;
use domain::ids::{ContactId, XpmUuid};
use domain::journal::{Sort, Subject};
use domain::ports::{Clock, Down, Lane, Ports};
use domain::records::Kept;
use lambda_http::http::StatusCode;

use super::address;
use super::both::{self, Row};
use super::history::{self, Told};
use super::page::{Asked, Paged, Posted, page as shown, page_with};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Pager, Why};
use crate::{Deps, wake};

/// How many cases one page of the queue holds.
const CASES: usize = 10;

#[derive(Template)]
#[template(path = "matches.html")]
struct Queue {
    frame: Frame,
    tab: &'static str,
    state: &'static str,
    query: String,
    /// This page, for forms to come back to.
    here: String,
    cases: Vec<Case>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "match.html")]
struct One {
    frame: Frame,
    tab: &'static str,
    case: Case,
    here: String,
    /// Why a decision was not carried out.
    undecided: Option<Why>,
    /// What became of the match since it was looked at.
    since: Vec<Told>,
    /// The contact that was typed.
    typed: String,
    history: Vec<Told>,
}

/// An XPM record and the contacts that it may be, or is or was matched with.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) name: String,
    pub(super) what: String,
    pub(super) badge: Badge,
    pub(super) why: Option<Why>,
    pub(super) state: &'static str,
    pub(super) others: Vec<Other>,
    pub(super) rows: Vec<Row>,
    /// The case after this one on the page.
    pub(super) next: Option<String>,
}

/// A contact beside an XPM record.
pub(super) struct Other {
    pub(super) id: String,
    pub(super) name: String,
    /// How much speaks for it, in per cent; nothing where nobody asks.
    pub(super) score: Option<u8>,
    pub(super) signals: Vec<Signal>,
}

/// One thing that was compared.
pub(super) struct Signal {
    pub(super) name: String,
    pub(super) weight: u8,
    pub(super) agreement: u8,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let (state, named) = match asked.get("state") {
        "unmatched" => ("unmatched", MatchState::Unmatched),
        "removed" => ("removed", MatchState::Removed),
        _ => ("partial", MatchState::Partial),
    };
    let query: String = asked.get("query").chars().take(255).collect();
    let wanted = Some(query.clone()).filter(|it| !it.is_empty());
    let filter = Filter { state: Some(named), query: wanted, ..Filter::default() };
    let store = deps.ports.store();
    let (found, next) =
        review::list(store, &seat.firm, &filter, address::after(&asked), CASES).await?;
    let path = "/console/matches";
    let said = [("state", state), ("query", &*query)];
    let pager = address::pager(path, &said, &asked, next);
    let here = address::of(path, &[said[0], said[1], ("cursor", asked.get("cursor"))]);
    let cases = cases(&deps, &seat.firm, found).await?;
    let frame = seat.frame.at(Section::Contacts);
    shown(&Queue { frame, tab: state, state, query, here, cases, pager })
}

pub(super) async fn one<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Paged {
    let id = match_id(&id).ok_or(Refused::NotFound)?;
    shown(&One::of(&deps, seat, &id).await?)
}

/// Carries out what a person decides about a match; what cannot be is told with what stands now.
pub(super) async fn decide<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
    posted: Posted,
) -> Paged {
    let id = match_id(&id).ok_or(Refused::NotFound)?;
    let version: u64 = posted.get("version").parse().map_err(|_| Refused::Unreadable)?;
    let word = DecisionWord::named(posted.get("decision")).ok_or(Refused::Unreadable)?;
    let store = deps.ports.store();
    let done = match word.with(ContactId::parse(posted.get("contact")).ok()) {
        Some(decision) => {
            let (actor, now) = (seat.actor(), deps.ports.clock().now());
            let desk = Desk { store, firm: &seat.firm, actor: &actor, now };
            review::decide(&desk, &id, &decision, version).await?
        }
        None => Err(Undecided::ContactUnknown),
    };
    match done {
        Ok(kept) => {
            wake::contacts(&deps, &seat.firm.id).await;
            wake::lane(&deps, &seat.firm.id, Lane::Events).await;
            let back = address::back(&posted, &format!("/console/matches/{id}"));
            Ok(seat.done(&deps, &back, told(&kept.record, word)).await?)
        }
        Err(Undecided::Unknown) => Err(Refused::NotFound),
        Err(it) => {
            let subject = Subject::new(Sort::Match, &id);
            let zone = seat.zone();
            let since = history::since(store, &seat.firm, &subject, version, &zone).await?;
            let (undecided, typed) = (
                Some(Why { sentence: it.sentence(), next: it.next_step() }),
                posted.get("contact").to_owned(),
            );
            let status = if it == Undecided::ContactUnknown {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::CONFLICT
            };
            let one = One::of(&deps, seat, &id).await?;
            page_with(status, &One { undecided, since, typed, ..one })
        }
    }
}

fn told(it: &Match, word: DecisionWord) -> String {
    let name = &it.xpm.name;
    match word {
        DecisionWord::Confirm => format!("{name} is matched."),
        DecisionWord::Create => format!("A contact was made of {name}."),
        DecisionWord::Remove => {
            format!("The match of {name} was removed. Nothing was deleted on either side.")
        }
        DecisionWord::Allow => format!("{name} may be matched again."),
    }
}

impl One {
    async fn of<P: Ports>(deps: &Arc<Deps<P>>, seat: Seat, id: &XpmUuid) -> Result<Self, Refused> {
        let (store, zone) = (deps.ports.store(), seat.zone());
        let kept = review::get(store, &seat.firm, id).await?.ok_or(Refused::NotFound)?;
        let subject = Subject::new(Sort::Match, id);
        let history = history::of(store, &seat.firm, &subject, kept.version, &zone).await?;
        let mut cases = cases(deps, &seat.firm, vec![kept]).await?;
        let case = cases.pop().ok_or(Refused::NotFound)?;
        Ok(Self {
            tab: if case.state == "matched" { "mapped" } else { case.state },
            frame: seat.frame.at(Section::Contacts),
            here: format!("/console/matches/{id}"),
            case,
            undecided: None,
            since: Vec::new(),
            typed: String::new(),
            history,
        })
    }
}

/// Matches with the contacts beside them.
pub(super) async fn cases<P: Ports>(
    deps: &Arc<Deps<P>>,
    firm: &Firm,
    found: Vec<Kept<Match>>,
) -> Result<Vec<Case>, Down> {
    let beside = found.iter().flat_map(|it| {
        let offered = it.record.candidates.iter().map(|it| &it.contact_id);
        offered.chain(&it.record.contact)
    });
    let beside: Vec<String> = beside.map(ToString::to_string).collect();
    let contacts = both::contacts(deps.ports.store(), &firm.id, beside).await?;
    let ids: Vec<String> = found.iter().map(|it| it.record.xpm.uuid.to_string()).collect();
    let next = ids.into_iter().skip(1).map(Some).chain([None]);
    let all = found.iter().zip(next);
    Ok(all.map(|(it, next)| Case { next, ..Case::of(it, &contacts, firm) }).collect())
}

impl Case {
    fn of(kept: &Kept<Match>, contacts: &HashMap<String, Contact>, firm: &Firm) -> Self {
        let it = &kept.record;
        let others: Vec<(Other, &Contact)> = match it.state {
            MatchState::Matched | MatchState::Removed => {
                let contact = it.contact.iter().filter_map(|id| contacts.get(id.as_str()));
                contact.map(|it| (Other::of(it), it)).collect()
            }
            MatchState::Partial | MatchState::Unmatched => {
                let offered = it.candidates.iter();
                let there =
                    offered.filter_map(|it| Some((it, contacts.get(it.contact_id.as_str())?)));
                there.map(|(offer, it)| (Other::offered(offer, it), it)).collect()
            }
        };
        let (others, beside): (Vec<Other>, Vec<&Contact>) = others.into_iter().unzip();
        Self {
            id: it.xpm.uuid.to_string(),
            version: kept.version,
            name: it.xpm.name.clone(),
            what: both::what(it),
            badge: both::badge(it.state),
            why: it.reason.map(Why::from),
            state: contract::matches::MatchWord::from(it.state).as_str(),
            rows: both::rows(it, &beside, firm),
            others,
            next: None,
        }
    }
}

impl Other {
    fn of(it: &Contact) -> Self {
        Self { id: it.id.to_string(), name: it.name.clone(), score: None, signals: Vec::new() }
    }

    fn offered(offer: &domain::contacts::matching::Candidate, it: &Contact) -> Self {
        let signal = |it: &domain::contacts::matching::Signal| Signal {
            name: history::words(&it.name),
            weight: percent(it.weight),
            agreement: percent(it.agreement),
        };
        let score = Some(percent(offer.score));
        Self { score, signals: offer.signals.iter().map(signal).collect(), ..Self::of(it) }
    }
}

/// A share of one, in per cent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}
