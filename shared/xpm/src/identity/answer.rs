//! What the identity service answers (xpm-api 3.1, 3.4, 3.6).
//!
//! A parser's complaint may quote what it read, and that may be a token: so a
//! complaint from here names only the place.

use domain::ids::TenantId;
use domain::ports::{Connected, Denied, Grant, Secret};
use futures_util::StreamExt;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::unaddressed;

/// How long an answer may be; a person may have many connections.
const LONGEST: usize = 1 << 20;

/// An answer that is not in the language of OAuth.
#[derive(Debug, thiserror::Error)]
enum Unclear {
    /// Not what was expected there.
    #[error("the answer is unreadable at line {line}, column {column}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The organisation's id, or another part, has an impossible value.
    #[error("the answer's {0} is not of its kind")]
    Odd(&'static str),
    /// Neither a result nor a refusal.
    #[error("the answer was HTTP {0}")]
    Status(u16),
    /// More than any answer of this service.
    #[error("the answer is too long")]
    Long,
}

impl From<Unclear> for Denied {
    fn from(unclear: Unclear) -> Self {
        Self::Silent(Box::new(unclear))
    }
}

/// Reads the body, within bounds.
pub(super) async fn body(response: Response) -> Result<Vec<u8>, Denied> {
    let mut body = Vec::new();
    let mut chunks = std::pin::pin!(response.bytes_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Denied::Silent(unaddressed(error)))?;
        if body.len() + chunk.len() > LONGEST {
            return Err(Unclear::Long.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A token set.
pub(super) fn grant(body: &[u8]) -> Result<Grant, Denied> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: String,
        refresh_token: String,
        expires_in: i64,
        id_token: Option<String>,
    }
    let answer: Answer = json(body)?;
    if answer.expires_in <= 0 {
        return Err(Unclear::Odd("expires_in").into());
    }
    Ok(Grant {
        access: secret(answer.access_token, "access_token")?,
        refresh: secret(answer.refresh_token, "refresh_token")?,
        expires_in: SignedDuration::from_secs(answer.expires_in),
        id_token: answer.id_token.map(Secret::new),
    })
}

/// The id token of a sign-in, which brings no refresh token.
pub(super) fn id_token(body: &[u8]) -> Result<Secret, Denied> {
    #[derive(Deserialize)]
    struct Answer {
        id_token: String,
    }
    let answer: Answer = json(body)?;
    Ok(secret(answer.id_token, "id_token")?)
}

/// What is connected, of whichever kind.
pub(super) fn connections(body: &[u8]) -> Result<Vec<Connected>, Denied> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Connection {
        id: String,
        tenant_id: String,
        tenant_type: String,
        tenant_name: Option<String>,
        updated_date_utc: Option<String>,
    }
    let connected = |it: Connection| {
        Ok(Connected {
            id: it.id,
            tenant: TenantId::parse(it.tenant_id).map_err(|_| Unclear::Odd("tenantId"))?,
            tenant_type: it.tenant_type,
            name: it.tenant_name.unwrap_or_default(),
            updated: it.updated_date_utc.and_then(|text| instant(&text)),
        })
    };
    json::<Vec<Connection>>(body)?.into_iter().map(connected).collect()
}

/// Why there is no result.
pub(super) fn denied(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Denied {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    if !status.is_client_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Unclear::Status(status.as_u16()).into();
    }
    let said = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error);
    match said.or_else(|| challenge(headers)).as_deref().and_then(word) {
        Some("invalid_grant") => Denied::InvalidGrant,
        Some(word) => Denied::Refused(word.to_owned()),
        None => Unclear::Status(status.as_u16()).into(),
    }
}

/// The error of `www-authenticate: Bearer error=invalid_token` (xpm-api 1.3).
fn challenge(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, error) = text.split_once("error=")?;
    let error = error.trim_start_matches('"');
    let end = error.find(|it: char| it == '"' || it == ',' || it.is_whitespace());
    Some(error[..end.unwrap_or(error.len())].to_owned())
}

/// OAuth's errors are short words; anything else may be an echo of what we sent.
fn word(text: &str) -> Option<&str> {
    let fits = |it: char| it.is_ascii_lowercase() || it == '_';
    ((1..=40).contains(&text.len()) && text.chars().all(fits)).then_some(text)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unclear> {
    serde_json::from_slice(body)
        .map_err(|error| Unclear::Unreadable { line: error.line(), column: error.column() })
}

fn secret(text: String, what: &'static str) -> Result<Secret, Unclear> {
    if text.is_empty() { Err(Unclear::Odd(what)) } else { Ok(Secret::new(text)) }
}

/// Seven digits of a second, and no zone: UTC by its name (xpm-api 3.4).
fn instant(text: &str) -> Option<Timestamp> {
    let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| local().map(|zoned| zoned.timestamp()))
}
