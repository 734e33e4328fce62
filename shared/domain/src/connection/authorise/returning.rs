//! The way back from Xero: the callback, the choice of an organisation, and the end.

use std::error::Error;

use jiff::Timestamp;

use super::super::{CONNECTION, Connection, Organisation, State, tenants, tokens, told};
use crate::chance::digest;
use crate::contacts::sync::{self, Mode};
use crate::ids::{FirmId, TenantId};
use crate::journal::{self, Actor, Event};
use crate::ports::{
    Cache, Clock, Committed, Denied, Down, Expect, Identity, Lane, Lanes, Ports, Purpose, Secret,
    TENANT_TYPE, Unproven, Vault,
};
use crate::records::{self, Edit, Kept};
use crate::{members, session};

use super::{UnderWay, find, key, same, seal};

/// How a callback ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Connected to the only organisation.
    Connected {
        /// Where the person wants to be.
        return_to: String,
    },
    /// Several organisations; the person must choose.
    Choose {
        /// Where the person wants to be.
        return_to: String,
    },
    /// Signed in to the console.
    SignedIn {
        /// What the browser shows from now on.
        cookie: Secret,
        /// Where the person wants to be.
        return_to: String,
    },
    /// Nobody's member wanted to sign in.
    Stranger,
    /// The person said no, or Xero did, with Xero's word for it.
    Declined(String),
    /// The login has no XPM organisation, or may not connect it (XB-06).
    NoPractice,
    /// Unknown, used, late, or another browser's state: nothing was stored.
    BadState,
    /// Xero did not take the code.
    BadCode,
}

/// What Xero sends the person back with.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// The state of the address.
    pub state: Option<String>,
    /// The code to redeem.
    pub code: Option<Secret>,
    /// Xero's word when there is no code.
    pub error: Option<String>,
}

/// Takes the person back from Xero.
pub async fn call_back<P: Ports>(
    ports: &P,
    callback: Callback,
    cookie: Option<&str>,
) -> Result<Ending, Down> {
    let now = ports.clock().now();
    let Some(state) = &callback.state else { return Ok(Ending::BadState) };
    let Some((firm, under_way, version, _)) = find(ports, state, now).await? else {
        return Ok(Ending::BadState);
    };
    let ours = match (&under_way.browser, cookie) {
        (Some(bound), Some(cookie)) => same(&digest(cookie), bound),
        (Some(_) | None, _) => false,
    };
    if !ours {
        return Ok(Ending::BadState);
    }
    // Used up before the code is redeemed: of two callbacks with one state, one goes on.
    let used = ports.cache().forget(&key(&firm, state), Expect::Version(version), now).await?;
    if used == Committed::Conflict {
        return Ok(Ending::BadState);
    }
    let Some(code) = callback.code else {
        return Ok(Ending::Declined(callback.error.unwrap_or_else(|| "no code".into())));
    };
    let verifier = ports.vault().open(&seal(&firm), &under_way.verifier).await?;
    let Some(verifier) = verifier else { return Ok(Ending::BadState) };
    match under_way.purpose {
        Purpose::Connect => connect(ports, &firm, &code, &verifier, under_way).await,
        Purpose::SignIn => sign_in(ports, &code, &verifier, under_way).await,
    }
}

/// Chooses among several organisations; `None` when that one was not offered.
pub async fn choose<P: Ports>(
    ports: &P,
    firm: &FirmId,
    tenant: &TenantId,
    actor: &Actor,
) -> Result<Option<Connection>, Down> {
    let now = ports.clock().now();
    // Marked before it is written: a crash in between leaves a sync to be found, not one forgotten.
    ports.store().mark(firm, Lane::Contacts, now).await?;
    journal::open(ports.store(), firm, now).await?;
    let chosen = records::amend_kept(ports.store(), firm, CONNECTION, |kept| {
        let it: Connection = before(&kept);
        match it.choices.iter().find(|one| one.tenant == *tenant).cloned() {
            Some(one) => {
                let mut others = tenants::changes(firm, it.organisation.as_ref(), Some(&one));
                let next = settle(it, one, now);
                let told = told(kept.as_ref(), &next, Event::Connected, actor.clone(), now)?;
                others.push(told.change(firm)?);
                Ok(Edit::Write(next.clone(), others, Some(next)))
            }
            None => Ok(Edit::Leave(None)),
        }
    })
    .await?;
    if chosen.is_some() {
        sync::request(ports, firm, Mode::Apply, now).await?;
    }
    Ok(chosen)
}

