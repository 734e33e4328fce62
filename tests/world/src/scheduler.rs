//! Futures that run when the World says so: one at a time, in an order that the seed decides.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};

/// What the scheduler knows of a worker.
#[derive(Debug)]
pub(crate) struct Me {
    /// How far its clock is off.
    pub(crate) skew: SignedDuration,
    /// It has nothing to do before this.
    asleep: Mutex<Option<Timestamp>>,
}

impl Me {
    /// A worker whose clock is off by so much.
    pub(crate) fn new(skew: SignedDuration) -> Arc<Self> {
        Arc::new(Self { skew, asleep: Mutex::new(None) })
    }

    /// Lets the scheduler decide what happens next.
    pub(crate) async fn pause(&self) {
        let mut paused = false;
        poll_fn(
            |_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending },
        )
        .await;
    }

    /// Has nothing to do before this instant of the World.
    pub(crate) async fn sleep(&self, until: Timestamp) {
        *lock(&self.asleep) = Some(until);
        self.pause().await;
    }

    /// When it can go on.
    pub(crate) fn wakes_at(&self) -> Option<Timestamp> {
        *lock(&self.asleep)
    }
}

/// A worker at work.
pub(crate) struct Running<T> {
    pub(crate) me: Arc<Me>,
    /// When it is stopped, wherever it is.
    pub(crate) ends: Timestamp,
    /// What becomes of it is told under this.
    pub(crate) errand: T,
    future: Pin<Box<dyn Future<Output = bool> + Send>>,
}

impl<T> Running<T> {
    /// Begins at the next step.
    pub(crate) fn new(
        me: &Arc<Me>,
        ends: Timestamp,
        errand: T,
        future: impl Future<Output = bool> + Send + 'static,
    ) -> Self {
        Self { me: Arc::clone(me), ends, errand, future: Box::pin(future) }
    }

    /// Whether it can go on now.
    pub(crate) fn ready(&self, now: Timestamp) -> bool {
        self.me.wakes_at().is_none_or(|it| it <= now)
    }

    /// Goes on to its next call of a port; says how it ended, once it has.
    pub(crate) fn step(&mut self) -> Option<bool> {
        *lock(&self.me.asleep) = None;
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ended) => Some(ended),
            Poll::Pending => None,
        }
    }

    /// Stands still until then.
    pub(crate) fn freeze(&self, until: Timestamp) {
        let mut asleep = lock(&self.me.asleep);
        *asleep = Some(asleep.map_or(until, |it| it.max(until)));
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
