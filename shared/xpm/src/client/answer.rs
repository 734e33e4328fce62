//! What an answer proves (xpm-api 1.3, protocol P1).
//!
//! A request that was *proven not processed* may be sent again; one that may have
//! been processed must be looked for first. So an answer counts as a refusal only
//! where P1 or the sheet says that XPM refuses so, and everything else is uncertain.

use domain::ports::{Cause, Fault};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::limits;
use crate::xml_in::{self, Tree};

/// How many characters of XPM's words are kept.
const LONGEST_WORDS: usize = 500;

/// An answer that is neither a result nor a refusal.
#[derive(Debug, thiserror::Error)]
enum Puzzling {
    /// A status that proves nothing.
    #[error("the answer was HTTP {0}: {1}")]
    Status(u16, String),
    /// A page for people: some gateway's, not XPM's.
    #[error("the answer was a web page with HTTP {0}")]
    Page(u16),
}

/// What an answer without success proves.
pub(super) async fn fault(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let words = words(body).await;
    let code = status.as_u16();
    let refused = |words: Option<String>| Fault::Refused {
        status: code,
        words: words.unwrap_or_else(|| format!("HTTP {code}")),
    };
    match status {
        StatusCode::UNAUTHORIZED => Fault::Unauthorised,
        StatusCode::TOO_MANY_REQUESTS => limits::throttled(headers),
        StatusCode::FORBIDDEN if gateway_says(body, "AuthenticationUnsuccessful") => {
            Fault::Disconnected
        }
        StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => refused(words),
        // Not in P1's list, but the sheet has them; a web page is not the sheet's.
        StatusCode::NOT_FOUND | StatusCode::CONFLICT if !is_page(body) => refused(words),
        // 503 included: that the gateway was down is no proof that it was down before XPM had
        // the request, and the one recording of it looks made up (xpm-api 1.3).
        _ if is_page(body) => Fault::Uncertain(Box::new(Puzzling::Page(code))),
        _ => {
            let words = words.unwrap_or_else(|| "no words".to_owned());
            Fault::Uncertain(Box::new(Puzzling::Status(code, words)))
        }
    }
}

/// XPM's refusal inside of an answer that looks like success.
pub(super) fn refusal(status: StatusCode, words: String) -> Fault {
    let words = shown(&words).unwrap_or_else(|| "XPM gave no reason".to_owned());
    Fault::Refused { status: status.as_u16(), words }
}

/// Whether a refusal says that XPM does not know the thing asked for: `Invalid job
/// identifier` and its like, or 404 (xpm-api 1.3).
pub(super) fn is_unknown(fault: &Fault) -> bool {
    let Fault::Refused { status, words } = fault else { return false };
    let words = words.trim().trim_end_matches('.').to_ascii_lowercase();
    *status == 404 || (words.starts_with("invalid ") && words.ends_with(" identifier"))
}

/// The words of a refusal, in whichever language the body speaks.
async fn words(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        json_words(text)
    } else if text.starts_with('<') {
        let chunk = futures_util::stream::iter([Ok::<_, Cause>(body)]);
        let tree = xml_in::read(chunk, body.len() as u64).await.ok()?;
        xml_words(&tree)
    } else {
        shown(text)
    }
}

fn xml_words(tree: &Tree) -> Option<String> {
    let root = tree.root()?;
    let words = ["ErrorDescription", "Message", "Detail"].iter().find_map(|name| root.child(name));
    shown(words?.text())
}

/// Keys come in Pascal, camel and lower case (xpm-api 1.3).
fn json_words(text: &str) -> Option<String> {
    let body: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    let field = |name: &str| {
        let found = body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str()).and_then(shown)
    };
    ["ErrorDescription", "Detail", "Message", "Title"].iter().find_map(|name| field(name))
}

/// `AuthenticationUnsuccessful` is the gateway's word, whichever the spelling around it.
fn gateway_says(body: &[u8], word: &str) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains(&word.to_ascii_lowercase())
}

fn is_page(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(512)]).to_ascii_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// Words as they may be shown and logged: one line, not too long.
fn shown(words: &str) -> Option<String> {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|it| !it.is_control()).take(LONGEST_WORDS).collect();
    (!line.is_empty()).then_some(line)
}
