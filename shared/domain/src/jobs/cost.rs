//! Lines of the cost grid, in exact decimals (CA-12).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ids::LineId;
use crate::invalid::Invalid;
use crate::practice::CostSheet;

/// The most lines of a grid: a draft's record holds two grids and must not pass 400 KB.
pub const LINES: usize = 100;
/// The longest description of a cost, in characters.
pub const DESCRIPTION: usize = 255;
/// Digits before the point: products and sums of such numbers stay exact in 28 digits.
const WHOLE: usize = 9;
/// Digits after the point.
const PLACES: usize = 4;

/// A line of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub id: LineId,
    /// What it says.
    pub sheet: CostSheet,
}

/// What the lines come to, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What they cost the firm.
    pub cost: Decimal,
    /// What they are priced at, billable or not.
    pub price: Decimal,
    /// The price of the billable ones.
    pub billable: Decimal,
}

/// What the lines come to.
pub fn totals<'a>(sheets: impl IntoIterator<Item = &'a CostSheet>) -> Totals {
    sheets.into_iter().fold(Totals::default(), |sum, it| {
        let price = it.quantity * it.unit_price;
        Totals {
            cost: sum.cost + it.quantity * it.unit_cost,
            price: sum.price + price,
            billable: sum.billable + if it.billable { price } else { Decimal::ZERO },
        }
    })
}

/// A quantity or an amount of money as it was typed: at most 9 digits, and 4 after the point.
///
/// # Errors
/// What is wrong, with its code.
pub fn decimal(pointer: &str, text: &str) -> Result<Decimal, Invalid> {
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = bare.split_once('.').map_or((bare, None), |(a, b)| (a, Some(b)));
    if !digits(whole) || !places.is_none_or(digits) {
        return Err(Invalid::new(pointer, "no_decimal", "a decimal is written \"12.50\""));
    }
    let fits = whole.trim_start_matches('0').len() <= WHOLE && places.map_or(0, str::len) <= PLACES;
    text.parse().ok().filter(|_| fits).ok_or_else(|| {
        let detail = format!("at most {WHOLE} digits before the point and {PLACES} after it");
        Invalid::new(pointer, "out_of_range", detail)
    })
}

/// What is wrong with a line. A quantity of nothing is no line to add; where XPM holds the line, it is
/// how to take it back, for XPM cannot remove a cost.
pub(super) fn check(pointer: &str, sheet: &CostSheet, in_xpm: bool) -> Vec<Invalid> {
    let mut wrong = text(&format!("{pointer}/description"), &sheet.description, DESCRIPTION, false);
    if sheet.description.trim().is_empty() {
        let place = format!("{pointer}/description");
        wrong.push(Invalid::new(place, "required", "a description is required"));
    }
    let place = format!("{pointer}/quantity");
    if sheet.quantity < Decimal::ZERO {
        let detail = "not below zero; a credit has a negative price";
        wrong.push(Invalid::new(place, "negative", detail));
    } else if sheet.quantity.is_zero() && !in_xpm {
        wrong.push(Invalid::new(place, "zero", "above zero; leave the line out instead"));
    }
    wrong
}

/// What is wrong with a text for XPM: too long, or with characters that nobody sees.
pub(super) fn text(pointer: &str, text: &str, longest: usize, lines: bool) -> Vec<Invalid> {
    let mut wrong = Vec::new();
    if text.chars().count() > longest {
        wrong.push(Invalid::new(pointer, "too_long", format!("at most {longest} characters")));
    }
    let strange = |c: char| {
        let white = lines && matches!(c, '\n' | '\r' | '\t');
        (c.is_control() && !white) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    if text.contains(strange) {
        wrong.push(Invalid::new(pointer, "control_characters", "no control characters"));
    }
    wrong
}

/// Whether XPM's cost is what was sent. XPM may tidy white space, and shows two places (xpm-api 1.4).
pub(super) fn same(sent: &CostSheet, there: &CostSheet) -> bool {
    let words = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
    let numbers =
        |it: &CostSheet| [it.quantity, it.unit_cost, it.unit_price].map(|n| n.round_dp(2));
    sent.date == there.date
        && sent.billable == there.billable
        && words(&sent.description) == words(&there.description)
        && numbers(sent) == numbers(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CA-12: exact decimals, in one spelling.
    #[test]
    fn ca_12_a_decimal_is_exact_and_has_bounds() {
        for good in ["0", "12.50", "-0.0001", "999999999.9999", "000000000012.5", "0.10"] {
            assert_eq!(decimal("/x", good).unwrap(), good.parse().unwrap(), "{good}");
        }
        let code = |text: &str| decimal("/x", text).unwrap_err().code;
        for bad in ["", "-", ".5", "5.", "1e3", "+1", "1,5", "1 ", "NaN", "0x1", "٣", "--1"] {
            assert_eq!(code(bad), "no_decimal", "{bad:?}");
        }
        for wide in ["1000000000", "12345678901234567890", "-12345678901234567890", "0.00001"] {
            assert_eq!(code(wide), "out_of_range", "{wide}");
        }
        assert_eq!(code(&"9".repeat(10_000)), "out_of_range");
    }

    /// CA-12: what floats would get wrong, and the largest grid, come out exact.
    #[test]
    fn ca_12_totals_are_exact() {
        let sheet = |quantity: &str, cost: &str, price: &str, billable| CostSheet {
            date: jiff::civil::date(2026, 11, 22),
            description: "a".into(),
            billable,
            quantity: quantity.parse().unwrap(),
            unit_cost: cost.parse().unwrap(),
            unit_price: price.parse().unwrap(),
        };
        let lines = [sheet("3", "0.1", "0.7", true), sheet("0.1", "0.2", "-1.15", false)];
        let sum = totals(&lines);
        assert_eq!(sum.cost.to_string(), "0.32");
        assert_eq!(sum.price, "1.985".parse().unwrap());
        assert_eq!(sum.billable, "2.1".parse().unwrap());

        let most = "999999999.9999";
        let lines = vec![sheet(most, most, most, true); LINES];
        assert_eq!(totals(&lines).price.to_string(), "99999999999980000000.00000100");
    }
}
