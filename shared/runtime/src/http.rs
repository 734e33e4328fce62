//! Reading requests with limits, and answering them.

use std::future::{Future, ready};
use std::pin::Pin;

use lambda_http::http::StatusCode;
use lambda_http::request::RequestContext;
use lambda_http::{Body, IntoResponse, Request, RequestExt as _, Response};

use crate::problem::Problem;
use crate::signature::Delivery;

/// No request body is longer, in bytes.
pub const LONGEST_BODY: usize = 256 << 10;

/// Why a request is not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Over [`LONGEST_BODY`].
    #[error("the body is longer than 256 KiB")]
    TooLong,
    /// Not text, or there more than once.
    #[error("the header {0} is not one plain text")]
    Header(&'static str),
}

/// An answer that goes out as it stands.
///
/// `lambda_http` would read the text of any other in the character set that its `content-type`
/// names, with tables of every set there is. Ours are UTF-8 or bytes.
#[derive(Debug)]
pub struct AsItStands(pub Response<Body>);

impl IntoResponse for AsItStands {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(ready(self.0))
    }
}

/// The body, decoded from whatever the gateway made of it.
pub fn body(request: &Request) -> Result<&[u8], Unreadable> {
    let body: &[u8] = request.body().as_ref();
    if body.len() > LONGEST_BODY { Err(Unreadable::TooLong) } else { Ok(body) }
}

/// A header, if it was sent.
pub fn header<'a>(request: &'a Request, name: &'static str) -> Result<Option<&'a str>, Unreadable> {
    let mut values = request.headers().get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        (Ok(_) | Err(_), _) => Err(Unreadable::Header(name)),
    }
}

/// What API Gateway calls the request, in its own log and in the `apigw-requestid` of the answer.
pub fn request_id(request: &Request) -> &str {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(it)) => it.request_id.as_deref().unwrap_or_default(),
        Some(_) | None => "",
    }
}

/// A delivery by the Standard Webhooks scheme, yet to be verified.
pub fn delivery(request: &Request) -> Result<Delivery<'_>, Unreadable> {
    Ok(Delivery {
        id: header(request, "webhook-id")?.unwrap_or_default(),
        timestamp: header(request, "webhook-timestamp")?.unwrap_or_default(),
        signatures: header(request, "webhook-signature")?.unwrap_or_default(),
        body: body(request)?,
    })
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Self {
        let problem = match unreadable {
            Unreadable::TooLong => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Unreadable::Header(_) => Self::new(StatusCode::BAD_REQUEST, "malformed_header"),
        };
        problem.detail(unreadable.to_string())
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;
    use lambda_http::{Body, Response};

    use super::*;

    #[test]
    fn text_and_bytes_are_read_alike() {
        assert_eq!(body(&Request::new(Body::from("{}"))), Ok(&b"{}"[..]));
        assert_eq!(body(&Request::new(Body::from(vec![0xff, 0]))), Ok(&[0xff, 0][..]));
        assert_eq!(body(&Request::new(Body::Empty)), Ok(&[][..]));
    }

    #[test]
    fn g42_a_body_is_read_up_to_256_kib_and_no_further() {
        assert!(body(&Request::new(Body::from(vec![b' '; LONGEST_BODY]))).is_ok());
        let refusal = body(&Request::new(Body::from(vec![b' '; LONGEST_BODY + 1]))).unwrap_err();
        let response = Response::from(Problem::from(refusal));
        assert_eq!(response.status(), 413);
    }

    #[test]
    fn g42_a_header_that_is_no_text_or_comes_twice_is_refused() {
        let mut request = Request::new(Body::Empty);
        assert_eq!(header(&request, "webhook-id"), Ok(None));
        request.headers_mut().insert("webhook-id", HeaderValue::from_static("msg_1"));
        assert_eq!(header(&request, "webhook-id"), Ok(Some("msg_1")));
        request.headers_mut().append("webhook-id", HeaderValue::from_static("msg_1"));
        assert!(delivery(&request).is_err());

        let opaque = HeaderValue::from_bytes(&[b'm', 0xff]).unwrap();
        request.headers_mut().insert("webhook-id", opaque);
        let refusal = header(&request, "webhook-id").unwrap_err();
        assert_eq!(Problem::from(refusal).status, 400);
    }

    #[test]
    fn a_delivery_is_read_from_its_headers() {
        let mut request = Request::new(Body::from("{}"));
        for (name, value) in
            [("webhook-id", "msg_1"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,")]
        {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let it = delivery(&request).unwrap();
        assert_eq!(
            (it.id, it.timestamp, it.signatures, it.body),
            ("msg_1", "1", "v1,", &b"{}"[..])
        );
        assert_eq!(delivery(&Request::new(Body::Empty)).unwrap().signatures, "");
    }
}