/// Ends the connection: the token is revoked and nothing is pushed any more; links and settings stay.
pub async fn disconnect<P: Ports>(
    ports: &P,
    firm: &FirmId,
    actor: &Actor,
) -> Result<Result<(), Denied>, Down> {
    let now = ports.clock().now();
    journal::open(ports.store(), firm, now).await?;
    // Stopped first, whatever becomes of the token.
    records::amend_kept(ports.store(), firm, CONNECTION, |kept: Option<Kept<Connection>>| {
        let Some(kept) = kept.filter(|it| it.record.state != State::Disconnected) else {
            return Ok(Edit::Leave(()));
        };
        let mut others = tenants::changes(firm, kept.record.organisation.as_ref(), None);
        let it = kept.record.clone();
        let next = Connection { state: State::Disconnected, choices: vec![], ..it };
        let told = told(Some(&kept), &next, Event::Disconnected, actor.clone(), now)?;
        others.push(told.change(firm)?);
        Ok(Edit::Write(next, others, ()))
    })
    .await?;
    match tokens::refresh_token(ports, firm).await? {
        Some(token) => Ok(ports.identity().revoke(&token).await),
        None => Ok(Ok(())),
    }
}

async fn connect<P: Ports>(
    ports: &P,
    firm: &FirmId,
    code: &Secret,
    verifier: &Secret,
    under_way: UnderWay,
) -> Result<Ending, Down> {
    let UnderWay { nonce, return_to, .. } = under_way;
    let grant = match ports.identity().exchange(code, verifier).await {
        Ok(grant) => grant,
        Err(denied) => return bad_code(firm, &denied),
    };
    let Some(id_token) = &grant.id_token else {
        return bad_code(firm, &Unproven::Wrong("presence"));
    };
    let now = ports.clock().now();
    let person = match ports.identity().verify(id_token, &nonce, now).await {
        Ok(person) => person,
        Err(unproven) => return bad_code(firm, &unproven),
    };
    let connected = match ports.identity().connections(&grant.access).await {
        Ok(connected) => connected,
        Err(denied) => return bad_code(firm, &denied),
    };
    let mut practices: Vec<Organisation> = connected
        .into_iter()
        .filter(|it| it.tenant_type == TENANT_TYPE)
        .map(Organisation::from)
        .collect();
    practices.sort_by(|a, b| a.name.cmp(&b.name));
    if practices.is_empty() {
        return Ok(Ending::NoPractice);
    }
    tokens::keep(ports, firm, &grant).await?;
    let now = ports.clock().now();
    members::admit(ports.store(), firm, &person, now).await?;
    let name = person.email.map_or_else(|| person.user.to_string(), |it| it.to_string());
    ports.store().mark(firm, Lane::Contacts, now).await?;
    journal::open(ports.store(), firm, now).await?;
    let only = records::amend_kept(ports.store(), firm, CONNECTION, |kept| {
        let it: Connection = before(&kept);
        let actor = Actor::Person(name.clone());
        let (next, event, mut others, only) = match &practices[..] {
            [one] => {
                let others = tenants::changes(firm, it.organisation.as_ref(), Some(one));
                (settle(it, one.clone(), now), Event::Connected, others, true)
            }
            several => {
                let choices = several.to_vec();
                let next = Connection { state: State::ChooseOrganisation, choices, ..it };
                (next, Event::OrganisationsOffered, vec![], false)
            }
        };
        others.push(told(kept.as_ref(), &next, event, actor, now)?.change(firm)?);
        Ok(Edit::Write(next, others, only))
    })
    .await?;
    if only {
        sync::request(ports, firm, Mode::Apply, now).await?;
        Ok(Ending::Connected { return_to })
    } else {
        Ok(Ending::Choose { return_to })
    }
}

async fn sign_in<P: Ports>(
    ports: &P,
    code: &Secret,
    verifier: &Secret,
    under_way: UnderWay,
) -> Result<Ending, Down> {
    let directory = FirmId::directory();
    let id_token = match ports.identity().redeem(code, verifier).await {
        Ok(id_token) => id_token,
        Err(denied) => return bad_code(&directory, &denied),
    };
    let now = ports.clock().now();
    let person = match ports.identity().verify(&id_token, &under_way.nonce, now).await {
        Ok(person) => person,
        Err(unproven) => return bad_code(&directory, &unproven),
    };
    let cookie = session::open(ports, person).await?;
    let signed_in = |cookie| Ending::SignedIn { cookie, return_to: under_way.return_to };
    Ok(cookie.map_or(Ending::Stranger, signed_in))
}

fn before(kept: &Option<Kept<Connection>>) -> Connection {
    kept.as_ref().map(|it| it.record.clone()).unwrap_or_default()
}

fn settle(before: Connection, organisation: Organisation, now: Timestamp) -> Connection {
    let same = before.organisation.as_ref().is_some_and(|it| it.tenant == organisation.tenant);
    let changed_at = match &before.organisation {
        Some(_) if !same => Some(now),
        Some(_) | None => before.changed_at,
    };
    Connection {
        state: State::Connected,
        organisation: Some(organisation),
        choices: Vec::new(),
        connected_at: Some(now),
        first_sync_at: before.first_sync_at.filter(|_| same),
        changed_at,
    }
}

fn bad_code(firm: &FirmId, denied: &dyn Error) -> Result<Ending, Down> {
    let cause = denied.source().map(tracing::field::display);
    tracing::warn!(firm.id = %firm, error = %denied, cause, "the code was not redeemed");
    Ok(Ending::BadCode)
}
