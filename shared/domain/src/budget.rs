//! The call budget: never more calls than XPM allows, by whichever of our workers (SH-05).
//!
//! XPM counts in fixed windows of unknown phase (xpm-api 4), so the only safe rule is "so many in
//! *any* minute": a bucket that starts with a twelfth of the limit and refills at five sixths of it
//! admits no more than the limit in 60 s, even when calls arrive up to 6 s later than they left.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::firm::Limits;
use crate::ports::{Fault, Lane, Left, Limit};
use crate::reason::Reason;

mod breaker;
mod shared;

pub use breaker::Heard;
pub use shared::{give_back, read, take};

use breaker::Breaker;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// One firm's calls: made, under way, and not yet allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// When the bucket will be full again, in milliseconds since the epoch.
    full_at: i64,
    /// Calls under way: who, and until when they count at the latest.
    under_way: Vec<(String, Timestamp)>,
    /// When the day of our own count began.
    day_began: Option<Timestamp>,
    /// Calls made since then.
    day_used: u32,
    /// XPM's own count of what is left of its day, and until when it is believed: XPM's day ends at a
    /// moment that it does not tell.
    xpm_day_left: Option<(u32, Timestamp)>,
    /// Nothing may be called before this.
    blocked_until: Option<Timestamp>,
    /// Whether XPM answers at all.
    #[serde(default)]
    breaker: Breaker,
}

/// Why no call may be made now, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNow {
    /// When to ask again.
    pub until: Timestamp,
    /// A limit is reached, or XPM does not answer.
    pub reason: Reason,
}

/// What a firm can be told of its budget (BY-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Meter {
    /// Calls made today, by our count.
    pub used_today: u32,
    /// Calls left today: the smaller of our count and XPM's.
    pub left_today: u32,
    /// Calls under way.
    pub under_way: usize,
    /// When calls may be made again, if not now.
    pub blocked_until: Option<Timestamp>,
    /// When XPM is asked again, if it has not answered.
    pub silent_until: Option<Timestamp>,
}

impl Budget {
    /// Takes the right to one call that ends within `lease`, or says when to ask again.
    pub fn take(
        &mut self,
        limits: Limits,
        lane: Lane,
        owner: &str,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<(), NotNow> {
        self.pass_time(now);
        if let Some(until) = self.breaker.shut(now) {
            return Err(NotNow { until, reason: Reason::XpmUnreachable });
        }
        let full = |until| Err(NotNow { until, reason: Reason::OverLimit });
        if let Some(until) = self.blocked_until {
            return full(until);
        }
        if self.under_way.len() >= limits.concurrent as usize {
            return full(now + SignedDuration::from_millis(250));
        }
        let reserve = if lane == Lane::Time { 0 } else { limits.reserved_per_day };
        if self.left_today(limits) <= reserve {
            let ours = self.day_began.unwrap_or(now) + DAY;
            return full(self.xpm_day_left.map_or(ours, |(_, until)| until.min(ours)));
        }
        let interval = 60_000 * 6 / (5 * i64::from(limits.per_minute.max(1)));
        let burst = i64::from(limits.per_minute / 12).max(1);
        let full_at = self.full_at.max(now.as_millisecond());
        let free_at = full_at - (burst - 1) * interval;
        if free_at > now.as_millisecond() {
            return full(Timestamp::from_millisecond(free_at).unwrap_or(now));
        }
        self.full_at = full_at + interval;
        self.day_used += 1;
        self.under_way.push((owner.to_owned(), now + lease));
        self.breaker.begin(now, lease);
        Ok(())
    }

    /// Notes the end of a call, and what XPM said of its limits.
    pub fn give_back(&mut self, owner: &str, left: Left, heard: Heard, now: Timestamp) {
        self.under_way.retain(|(it, _)| it != owner);
        if let Some(left) = left.day {
            self.xpm_day_left = Some((left, now + HOUR));
        }
        self.breaker.hear(heard, now);
        if let Heard::Throttled(throttled) = heard {
            let until = now + throttled.pause();
            self.blocked_until = Some(self.blocked_until.map_or(until, |it| it.max(until)));
        }
    }

    /// What can be said of it.
    pub fn meter(&self, limits: Limits, now: Timestamp) -> Meter {
        let mut it = self.clone();
        it.pass_time(now);
        Meter {
            used_today: it.day_used,
            left_today: it.left_today(limits),
            under_way: it.under_way.len(),
            blocked_until: it.blocked_until,
            silent_until: it.breaker.shut(now),
        }
    }

    /// Whether no more of the day's calls are left than are reserved for time.
    fn is_on_reserve(&self, limits: Limits) -> bool {
        self.left_today(limits) <= limits.reserved_per_day
    }

    fn left_today(&self, limits: Limits) -> u32 {
        let ours = limits.per_day.saturating_sub(self.day_used);
        self.xpm_day_left.map_or(ours, |(left, _)| left.min(ours))
    }

    fn pass_time(&mut self, now: Timestamp) {
        self.under_way.retain(|(_, until)| *until > now);
        self.blocked_until = self.blocked_until.filter(|it| *it > now);
        self.xpm_day_left = self.xpm_day_left.filter(|(_, until)| *until > now);
        if self.day_began.is_none_or(|it| now >= it + DAY) {
            self.day_began = Some(now);
            self.day_used = 0;
            self.xpm_day_left = None;
        }
    }
}

/// XPM's refusal of a call over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    limit: Limit,
    retry_after: Option<SignedDuration>,
}

