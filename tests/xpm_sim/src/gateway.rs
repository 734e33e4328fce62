//! What stands before XPM: token, tenant, scope and rate limits, in the order
//! in which Xero's gateway refuses; and the envelope around XPM's answers.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::answer::{Answer, Incoming};
use crate::limits::{Lane, Remaining};
use crate::node::{Layout, Node, json, xml};
use crate::state::State;
use crate::xpm::{Desk, Refusal, Reply, dispatch};

const BASE: &str = "/practicemanager/3.1/";
const XML: &str = "text/xml; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// A call that the gateway let through.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) tenant: Uuid,
    pub(crate) lane: Lane,
    remaining: Remaining,
}

pub(crate) fn is_xpm(path: &str) -> bool {
    path.starts_with("/practicemanager/")
}

/// Lets a call through and counts it in, or refuses it.
pub(crate) fn admit(state: &mut State, incoming: &Incoming) -> Result<Pass, Box<Answer>> {
    let (client_id, user, scopes) = authenticate(state, incoming)?;
    let now = state.now().as_second();
    let tenant = incoming.header("xero-tenant-id").and_then(|it| Uuid::try_parse(it.trim()).ok());
    let connected = tenant.filter(|tenant| {
        !state.knobs.user_left
            && state
                .identity
                .connections_of(&client_id, user)
                .iter()
                .any(|it| it.tenant == *tenant && it.tenant_type == "PRACTICEMANAGER")
    });
    let Some(tenant) = connected else {
        let left = state.counters.stray(&state.limits, &client_id, now);
        let refusal = Answer::gateway(403, "Forbidden", "AuthenticationUnsuccessful");
        return Err(Box::new(refusal.with("x-appminlimit-remaining", left.to_string())));
    };
    if !permitted(&scopes, incoming) {
        let refusal = Answer::gateway(401, "Unauthorized", "AuthorizationUnsuccessful");
        return Err(Box::new(refusal.with("www-authenticate", "Bearer error=insufficient_scope")));
    }
    let lane = (client_id, tenant);
    let (remaining, problem) = state.counters.admit(&state.limits, &lane, now);
    let Some(problem) = problem else { return Ok(Pass { tenant, lane, remaining }) };
    let mut refusal = counted(Answer::empty(429), remaining)
        .with("x-rate-limit-problem", problem.name())
        .with("xero-correlation-id", Uuid::new_v4().to_string());
    refusal.limited = Some(problem.name());
    if let Some(seconds) = problem.retry_after() {
        refusal = refusal.with("retry-after", seconds.to_string());
    }
    Err(Box::new(refusal))
}

/// The app, user and scopes behind a bearer token.
pub(crate) fn authenticate(
    state: &State,
    incoming: &Incoming,
) -> Result<(String, Uuid, Vec<String>), Box<Answer>> {
    let refuse = |detail: &str| {
        let refusal = Answer::gateway(401, "Unauthorized", detail);
        Box::new(refusal.with("www-authenticate", "Bearer error=invalid_token"))
    };
    let access = incoming
        .bearer()
        .and_then(|it| state.identity.access.get(it))
        .ok_or_else(|| refuse("AuthenticationUnsuccessful"))?;
    if access.expires <= state.now() {
        let moment = expiry(access.expires);
        return Err(refuse(&format!("TokenExpired: token expired at {moment}")));
    }
    Ok((access.client_id.clone(), access.user, access.scopes.clone()))
}

fn expiry(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%m/%d/%Y %H:%M:%S").to_string()
}

fn permitted(scopes: &[String], incoming: &Incoming) -> bool {
    let entity = incoming.path.strip_prefix(BASE).unwrap_or_default();
    let area = match entity.split('/').next().unwrap_or_default() {
        "client.api" | "clientgroup.api" => Some("client"),
        "job.api" | "jobstate.api" => Some("job"),
        "staff.api" => Some("staff"),
        "time.api" => Some("time"),
        _ => None,
    };
    let reading = incoming.method == "GET";
    scopes.iter().any(|scope| match scope.strip_prefix("practicemanager") {
        Some("") => true,
        Some(".read") => reading,
        Some(rest) => area.is_some_and(|area| {
            rest == format!(".{area}") || (reading && rest == format!(".{area}.read"))
        }),
        None => false,
    })
}

