//! Connecting a firm: consent at Xero, the callback, the choice of an organisation, and the end.
//!
//! A state is good for one browser, once, for ten minutes (G37). The browser is bound when it
//! sets out, by a cookie whose digest is kept beside the state.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::{CONNECTION, Connection, Organisation, State, tokens};
use crate::chance::{digest, word};
use crate::contacts::sync::{self, Mode};
use crate::firm::Firm;
use crate::ids::{FirmId, TenantId};
use crate::ports::{
    Authorisation, Cache, CacheKey, Cached, Clock, Committed, Denied, Down, Expect, Identity, Lane,
    Lanes, Ports, Seal, Sealed, Secret, Shelf, TENANT_TYPE, Vault,
};
use crate::records::{self, Edit};

/// How long a person may take to give consent.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// An authorisation under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct UnderWay {
    verifier: Sealed,
    nonce: String,
    /// Where the person wants to be afterwards, on our own site.
    return_to: String,
    /// The digest of the cookie of the browser that set out.
    browser: Option<String>,
}

/// Why an authorisation could not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The firm's region is not served (KB-02).
    #[error("XPM can be connected only in the listed regions")]
    Region,
    /// `return_to` would lead away from our own site.
    #[error("the address to return to must be a path of this site")]
    ReturnTo,
    /// Our own memory failed us.
    #[error("the authorisation could not be kept")]
    Down(#[from] Down),
}

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

/// Begins an authorisation: gives the address at Xero, which the person reaches through
/// [`set_out`]. Takes the firm and the path to return to.
pub async fn begin<P: Ports>(ports: &P, firm: &Firm, return_to: &str) -> Result<String, NotBegun> {
    if firm.settings.served_region().is_none() {
        return Err(NotBegun::Region);
    }
    if !is_own_path(return_to) {
        return Err(NotBegun::ReturnTo);
    }
    // The firm stands in the state, so that the callback can find it under the firm's own key.
    let state = format!("{}.{}", firm.id, word(ports.clock()));
    let (verifier, nonce) = (word(ports.clock()), word(ports.clock()));
    let challenge = digest(&verifier);
    let sealed = ports.vault().seal(&seal(&firm.id), &Secret::new(verifier)).await?;
    let under_way = UnderWay {
        verifier: sealed,
        nonce: nonce.clone(),
        return_to: return_to.into(),
        browser: None,
    };
    let now = ports.clock().now();
    let kept = ports
        .cache()
        .keep(&key(&firm.id, &state), cached(&under_way, now + PATIENCE)?, Expect::Absent, now)
        .await?;
    if kept == Committed::Conflict {
        return Err(Down { what: "the cache", cause: "a state came up twice".into() }.into());
    }
    let ask = Authorisation { state: &state, challenge: &challenge, nonce: &nonce };
    Ok(ports.identity().authorise_url(&ask))
}

/// Where a browser is sent, and what it must bring back.
#[derive(Debug)]
pub struct Errand {
    /// The address at Xero.
    pub address: String,
    /// The cookie that binds the browser.
    pub cookie: Secret,
}

/// Binds a state to the browser that sets out; nothing for a state that is unknown, late, or bound
/// to another browser already.
pub async fn set_out<P: Ports>(
    ports: &P,
    state: &str,
    cookie: Option<&str>,
) -> Result<Option<Errand>, Down> {
    let now = ports.clock().now();
    let Some((firm, under_way, version, expires_at)) = find(ports, state, now).await? else {
        return Ok(None);
    };
    let verifier = ports.vault().open(&seal(&firm), &under_way.verifier).await?;
    let Some(verifier) = verifier else { return Ok(None) };
    let challenge = digest(verifier.reveal());
    let ask = Authorisation { state, challenge: &challenge, nonce: &under_way.nonce };
    let address = ports.identity().authorise_url(&ask);
    let cookie = match (&under_way.browser, cookie) {
        (Some(bound), Some(cookie)) if same(&digest(cookie), bound) => cookie.to_owned(),
        (Some(_), _) => return Ok(None),
        (None, _) => {
            let cookie = word(ports.clock());
            let bound = UnderWay { browser: Some(digest(&cookie)), ..under_way };
            let item = cached(&bound, expires_at)?;
            let expect = Expect::Version(version);
            if ports.cache().keep(&key(&firm, state), item, expect, now).await?
                == Committed::Conflict
            {
                return Ok(None);
            }
            cookie
        }
    };
    Ok(Some(Errand { address, cookie: Secret::new(cookie) }))
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
    connect(ports, &firm, &code, &verifier, under_way).await
}

