//! An HTTP request as an event in payload format 2.0, down to the habits that
//! matter to a signature: lower-case names, duplicates joined by commas, the
//! path decoded, forms and every other body that AWS does not count as text in
//! base64.

use std::net::SocketAddr;

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::function::{Function, trace_root};
use crate::settings::ACCOUNT;

const FORWARDED_FOR: header::HeaderName = header::HeaderName::from_static("x-forwarded-for");

/// Where a request goes.
pub(super) struct Route {
    pub(super) function: Function,
    pub(super) key: &'static str,
    pub(super) proxy: Option<String>,
}

/// What arrived, and how.
pub(super) struct Arrival<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) peer: SocketAddr,
    pub(super) request_id: &'a str,
    pub(super) at: Timestamp,
}

/// The event that the route's function sees.
pub(super) fn event(route: &Route, arrival: &Arrival<'_>) -> Value {
    let Arrival { head, body, peer, request_id, at } = arrival;
    let sent = |name| head.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let path = path(head.uri.path());
    let host = sent(header::HOST);
    let domain = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": head.uri.query().unwrap_or_default(),
        "headers": headers(arrival),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": head.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", head.version),
                "sourceIp": peer.ip().to_string(),
                "userAgent": sent(header::USER_AGENT),
            },
            "requestId": request_id,
            "routeKey": route.key,
            "stage": "$default",
            "time": at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": at.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&head.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    let query = query(arrival);
    if !query.is_empty() {
        event["queryStringParameters"] = query.into();
    }
    if let Some(proxy) = &route.proxy {
        event["pathParameters"] = json!({ "proxy": decoded(proxy) });
    }
    if !body.is_empty() {
        let text = is_text(sent(header::CONTENT_TYPE));
        let text = str::from_utf8(body).ok().filter(|_| text);
        event["isBase64Encoded"] = text.is_none().into();
        event["body"] = text.map_or_else(|| BASE64_STANDARD.encode(body), str::to_owned).into();
    }
    event
}

/// The only content types that AWS passes on as text; a form is not one, and
/// neither is `application/problem+json`.
fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"]
            .contains(&essence.as_str())
}

fn headers(arrival: &Arrival<'_>) -> Map<String, Value> {
    let hop_by_hop = ["connection", "cookie", "keep-alive", "te", "transfer-encoding", "upgrade"];
    let mut headers = Map::new();
    for name in arrival.head.headers.keys().filter(|it| !hop_by_hop.contains(&it.as_str())) {
        headers.insert(name.as_str().to_owned(), joined(&arrival.head.headers, name, ",").into());
    }
    let peer = arrival.peer.ip().to_string();
    let forwarded = joined(&arrival.head.headers, &FORWARDED_FOR, ", ");
    let forwarded = if forwarded.is_empty() { peer } else { format!("{forwarded}, {peer}") };
    let port = headers.get("host").and_then(Value::as_str).and_then(|it| it.rsplit_once(':'));
    let port = port.map_or_else(|| "80".to_owned(), |(_, port)| port.to_owned());
    for (name, value) in [
        ("content-length", arrival.body.len().to_string()),
        ("x-amzn-trace-id", trace_root()),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-port", port),
        ("x-forwarded-proto", "http".to_owned()),
    ] {
        headers.insert(name.to_owned(), value.into());
    }
    headers
}

fn joined(headers: &HeaderMap, name: &header::HeaderName, separator: &str) -> String {
    let values = headers.get_all(name).iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
    values.collect::<Vec<_>>().join(separator)
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    sent.flat_map(|it| it.split(';')).map(|it| it.trim().to_owned()).collect()
}

fn query(arrival: &Arrival<'_>) -> Map<String, Value> {
    let mut parameters = Map::new();
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&arrival.head.uri);
    for (name, value) in pairs.map(|it| it.0).unwrap_or_default() {
        let value = match parameters.get(&name).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value,
        };
        parameters.insert(name, value.into());
    }
    parameters
}

