//! Time that passes only while everybody waits, for any number of things going on in it side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use domain::ports::Clock;
use jiff::Timestamp;
use memory::MemoryClock;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs what was begun, in the order in which its time comes; the same every time.
pub(crate) struct Time {
    clock: Arc<MemoryClock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: BTreeSet<(Timestamp, u64)>,
    tasks: BTreeMap<u64, Task>,
    /// Until when the one that is running wants to sleep.
    until: Option<Timestamp>,
}

impl Time {
    /// Moves this clock.
    pub(crate) fn new(clock: &Arc<MemoryClock>) -> Self {
        Self { clock: Arc::clone(clock), state: Mutex::default() }
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Begins something at an instant, or now if that is past.
    pub(crate) fn begin(&self, at: Timestamp, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = lock(&self.state);
        let id = state.next;
        state.next += 1;
        state.tasks.insert(id, Box::pin(task));
        state.waiting.insert((at, id));
    }

    /// Lets time pass for whoever asks.
    pub(crate) async fn sleep(&self, until: Timestamp) {
        poll_fn(|_| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            let mut state = lock(&self.state);
            state.until = Some(state.until.map_or(until, |it| it.min(until)));
            Poll::Pending
        })
        .await;
    }

    /// Lets everything happen that happens before then, and then it is then.
    pub(crate) fn pass(&self, end: Timestamp) {
        loop {
            let mut state = lock(&self.state);
            let Some((at, id)) = state.waiting.first().copied().filter(|it| it.0 <= end) else {
                break;
            };
            state.waiting.pop_first();
            let Some(mut task) = state.tasks.remove(&id) else { continue };
            state.until = None;
            drop(state);
            self.clock.set(at.max(self.now()));
            let pending = task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
            let mut state = lock(&self.state);
            if pending {
                // Whoever waits for something else than time is asked again at once.
                let again = state.until.unwrap_or(at);
                state.tasks.insert(id, task);
                state.waiting.insert((again, id));
            }
        }
        self.clock.set(end.max(self.now()));
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn what_sleeps_goes_on_in_the_order_of_its_time() {
        let clock = Arc::new(MemoryClock::default());
        let start = clock.now();
        let (time, seen) = (Arc::new(Time::new(&clock)), Arc::new(Mutex::new(Vec::new())));
        for (name, seconds) in [("slow", 9), ("quick", 2)] {
            let (inner, seen) = (Arc::clone(&time), Arc::clone(&seen));
            time.begin(start, async move {
                inner.sleep(start + SignedDuration::from_secs(seconds)).await;
                lock(&seen).push((name, (inner.now() - start).get_seconds()));
            });
        }
        time.pass(start + SignedDuration::from_secs(5));
        assert_eq!(*lock(&seen), [("quick", 2)]);
        time.pass(start + SignedDuration::from_secs(60));
        assert_eq!(*lock(&seen), [("quick", 2), ("slow", 9)]);
        assert_eq!(time.now(), start + SignedDuration::from_secs(60));
    }
}
