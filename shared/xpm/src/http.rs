//! What both services need of HTTP: clients that never send anything twice on
//! their own, and addresses that cannot be bent by what is put into them.
//!
//! A hidden repetition of a creating call is a duplicate in a firm's books, so
//! retries and redirects are off everywhere, and proxies are not looked up.

use std::time::Duration;

use domain::ports::Cause;
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

/// An adapter cannot be built from these settings.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A base address is none.
    #[error("the address of {what} is not usable")]
    Address {
        /// Whose.
        what: &'static str,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// The HTTP client could not be set up, most likely for want of root certificates.
    #[error("the HTTP client could not be set up")]
    Client(#[source] Cause),
}

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// A client that keeps connections, for calls that may be repeated by their sender.
pub(crate) fn pooled(total: Duration) -> Result<Client, Unusable> {
    build(careful(total))
}

/// A client that opens a connection for each call and closes it after.
///
/// A kept connection may be closed by the other side under a request, which then
/// cannot be told from one that was carried out (hyper issue 2136).
pub(crate) fn one_shot(total: Duration) -> Result<Client, Unusable> {
    build(careful(total).pool_max_idle_per_host(0).http1_only())
}

fn careful(total: Duration) -> ClientBuilder {
    Client::builder()
        .connect_timeout(CONNECT)
        .timeout(total)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
}

fn build(builder: ClientBuilder) -> Result<Client, Unusable> {
    builder.build().map_err(|error| Unusable::Client(Box::new(error)))
}

/// Reads a base address, so that every call can extend it.
pub(crate) fn base(what: &'static str, text: &str) -> Result<Url, Unusable> {
    let unusable = |cause: Cause| Unusable::Address { what, cause };
    let url = Url::parse(text).map_err(|error| unusable(Box::new(error)))?;
    if url.has_host() && matches!(url.scheme(), "https" | "http") {
        Ok(url)
    } else {
        Err(unusable("it is neither https nor http".into()))
    }
}

/// A base address with more path; each segment is escaped.
pub(crate) fn below<'a>(base: &Url, segments: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // An address with a host always has a path; `base` saw to the host.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// A failure of the transport without its address, which may hold what must not be logged.
pub(crate) fn unaddressed(error: reqwest::Error) -> Cause {
    Box::new(error.without_url())
}
