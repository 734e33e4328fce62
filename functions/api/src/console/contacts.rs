//! The client list (KB-41), and a contact with everything that is known of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use contract::contacts::{ContactPushState, ContactPushView};
use contract::matches::{MatchView, MatchWord};
use contract::problem::ReasonView;
use contract::why::{VerdictWord, Why as Checks};
use domain::contacts::book::ContactRecord;
use domain::contacts::matches::{self, ContactMatch, MatchState};
use domain::contacts::review::{self, Filter};
use domain::ids::ContactId;
use domain::journal::{Sort, Subject};
use domain::ports::Ports;
use domain::records;

use super::address;
use super::both;
use super::history::{self, Told};
use super::matches::{Case, cases};
use super::page::{Asked, Paged, page as shown};
use super::refusal::Refused;
use super::seat::{Frame, Seat, Section};
use super::shown::{Badge, Pager, Tone, Why};
use crate::Deps;
use crate::access::Caller;
use crate::refusal::Refusal;
use crate::routes::matches::views;
use crate::routes::why::contact_checks;

/// How many lines one page of the list holds.
const LINES: usize = 50;

#[derive(Template)]
#[template(path = "contacts.html")]
struct List {
    frame: Frame,
    tab: &'static str,
    state: String,
    query: String,
    lines: Vec<Line>,
    pager: Pager,
}

/// An XPM record and its contact.
struct Line {
    id: String,
    name: String,
    what: String,
    email: String,
    contact: Option<(String, String)>,
    origin: &'static str,
    badge: Badge,
    why: Option<Why>,
}

#[derive(Template)]
#[template(path = "contact.html")]
struct One {
    frame: Frame,
    tab: &'static str,
    id: String,
    name: String,
    facts: Vec<(&'static str, Vec<String>)>,
    push: Badge,
    why: Option<Why>,
    detail: Option<String>,
    candidates: Vec<String>,
    case: Option<Case>,
    here: String,
    checks: Vec<CheckLine>,
    next_step: Option<String>,
    history: Vec<Told>,
}

/// One check of "why not?".
struct CheckLine {
    name: String,
    badge: Badge,
    sentence: &'static str,
}

pub(super) async fn page<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    asked: Asked,
) -> Paged {
    let state = match asked.get("state") {
        it @ ("all" | "partial" | "unmatched" | "removed") => it,
        _ => "matched",
    };
    let query: String = asked.get("query").chars().take(255).collect();
    let filter = Filter {
        state: contract::matches::state_named(state),
        query: Some(query.clone()).filter(|it| !it.is_empty()),
        ..Filter::default()
    };
    let store = deps.ports.store();
    let after = address::after(&asked);
    let (found, next) = review::list(store, &seat.firm, &filter, after, LINES).await?;
    let whats: Vec<(String, MatchState)> =
        found.iter().map(|it| (both::what(&it.record), it.record.state)).collect();
    let views = views(store, &seat.firm.id, found).await?;
    let lines = views.into_iter().zip(whats).map(|(it, (what, state))| Line::of(it, what, state));
    let lines = lines.collect();
    let pager =
        address::pager("/console/contacts", &[("state", state), ("query", &query)], &asked, next);
    let state = state.to_owned();
    let frame = seat.frame.at(Section::Contacts);
    shown(&List { frame, tab: "mapped", state, query, lines, pager })
}

impl Line {
    fn of(it: MatchView, what: String, state: MatchState) -> Self {
        Self {
            name: if it.xpm.name.is_empty() { it.id.clone() } else { it.xpm.name },
            id: it.id,
            what,
            email: it.xpm.email.unwrap_or_default(),
            contact: it.contact.map(|it| (it.id.to_string(), it.name)),
            origin: match it.state {
                MatchWord::Matched => it.origin.map_or("", both::origin),
                MatchWord::Partial | MatchWord::Unmatched | MatchWord::Removed => "",
            },
            badge: both::badge(state),
            why: it.reason.map(why),
        }
    }
}

fn why(it: ReasonView) -> Why {
    Why { sentence: it.sentence, next: it.next_step }
}

