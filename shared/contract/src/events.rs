//! What happened: as the feed lists it, as it is posted to endpoints, and as the audit trail shows it.

use domain::events::feed::event_id;
use domain::ids::FirmId;
use domain::journal::{Actor, Entry, Event, Sort, Subject};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::ReasonView;

/// What happened, as the feed lists it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its id: the same in the feed and as `webhook-id`; ids sort in the order of the feed.
    #[schema(example = "evt_smith-co_0000000000000042")]
    pub id: String,
    /// What happened, as a stable word.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "contact.updated")]
    pub kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// What it happened to.
    pub subject: SubjectView,
    /// Who or what did it.
    pub actor: ActorView,
    /// Why.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// What stands there now; null where there is nothing any more.
    #[schema(required)]
    pub data: Option<Value>,
    /// What stood there before; null where there was nothing.
    #[schema(required)]
    pub before: Option<Value>,
}

/// What something happened to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Subject)]
pub struct SubjectView {
    /// What it is.
    #[schema(value_type = String, example = "contact")]
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// Who or what did something.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    /// `rule`: Tandem itself; `app`: the practice app, by webhook; `key`: whoever holds the API key
    /// of this id; `person`: a person.
    #[schema(value_type = String, example = "key")]
    pub by: &'static str,
    /// Which one.
    #[schema(required)]
    pub id: Option<String>,
}

/// The part of the feed that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EventPage {
    /// The events, in the order of the feed. A page may be short while more follow.
    pub items: Vec<EventView>,
    /// Where to read on. Never null: at the end of the feed it stays good, and leads to what happens
    /// later.
    pub next_cursor: String,
}

/// One change, as the audit trail shows it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    /// When.
    pub at: Timestamp,
    /// What happened, as a stable word.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "settings.changed")]
    pub kind: &'static str,
    /// What changed.
    pub subject: SubjectView,
    /// The version that the change gave the subject.
    pub version: u64,
    /// Who or what did it.
    pub actor: ActorView,
    /// The contact sync it was part of.
    #[schema(required)]
    pub run: Option<String>,
    /// Why.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// What stood there before; null where there was nothing.
    #[schema(required)]
    pub before: Option<Value>,
    /// What stands there now; null where there is nothing any more.
    #[schema(required)]
    pub after: Option<Value>,
    /// Its id in the feed, once it has its place there.
    #[schema(required)]
    pub event_id: Option<String>,
}

impl EventView {
    /// An entry under its id in the feed.
    pub fn of(id: String, entry: Entry) -> Self {
        let Entry { subject, at, event, actor, reason, before, after, .. } = entry;
        Self {
            id,
            kind: event.as_str(),
            at,
            subject: subject.into(),
            actor: actor.into(),
            reason: reason.map(ReasonView::from),
            data: after,
            before,
        }
    }
}

impl AuditView {
    /// An entry of the firm's.
    pub fn of(firm: &FirmId, entry: Entry) -> Self {
        let Entry { subject, version, at, event, actor, run, reason, before, after, place } = entry;
        Self {
            at,
            kind: event.as_str(),
            subject: subject.into(),
            version,
            actor: actor.into(),
            run: run.map(|it| it.to_string()),
            reason: reason.map(ReasonView::from),
            before,
            after,
            event_id: place.map(|it| event_id(firm, it)),
        }
    }
}

impl From<Subject> for SubjectView {
    fn from(it: Subject) -> Self {
        Self { kind: it.sort.as_str(), id: it.id }
    }
}

impl From<Actor> for ActorView {
    fn from(it: Actor) -> Self {
        let (by, id) = match it {
            Actor::Rule => ("rule", None),
            Actor::App => ("app", None),
            Actor::Key(id) => ("key", Some(id)),
            Actor::Person(id) => ("person", Some(id)),
        };
        Self { by, id }
    }
}

impl ActorView {
    /// As one text: `rule`, or `key:` and the key's id.
    pub fn text(&self) -> String {
        self.id.as_ref().map_or_else(|| self.by.to_owned(), |id| format!("{}:{id}", self.by))
    }
}

/// The body that tells an endpoint of an entry: `data` is the event as the feed lists it.
pub fn message(id: &str, entry: &Entry) -> Vec<u8> {
    #[derive(Serialize)]
    struct Message {
        #[serde(rename = "type")]
        kind: &'static str,
        timestamp: Timestamp,
        data: EventView,
    }

    let (kind, timestamp) = (entry.event.as_str(), entry.at);
    let message = Message { kind, timestamp, data: EventView::of(id.into(), entry.clone()) };
    // Text, numbers and instants: what cannot be written does not occur in it.
    serde_json::to_vec(&message).unwrap_or_default()
}

/// The event type that a word stands for.
pub fn event_type(word: &str) -> Option<Event> {
    Event::ALL.iter().copied().find(|it| it.as_str() == word)
}

/// The subject that a text such as `contact/c-1` stands for.
pub fn subject(text: &str) -> Option<Subject> {
    let (sort, id) = text.split_once('/')?;
    let sort = Sort::ALL.iter().copied().find(|it| it.as_str() == sort)?;
    (!id.is_empty() && id.len() <= 512 && !id.contains('#')).then(|| Subject::new(sort, id))
}

/// The actor that a text such as `rule` or `key:abc` stands for.
pub fn actor(text: &str) -> Option<Actor> {
    match text.split_once(':') {
        None if text == "rule" => Some(Actor::Rule),
        None if text == "app" => Some(Actor::App),
        Some(("key", id)) => Some(Actor::Key(id.into())),
        Some(("person", id)) => Some(Actor::Person(id.into())),
        None | Some(_) => None,
    }
}
