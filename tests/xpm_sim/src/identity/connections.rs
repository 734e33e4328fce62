//! `/connections`: which tenants an app may reach for a user.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::{Answer, Incoming};
use crate::gateway::authenticate;
use crate::identity::facts::IdentityFact;
use crate::state::State;

/// `GET /connections`.
pub(crate) fn list(state: &State, incoming: &Incoming) -> Answer {
    let (client_id, user, _) = match authenticate(state, incoming) {
        Ok(access) => access,
        Err(refusal) => return *refusal,
    };
    let parameters = incoming.parameters();
    let event = parameters.get("authEventId").map(|it| Uuid::try_parse(it).unwrap_or_default());
    let connections: Vec<Value> = state
        .identity
        .connections_of(&client_id, user)
        .into_iter()
        .filter(|it| event.is_none_or(|event| it.auth_event == event))
        .map(|it| {
            json!({
                "id": it.id, "authEventId": it.auth_event, "tenantId": it.tenant,
                "tenantType": it.tenant_type, "tenantName": it.tenant_name,
                "createdDateUtc": utc(it.created), "updatedDateUtc": utc(it.updated),
            })
        })
        .collect();
    Answer::json(200, &Value::Array(connections))
}

/// `DELETE /connections/{id}`.
pub(crate) fn remove(state: &mut State, incoming: &Incoming, id: &str) -> Answer {
    let (client_id, user, _) = match authenticate(state, incoming) {
        Ok(access) => access,
        Err(refusal) => return *refusal,
    };
    let known = Uuid::try_parse(id)
        .ok()
        .filter(|id| state.identity.connections_of(&client_id, user).iter().any(|it| it.id == *id));
    let Some(id) = known else { return Answer::gateway(404, "Not Found", "NotFound") };
    state.identify(IdentityFact::ConnectionGone(id));
    Answer::empty(204)
}

fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.7f").to_string()
}
