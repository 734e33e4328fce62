//! Xero's four rate limits, in fixed windows whose phase can be set.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The limits of `PUT /_sim/limits`; what a request leaves out stays as is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Calls a minute, per app and tenant.
    pub per_minute: u32,
    /// Calls a day, per app and tenant; 1,000 on the Starter tier.
    pub per_day: u32,
    /// Calls in progress, per app and tenant.
    pub concurrent: u32,
    /// Calls a minute, per app over all tenants.
    pub app_per_minute: u32,
    /// Seconds by which windows start after the whole minute and the whole day.
    pub phase: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_minute: 60, per_day: 5000, concurrent: 5, app_per_minute: 10_000, phase: 0 }
    }
}

/// Which limit a call ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Minute { retry_after: i64 },
    Day { retry_after: i64 },
    AppMinute { retry_after: i64 },
    Concurrent,
}

impl Problem {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Minute { .. } => "minute",
            Self::Day { .. } => "day",
            Self::AppMinute { .. } => "appminute",
            Self::Concurrent => "concurrent",
        }
    }

    pub(crate) fn retry_after(self) -> Option<i64> {
        match self {
            Self::Minute { retry_after }
            | Self::Day { retry_after }
            | Self::AppMinute { retry_after } => Some(retry_after),
            Self::Concurrent => None,
        }
    }
}

/// What is left of each limit, for the headers of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remaining {
    pub(crate) minute: u32,
    pub(crate) day: u32,
    pub(crate) app_minute: u32,
}

/// App and tenant: what limits are counted by.
pub(crate) type Lane = (String, Uuid);

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    index: i64,
    used: u32,
}

impl Window {
    fn at(self, index: i64) -> Self {
        if self.index == index { self } else { Self { index, used: 0 } }
    }
}

/// The counters. They are lost with the process, as a new window would lose them.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    minutes: HashMap<Lane, Window>,
    days: HashMap<Lane, Window>,
    app: HashMap<String, Window>,
    in_progress: HashMap<Lane, u32>,
}

impl Counters {
    /// Counts a call in, or says which limit it ran into. A refused call is
    /// not counted; an admitted one stays in progress until [`Self::leave`].
    pub(crate) fn admit(
        &mut self,
        limits: &Limits,
        lane: &Lane,
        now: i64,
    ) -> (Remaining, Option<Problem>) {
        let (minute_index, minute_left) = window(now, limits.phase, 60);
        let (day_index, day_left) = window(now, limits.phase, 86_400);
        let in_progress = self.in_progress.entry(lane.clone()).or_default();
        let minute = self.minutes.entry(lane.clone()).or_default();
        let day = self.days.entry(lane.clone()).or_default();
        let app = self.app.entry(lane.0.clone()).or_default();
        *minute = minute.at(minute_index);
        *day = day.at(day_index);
        *app = app.at(minute_index);
        let problem = if *in_progress >= limits.concurrent {
            Some(Problem::Concurrent)
        } else if day.used >= limits.per_day {
            Some(Problem::Day { retry_after: day_left })
        } else if minute.used >= limits.per_minute {
            Some(Problem::Minute { retry_after: minute_left })
        } else if app.used >= limits.app_per_minute {
            Some(Problem::AppMinute { retry_after: minute_left })
        } else {
            None
        };
        if problem.is_none() {
            *in_progress += 1;
            minute.used += 1;
            day.used += 1;
            app.used += 1;
        }
        let remaining = Remaining {
            minute: limits.per_minute.saturating_sub(minute.used),
            day: limits.per_day.saturating_sub(day.used),
            app_minute: limits.app_per_minute.saturating_sub(app.used),
        };
        (remaining, problem)
    }

    /// Counts a call out.
    pub(crate) fn leave(&mut self, lane: &Lane) {
        if let Some(calls) = self.in_progress.get_mut(lane) {
            *calls = calls.saturating_sub(1);
        }
    }

    /// Starts all windows afresh; calls in progress stay so.
    pub(crate) fn forget(&mut self) {
        self.minutes.clear();
        self.days.clear();
        self.app.clear();
    }

    /// Counts a call that reached no tenant: only the app's own limit sees it.
    pub(crate) fn stray(&mut self, limits: &Limits, app: &str, now: i64) -> u32 {
        let (index, _) = window(now, limits.phase, 60);
        let window = self.app.entry(app.to_owned()).or_default();
        *window = window.at(index);
        window.used += 1;
        limits.app_per_minute.saturating_sub(window.used)
    }
}

/// The window's number, and the seconds until the next one.
fn window(now: i64, phase: i64, length: i64) -> (i64, i64) {
    let since = now - phase;
    (since.div_euclid(length), length - since.rem_euclid(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_starts_at_its_phase() {
        assert_eq!(window(119, 0, 60), (1, 1));
        assert_eq!(window(120, 0, 60), (2, 60));
        assert_eq!(window(120, 15, 60), (1, 15));
    }
}
