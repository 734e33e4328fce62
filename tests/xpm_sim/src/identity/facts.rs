//! What Xero's identity service remembers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person with a Xero login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
}

/// What one consent gave to one app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) user: User,
    pub(crate) scopes: Vec<String>,
    pub(crate) auth_event: Uuid,
    pub(crate) nonce: Option<String>,
    pub(crate) at: Timestamp,
}

/// An authorisation code that waits to be redeemed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires: Timestamp,
    pub(crate) used: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) user: Uuid,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refresh {
    pub(crate) token: String,
    pub(crate) grant: Uuid,
    pub(crate) issued: Timestamp,
    pub(crate) standing: Standing,
}

/// Where a refresh token stands in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Current,
    /// Rotated at that moment; the grace counts from there.
    Previous(Timestamp),
    Dead,
}

/// An entry of `/connections`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) user: Uuid,
    pub(crate) auth_event: Uuid,
    pub(crate) tenant: Uuid,
    pub(crate) tenant_type: String,
    pub(crate) tenant_name: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// One lasting change of the identity service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdentityFact {
    Code(Code),
    Grant(Grant),
    Access(Access),
    Refresh(Refresh),
    Connection(Connection),
    ConnectionGone(Uuid),
}

/// The identity service's memory.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) grants: BTreeMap<Uuid, Grant>,
    pub(crate) access: BTreeMap<String, Access>,
    pub(crate) refresh: BTreeMap<String, Refresh>,
    pub(crate) connections: BTreeMap<Uuid, Connection>,
}

impl Identity {
    pub(crate) fn apply(&mut self, fact: IdentityFact) {
        match fact {
            IdentityFact::Code(code) => {
                self.codes.insert(code.code.clone(), code);
            }
            IdentityFact::Grant(grant) => {
                self.grants.insert(grant.id, grant);
            }
            IdentityFact::Access(access) => {
                self.access.insert(access.token.clone(), access);
            }
            IdentityFact::Refresh(refresh) => {
                self.refresh.insert(refresh.token.clone(), refresh);
            }
            IdentityFact::Connection(connection) => {
                self.connections.insert(connection.id, connection);
            }
            IdentityFact::ConnectionGone(id) => {
                self.connections.remove(&id);
            }
        }
    }

    /// The connections of a user to an app, the oldest first.
    pub(crate) fn connections_of(&self, client_id: &str, user: Uuid) -> Vec<&Connection> {
        let mut found: Vec<_> = self
            .connections
            .values()
            .filter(|it| it.client_id == client_id && it.user == user)
            .collect();
        found.sort_by_key(|it| (it.created, it.tenant_type != "ORGANISATION", it.id));
        found
    }
}
