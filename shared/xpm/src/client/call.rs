//! One call, sent once.

use std::io;
use std::pin::pin;
use std::time::Duration;

use domain::ports::{Access, Cause, Fault, Left, Reply};
use futures_util::{Stream, StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Response};
use tracing::{debug, warn};

use super::{Xpm, answer, limits};
use crate::http::{below, unaddressed};
use crate::xml_in::{self, Element, Said, Unreadable};
use crate::xml_out::Written;

/// How much of an answer without success is read.
const LONGEST_COMPLAINT: usize = 64 << 10;

/// A call before it is sent.
pub(super) struct Call<'a> {
    kind: Kind,
    path: Vec<&'a str>,
    query: Vec<(&'static str, String)>,
    total: Option<Duration>,
    body: Option<io::Result<Written>>,
}

/// What sending the call twice would do.
enum Kind {
    /// Nothing more than sending it once.
    Repeatable(Method),
    /// Another of what it creates.
    Creating,
}

impl<'a> Call<'a> {
    /// Reads.
    pub(super) fn get<const N: usize>(path: [&'a str; N]) -> Self {
        Self::new(Kind::Repeatable(Method::GET), path.into())
    }

    /// Changes what is there.
    pub(super) fn put<const N: usize>(path: [&'a str; N], body: io::Result<Written>) -> Self {
        let call = Self::new(Kind::Repeatable(Method::PUT), path.into());
        Self { body: Some(body), ..call }
    }

    /// Removes.
    pub(super) fn delete<const N: usize>(path: [&'a str; N]) -> Self {
        Self::new(Kind::Repeatable(Method::DELETE), path.into())
    }

    /// Creates: goes out on a connection of its own.
    pub(super) fn create<const N: usize>(path: [&'a str; N], body: io::Result<Written>) -> Self {
        Self { body: Some(body), ..Self::new(Kind::Creating, path.into()) }
    }

    /// With a parameter; XPM's are written in lower case (xpm-api 1.5).
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With another total wait.
    pub(super) fn within(self, total: Duration) -> Self {
        Self { total: Some(total), ..self }
    }

    fn new(kind: Kind, path: Vec<&'a str>) -> Self {
        Self { kind, path, query: Vec::new(), total: None, body: None }
    }
}

impl Xpm {
    /// Sends a call and reads its answer, when that is good.
    pub(super) async fn ask<T>(
        &self,
        access: &Access,
        call: Call<'_>,
        read: impl FnOnce(Element<'_>) -> Result<T, Unreadable>,
    ) -> Reply<T> {
        let (response, left) = match self.send(access, call).await {
            Ok(sent) => sent,
            Err((fault, left)) => return Reply { outcome: Err(fault), left },
        };
        let status = response.status();
        let tree = match xml_in::read(pin!(chunks(response)), self.settings.longest).await {
            Ok(tree) => tree,
            Err(error) => return Reply { outcome: Err(uncertain(error)), left },
        };
        let outcome = match xml_in::said(&tree) {
            Ok((Said::Ok, root)) => read(root).map_err(uncertain),
            Ok((Said::Error(words), _)) => Err(answer::refusal(status, words)),
            Err(error) => Err(uncertain(error)),
        };
        Reply { outcome, left }
    }

    /// As `ask`, for one thing that XPM may not know.
    pub(super) async fn find<T>(
        &self,
        access: &Access,
        call: Call<'_>,
        read: impl FnOnce(Element<'_>) -> Result<T, Unreadable>,
    ) -> Reply<Option<T>> {
        let reply = self.ask(access, call, read).await;
        let outcome = match reply.outcome {
            Ok(found) => Ok(Some(found)),
            Err(fault) if answer::is_unknown(&fault) => Ok(None),
            Err(fault) => Err(fault),
        };
        Reply { outcome, left: reply.left }
    }

    /// Sends a call; the answer, unread, when its status is one of success.
    pub(super) async fn send(
        &self,
        access: &Access,
        call: Call<'_>,
    ) -> Result<(Response, Left), (Fault, Left)> {
        let (client, method) = match call.kind {
            Kind::Repeatable(method) => (&self.pooled, method),
            Kind::Creating => (&self.one_shot, Method::POST),
        };
        let path = call.path.join("/");
        let mut url = below(&self.base, call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let mut request = client
            .request(method.clone(), url)
            .bearer_auth(access.token.reveal())
            .header("Xero-Tenant-Id", access.tenant.as_str())
            .header(ACCEPT, "application/xml");
        if let Some(total) = call.total {
            request = request.timeout(total);
        }
        if let Some(body) = call.body {
            let Written { xml, stripped } = body.map_err(|error| unsent(Box::new(error)))?;
            if stripped > 0 {
                warn!(xpm.path = %path, stripped, "characters that XML does not have were left out");
            }
            request = request.header(CONTENT_TYPE, "application/xml").body(xml);
        }
        let response = request.send().await.map_err(|error| {
            debug!(xpm.method = %method, xpm.path = %path, "XPM did not answer");
            // Only without a connection is it proven that no byte of the request left.
            let proven = error.is_connect() || error.is_builder();
            let cause = unaddressed(error);
            if proven { unsent(cause) } else { (Fault::Uncertain(cause), Left::default()) }
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let correlation = headers.get("xero-correlation-id").and_then(|it| it.to_str().ok());
        debug!(
            xpm.method = %method,
            xpm.path = %path,
            http.status = status.as_u16(),
            xero.correlation_id = correlation,
            "XPM answered"
        );
        let left = limits::left(&headers);
        if status.is_success() {
            return Ok((response, left));
        }
        let body = complaint(response).await;
        Err((answer::fault(status, &headers, &body).await, left))
    }
}

/// An answer that does not say what became of the request.
pub(super) fn uncertain(cause: impl Into<Cause>) -> Fault {
    Fault::Uncertain(cause.into())
}

/// The body as it arrives.
pub(super) fn chunks(
    response: Response,
) -> impl Stream<Item = Result<impl AsRef<[u8]> + Unpin, Cause>> {
    response.bytes_stream().map_err(unaddressed)
}

/// The start of a body. That it breaks off changes nothing in what its status proves.
async fn complaint(response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let mut chunks = pin!(chunks(response));
    while let Some(Ok(chunk)) = chunks.next().await {
        let room = LONGEST_COMPLAINT - body.len();
        let chunk = chunk.as_ref();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == LONGEST_COMPLAINT {
            break;
        }
    }
    body
}

fn unsent(cause: Cause) -> (Fault, Left) {
    (Fault::NotProcessed(cause), Left::default())
}
