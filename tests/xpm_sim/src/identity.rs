//! Xero's identity service: consent, tokens, and the connections they open.

mod authorize;
mod connections;
pub(crate) mod facts;
pub(crate) mod keys;
mod page;
mod token;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::{Answer, Incoming};
use crate::identity::facts::{Connection, Grant, IdentityFact, User};
use crate::state::{State, tenant_id};

/// Every scope that an XPM app may be given.
pub(crate) const SCOPES: [&str; 14] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "practicemanager",
    "practicemanager.read",
    "practicemanager.client",
    "practicemanager.client.read",
    "practicemanager.job",
    "practicemanager.job.read",
    "practicemanager.staff",
    "practicemanager.staff.read",
    "practicemanager.time",
    "practicemanager.time.read",
];

/// Answers a call to anything but XPM.
pub(crate) fn answer(state: &mut State, incoming: &Incoming) -> Answer {
    let path = incoming.path.trim_end_matches('/');
    match (incoming.method.as_str(), path) {
        ("GET", "/identity/connect/authorize") => authorize::ask(state, incoming),
        ("POST", "/identity/connect/consent") => authorize::decide(state, incoming),
        ("POST", "/connect/token") => token::issue(state, incoming),
        ("POST", "/connect/revocation") => token::revoke(state, incoming),
        ("GET", "/connections") => connections::list(state, incoming),
        ("DELETE", _) if path.starts_with("/connections/") => {
            connections::remove(state, incoming, &path["/connections/".len()..])
        }
        ("GET", "/.well-known/openid-configuration") => discovery(state, incoming),
        ("GET", "/.well-known/openid-configuration/jwks") => {
            Answer::json(200, &json!({"keys": [state.keys.public()]}))
        }
        ("GET", "" | "/") => Answer::html(200, page::home(state)),
        _ => Answer::empty(404),
    }
}

fn discovery(state: &State, incoming: &Incoming) -> Answer {
    let base = incoming.base();
    Answer::json(
        200,
        &json!({
            "issuer": state.issuer,
            "jwks_uri": format!("{base}/.well-known/openid-configuration/jwks"),
            "authorization_endpoint": format!("{base}/identity/connect/authorize"),
            "token_endpoint": format!("{base}/connect/token"),
            "revocation_endpoint": format!("{base}/connect/revocation"),
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }),
    )
}

/// The person who consents unless the consent form names another.
pub(crate) fn demo_user() -> User {
    user("morgan.reyes@harbourvale.example.com")
}

/// The person behind an e-mail address.
pub(crate) fn user(email: &str) -> User {
    let name = email.split('@').next().unwrap_or_default();
    let mut parts = name.split('.').map(|it| {
        let mut letters = it.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    });
    User {
        id: Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("user/{email}").as_bytes()),
        email: email.to_owned(),
        given_name: parts.next().unwrap_or_default(),
        family_name: parts.next().unwrap_or_default(),
    }
}

/// Connects the practices, beside a ledger that nobody asked for.
pub(crate) fn connect(state: &mut State, grant: &Grant, tenants: &[Uuid]) {
    let names = state.knobs.tenants.clone();
    let decoy = "Harbour & Vale Services Pty Ltd";
    let mut granted = vec![(decoy_tenant(), "ORGANISATION", decoy.to_owned())];
    for name in names {
        let tenant = tenant_id(&name);
        if tenants.contains(&tenant) {
            granted.push((tenant, "PRACTICEMANAGER", name));
        }
    }
    for (tenant, kind, name) in granted {
        let known = state
            .identity
            .connections_of(&grant.client_id, grant.user.id)
            .into_iter()
            .find(|it| it.tenant == tenant)
            .cloned();
        let connection = Connection {
            id: known.as_ref().map_or_else(Uuid::new_v4, |it| it.id),
            client_id: grant.client_id.clone(),
            user: grant.user.id,
            auth_event: grant.auth_event,
            tenant,
            tenant_type: kind.to_owned(),
            tenant_name: name,
            created: known.map_or(grant.at, |it| it.created),
            updated: grant.at,
        };
        state.identify(IdentityFact::Connection(connection));
    }
}

/// A token set for a grant that needed no code.
pub(crate) fn tokens(state: &mut State, grant: &Grant) -> Value {
    token::tokens(state, grant, false)
}

fn decoy_tenant() -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"organisation/decoy")
}

/// A token that nobody can guess.
pub(crate) fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The instant so many seconds after another.
pub(crate) fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

/// The instant so many days after another.
pub(crate) fn days_after(at: Timestamp, days: i64) -> Timestamp {
    after(at, days.saturating_mul(86_400))
}
