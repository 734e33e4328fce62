//! The values of XPM (xpm-api 1.4), read as generously as they are written.

use domain::practice::Address;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::tree::Element;

/// Text that says something; an empty element is an absent one.
pub(super) fn filled(element: Element<'_>) -> Option<String> {
    let text = element.text();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `Yes` or `true`; XPM uses both, by element.
pub(super) fn yes(element: Element<'_>) -> bool {
    ["yes", "true"].iter().any(|it| element.text().eq_ignore_ascii_case(it))
}

/// `yyyy-MM-ddTHH:mm:ss`, `yyyy-MM-dd` or `yyyymmdd`.
pub(super) fn date(element: Element<'_>) -> Option<Date> {
    let text = element.text();
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    let mut digits = [0_u8; 8];
    let mut count = 0;
    for (place, byte) in day.bytes().enumerate() {
        match byte {
            b'-' if day.len() == 10 && (place == 4 || place == 7) => {}
            b'0'..=b'9' if count < 8 => {
                digits[count] = byte - b'0';
                count += 1;
            }
            _ => return None,
        }
    }
    let number = |range: std::ops::Range<usize>| {
        digits[range].iter().fold(0_i16, |sum, &digit| sum * 10 + i16::from(digit))
    };
    let (month, day) = (i8::try_from(number(4..6)), i8::try_from(number(6..8)));
    if count == 8 { Date::new(number(0..4), month.ok()?, day.ok()?).ok() } else { None }
}

/// A number with a point. One reader has seen commas between thousands.
pub(super) fn decimal(element: Element<'_>) -> Option<Decimal> {
    element.text().replace(',', "").parse().ok()
}

/// The lines of an address; XPM indents them (xpm-api 1.4).
pub(super) fn lines(element: Element<'_>) -> Vec<String> {
    let lines = element.text().lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// An address that says something.
pub(super) fn placed(address: Address) -> Option<Address> {
    (address != Address::default()).then_some(address)
}
