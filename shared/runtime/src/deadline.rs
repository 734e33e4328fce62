//! When Lambda stops the invocation.

pub use domain::deadline::Deadline;

use jiff::Timestamp;
use lambda_runtime::Context;

/// The deadline of an invocation. An instant beyond the calendar leaves no time at all.
pub fn of(context: &Context) -> Deadline {
    let at = i64::try_from(context.deadline).ok();
    let at = at.and_then(|it| Timestamp::from_millisecond(it).ok());
    Deadline { at: at.unwrap_or(Timestamp::UNIX_EPOCH) }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn lambdas_milliseconds_are_kept() {
        let deadline = of_milliseconds(1_614_265_330_123);
        let now = Timestamp::from_second(1_614_265_305).unwrap();
        assert!(deadline.allows(now, SignedDuration::from_millis(25_123)));
        assert!(!deadline.allows(now, SignedDuration::from_millis(25_124)));
    }

    #[test]
    fn without_a_deadline_nothing_is_allowed() {
        let now = Timestamp::from_second(1_614_265_305).unwrap();
        for nonsense in [0, u64::MAX, i64::MAX.unsigned_abs()] {
            assert!(!of_milliseconds(nonsense).allows(now, SignedDuration::ZERO), "{nonsense}");
        }
    }

    fn of_milliseconds(milliseconds: u64) -> Deadline {
        let mut context = Context::default();
        context.deadline = milliseconds;
        of(&context)
    }
}
