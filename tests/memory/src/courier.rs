//! Endpoints in memory: what they were sent, and what they answer.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use domain::ports::{Clock, Courier, Letter, Receipt};
use jiff::{SignedDuration, Timestamp};

use crate::{MemoryClock, lock};

/// Keeps what was posted, and answers 200 unless told otherwise.
#[derive(Debug)]
pub struct MemoryCourier {
    clock: Arc<MemoryClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    posted: Vec<Posted>,
    answers: HashMap<String, VecDeque<Receipt>>,
    always: HashMap<String, Receipt>,
    takes: HashMap<String, SignedDuration>,
}

/// What an endpoint was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Where to.
    pub url: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub at: Timestamp,
    /// `webhook-signature`.
    pub signature: String,
    /// What was sent.
    pub body: Vec<u8>,
}

impl MemoryCourier {
    /// Has posted nothing yet; slow endpoints move this clock on.
    pub fn new(clock: &Arc<MemoryClock>) -> Self {
        Self { clock: Arc::clone(clock), state: Mutex::default() }
    }

    /// The endpoint's next answer, after those it was told before.
    pub fn answer_next(&self, url: &str, receipt: Receipt) {
        lock(&self.state).answers.entry(url.into()).or_default().push_back(receipt);
    }

    /// What the endpoint answers when it was told nothing else.
    pub fn answer_always(&self, url: &str, receipt: Receipt) {
        lock(&self.state).always.insert(url.into(), receipt);
    }

    /// How long the endpoint takes to answer.
    pub fn takes(&self, url: &str, time: SignedDuration) {
        lock(&self.state).takes.insert(url.into(), time);
    }

    /// All that was posted, in that order.
    pub fn posted(&self) -> Vec<Posted> {
        lock(&self.state).posted.clone()
    }
}

/// An answer with this status.
pub fn status(status: u16) -> Receipt {
    Receipt::Answered { status, pause: None }
}

/// Whatever else is under way goes on meanwhile.
async fn others_first() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Courier for MemoryCourier {
    async fn deliver(&self, letter: &Letter<'_>) -> Receipt {
        let (receipt, takes) = {
            let mut state = lock(&self.state);
            state.posted.push(Posted {
                url: letter.url.into(),
                id: letter.id.into(),
                at: letter.at,
                signature: letter.signature.into(),
                body: letter.body.into(),
            });
            let next = state.answers.get_mut(letter.url).and_then(VecDeque::pop_front);
            let receipt = next.or_else(|| state.always.get(letter.url).cloned());
            (receipt.unwrap_or_else(|| status(200)), state.takes.get(letter.url).copied())
        };
        if let Some(takes) = takes {
            others_first().await;
            self.clock.wait(self.clock.now() + takes).await;
        }
        receipt
    }
}
