//! Where outbound events go, and what became of each.

use domain::events::delivery::{Delivery, State};
use domain::events::endpoint::{Endpoint, Wanted};
use domain::events::feed::event_id;
use domain::ids::FirmId;
use domain::ports::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::events::event_type;
use crate::problem::ReasonView;

/// The most event types that an endpoint may name.
const MOST_TYPES: usize = 100;

/// What is wanted of an endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookEndpointBody)]
pub struct EndpointBody {
    /// The https address that events are posted to. It must be of the public Internet.
    #[schema(value_type = String, required, example = "https://hooks.example.com/tandem")]
    #[serde(default)]
    url: Option<String>,
    /// Which types of events; none for all.
    #[serde(default)]
    #[schema(example = json!(["contact.updated", "match.partial"]))]
    types: Vec<String>,
    /// Whether it gets any.
    #[serde(default = "yes")]
    #[schema(default = true)]
    active: bool,
}

fn yes() -> bool {
    true
}

/// An endpoint, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub struct EndpointView {
    /// The practice app's id of it.
    pub id: String,
    /// Where events are posted.
    pub url: String,
    /// Which types of events; none for all.
    #[schema(value_type = Vec<String>)]
    pub types: Vec<&'static str>,
    /// Whether it gets any.
    pub active: bool,
    /// Why it was switched off, if not by a request.
    #[schema(required)]
    pub disabled: Option<ReasonView>,
    /// Since when it has taken nothing.
    #[schema(required)]
    pub failing_since: Option<Timestamp>,
    /// When it came into being.
    pub created_at: Timestamp,
}

/// An endpoint, and its secret if it is new.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = WebhookEndpointSecret)]
pub struct EndpointAnswer {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: EndpointView,
    /// What its events are signed with from now on. It cannot be shown again.
    #[schema(required, example = "whsec_…")]
    pub secret: Option<String>,
}

/// One event on its way to an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryView {
    /// The event's number in the feed, by which it is sent again.
    pub number: u64,
    /// The event.
    pub event_id: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    #[schema(required)]
    pub last_attempt_at: Option<Timestamp>,
    /// What the endpoint answered then.
    #[schema(required)]
    pub last_status: Option<u16>,
    /// Why there was no answer.
    #[schema(required)]
    pub last_error: Option<String>,
    /// When it is tried next.
    #[schema(required)]
    pub next_attempt_at: Option<Timestamp>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is to be tried, or tried again.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It was tried as often as it may be.
    Failed,
    /// The endpoint was switched off or removed before it took it.
    Abandoned,
}

/// Reads what is wanted of an endpoint. Whether events may go to its address is not judged here.
pub fn read_endpoint(body: Body<'_>) -> Result<Wanted, BodyError> {
    let body: EndpointBody = body.read()?;
    let mut check = Check::default();
    let url = check.required("/url", body.url);
    let mut types = Vec::new();
    if body.types.len() > MOST_TYPES {
        check.wrong("/types", "too_many", format!("at most {MOST_TYPES} types"));
    }
    for (n, word) in body.types.iter().take(MOST_TYPES).enumerate() {
        match event_type(word) {
            Some(event) if types.contains(&event) => {}
            Some(event) => types.push(event),
            None => check.wrong(format!("/types/{n}"), "not_one_of", "there is no such event type"),
        }
    }
    check.finish(url.map(|url| Wanted { url, types, active: body.active }))
}

impl From<Endpoint> for EndpointView {
    fn from(it: Endpoint) -> Self {
        let Endpoint { id, wanted: Wanted { url, types, active }, .. } = it;
        Self {
            id: id.to_string(),
            url,
            types: types.into_iter().map(|it| it.as_str()).collect(),
            active,
            disabled: it.disabled.map(ReasonView::from),
            failing_since: it.health.failing_since,
            created_at: it.created_at,
        }
    }
}

impl EndpointAnswer {
    /// Shows an endpoint, and its secret once.
    pub fn of(endpoint: Endpoint, secret: Option<Secret>) -> Self {
        let secret = secret.map(|it| it.reveal().to_owned());
        Self { endpoint: endpoint.into(), secret }
    }
}

impl DeliveryView {
    /// A delivery of the firm's.
    pub fn of(firm: &FirmId, it: Delivery) -> Self {
        let last = it.last;
        Self {
            number: it.number,
            event_id: event_id(firm, it.number),
            kind: it.event.as_str(),
            state: match it.state {
                State::Waiting => DeliveryState::Waiting,
                State::Delivered => DeliveryState::Delivered,
                State::Failed => DeliveryState::Failed,
                State::Abandoned => DeliveryState::Abandoned,
            },
            attempts: it.attempts,
            last_attempt_at: last.as_ref().map(|it| it.at),
            last_status: last.as_ref().and_then(|it| it.status),
            last_error: last.and_then(|it| it.error),
            next_attempt_at: it.next_at,
        }
    }
}