/// The path as HTTP APIs hand it on: decoded, and cut at a decoded `?`.
fn path(raw: &str) -> String {
    let mut path = decoded(raw);
    path.truncate(path.find('?').unwrap_or(path.len()));
    path
}

fn decoded(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|it| str::from_utf8(it).ok());
        match escaped.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn duplicate_headers_are_joined_and_cookies_stand_apart() {
        let request = Request::get("/v1/entries")
            .header("X-Signature", "one")
            .header("x-signature", "two")
            .header("Cookie", "session=1; theme=dark")
            .header("cookie", "late=2");
        let event = seen(request, b"");
        assert_eq!(event["headers"]["x-signature"], "one,two");
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["cookies"], json!(["session=1", "theme=dark", "late=2"]));
    }

    #[test]
    fn a_query_is_raw_and_decoded_side_by_side() {
        let event = seen(Request::get("/v1/contacts?q=a%20b&id=1&id=2&empty="), b"");
        assert_eq!(event["rawQueryString"], "q=a%20b&id=1&id=2&empty=");
        let decoded = json!({ "q": "a b", "id": "1,2", "empty": "" });
        assert_eq!(event["queryStringParameters"], decoded);
        assert_eq!(seen(Request::get("/"), b"").get("queryStringParameters"), None);
    }

    #[test]
    fn a_path_is_decoded_and_cut_at_a_decoded_question_mark() {
        assert_eq!(seen(Request::get("/v1/a%20b/%C3%A9/"), b"")["rawPath"], "/v1/a b/é/");
        assert_eq!(seen(Request::get("/v1/a%3Fb"), b"")["rawPath"], "/v1/a");
        assert_eq!(seen(Request::get("/v1/100%"), b"")["rawPath"], "/v1/100%");
    }

    #[test]
    fn only_what_aws_counts_as_text_stays_text() {
        let encoded = |kind: &str, body: &[u8]| {
            let event = seen(Request::post("/").header("content-type", kind), body);
            event["isBase64Encoded"].as_bool().unwrap()
        };
        assert!(!encoded("application/json; charset=utf-8", b"{}"));
        assert!(!encoded("text/csv", b"a,b"));
        assert!(!encoded("Application/XML", b"<a/>"));
        assert!(encoded("application/x-www-form-urlencoded", b"a=b"));
        assert!(encoded("application/problem+json", b"{}"));
        assert!(encoded("", b"{}"));
        assert!(encoded("application/json", b"\xff\xfe"));
    }

    #[test]
    fn a_request_without_a_body_has_none() {
        let event = seen(Request::get("/"), b"");
        assert_eq!(event.get("body"), None);
        assert_eq!(event["isBase64Encoded"], false);
        assert_eq!(event["headers"]["content-length"], "0");
    }

    #[test]
    fn the_context_says_who_asked_and_when() {
        let event = seen(
            Request::put("/v1/x").header("host", "127.0.0.1:7400").header("user-agent", "a test"),
            b"",
        );
        let context = &event["requestContext"];
        assert_eq!(context["http"]["method"], "PUT");
        assert_eq!(context["http"]["protocol"], "HTTP/1.1");
        assert_eq!(context["http"]["sourceIp"], "127.0.0.9");
        assert_eq!(context["http"]["userAgent"], "a test");
        assert_eq!(context["domainName"], "127.0.0.1");
        assert_eq!(context["time"], "12/Mar/2020:19:03:58 +0000");
        assert_eq!(context["timeEpoch"], 1_584_039_838_000_u64);
        assert_eq!(event["headers"]["x-forwarded-port"], "7400");
        assert_eq!(event["pathParameters"]["proxy"], "a b");
    }

    fn seen(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let (head, ()) = request.body(()).unwrap().into_parts();
        let route =
            Route { function: Function::Api, key: "$default", proxy: Some("a%20b".to_owned()) };
        let arrival = Arrival {
            head: &head,
            body,
            peer: "127.0.0.9:1".parse().unwrap(),
            request_id: "1",
            at: "2020-03-12T19:03:58Z".parse().unwrap(),
        };
        event(&route, &arrival)
    }
}
