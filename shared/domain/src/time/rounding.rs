//! From the seconds of a timer to the whole minutes that XPM books (XB-71).

use crate::firm::{Rounding, RoundingMode};

/// The minutes of so many seconds, rounded once to a multiple of the firm's unit.
pub fn minutes(seconds: u32, rounding: Rounding) -> i64 {
    let unit = i64::from(rounding.unit_minutes.max(1)) * 60;
    let seconds = i64::from(seconds);
    let units = match rounding.mode {
        RoundingMode::Nearest => (seconds + unit / 2) / unit,
        RoundingMode::Up => (seconds + unit - 1) / unit,
        RoundingMode::Down => seconds / unit,
    };
    units * unit / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XB-71: the mode and the unit are the firm's; a half goes up.
    #[test]
    fn xb_71_seconds_become_minutes_as_the_firm_says() {
        use RoundingMode::{Down, Nearest, Up};
        for (seconds, mode, unit, expected) in [
            (0, Nearest, 1, 0),
            (29, Nearest, 1, 0),
            (30, Nearest, 1, 1),
            (89, Nearest, 1, 1),
            (90, Nearest, 1, 2),
            (1, Up, 1, 1),
            (60, Up, 1, 1),
            (61, Up, 1, 2),
            (59, Down, 1, 0),
            (119, Down, 1, 1),
            (3600, Nearest, 6, 60),
            (179, Nearest, 6, 0),
            (180, Nearest, 6, 6),
            (361, Up, 6, 12),
            (719, Down, 6, 6),
        ] {
            let rounding = Rounding { mode, unit_minutes: unit };
            assert_eq!(minutes(seconds, rounding), expected, "{seconds} s {mode:?} {unit}");
        }
    }
}
