//! What tests and people do behind XPM's back: load records, break the line,
//! turn knobs, and read what happened. The same over HTTP and without.

mod http;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

pub(crate) use http::routes;

use crate::calls::{Call, Since};
use crate::faults::Fault;
use crate::identity::facts::{Grant, IdentityFact};
use crate::identity::{self, SCOPES};
use crate::journal::Fact;
use crate::knobs::Knobs;
use crate::ledger;
use crate::limits::Limits;
use crate::load;
use crate::server::settle;
use crate::state::State;

/// A simulator's controls.
#[derive(Clone, Debug)]
pub struct Control(Arc<Mutex<State>>);

/// Why a control call was refused.
#[derive(Debug, Error)]
pub enum Refused {
    /// The request makes no sense; the text says why.
    #[error("{0}")]
    Nonsense(String),
    /// The journal cannot be written.
    #[error("the journal cannot be written")]
    Journal(#[from] io::Error),
}

/// Tokens that no consent was needed for.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// An access token with every scope.
    pub access_token: String,
    /// A refresh token.
    pub refresh_token: String,
    /// The connected practices, in the order asked for.
    pub tenants: Vec<Uuid>,
}

impl Control {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn locked<R>(&self, job: impl FnOnce(&mut State) -> R) -> R {
        job(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn changing<R>(
        &self,
        job: impl FnOnce(&mut State) -> Result<R, Refused>,
    ) -> Result<R, Refused> {
        self.locked(|state| {
            let done = job(state)?;
            state.write()?;
            Ok(done)
        })
    }

    /// What a practice now holds; without a name or id, the first one.
    ///
    /// # Errors
    /// There is no such practice.
    pub fn ledger(&self, tenant: Option<&str>) -> Result<Value, Refused> {
        self.locked(|state| {
            settle(state);
            let tenant = practice(state, tenant)?;
            Ok(ledger::ledger(state, tenant))
        })
    }

    /// The calls received after the one of that number; zero for all.
    #[must_use]
    pub fn calls(&self, since: u64) -> Vec<Call> {
        self.locked(|state| state.calls.since(Some(Since::Number(since))))
    }

    fn calls_since(&self, since: Option<&str>) -> Result<Vec<Call>, Refused> {
        let since = match since.filter(|it| !it.is_empty()) {
            None => None,
            Some(text) => Some(Since::parse(text).ok_or_else(|| {
                Refused::Nonsense("since is neither a call's number nor an instant".to_owned())
            })?),
        };
        Ok(self.locked(|state| state.calls.since(since)))
    }

    /// The faults in force, with what is left of them.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.locked(|state| state.faults.clone())
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.locked(|state| state.faults = faults);
    }

    /// The knobs as they stand.
    #[must_use]
    pub fn knobs(&self) -> Knobs {
        self.locked(|state| state.knobs.clone())
    }

    /// Turns knobs.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn set_knobs(&self, knobs: Knobs) -> Result<(), Refused> {
        self.changing(|state| {
            state.change(Fact::Knobs(Box::new(knobs)));
            Ok(())
        })
    }

    /// The limits as they stand.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.locked(|state| state.limits)
    }

    /// Changes the limits and starts their counters afresh.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn set_limits(&self, limits: Limits) -> Result<(), Refused> {
        self.changing(|state| {
            state.change(Fact::Limits(limits));
            state.counters.forget();
            Ok(())
        })
    }

    /// Moves the clock ahead and returns its new time.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn advance(&self, seconds: i64) -> Result<Timestamp, Refused> {
        self.changing(|state| {
            state.advance(seconds);
            settle(state);
            Ok(state.now())
        })
    }

    /// Sets the clock; frozen, it moves by [`Self::advance`] alone.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn set_clock(&self, now: Timestamp, frozen: bool) -> Result<Timestamp, Refused> {
        self.changing(|state| {
            state.set_clock(now, frozen);
            settle(state);
            Ok(state.now())
        })
    }

    /// The simulator's own time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.locked(|state| state.now())
    }

    /// Loads records into a practice: `clients`, `contacts`, `staff`, `tasks`,
    /// `templates`, `categories`, `jobs`, `times` or `costs`, as XPM's XML or
    /// as JSON. Those of a known UUID (or job number) are changed, others added.
    ///
    /// # Errors
    /// The records make no sense.
    pub fn load(&self, kind: &str, body: &str, tenant: Option<&str>) -> Result<usize, Refused> {
        self.changing(|state| {
            let tenant = practice(state, tenant)?;
            load::load(state, tenant, kind, body.as_bytes()).map_err(Refused::Nonsense)
        })
    }

    /// Adds so many made-up clients to a practice, for measurements.
    ///
    /// # Errors
    /// There is no such practice.
    pub fn generate(&self, clients: usize, tenant: Option<&str>) -> Result<usize, Refused> {
        self.changing(|state| {
            let tenant = practice(state, tenant)?;
            load::generate(state, tenant, clients);
            Ok(clients)
        })
    }

    /// Back to the beginning: the demo data, or nothing.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn reset(&self) -> Result<(), Refused> {
        self.locked(|state| state.reset())?;
        Ok(())
    }

    /// Connects practices by name or id, without a consent page; none named,
    /// the first.
    ///
    /// # Errors
    /// There is no such practice or app.
    pub fn connect(&self, tenants: &[&str]) -> Result<Credentials, Refused> {
        self.changing(|state| {
            let tenants = if tenants.is_empty() {
                vec![state.first_tenant()]
            } else {
                tenants.iter().map(|it| practice(state, Some(it))).collect::<Result<Vec<_>, _>>()?
            };
            let app = state.apps.first();
            let client_id = app
                .map(|it| it.client_id.clone())
                .ok_or_else(|| Refused::Nonsense("there is no app".to_owned()))?;
            let grant = Grant {
                id: Uuid::new_v4(),
                client_id,
                user: identity::demo_user(),
                scopes: SCOPES.iter().map(|it| (*it).to_owned()).collect(),
                auth_event: Uuid::new_v4(),
                nonce: None,
                at: state.now(),
            };
            identity::connect(state, &grant, &tenants);
            state.identify(IdentityFact::Grant(grant.clone()));
            let tokens = identity::tokens(state, &grant);
            let text = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
            Ok(Credentials {
                access_token: text("access_token"),
                refresh_token: text("refresh_token"),
                tenants,
            })
        })
    }
}

fn practice(state: &State, named: Option<&str>) -> Result<Uuid, Refused> {
    match named.filter(|it| !it.is_empty()) {
        None => Ok(state.first_tenant()),
        Some(name) => state
            .tenant_named(name)
            .ok_or_else(|| Refused::Nonsense(format!("there is no practice {name}"))),
    }
}
