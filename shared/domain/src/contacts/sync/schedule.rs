//! When a firm's next scheduled sync is: once per interval, at the firm's own point in it.

use jiff::{SignedDuration, Timestamp};

use crate::ids::FirmId;

/// The first of the firm's points in time after `after`. Firms are spread evenly over the interval,
/// and each keeps its place.
pub(super) fn next(firm: &FirmId, interval_minutes: u32, after: Timestamp) -> Timestamp {
    let interval = i64::from(interval_minutes.max(1)) * 60;
    let place = i64::try_from(hash(firm) % interval.unsigned_abs()).unwrap_or(0);
    let passed = (after.as_second() - place).rem_euclid(interval);
    let point = after.as_second() + interval - passed;
    Timestamp::from_second(point).unwrap_or_else(|_| after + SignedDuration::from_secs(interval))
}

/// FNV-1a: stable over versions of the language and of us.
fn hash(firm: &FirmId) -> u64 {
    let step = |it: u64, byte: u8| (it ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    firm.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kb_09_a_firm_is_synchronised_once_per_interval_at_its_own_point() {
        let firm = FirmId::parse("acme").unwrap();
        let mut at = Timestamp::from_second(1_800_000_000).unwrap();
        let first = next(&firm, 15, at);
        assert!(first > at && first <= at + SignedDuration::from_mins(15));
        for _ in 0..10 {
            let following = next(&firm, 15, at);
            at = next(&firm, 15, following);
            assert_eq!(at.duration_since(following), SignedDuration::from_mins(15));
        }
    }

    #[test]
    fn firms_are_spread_evenly_over_the_interval() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let mut quarters = [0; 4];
        for n in 0..1000 {
            let firm = FirmId::parse(format!("firm-{n}")).unwrap();
            let wait = next(&firm, 60, start).duration_since(start).as_secs();
            quarters[usize::try_from((wait - 1) / 900).unwrap()] += 1;
        }
        assert!(quarters.iter().all(|it| (200..300).contains(it)), "{quarters:?}");
    }
}