/// Answers a call that was let through.
pub(crate) fn answer(state: &mut State, pass: &Pass, incoming: &Incoming) -> Answer {
    let wants_json = state.knobs.json
        && incoming.header("accept").is_some_and(|it| it.contains("application/json"))
        && incoming
            .header("xero-features")
            .is_some_and(|it| it.contains("practice-strict-content-type"));
    let layout = Layout {
        declaration: state.knobs.xml_declaration,
        api_method: state.knobs.api_method,
        reversed: state.knobs.unordered_elements,
    };
    let error_status = state.knobs.business_error_status;
    let Some(path) = incoming.path.strip_prefix(BASE) else {
        return counted(Answer::empty(404), pass.remaining);
    };
    let path: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let mut desk = Desk::new(state, pass.tenant, incoming);
    let handled = dispatch(&mut desk, &incoming.method, &path);
    let answer = match handled {
        Ok(Reply::Bare(name, node)) if !wants_json => {
            let whole = xml(Layout { api_method: false, ..layout }, "", &vec![(name, node)]);
            let inner = whole.replacen("<Response>", "", 1).replacen("</Response>", "", 1);
            Answer::of(200, XML, inner)
        }
        Ok(Reply::Bare(name, node)) => {
            Answer::of(200, JSON, json(&vec![("Status", Node::text("OK")), (name, node)]))
        }
        Ok(Reply::Fields(api_method, fields)) => {
            let mut envelope = vec![("Status", Node::text("OK"))];
            envelope.extend(only_asked(fields, incoming));
            if wants_json {
                Answer::of(200, JSON, json(&envelope))
            } else {
                Answer::of(200, XML, xml(layout, api_method, &envelope))
            }
        }
        Err(Refusal::Business(text)) => complaint(error_status, wants_json, layout, text),
        Err(Refusal::Invalid(text)) => complaint(400, wants_json, layout, text),
        Err(Refusal::NoSuchPath) => Answer::empty(404),
        Err(Refusal::NoSuchMethod) => Answer::empty(405),
    };
    counted(answer, pass.remaining).with("xero-correlation-id", Uuid::new_v4().to_string())
}

fn complaint(status: u16, wants_json: bool, layout: Layout, text: String) -> Answer {
    let fields =
        vec![("Status", Node::text("ERROR")), ("ErrorDescription", Node::text(text.as_str()))];
    let mut answer = if wants_json {
        Answer::of(status, JSON, json(&fields))
    } else {
        Answer::of(status, XML, xml(layout, "", &fields))
    };
    answer.error = Some(text);
    answer
}

fn counted(answer: Answer, remaining: Remaining) -> Answer {
    answer
        .with("x-daylimit-remaining", remaining.day.to_string())
        .with("x-minlimit-remaining", remaining.minute.to_string())
        .with("x-appminlimit-remaining", remaining.app_minute.to_string())
}

/// `fields=` keeps the named elements of the records in an answer.
fn only_asked(fields: Vec<(&'static str, Node)>, incoming: &Incoming) -> Vec<(&'static str, Node)> {
    let parameters = incoming.parameters();
    let Some(asked) = parameters.get("fields").filter(|it| !it.is_empty()) else { return fields };
    let asked: Vec<&str> = asked.split(',').map(str::trim).collect();
    let trim = |node: Node| match node {
        Node::Record(record) => Node::Record(
            record
                .into_iter()
                .filter(|(name, _)| asked.iter().any(|it| it.eq_ignore_ascii_case(name)))
                .collect(),
        ),
        Node::Text(_)
        | Node::Int(_)
        | Node::Decimal(_)
        | Node::Flag(_)
        | Node::YesNo(_)
        | Node::List(..) => node,
    };
    fields
        .into_iter()
        .map(|(name, node)| match node {
            Node::List(child, items) => {
                (name, Node::List(child, items.into_iter().map(trim).collect()))
            }
            Node::Record(_) => (name, trim(node)),
            Node::Text(_) | Node::Int(_) | Node::Decimal(_) | Node::Flag(_) | Node::YesNo(_) => {
                (name, node)
            }
        })
        .collect()
}
