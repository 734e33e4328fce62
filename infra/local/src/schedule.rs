//! The schedule of the template: every minute, sweep for what is due.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::function::Function;
use crate::invoke::Functions;
use crate::stop::Stop;

/// When functions are called by the clock.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// From the start to the first tick.
    pub first: Duration,
    /// From tick to tick.
    pub every: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), every: Duration::from_secs(60) }
    }
}

/// What EventBridge sends; the template has the same words.
pub fn payload() -> Value {
    json!({ "source": "tandem.schedule", "detail-type": "sweep" })
}

/// Ticks for one function until the stack stops. A tick does not wait for the
/// one before it, no more than EventBridge does.
pub(crate) async fn run(
    schedule: Schedule,
    function: Function,
    functions: Arc<impl Functions>,
    stop: Stop,
) {
    let mut ticks = interval_at(Instant::now() + schedule.first, schedule.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while stop.or(ticks.tick()).await.is_some() {
        let functions = Arc::clone(&functions);
        tokio::spawn(async move {
            if let Err(error) = functions.invoke(function, payload()).await {
                tracing::error!(%function, %error, "a sweep failed: {error}");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::in_process::InProcess;
    use crate::stop::signal;

    #[tokio::test]
    async fn a_function_is_swept_again_and_again_until_the_stack_stops() {
        let (told, mut seen) = mpsc::channel(1);
        let functions = InProcess::default().with(Function::TimePush, move |event| {
            let told = told.clone();
            async move {
                // The test has seen enough when it no longer listens.
                let _enough = told.send(event.payload).await;
                Ok(Value::Null)
            }
        });
        let often = Schedule { first: Duration::ZERO, every: Duration::from_millis(1) };
        let (running, stop) = signal();
        let clock = tokio::spawn(run(often, Function::TimePush, Arc::new(functions), stop));
        let sweep = json!({ "source": "tandem.schedule", "detail-type": "sweep" });
        assert_eq!(seen.recv().await, Some(sweep.clone()));
        assert_eq!(seen.recv().await, Some(sweep));
        drop(seen);
        drop(running);
        clock.await.unwrap();
    }
}
