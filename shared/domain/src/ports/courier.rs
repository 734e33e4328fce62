//! Other people's endpoints, to which events are delivered.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};

/// Takes events to endpoints.
pub trait Courier: Send + Sync {
    /// Posts a letter once, without following anyone elsewhere, and says what came of it. An address
    /// that is not of the public Internet is not connected to.
    fn deliver(&self, letter: &Letter<'_>) -> impl Future<Output = Receipt> + Send;
}

/// One event on its way, as Standard Webhooks writes it.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Where to.
    pub url: &'a str,
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub at: Timestamp,
    /// `webhook-signature`: one for each live secret, with spaces between.
    pub signature: &'a str,
    /// What is signed, and sent.
    pub body: &'a [u8],
}

/// What came of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The endpoint answered.
    Answered {
        /// The status of HTTP.
        status: u16,
        /// How long it wants to be left alone (`Retry-After`).
        pause: Option<Pause>,
    },
    /// There is no connecting to such an address.
    Forbidden(String),
    /// No answer in time, or none that is HTTP.
    Silent(String),
}

/// How long an endpoint wants to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// So long from now.
    Lasting(SignedDuration),
    /// Until then.
    Until(Timestamp),
}

impl Pause {
    /// When it ends, if it began at `now`.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Lasting(wait) => now.checked_add(wait).unwrap_or(Timestamp::MAX),
            Self::Until(end) => end.max(now),
        }
    }
}
