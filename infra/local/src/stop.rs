//! One signal that ends every part of the stack.

use tokio::sync::watch;

/// Whoever holds it keeps the stack running; dropping it stops everything.
#[derive(Debug)]
pub(crate) struct Running(
    #[expect(dead_code, reason = "held only to be dropped")] watch::Sender<()>,
);

/// Tells a part of the stack that the end has come.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<()>);

/// Both ends of a new signal.
pub(crate) fn signal() -> (Running, Stop) {
    let (running, stop) = watch::channel(());
    (Running(running), Stop(stop))
}

impl Stop {
    /// Returns when the stack is to stop.
    pub(crate) async fn wait(mut self) {
        while self.0.changed().await.is_ok() {}
    }

    /// Runs something until it ends or the stack is to stop.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.clone().wait() => None,
            done = work => Some(done),
        }
    }
}
