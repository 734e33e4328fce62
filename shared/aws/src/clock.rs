//! Time and chance, as the machine has them.

use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use domain::ports::Clock;
use jiff::Timestamp;

/// The machine's clock, in whole milliseconds, and the operating system's generator.
#[derive(Debug, Default)]
pub struct SystemClock(SystemRandom);

impl SystemClock {
    /// The machine's clock and generator.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// # Panics
    /// If the operating system has no random bytes: nothing secret can be made then.
    fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    async fn wait(&self, until: Timestamp) {
        if let Ok(left) = Duration::try_from(until.duration_since(self.now())) {
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_comes_in_whole_milliseconds_and_chance_does_not_repeat() {
        let clock = SystemClock::new();

        assert_eq!(clock.now().subsec_nanosecond() % 1_000_000, 0);
        assert_ne!(clock.random(), clock.random());
    }
}
