//! Webhooks of a practice app, signed by the Standard Webhooks scheme.

use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use lambda_http::http::Method;
use lambda_http::{Body, Request};
use local::demo;
use runtime::signature::WebhookSecret;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::Cause;
use crate::samples::Samples;

/// One webhook on its way.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its headers, in lower case.
    pub headers: [(&'static str, String); 4],
    /// Its bytes.
    pub body: String,
}

impl Delivery {
    /// The news of a time entry, a new one for each number, sent at an instant to the demo firm.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn of_entry(n: u32, now: Timestamp) -> Result<Self, Cause> {
        let id = format!("msg_{n}_{}", now.as_nanosecond());
        Self::signed(id, now, entry(n, now).to_string())
    }

    /// This body under this id, sent at an instant and signed with the demo firm's secret.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn signed(id: String, now: Timestamp, body: String) -> Result<Self, Cause> {
        let secret = WebhookSecret::parse(demo::WEBHOOK_SECRET)?;
        let signature = secret.sign(&id, now, body.as_bytes())?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", signature),
        ];
        Ok(Self { headers, body })
    }

    /// The request of the demo firm as a function sees it.
    ///
    /// # Errors
    /// A header is none.
    pub fn into_request(self) -> Result<Request, Cause> {
        self.to(demo::FIRM)
    }

    /// The request of a firm as a function sees it.
    ///
    /// # Errors
    /// A header is none.
    pub fn to(self, firm: &str) -> Result<Request, Cause> {
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("/webhooks/practice/{firm}").parse()?;
        for (name, value) in self.headers {
            request.headers_mut().insert(name, value.parse()?);
        }
        Ok(request)
    }
}

/// What no implementation can leave out: the HMAC of the bytes, and reading them as JSON.
pub(super) fn floor(count: u32) -> Result<Samples, Cause> {
    let secret = demo::WEBHOOK_SECRET.trim_start_matches("whsec_");
    let key: Hmac<Sha256> = Hmac::new_from_slice(&BASE64_STANDARD.decode(secret)?)?;
    let mut taken: Vec<Duration> = Vec::new();
    for n in 0..count {
        let body = entry(n, Timestamp::UNIX_EPOCH).to_string();
        let start = Instant::now();
        black_box(key.clone().chain_update(&body).finalize().into_bytes());
        black_box(serde_json::from_str::<Value>(&body)?);
        taken.push(start.elapsed());
    }
    Ok(taken.into_iter().collect())
}

fn entry(n: u32, now: Timestamp) -> Value {
    json!({
        "type": "time_entry.updated",
        "timestamp": now.to_string(),
        "data": {
            "id": format!("entry-{n}"),
            "task_id": format!("task-{}", n % 400),
            "user_id": format!("user-{}", n % 12),
            "date": "2026-11-20",
            "seconds": 60 * (n % 480 + 1),
            "note": "Reviewed the year-end workpapers & answered the bank's questions (invented).",
            "billable": true,
            "version": 1,
        },
    })
}