pub(super) async fn one<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    seat: Seat,
    Path(id): Path<String>,
) -> Paged {
    let id = ContactId::parse(id).map_err(|_| Refused::NotFound)?;
    let (store, firm, zone) = (deps.ports.store(), &seat.firm, seat.zone());
    let kept = records::get::<ContactRecord>(store, &firm.id, id.as_str()).await?;
    let kept = kept.filter(|it| !it.record.contact.deleted).ok_or(Refused::NotFound)?;
    let pointer = records::get::<ContactMatch>(store, &firm.id, id.as_str()).await?;
    let case = match pointer {
        Some(it) => {
            let found = matches::get(store, &firm.id, &it.record.xpm).await?;
            cases(&deps, firm, found.into_iter().collect()).await?.pop()
        }
        None => None,
    };
    let caller = Caller(firm.id.clone());
    let checks = contact_checks(&deps, &caller, &kept.record).await.map_err(unanswered)?;
    let Checks { checks, next_step, .. } = Checks::of(&id, checks);
    let subject = Subject::new(Sort::Contact, &id);
    let history = history::of(store, firm, &subject, kept.version, &zone).await?;
    let push = ContactPushView::of(&kept.record);
    let it = &kept.record.contact.value;
    shown(&One {
        frame: seat.frame.at(Section::Contacts),
        tab: "mapped",
        here: format!("/console/contacts/{id}"),
        id: id.to_string(),
        name: it.name.clone(),
        facts: facts(it),
        push: badge(push.state),
        why: push.reason.map(why),
        detail: push.detail,
        candidates: push.candidates,
        case,
        checks: checks
            .into_iter()
            .map(|it| CheckLine {
                name: history::words(it.name),
                badge: match it.verdict {
                    VerdictWord::Passed => Badge { tone: Tone::Good, text: "Passed" },
                    VerdictWord::Failed => Badge { tone: Tone::Bad, text: "Failed" },
                    VerdictWord::NotReached => Badge { tone: Tone::Plain, text: "Not reached" },
                },
                sentence: it.reason.map_or("", |it| it.sentence),
            })
            .collect(),
        next_step,
        history,
    })
}

/// What the JSON handlers would have said, as a page.
pub(super) fn unanswered(it: Refusal) -> Refused {
    match it {
        Refusal::Down(down) => Refused::Down(down),
        Refusal::NotFound | Refusal::Key => Refused::NotFound,
        Refusal::Unreadable(_)
        | Refusal::Body
        | Refusal::Contract(_)
        | Refusal::Query(_)
        | Refusal::Expired
        | Refusal::Conflict(..)
        | Refusal::TooSoon(_)
        | Refusal::Unavailable { .. } => Refused::Unreadable,
    }
}

fn facts(it: &domain::contacts::contact::Contact) -> Vec<(&'static str, Vec<String>)> {
    use domain::contacts::fields::Field;
    let mut facts = vec![("Kind", vec![both::kind(it.kind).to_owned()])];
    facts.extend(it.contact_type.clone().map(|it| ("Type", vec![it])));
    let fields = Field::ALL.into_iter().map(|field| {
        let lines = contract::conflicts::in_app(field, it);
        (both::label(field), lines)
    });
    facts.extend(fields.filter(|(name, lines)| *name != "Name" && !lines.is_empty()));
    facts.extend(it.business_number.clone().map(|it| ("Business number", vec![it])));
    if it.archived {
        facts.push(("Archived", vec!["yes".into()]));
    }
    facts
}

fn badge(it: ContactPushState) -> Badge {
    use ContactPushState as It;
    let (tone, text) = match it {
        It::Idle => (Tone::Plain, "Nothing to send"),
        It::Pending => (Tone::Wait, "On its way to XPM"),
        It::Pushed => (Tone::Good, "In XPM"),
        It::Held => (Tone::Wait, "Held"),
        It::Rejected => (Tone::Bad, "Refused by XPM"),
        It::Unknown => (Tone::Wait, "XPM did not say"),
        It::Ambiguous => (Tone::Bad, "Several in XPM"),
    };
    Badge { tone, text }
}