impl Throttled {
    /// The refusal inside a fault, if it is one.
    pub fn in_fault(fault: &Fault) -> Option<Self> {
        match fault {
            Fault::Throttled { limit, retry_after } => Some(Self {
                limit: *limit,
                retry_after: retry_after.and_then(|it| SignedDuration::try_from(it).ok()),
            }),
            Fault::NotProcessed(_)
            | Fault::Refused { .. }
            | Fault::Unauthorised
            | Fault::Disconnected
            | Fault::Uncertain(_) => None,
        }
    }

    /// `Retry-After` to the second; where XPM sends none, what its windows suggest.
    fn pause(self) -> SignedDuration {
        self.retry_after.unwrap_or(match self.limit {
            Limit::Concurrent => SignedDuration::from_secs(1),
            Limit::Minute | Limit::AppMinute | Limit::Unknown => SignedDuration::from_secs(60),
            Limit::Day => SignedDuration::from_hours(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { per_minute: 60, per_day: 5000, concurrent: 5, reserved_per_day: 500 };
    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    /// SH-05, G24, G25: with demand without end, no 60 s see more than 60 arrivals even when each is up to
    /// 6 s late, and yet at least 48 calls are made in each minute.
    #[test]
    fn g24_no_minute_sees_more_than_the_limit_and_none_is_wasted() {
        let mut budget = Budget::default();
        let mut sent = Vec::new();
        let mut now = at(0);
        while now < at(600_000) {
            match budget.take(LIMITS, Lane::Time, "a", now, SECOND) {
                Ok(()) => {
                    sent.push(now.as_millisecond());
                    budget.give_back("a", Left::default(), Heard::Answer, now);
                }
                Err(not_now) => now = not_now.until,
            }
        }
        for (n, first) in sent.iter().enumerate() {
            // The worst case: the first ones arrive 6 s late, the last ones at once.
            let within = sent[n..].iter().filter(|it| **it < first + 66_000).count();
            assert!(within <= 60, "{within} calls could arrive within a minute");
        }
        assert!(sent.len() >= 480, "only {} calls in ten minutes", sent.len());
    }

    #[test]
    fn g24_five_calls_may_be_under_way_and_no_more() {
        let mut budget = Budget::default();
        for owner in ["a", "b", "c", "d", "e"] {
            budget.take(LIMITS, Lane::Time, owner, at(0), SECOND * 30).unwrap();
        }
        assert!(budget.take(LIMITS, Lane::Time, "f", at(20_000), SECOND * 30).is_err());
        budget.give_back("a", Left::default(), Heard::Answer, at(20_000));
        budget.take(LIMITS, Lane::Time, "f", at(20_000), SECOND * 30).unwrap();
    }

    #[test]
    fn a_call_whose_worker_died_stops_counting_when_its_lease_ends() {
        let mut budget = Budget::default();
        for owner in ["a", "b", "c", "d", "e"] {
            budget.take(LIMITS, Lane::Time, owner, at(0), SECOND * 30).unwrap();
        }
        assert!(budget.take(LIMITS, Lane::Time, "f", at(29_999), SECOND).is_err());
        budget.take(LIMITS, Lane::Time, "f", at(30_000), SECOND).unwrap();
    }

    /// G25: contacts stop at the reserve, time goes on.
    #[test]
    fn g25_the_reserve_is_for_time() {
        let limits = Limits { per_day: 3, reserved_per_day: 2, ..LIMITS };
        let mut budget = Budget::default();
        budget.take(limits, Lane::Contacts, "a", at(0), SECOND).unwrap();
        assert_eq!(
            budget.take(limits, Lane::Contacts, "b", at(0), SECOND),
            full(at(0) + SignedDuration::from_hours(24))
        );
        budget.take(limits, Lane::Time, "b", at(0), SECOND).unwrap();
        budget.take(limits, Lane::Time, "c", at(0), SECOND).unwrap();
        assert!(budget.take(limits, Lane::Time, "d", at(1), SECOND).is_err());
    }

    /// BY-07: XPM's own counter wins over ours.
    #[test]
    fn by_07_the_smaller_counter_wins() {
        let mut budget = Budget::default();
        budget.take(LIMITS, Lane::Time, "a", at(0), SECOND).unwrap();
        budget.give_back("a", Left { day: Some(0), minute: Some(59) }, Heard::Answer, at(0));
        assert!(budget.take(LIMITS, Lane::Time, "b", at(2_000), SECOND).is_err());
        assert_eq!(budget.meter(LIMITS, at(2_000)).left_today, 0);
    }

    /// G26: `Retry-After` is obeyed to the second.
    #[test]
    fn g26_nothing_is_called_before_retry_after() {
        let mut budget = Budget::default();
        budget.take(LIMITS, Lane::Time, "a", at(0), SECOND).unwrap();
        let throttled = Throttled { limit: Limit::Minute, retry_after: Some(SECOND * 17) };
        budget.give_back("a", Left::default(), Heard::Throttled(throttled), at(0));
        assert_eq!(budget.take(LIMITS, Lane::Time, "b", at(16_999), SECOND), full(at(17_000)));
        budget.take(LIMITS, Lane::Time, "b", at(17_000), SECOND).unwrap();
    }

    fn full(until: Timestamp) -> Result<(), NotNow> {
        Err(NotNow { until, reason: Reason::OverLimit })
    }

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }
}
