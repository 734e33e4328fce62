//! Posting a letter, once.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use domain::ports::{Cause, Courier, Letter, Pause, Receipt};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, redirect, retry};

use crate::address::{Address, Reach};
use crate::resolver::{Forbidden, Guarded, Lookup};

/// How long a whole delivery may take: what the Standard Webhooks specification gives at least.
pub const TOTAL: Duration = Duration::from_secs(15);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// The HTTP client could not be set up, most likely for want of root certificates.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct Unusable(#[source] Cause);

/// Posts events over HTTP: [`Courier`].
#[derive(Clone, Debug)]
pub struct HttpCourier {
    http: Client,
    reach: Reach,
}

impl HttpCourier {
    /// Sets up the client; nothing is called yet.
    ///
    /// # Errors
    /// The client could not be set up.
    pub fn new(lookup: Lookup, reach: Reach, total: Duration) -> Result<Self, Unusable> {
        let http = Client::builder()
            .dns_resolver(Arc::new(Guarded { lookup, reach }))
            .connect_timeout(CONNECT.min(total))
            .timeout(total)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            // A proxy would resolve the name itself.
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Tandem/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Unusable(error.into()))?;
        Ok(Self { http, reach })
    }
}

impl Courier for HttpCourier {
    async fn deliver(&self, letter: &Letter<'_>) -> Receipt {
        // The client asks no resolver for an address that is written out, so it is judged here.
        let address = match Address::parse(letter.url, self.reach) {
            Ok(address) => address,
            Err(bad) => return Receipt::Forbidden(bad.to_string()),
        };
        let request = self
            .http
            .post(address.url())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", letter.id)
            .header("webhook-timestamp", letter.at.as_second().to_string())
            .header("webhook-signature", letter.signature)
            .body(letter.body.to_vec());
        match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let asked = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
                Receipt::Answered { status, pause: asked.and_then(pause) }
            }
            Err(error) => unanswered(&error.without_url()),
        }
    }
}

fn unanswered(error: &reqwest::Error) -> Receipt {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = String::new();
    while let Some(it) = cause {
        if let Some(forbidden) = it.downcast_ref::<Forbidden>() {
            return Receipt::Forbidden(forbidden.to_string());
        }
        last = it.to_string();
        cause = it.source();
    }
    Receipt::Silent(if error.is_timeout() { "no answer in time".into() } else { last })
}

/// What `Retry-After` says: seconds, or a date (RFC 9110, 10.2.3).
pub fn pause(text: &str) -> Option<Pause> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(i64::MAX);
        return Some(Pause::Lasting(SignedDuration::from_secs(seconds)));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Pause::Until(Timestamp::from(date)))
}
