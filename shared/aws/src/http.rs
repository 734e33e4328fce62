//! How the SDK reaches AWS: through the HTTP client that the adapter to Xero uses as well.
//!
//! The SDK's own connector is a second client with HTTP/2, which no service we call speaks to us:
//! a tenth of every function's size.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use reqwest::{Client, redirect, retry};

/// How long a connection may take to come about.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);
/// How long an answer may be silent.
pub(crate) const READ: Duration = Duration::from_secs(3);

/// A client that keeps connections, and gives up on an answer that is silent for so long. Whether
/// anything is sent again is the SDK's to decide.
///
/// # Errors
/// It could not be set up, most likely for want of root certificates.
pub fn client(silence: Duration) -> Result<SharedHttpClient, reqwest::Error> {
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(silence)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_gzip()
        .no_proxy()
        .build()?;
    let connector = SharedHttpConnector::new(Connector(client));
    Ok(http_client_fn(move |_, _| connector.clone()))
}

#[derive(Debug)]
struct Connector(Client);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(client, request).await })
    }
}

async fn send(client: Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let (parts, body) =
        request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
    let body = body.bytes().ok_or_else(|| ConnectorError::user("the body is a stream".into()))?;
    let request = http::Request::from_parts(parts, body.to_vec());
    let request =
        request.try_into().map_err(|error: reqwest::Error| ConnectorError::user(error.into()))?;
    let response = client.execute(request).await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut answer = http::Response::new(SdkBody::from(response.bytes().await.map_err(failed)?));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
}

/// Whatever kept an answer from us may not do so again, unless the request was none.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
