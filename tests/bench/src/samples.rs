//! Many measurements of one thing.

use std::time::Duration;

/// Durations, in order.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// The value that half of them do not exceed.
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// The smallest value that this part of them does not exceed; zero if there are none.
    pub fn quantile(&self, part: f64) -> Duration {
        let rank = (part * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// All of them together.
    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<T: IntoIterator<Item = Duration>>(samples: T) -> Self {
        let mut samples: Vec<_> = samples.into_iter().collect();
        samples.sort_unstable();
        Self(samples)
    }
}

/// How many times the one is as long as the other.
pub fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// Milliseconds, as a figure shows them.
pub fn millis(it: Duration) -> String {
    let millis = it.as_secs_f64() * 1e3;
    match millis {
        100.0.. => format!("{millis:.0} ms"),
        1.0.. => format!("{millis:.1} ms"),
        _ => format!("{millis:.3} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_samples() {
        let samples: Samples = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(samples.median(), Duration::from_millis(50));
        assert_eq!(samples.quantile(0.99), Duration::from_millis(99));
        assert_eq!(samples.quantile(1.0), Duration::from_millis(100));
        assert_eq!(Samples::default().median(), Duration::ZERO);
    }

    #[test]
    fn a_figure_has_three_digits_or_so() {
        assert_eq!(millis(Duration::from_micros(62)), "0.062 ms");
        assert_eq!(millis(Duration::from_micros(7_940)), "7.9 ms");
        assert_eq!(millis(Duration::from_millis(135)), "135 ms");
    }
}