/// Chooses among several organisations; `None` when that one was not offered.
pub async fn choose<P: Ports>(
    ports: &P,
    firm: &FirmId,
    tenant: &TenantId,
) -> Result<Option<Connection>, Down> {
    let now = ports.clock().now();
    // Marked before it is written: a crash in between leaves a sync to be found, not one forgotten.
    ports.store().mark(firm, Lane::Contacts, now).await?;
    let chosen = records::amend(ports.store(), firm, CONNECTION, |it: Option<Connection>| {
        let it = it.unwrap_or_default();
        match it.choices.iter().find(|one| one.tenant == *tenant).cloned() {
            Some(one) => {
                let next = settle(it, one, now);
                Edit::Write(next.clone(), vec![], Some(next))
            }
            None => Edit::Leave(None),
        }
    })
    .await?;
    if chosen.is_some() {
        sync::request(ports, firm, Mode::Apply, now).await?;
    }
    Ok(chosen)
}

/// Ends the connection: the token is revoked and nothing is pushed any more; links and settings stay.
pub async fn disconnect<P: Ports>(ports: &P, firm: &FirmId) -> Result<Result<(), Denied>, Down> {
    // Stopped first, whatever becomes of the token.
    records::amend(ports.store(), firm, CONNECTION, |it: Option<Connection>| match it {
        Some(it) if it.state != State::Disconnected => {
            let next = Connection { state: State::Disconnected, choices: vec![], ..it };
            Edit::Write(next, vec![], ())
        }
        Some(_) | None => Edit::Leave(()),
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
    if !grant.id_token.as_ref().is_some_and(|it| carries(it, &nonce)) {
        tracing::warn!(firm.id = %firm, "the code belongs to another authorisation");
        return Ok(Ending::BadCode);
    }
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
    ports.store().mark(firm, Lane::Contacts, now).await?;
    let only = records::amend(ports.store(), firm, CONNECTION, |it: Option<Connection>| {
        let it = it.unwrap_or_default();
        match &practices[..] {
            [one] => Edit::Write(settle(it, one.clone(), now), vec![], true),
            several => {
                let choices = several.to_vec();
                let next = Connection { state: State::ChooseOrganisation, choices, ..it };
                Edit::Write(next, vec![], false)
            }
        }
    })
    .await?;
    if only {
        sync::request(ports, firm, Mode::Apply, now).await?;
        Ok(Ending::Connected { return_to })
    } else {
        Ok(Ending::Choose { return_to })
    }
}

fn settle(before: Connection, organisation: Organisation, now: Timestamp) -> Connection {
    let same = before.organisation.as_ref().is_some_and(|it| it.tenant == organisation.tenant);
    Connection {
        state: State::Connected,
        organisation: Some(organisation),
        choices: Vec::new(),
        connected_at: Some(now),
        first_sync_at: before.first_sync_at.filter(|_| same),
    }
}

fn bad_code(firm: &FirmId, denied: &Denied) -> Result<Ending, Down> {
    tracing::warn!(firm.id = %firm, error = %denied, "the code was not redeemed");
    Ok(Ending::BadCode)
}

async fn find<P: Ports>(
    ports: &P,
    state: &str,
    now: Timestamp,
) -> Result<Option<(FirmId, UnderWay, u64, Timestamp)>, Down> {
    let Some(firm) = state.split_once('.').and_then(|(firm, _)| FirmId::parse(firm).ok()) else {
        return Ok(None);
    };
    let Some(item) = ports.cache().fetch(&key(&firm, state), now).await? else { return Ok(None) };
    let under_way = serde_json::from_value(item.body).map_err(unreadable)?;
    Ok(Some((firm, under_way, item.version, item.expires_at)))
}

fn cached(under_way: &UnderWay, expires_at: Timestamp) -> Result<Cached, Down> {
    let body = serde_json::to_value(under_way).map_err(unreadable)?;
    Ok(Cached { version: 0, body, expires_at })
}

/// The state itself is not kept, only its digest.
fn key(firm: &FirmId, state: &str) -> CacheKey {
    CacheKey::new(firm, Shelf::Authorisation, digest(state))
}

fn seal(firm: &FirmId) -> Seal<'_> {
    Seal { firm, kind: "pkce verifier", version: 1 }
}

/// Whether an id token carries this nonce. It came from Xero itself, so its signature tells no more
/// (OpenID Connect Core, 3.1.3.7).
fn carries(id_token: &Secret, nonce: &str) -> bool {
    let claims = id_token.reveal().split('.').nth(1).and_then(|it| URL_SAFE_NO_PAD.decode(it).ok());
    let claims = claims.and_then(|it| serde_json::from_slice::<Value>(&it).ok());
    claims.and_then(|it| it["nonce"].as_str().map(|it| same(it, nonce))).unwrap_or(false)
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Whether an address is a path of our own site, so that it cannot lead elsewhere.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 2000
        && path.bytes().all(|it| it.is_ascii_graphic() && it != b'\\')
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the authorisation", cause: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G37: nothing leads away from our own site.
    #[test]
    fn g37_only_paths_of_this_site_are_returned_to() {
        for path in ["/", "/settings?tab=xpm", "/a/b#c"] {
            assert!(is_own_path(path), "{path}");
        }
        for path in [
            "",
            "settings",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/\t/evil.example",
            "javascript:alert(1)",
            "\\\\evil.example",
            "/é",
        ] {
            assert!(!is_own_path(path), "{path}");
        }
    }
}
