//! Connecting a firm and signing a person in: out to Xero, the callback, the choice of an organisation,
//! and the end.
//!
//! A state is good for one browser, once, for ten minutes (G37). The browser is bound when it
//! sets out, by a cookie whose digest is kept beside the state.

mod returning;

pub use returning::{Callback, Ending, call_back, choose, disconnect};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::chance::{digest, word};
use crate::firm::Firm;
use crate::ids::FirmId;
use crate::ports::{
    Authorisation, Cache, CacheKey, Cached, Clock, Committed, Down, Expect, Identity, Ports,
    Purpose, Seal, Sealed, Secret, Shelf, Vault,
};

/// How long a person may take to give consent.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// An authorisation under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct UnderWay {
    #[serde(default)]
    purpose: Purpose,
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

/// Begins an authorisation: gives the address at Xero, which the person reaches through
/// [`set_out`]. Takes the firm and the path to return to.
pub async fn begin<P: Ports>(ports: &P, firm: &Firm, return_to: &str) -> Result<String, NotBegun> {
    if firm.settings.served_region().is_none() {
        return Err(NotBegun::Region);
    }
    if !is_own_path(return_to) {
        return Err(NotBegun::ReturnTo);
    }
    set_up(ports, &firm.id, Purpose::Connect, return_to).await
}

/// Begins to sign a person in, as [`begin`] does. They belong to no firm yet, so the state is kept
/// under none. Takes the page of the console that they want to see.
pub async fn begin_sign_in<P: Ports>(ports: &P, return_to: &str) -> Result<String, NotBegun> {
    if !is_console_path(return_to) {
        return Err(NotBegun::ReturnTo);
    }
    set_up(ports, &FirmId::directory(), Purpose::SignIn, return_to).await
}

async fn set_up<P: Ports>(
    ports: &P,
    firm: &FirmId,
    purpose: Purpose,
    return_to: &str,
) -> Result<String, NotBegun> {
    // The firm stands in the state, so that the callback can find it under the firm's own key.
    let state = format!("{firm}.{}", word(ports.clock()));
    let (verifier, nonce) = (word(ports.clock()), word(ports.clock()));
    let challenge = digest(&verifier);
    let sealed = ports.vault().seal(&seal(firm), &Secret::new(verifier)).await?;
    let under_way = UnderWay {
        purpose,
        verifier: sealed,
        nonce: nonce.clone(),
        return_to: return_to.into(),
        browser: None,
    };
    let now = ports.clock().now();
    let kept = ports
        .cache()
        .keep(&key(firm, &state), cached(&under_way, now + PATIENCE)?, Expect::Absent, now)
        .await?;
    if kept == Committed::Conflict {
        return Err(Down { what: "the cache", cause: "a state came up twice".into() }.into());
    }
    let ask = Authorisation { state: &state, challenge: &challenge, nonce: &nonce, purpose };
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
    let UnderWay { nonce, purpose, .. } = &under_way;
    let ask = Authorisation { state, challenge: &challenge, nonce, purpose: *purpose };
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

/// Whether an address is a page of the console. Nothing in it climbs out of there.
pub fn is_console_path(path: &str) -> bool {
    let below = path.strip_prefix("/console").unwrap_or(path);
    let climbs = path.contains("..") || path.to_ascii_lowercase().contains("%2e");
    is_own_path(path)
        && below != path
        && !climbs
        && (below.is_empty() || below.starts_with(['/', '?']))
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the authorisation", cause: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g53_only_pages_of_the_console_are_returned_to_after_signing_in() {
        for path in ["/console", "/console/", "/console/contacts?state=held&page=2", "/console?x"] {
            assert!(is_console_path(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/docs",
            "/consoles",
            "/v1/settings",
            "//evil.example/console",
            "/console/../docs",
            "/console/%2E%2e/docs",
            "/\\evil.example",
            "/console\\..",
            "https://evil.example/console",
            "/console\r\nset-cookie: x",
        ] {
            assert!(!is_console_path(path), "{path}");
        }
    }

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
