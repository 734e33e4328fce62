//! Saying over HTTP what is wrong: problem details (RFC 9457).

use domain::invalid::Invalid;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What is wrong with a request, for the program that made it and the person behind it.
///
/// The `type` is `about:blank`, so the title is the status in words; programs go by `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Names the sort of problem to other people's tools.
    pub r#type: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A sentence about this very case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// A stable word for programs.
    pub code: &'static str,
    /// What is wrong where, when the body breaks rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Invalid>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem of this status, by this code.
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Unknown"),
            status: status.as_u16(),
            detail: None,
            code,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// With a sentence about this very case.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// With everything that is wrong with the body.
    #[must_use]
    pub fn errors(self, errors: Vec<Invalid>) -> Self {
        Self { errors, ..self }
    }

    /// Not to be asked again before so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl From<Problem> for Response<Body> {
    fn from(problem: Problem) -> Self {
        // Nothing in a problem can fail to serialise; were it otherwise, the status says most.
        let mut response =
            Self::new(serde_json::to_string(&problem).map_or(Body::Empty, Body::Text));
        let status = StatusCode::from_u16(problem.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = problem.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if problem.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_problem_is_told_in_full() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid")
            .detail("two values break a rule")
            .errors(vec![
                Invalid::new("/seconds", "too_small", "seconds is at least 0"),
                Invalid::new("/date", "no_date", "date is not a date"),
            ]);
        let response = Response::from(problem);
        assert_eq!(response.status(), 422);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(
            body(&response),
            json!({
                "type": "about:blank",
                "title": "Unprocessable Entity",
                "status": 422,
                "detail": "two values break a rule",
                "code": "invalid",
                "errors": [
                    {"pointer": "/seconds", "code": "too_small", "detail": "seconds is at least 0"},
                    {"pointer": "/date", "code": "no_date", "detail": "date is not a date"}
                ]
            })
        );
    }

    #[test]
    fn what_there_is_nothing_to_say_about_is_left_out() {
        let response = Response::from(Problem::new(StatusCode::NOT_FOUND, "not_found"));
        let keys: Vec<String> = body(&response).as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["code", "status", "title", "type"]);
        assert!(!response.headers().contains_key("retry-after"));
        assert!(!response.headers().contains_key("www-authenticate"));
    }

    #[test]
    fn a_problem_that_passes_says_when() {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "slow_down").retry_after(60);
        assert_eq!(Response::from(problem).headers()["retry-after"], "60");
    }

    #[test]
    fn a_missing_key_is_asked_for() {
        let response = Response::from(Problem::new(StatusCode::UNAUTHORIZED, "no_key"));
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }

    fn body(response: &Response<Body>) -> Value {
        serde_json::from_slice(response.body()).unwrap()
    }
}
