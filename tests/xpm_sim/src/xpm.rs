//! Xero Practice Manager 3.1: one file per entity, and the desk that each
//! call is handled at.

mod assign;
mod catalogue;
mod client_fields;
pub(crate) mod clients;
pub(crate) mod contacts;
mod custom;
mod groups;
mod job_costs;
mod job_tasks;
pub(crate) mod job_writes;
pub(crate) mod jobs;
mod paging;
mod papers;
mod relationships;
pub(crate) mod staff;
mod time;
pub(crate) mod values;

pub(crate) use client_fields::{absorb, known_fields, load_fields};
pub(crate) use values::{any_date, decimal};

use uuid::Uuid;

use crate::answer::{Incoming, Parameters};
use crate::element::{Element, Spelling};
use crate::firm::Firm;
use crate::journal::{Effect, Fact};
use crate::model::Record;
use crate::node::{Fields, Node};
use crate::state::State;

/// What XPM answers when it agrees.
pub(crate) enum Reply {
    /// The content of the envelope, and its `api-method`.
    Fields(&'static str, Fields),
    /// A payload without an envelope.
    Bare(&'static str, Node),
}

/// What XPM answers when it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `Status=ERROR`, normally with HTTP 200.
    Business(String),
    /// HTTP 400.
    Invalid(String),
    NoSuchPath,
    NoSuchMethod,
}

impl Refusal {
    pub(crate) fn business(text: &str) -> Self {
        Self::Business(text.to_owned())
    }

    /// A required element is absent or empty.
    pub(crate) fn missing(path: &str) -> Self {
        Self::Business(format!(
            "Message not in expected format. The following required element was missing - {path}"
        ))
    }
}

pub(crate) type Handled = Result<Reply, Refusal>;

/// One call to one practice.
pub(crate) struct Desk<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) tenant: Uuid,
    pub(crate) parameters: Parameters,
    incoming: &'a Incoming,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(state: &'a mut State, tenant: Uuid, incoming: &'a Incoming) -> Self {
        Self { state, tenant, parameters: incoming.parameters(), incoming }
    }

    pub(crate) fn firm(&self) -> &Firm {
        &self.state.firms[&self.tenant]
    }

    pub(crate) fn keep(&mut self, record: Record) {
        self.state.keep(self.tenant, record);
    }

    /// Records what the call did.
    pub(crate) fn effect(&mut self, kind: &str, uuid: Uuid) {
        let effect = Effect {
            at: self.state.now(),
            tenant: self.tenant,
            kind: kind.to_owned(),
            uuid,
            call: self.state.call,
        };
        self.state.change(Fact::Effect(effect));
    }

    /// The body, which must have the documented root.
    pub(crate) fn root(&self, name: &str) -> Result<Element, Refusal> {
        let is_json =
            self.incoming.header("content-type").is_some_and(|it| it.contains("application/json"));
        let read = if is_json {
            Element::from_json(&self.incoming.body, Spelling::Json)
        } else {
            Element::from_xml(&self.incoming.body, Spelling::Xml)
        };
        let root = read.map_err(|_| Refusal::business("Message not in expected format."))?;
        if is_json || root.is(name) { Ok(root) } else { Err(Refusal::missing(&format!("/{name}"))) }
    }

    /// Whether `detailed=true`.
    pub(crate) fn detailed(&self) -> bool {
        self.parameters.get("detailed").is_some_and(|it| it.eq_ignore_ascii_case("true"))
    }

    /// The address of this call without its query, for links.
    pub(crate) fn address(&self) -> String {
        format!("{}{}", self.incoming.base(), self.incoming.path)
    }
}

/// Hands a call to its entity.
pub(crate) fn dispatch(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    let Some((entity, rest)) = path.split_first() else { return Err(Refusal::NoSuchPath) };
    match *entity {
        "client.api" => clients::route(desk, method, rest),
        "clientgroup.api" => groups::route(desk, method, rest),
        "job.api" => jobs::route(desk, method, rest),
        "staff.api" => staff::route(desk, method, rest),
        "time.api" => time::route(desk, method, rest),
        "cost.api" => catalogue::costs(desk, method, rest),
        "customfield.api" => custom::definitions(desk, method, rest),
        "jobstate.api" | "task.api" | "template.api" | "category.api" | "invoice.api"
        | "quote.api" => catalogue::route(desk, method, entity, rest),
        _ => Err(Refusal::NoSuchPath),
    }
}

/// Only `Status`.
pub(crate) fn status_only(api_method: &'static str) -> Handled {
    Ok(Reply::Fields(api_method, Vec::new()))
}

/// `UUID` and `Name`.
pub(crate) fn reference(uuid: Uuid, name: &str) -> Node {
    Node::Record(vec![("UUID", Node::text(uuid.to_string())), ("Name", Node::text(name))])
}

/// The UUID that a path ends in, or the complaint about it.
pub(crate) fn identifier(text: &str, complaint: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(text).map_err(|_| Refusal::business(complaint))
}
