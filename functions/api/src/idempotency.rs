//! A `POST` repeated under one `Idempotency-Key` is carried out once and answered alike.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::chance::digest;
use domain::ids::FirmId;
use domain::ports::{Change, Clock, Expect, Kind, Ports, Store};
use domain::records::{self, Edit, Record};
use domain::retention::IDEMPOTENCY;
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use runtime::chain::Chain;
use runtime::http::Unreadable;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::Deps;
use crate::access::Caller;
use crate::input::whole;
use crate::refusal::Refusal;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// A request that was begun longer ago has died.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
const LONGEST_KEY: usize = 255;

/// What is kept of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Remembered {
    /// The digest of the key.
    id: String,
    /// The digest of method, path and body.
    request: String,
    begun_at: Timestamp,
    answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    status: u16,
    body: String,
}

impl Record for Remembered {
    const KIND: Kind = Kind::Idempotency;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn ended(&self) -> Option<Timestamp> {
        Some(self.begun_at)
    }
}

/// What a repeated request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// The first one's answer.
    Replay,
    /// A refusal: the answer held a secret, which is not kept.
    Refuse,
    /// An answer of its own: the first one's is good only once.
    Anew,
}

enum Claim {
    Ours,
    Answered(Answer),
    UnderWay,
    Used,
    Another,
}

/// Carries a `POST` with a key out once.
pub(crate) async fn once<P: Ports>(
    State(deps): State<Arc<Deps<P>>>,
    Caller(firm): Caller,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let Some(key) = key(request.method(), request.headers())? else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let body = whole(body).await?;
    let habit = habit(parts.uri.path());
    let now = deps.ports.clock().now();
    let asked = Remembered {
        id: digest(&key),
        request: fingerprint(&parts.method, parts.uri.path(), &body),
        begun_at: now,
        answer: None,
    };
    let claim = records::amend(deps.ports.store(), &firm, &asked.id, |it| claim(it, &asked, habit));
    match claim.await? {
        Claim::Ours => {
            let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
            Ok(remember(&deps, &firm, asked, habit, answer).await)
        }
        Claim::Answered(answer) => Ok(replay(answer)),
        Claim::UnderWay => {
            Err(Refusal::Conflict("in_progress", "the request with this key is under way".into()))
        }
        Claim::Used => Err(Refusal::Conflict(
            "idempotency_key_used",
            "this key was used; the answer held a secret and is not repeated".into(),
        )),
        Claim::Another => Err(Refusal::Conflict(
            "idempotency_key_reused",
            "this key was used for another request".into(),
        )),
    }
}

fn key(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(KEY).iter();
    let (Some(value), true) = (values.next(), method == Method::POST) else { return Ok(None) };
    let fits = |it: &&str| {
        (1..=LONGEST_KEY).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_graphic())
    };
    let text = value.to_str().ok().filter(fits);
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        (Some(_) | None, _) => Err(Unreadable::Header("idempotency-key").into()),
    }
}

fn habit(path: &str) -> Habit {
    match path {
        "/v1/api-keys" => Habit::Refuse,
        "/v1/connection/authorize" => Habit::Anew,
        it if it.ends_with("/rotate-secret") => Habit::Refuse,
        _ => Habit::Replay,
    }
}

fn fingerprint(method: &Method, path: &str, body: &Bytes) -> String {
    digest(&format!("{method} {path}\n{}", String::from_utf8_lossy(body)))
}

fn claim(found: Option<Remembered>, asked: &Remembered, habit: Habit) -> Edit<Remembered, Claim> {
    // Kept for so long, whenever the store deletes it.
    let kept = found.filter(|it| asked.begun_at < it.begun_at + IDEMPOTENCY);
    let Some(found) = kept else { return Edit::Write(asked.clone(), vec![], Claim::Ours) };
    let under_way = asked.begun_at < found.begun_at + PATIENCE;
    match (habit, found.answer) {
        _ if found.request != asked.request => Edit::Leave(Claim::Another),
        (Habit::Refuse, _) => Edit::Leave(Claim::Used),
        (Habit::Anew, _) => Edit::Leave(Claim::Ours),
        (Habit::Replay, Some(answer)) => Edit::Leave(Claim::Answered(answer)),
        (Habit::Replay, None) if under_way => Edit::Leave(Claim::UnderWay),
        (Habit::Replay, None) => Edit::Write(asked.clone(), vec![], Claim::Ours),
    }
}

/// Keeps the answer for the next time; what was refused may be sent again under the same key.
async fn remember<P: Ports>(
    deps: &Deps<P>,
    firm: &FirmId,
    asked: Remembered,
    habit: Habit,
    answer: Response,
) -> Response {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let store = deps.ports.store();
    let kept = if !parts.status.is_success() {
        let gone = vec![Change::Delete(asked.key(firm), Expect::Any)];
        store.commit(gone).await.map(|_| ())
    } else if habit == Habit::Replay {
        let status = parts.status.as_u16();
        let answer = Answer { status, body: String::from_utf8_lossy(&body).into_owned() };
        let done = Remembered { answer: Some(answer), ..asked.clone() };
        let write = |_: Option<Remembered>| Edit::Write(done.clone(), vec![], ());
        records::amend(store, firm, &asked.id, write).await
    } else {
        Ok(())
    };
    if let Err(down) = kept {
        warn!(firm.id = %firm, error = %Chain(&down), "an answer was not kept for its repetition");
    }
    Response::from_parts(parts, Body::from(body))
}

fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in `tests/fixtures/golden/0.1.0/idempotency.json`.
    #[test]
    fn g21_what_an_earlier_version_has_kept_of_a_request_is_read() {
        let stored = serde_json::json!({"id": "d1", "request": "d2",
            "begun_at": "2026-11-22T12:00:00Z", "answer": {"status": 202, "body": "{}"}});
        let read: Remembered = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    }
}
