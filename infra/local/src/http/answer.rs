//! A function's JSON as an HTTP response.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// What API Gateway says by itself.
pub(super) fn refusal(status: StatusCode) -> Response {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "Request Header Fields Too Large",
        StatusCode::SERVICE_UNAVAILABLE => "Service Unavailable",
        _ => "Internal Server Error",
    };
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (status, headers, json!({ "message": message }).to_string()).into_response()
}

/// The response that a function's answer stands for; `None` if it is none that
/// API Gateway takes. An answer without a status is itself the body.
pub(super) fn respond(answer: Value) -> Option<Response> {
    let Some(status) = answer.get("statusCode") else {
        let headers = [(header::CONTENT_TYPE, "application/json")];
        return Some((headers, answer.to_string()).into_response());
    };
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let status = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    let body = match &answer["body"] {
        Value::Null => Vec::new(),
        Value::String(text) if answer["isBase64Encoded"] == true => {
            BASE64_STANDARD.decode(text).ok()?
        }
        Value::String(text) => text.clone().into_bytes(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let mut headers = headers(&answer)?;
    if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        let text = HeaderValue::from_static("text/plain;charset=utf-8");
        headers.insert(header::CONTENT_TYPE, text);
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some(response)
}

fn headers(answer: &Value) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        headers.insert(name.parse::<HeaderName>().ok()?, text(value)?);
    }
    for (name, values) in answer["multiValueHeaders"].as_object().into_iter().flatten() {
        let name = name.parse::<HeaderName>().ok()?;
        headers.remove(&name);
        for value in values.as_array()? {
            headers.append(name.clone(), text(value)?);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        headers.append(header::SET_COOKIE, text(cookie)?);
    }
    for ours in [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(ours);
    }
    Some(headers)
}

fn text(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => HeaderValue::from_str(text).ok(),
        Value::Bool(_) | Value::Number(_) => HeaderValue::from_str(&value.to_string()).ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn cookies_become_headers_of_their_own_and_base64_becomes_bytes() {
        let response = respond(json!({
            "statusCode": 201,
            "headers": { "content-type": "image/png", "x-number": 7, "content-length": "999" },
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "/w==",
            "isBase64Encoded": true,
        }))
        .unwrap();
        assert_eq!(response.status(), 201);
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
        assert_eq!(response.headers()["x-number"], "7");
        assert_eq!(response.headers().get("content-length"), None);
        assert_eq!(to_bytes(response.into_body(), 9).await.unwrap(), b"\xff".as_slice());
    }

    #[test]
    fn several_values_take_the_place_of_one() {
        let response = respond(json!({
            "statusCode": 200,
            "headers": { "vary": "a" },
            "multiValueHeaders": { "vary": ["a", "b"] },
        }))
        .unwrap();
        assert_eq!(response.headers().get_all("vary").iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn an_answer_without_a_status_is_the_body_itself() {
        let response = respond(json!({ "hello": "world" })).unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
    }

    #[test]
    fn what_is_no_response_is_refused() {
        assert!(respond(json!({ "statusCode": 9000 })).is_none());
        assert!(respond(json!({ "statusCode": 200, "body": { "not": "text" } })).is_none());
        assert!(
            respond(json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true })).is_none()
        );
        assert!(respond(json!({ "statusCode": 200, "headers": { "a": "b\nc" } })).is_none());
    }
}
